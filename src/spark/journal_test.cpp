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

}  // namespace
}  // namespace slipway::spark
