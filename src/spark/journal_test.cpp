#include "spark/journal.hpp"

#include <gtest/gtest.h>

#include "adapters/db/db.hpp"

namespace slipway::spark {
namespace {

constexpr Timestamp kNow{Milliseconds{1'795'633'200'000}};

class JournalTest : public testing::Test {
protected:
    JournalTest() : database_{*db::open_sqlite({.path = ":memory:", .rehearse = true})} { EXPECT_TRUE(migrate_journal(*database_)); }
    void save(JobRecord record, std::vector<std::string> messages = {}) {
        record.messages_next += static_cast<std::int64_t>(messages.size());
        const JournalEntry entry{.record = std::move(record), .messages = std::move(messages)};
        EXPECT_TRUE(journal().save(std::span{&entry, 1}, kNow));
    }
    Journal journal() { return Journal{*database_}; }
    std::unique_ptr<store::Database> database_;
};

TEST_F(JournalTest, GivesBackWhatWasWritten) {
    JobRecord record{
        .job_id = "j1", .phase = JobPhase::RUNNING, .attempt = 2, .tag = "mmj-1-2", .command = {"a", "b"}, .stop = StopReason::CANCEL, .timeout_ms = 7};
    save(record);
    const auto live = journal().live();
    ASSERT_TRUE(live);
    ASSERT_EQ(live->size(), 1U);
    EXPECT_EQ(json::encode(live->front()), json::encode(record));
}

TEST_F(JournalTest, DoneIsNotLiveButFound) {
    save({.job_id = "j1", .phase = JobPhase::RUNNING});
    save({.job_id = "j1", .phase = JobPhase::DONE, .outcome = domain::JobStatus::COMPLETE});
    EXPECT_TRUE(journal().live()->empty());
    EXPECT_EQ((*journal().find("j1"))->outcome, domain::JobStatus::COMPLETE);
    EXPECT_FALSE(*journal().find("j2"));
    EXPECT_EQ(*journal().prune(kNow), 0);
    EXPECT_EQ(*journal().prune(kNow + Milliseconds{1}), 1);
}

TEST_F(JournalTest, MessagesComeWithTheirRecordAndGoWhenSent) {
    save({.job_id = "j1"}, {"one", "two"});
    save({.job_id = "j1", .messages_next = 3}, {"three"});
    const auto two = journal().messages("j1", 1, 2);
    ASSERT_EQ(two->size(), 2U);
    EXPECT_EQ((*two)[0].seq, 1);
    EXPECT_EQ((*two)[1].line, "two");
    EXPECT_EQ(journal().messages("j1", 2, 9)->at(0).line, "two");
    save({.job_id = "j1", .messages_next = 4, .messages_sent = 3});
    ASSERT_EQ(journal().messages("j1", 1, 9)->size(), 1U);
    EXPECT_EQ(journal().messages("j1", 1, 9)->at(0).line, "three");
    EXPECT_TRUE(journal().forget("j1"));
    EXPECT_TRUE(journal().messages("j1", 1, 9)->empty());
    EXPECT_TRUE(journal().live()->empty());
}

/// As a newer service leaves them behind, whose words this one does not know.
TEST_F(JournalTest, ARecordThatCannotBeReadKeepsNoOtherFromBeingRead) {
    save({.job_id = "j1", .phase = JobPhase::RUNNING});
    save({.job_id = "j2", .phase = JobPhase::RUNNING});
    save({.job_id = "j3", .phase = JobPhase::RUNNING});
    EXPECT_TRUE(database_->transact([](store::Session& sql) -> Result<void> {
        SW_CHECK(sql.execute("UPDATE spark_jobs SET record = '{\"jobId\":\"j1\",\"phase\":\"OF_TOMORROW\"}' WHERE job_id = 'j1'"));
        SW_CHECK(sql.execute("UPDATE spark_jobs SET record = '{' WHERE job_id = 'j3'"));
        return {};
    }));
    const auto live = journal().live();
    ASSERT_TRUE(live) << live.error().message;
    ASSERT_EQ(live->size(), 1U);
    EXPECT_EQ(live->front().job_id, "j2");
    const auto found = journal().find("j1");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(*found) << "as a job of a lost journal";
    EXPECT_EQ(journal().unreadable().value(), (std::vector<std::string>{"j1", "j3"}));
    save({.job_id = "j1", .phase = JobPhase::RUNNING});
    EXPECT_EQ(journal().unreadable().value(), (std::vector<std::string>{"j3"}));
}

}  // namespace
}  // namespace slipway::spark
