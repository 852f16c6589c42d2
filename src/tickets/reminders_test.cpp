#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "registry/tables.hpp"
#include "tickets/approval_desk.hpp"

namespace slipway::tickets {
namespace {

using std::chrono::days;
using std::chrono::hours;

/// A ticket that is decided here, on a store in memory.
class RemindersTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(snapshot_, store::insert(unit, registry::deployable_models_table(),
                                            {.id = {}, .group = "risk", .document = {{"metaData", {{"name", "s"}}}, {"storedModel", {{"id", "model-1"}}}}}));
            SW_TRY(ticket_,
                   approvals_.open(unit, {.snapshot = snapshot_, .subject = {}, .requested_by = "mina", .summary = "May s be deployed?", .evidence = {}}));
            return {};
        }));
    }
    std::int64_t remind() { return remind(desk_); }
    std::int64_t remind(ApprovalDesk& desk) {
        std::int64_t reminded = -1;
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(reminded, desk.remind(unit));
            return {};
        }));
        return reminded;
    }
    std::vector<store::Entity> reminders(bool open) {
        std::vector<store::Entity> found;
        EXPECT_TRUE(store_->read([&](store::Session& sql) -> Result<void> {
            SW_TRY(found,
                   store::find_by(sql, registry::notifications_table(),
                                  {{"notification_type", std::string{"TICKET_NOTIFICATION"}}, {"open", std::int64_t{open ? 1 : 0}}}, store::Scope::all()));
            return {};
        }));
        return found;
    }

    fakes::TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Foundation foundation_{.store = *store_, .access = access_, .sealer = sealer_};
    registry::Approvals approvals_{{}};
    ApprovalDesk desk_{foundation_, approvals_};
    store::Entity snapshot_;
    store::Entity ticket_;
};

TEST_F(RemindersTest, SayHowLongItHasWaited) {
    const registry::Approvals often{{.remind_every = std::chrono::seconds{5}}};
    ApprovalDesk desk{foundation_, often};
    const auto said = [&](Milliseconds later) {
        store_.clock().advance(later);
        EXPECT_EQ(remind(desk), 1);
        return std::string{json::text_of(reminders(true).at(0).document, "message")};
    };
    EXPECT_EQ(said(std::chrono::seconds{5}), "May s be deployed? It has waited less than an hour for a decision.");
    EXPECT_EQ(said(hours{1}), "May s be deployed? It has waited an hour for a decision.");
    EXPECT_EQ(said(hours{4}), "May s be deployed? It has waited 5 hours for a decision.");
    EXPECT_EQ(said(hours{20}), "May s be deployed? It has waited a day for a decision.");
}

TEST_F(RemindersTest, ComeOncePerPeriodAndEndWithTheDecision) {
    EXPECT_EQ(remind(), 0);
    store_.clock().advance(days{3} - hours{1});
    EXPECT_EQ(remind(), 0) << "not before the period is over";
    store_.clock().advance(hours{1});
    EXPECT_EQ(remind(), 1);
    EXPECT_EQ(remind(), 0) << "once";
    ASSERT_EQ(reminders(true).size(), 1U);
    EXPECT_EQ(json::text_of(reminders(true)[0].document, "message"), "May s be deployed? It has waited 3 days for a decision.");
    EXPECT_EQ(json::text_of(reminders(true)[0].document, "ticketId"), ticket_.id);
    store_.clock().advance(days{10});
    EXPECT_EQ(remind(), 1);
    EXPECT_EQ(remind(), 0) << "one for all that was slept through";
    EXPECT_EQ(reminders(true).size(), 1U) << "the open one is brought up to date";
    ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(desk_.decide(unit, identity::Principal::service(), ticket_.id, "APPROVED", ""));
        return {};
    }));
    EXPECT_TRUE(reminders(true).empty());
    store_.clock().advance(days{30});
    EXPECT_EQ(remind(), 0);
}

TEST_F(RemindersTest, AClockThatJumpsBackRemindsOfNothing) {
    store_.clock().advance(days{4});
    EXPECT_EQ(remind(), 1);
    store_.clock().jump(-days{4});
    EXPECT_EQ(remind(), 0);
    store_.clock().jump(days{4});
    EXPECT_EQ(remind(), 0);
}

TEST_F(RemindersTest, RecheckBringsTestAndResultIntoTheEvidence) {
    ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
        const auto job = R"({"jobType":"MODEL_BATCH_TEST_JOB","jobStatus":"COMPLETE","model":{"id":")" + snapshot_.id +
                         R"("},"sageMaker":{"name":"tj-1"},"outputData":[{"fileUrl":"s3://b/out"}]})";
        SW_TRY(const auto made, store::insert(unit, registry::jobs_table(), {.id = {}, .group = "risk", .document = *json::parse_object(job)}));
        SW_CHECK(store::insert(unit, registry::model_test_results_table(),
                               {.id = {},
                                .group = "risk",
                                .document = {{"deployableModelId", snapshot_.id}, {"jobId", made.id}, {"testResults", {{"auc", 0.9}, {"passed", false}}}}}));
        SW_TRY(const auto seen, desk_.recheck(unit, identity::Principal::service(), ticket_.id));
        const json::value root(seen.document);
        EXPECT_EQ(*json::find(root, "/evidence/testJob/name"), "tj-1");
        EXPECT_EQ(*json::find(root, "/evidence/testJob/status"), "COMPLETE");
        EXPECT_EQ(*json::find(root, "/evidence/testJob/output"), "s3://b/out");
        EXPECT_EQ(json::find(root, "/evidence/testResult"), nullptr) << "no life cycle has found it";
        EXPECT_EQ(*json::find(root, "/evidence/reportedResult/passed"), false);
        EXPECT_EQ(*json::find(root, "/evidence/reportedResult/createdBy"), json::value(made.created_by));
        EXPECT_EQ(*json::find(root, "/evidence/editedBy/0"), json::value(made.created_by)) << "under four eyes the author does not decide";
        return {};
    }));
}

TEST_F(RemindersTest, AJobOfTheModelIsNoTestOfTheSnapshot) {
    const auto insert_job = [&](store::Unit& unit, std::string_view snapshot, std::string_view name) {
        const json::object model{{"id", snapshot}, {"storedModel", {{"id", "model-1"}}}};
        return store::insert(unit, registry::jobs_table(),
                             {.id = {},
                              .group = "risk",
                              .document = {{"jobType", "MODEL_BATCH_JOB"},
                                           {"jobStatus", "COMPLETE"},
                                           {"model", model},
                                           {"targetEngine", {{"engineType", "SAGEMAKER_RUNTIME"}}},
                                           {"sageMaker", {{"name", name}}}}});
    };
    const auto written = store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(insert_job(unit, "another-snapshot", "daily-scoring"));
        SW_TRY(const auto seen, desk_.recheck(unit, identity::Principal::service(), ticket_.id));
        const json::value root(seen.document);
        EXPECT_EQ(json::find(root, "/evidence/testJob"), nullptr);
        EXPECT_EQ(*json::find(root, "/evidence/lastModelJob/name"), "daily-scoring");
        SW_CHECK(insert_job(unit, snapshot_.id, "tj-2"));
        SW_TRY(const auto again, desk_.recheck(unit, identity::Principal::service(), ticket_.id));
        EXPECT_EQ(*json::find(json::value(again.document), "/evidence/testJob/name"), "tj-2");
        EXPECT_EQ(json::find(json::value(again.document), "/evidence/lastModelJob"), nullptr);
        return {};
    });
    ASSERT_TRUE(written) << written.error().message;
}

}  // namespace
}  // namespace slipway::tickets
