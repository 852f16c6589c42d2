#include "tickets/notice_issue.hpp"

#include "fakes/remote_desk_fixture.hpp"

namespace slipway::tickets {
namespace {

using fakes::kLost;
using std::chrono::hours;
using std::chrono::seconds;

/// A test job that failed, and what people are told of it.
class NoticeIssueTest : public fakes::RemoteDeskFixture {
protected:
    std::string fail_test() {
        const auto job = insert(
            registry::jobs_table(),
            {{"jobType", "MODEL_BATCH_JOB"},
             {"jobStatus", "ERROR"},
             {"model", {{"id", snapshot_}}},
             {"sageMaker", {{"name", "mlc-1"}, {"status", "Failed"}, {"failureReason", "AlgorithmError: no column"}, {"consoleUrl", "https://aws/mlc-1"}}}});
        const auto id = insert(registry::notifications_table(), {{"notificationType", "MODEL_NOTIFICATION"},
                                                                 {"severity", "ERROR"},
                                                                 {"message", "The test transform job of the snapshot churn-3 failed."},
                                                                 {"open", true},
                                                                 {"deployableModelId", snapshot_},
                                                                 {"jobId", job.id},
                                                                 {"processInstanceId", "i-1"}})
                            .id;
        tell(id);
        return id;
    }
    void tell(const std::string& id, const std::string& assignment = settings().assignment) {
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto notification, store::require(unit.sql, registry::notifications_table(), id, store::Scope::all()));
            SW_CHECK(tell_by_issue(unit, notification, assignment));
            return {};
        }));
    }
    void change(const std::string& id, const std::string& member, const json::value& value) {
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto notification, store::require(unit.sql, registry::notifications_table(), id, store::Scope::all()));
            auto document = notification.document;
            document[member] = value;
            SW_CHECK(store::update(unit, registry::notifications_table(), notification, std::move(document)));
            return {};
        }));
    }
};

TEST_F(NoticeIssueTest, IsOneIssueWithReasonJobAndLinks) {
    const auto id = fail_test();
    pass(seconds{5});
    ASSERT_EQ(fake_.issues.size(), 1U);
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/assignment/currentStatus"), "absent") << "it is not followed";
    const auto& draft = fake_.issues[0].draft;
    EXPECT_EQ(draft.summary, "The test transform job of the snapshot churn-3 failed.");
    std::string text;
    for (const auto& block : draft.text) {
        text += block.text + " " + block.link + "\n";
    }
    for (const auto* wanted :
         {"Job: mlc-1 https://aws/mlc-1", "Status: Failed", "FailureReason: AlgorithmError: no column", "https://models.example.com/#/instances/i-1"}) {
        EXPECT_NE(text.find(wanted), std::string::npos) << text;
    }
    EXPECT_NE(text.find("https://models.example.com/#/snapshots/" + snapshot_), std::string::npos) << text;
    fake_.set("Approved", "Done");
    desk_->hint("10501");
    pass(hours{1}, seconds{30});
    EXPECT_EQ(at(id, "/decision"), "absent");
    EXPECT_EQ(at(id, "/open"), "true");
    EXPECT_EQ(fake_.calls["create"], 1);
    EXPECT_EQ(fake_.calls["read"] + fake_.calls["read_one"], 0) << "nothing is decided in it";
}

TEST_F(NoticeIssueTest, IsOneAfterALostAnswerAndAKill) {
    const auto id = fail_test();
    fake_.after_create = kLost;
    pass();
    EXPECT_EQ(at(id, "/assignment/problem/code"), "AWAY");
    restart();
    pass(seconds{60});
    ASSERT_EQ(fake_.issues.size(), 1U);
    EXPECT_EQ(fake_.calls["create"], 1);
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 0U);
}

TEST_F(NoticeIssueTest, WhatIsToldAgainIsACommentOnce) {
    const auto id = fail_test();
    tell(id);
    pass(seconds{2});
    EXPECT_TRUE(fake_.issues.at(0).comments.empty()) << "it was not made yet";
    change(id, "message", "It failed for another reason.");
    tell(id);
    tell(id);
    pass(seconds{5});
    ASSERT_EQ(fake_.issues[0].comments.size(), 1U);
    EXPECT_NE(fake_.issues[0].comments[0].find("It failed for another reason."), std::string::npos);
    EXPECT_EQ(fake_.issues.size(), 1U);
}

TEST_F(NoticeIssueTest, IsToldOnceThatItIsSettled) {
    const auto id = fail_test();
    const auto settle = [&] {
        change(id, "settled", true);
        change(id, "open", false);
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto notification, store::require(unit.sql, registry::notifications_table(), id, store::Scope::all()));
            return tell_settled(unit, notification);
        }));
    };
    pass(seconds{5});
    settle();
    settle();
    pass(seconds{5});
    ASSERT_EQ(fake_.issues.at(0).comments.size(), 1U);
    EXPECT_NE(fake_.issues[0].comments[0].find("no longer so"), std::string::npos);
    settle();
    pass(seconds{5});
    EXPECT_EQ(fake_.issues[0].comments.size(), 1U);
}

TEST_F(NoticeIssueTest, IsNoneWhereTicketsAreDecidedHereOrItIsNoLongerSo) {
    const auto plain = insert(registry::notifications_table(), {{"notificationType", "MODEL_NOTIFICATION"}, {"message", "m"}, {"open", true}}).id;
    tell(plain, std::string{registry::kBuiltIn});
    EXPECT_EQ(at(plain, "/assignment"), "absent");
    change(fail_test(), "open", false);
    pass(seconds{5});
    EXPECT_TRUE(fake_.issues.empty());
}

}  // namespace
}  // namespace slipway::tickets
