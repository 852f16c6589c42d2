#include "tickets/remote_desk.hpp"

#include "fakes/remote_desk_fixture.hpp"
#include "registry/test_verdicts.hpp"

namespace slipway::tickets {
namespace {

using RemoteDeskTest = fakes::RemoteDeskFixture;
using Kind = TicketError::Kind;
using fakes::kLost;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

TEST_F(RemoteDeskTest, MakesOneIssueAndCarriesTheApprovalBack) {
    const auto id = open();
    pass(seconds{5});
    ASSERT_EQ(fake_.issues.size(), 1U);
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/assignment/issueLink"), "https://jira/browse/MRM-1");
    fake_.set("In Review");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/assignment/currentStatus"), "In Review");
    EXPECT_EQ(at(id, "/open"), "true");
    fake_.set("Approved", "Done");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
    EXPECT_EQ(at(id, "/decision/decidedBy"), "Ravi Lead");
    EXPECT_EQ(at(id, "/decision/approvedHash"), at(id, "/requestedHash"));
    EXPECT_EQ(at(id, "/open"), "false");
    EXPECT_EQ(fake_.calls["create"], 1);
}

TEST_F(RemoteDeskTest, IsQuietBetweenPollsAndReadsInBatches) {
    for (const auto* wish : {"a", "b", "c"}) {
        open(wish);
    }
    pass(seconds{60}, seconds{2});
    const auto reads = fake_.calls["read"];
    const auto versions = ticket(open("d")).version;
    pass(seconds{300}, seconds{2});
    EXPECT_LE(fake_.calls["read"] - reads, 22) << "two calls a poll, ten polls";
    EXPECT_EQ(fake_.calls["moves"], 0);
    EXPECT_LE(ticket(open("d")).version, versions + 1) << "what does not change is not written";
}

TEST_F(RemoteDeskTest, ALostAnswerMakesNoSecondIssue) {
    const auto id = open();
    fake_.after_create = kLost;
    pass(seconds{2});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "AWAY");
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 1U);
    pass(seconds{60});
    ASSERT_EQ(fake_.issues.size(), 1U);
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 0U);
}

TEST_F(RemoteDeskTest, AnIssueThatTheSearchDoesNotKnowYetIsWaitedFor) {
    open();
    fake_.after_create = kLost;
    fake_.hide_new = true;
    pass(seconds{100});
    EXPECT_EQ(fake_.calls["create"], 1) << "two minutes the search may be behind";
    fake_.issues[0].hidden = false;
    pass(seconds{120});
    EXPECT_EQ(fake_.calls["create"], 1);
    EXPECT_EQ(fake_.issues.size(), 1U);
}

TEST_F(RemoteDeskTest, WhatWasSurelyNotMadeIsAskedForAgain) {
    const auto id = open();
    fake_.before_create = kLost;
    pass(seconds{150});
    EXPECT_GE(fake_.calls["create"], 2) << "looked for four times, then asked for again";
    EXPECT_GE(fake_.calls["labelled"], 4);
    fake_.before_create = TicketError{.kind = Kind::refused, .message = "it says “customfield_1: Risk owner is required.” (400)."};
    pass(seconds{200});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "REFUSED");
    EXPECT_NE(at(id, "/assignment/problem/message").find("Risk owner"), std::string::npos);
    fake_.before_create.reset();
    pass(hours{1}, seconds{5});
    EXPECT_EQ(fake_.issues.size(), 1U);
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
}

TEST_F(RemoteDeskTest, AnotherProcessFindsWhatTheFirstOneAskedFor) {
    const auto id = open();
    fake_.after_create = kLost;
    pass();
    restart();
    pass(seconds{30});
    EXPECT_EQ(fake_.calls["create"], 1);
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
}

TEST_F(RemoteDeskTest, KeepsToRetryAfter) {
    open();
    fake_.before_create = TicketError{.kind = Kind::throttled, .message = "429", .retry_after = seconds{40}};
    pass(seconds{39});
    EXPECT_EQ(fake_.calls["create"], 1);
    ASSERT_TRUE(desk_->trouble());
    fake_.before_create.reset();
    pass(seconds{5});
    EXPECT_EQ(fake_.issues.size(), 1U);
    pass();
    EXPECT_FALSE(desk_->trouble());
}

TEST_F(RemoteDeskTest, WhatIsUnclearIsShownAndApprovesNothing) {
    const auto id = open();
    pass(seconds{2});
    fake_.set("Approved", "Won't Do");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "AMBIGUOUS");
    EXPECT_EQ(at(id, "/decision"), "absent");
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 1U);
    fake_.set("Rejected");
    fake_.set("Approved", "Done");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "CONTRADICTED");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision"), "absent");
    fake_.set("To Do");
    fake_.set("Approved", "Done");  // both between two looks: the issue looks as before
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
}

TEST_F(RemoteDeskTest, ADeletedIssueDecidesNothingAndAPersonGetsAnother) {
    const auto id = open();
    pass(seconds{2});
    fake_.issues[0].deleted = true;
    pass(seconds{31});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "GONE");
    EXPECT_EQ(at(id, "/open"), "true");
    recheck(id);
    pass(seconds{121});
    EXPECT_EQ(fake_.issues.size(), 2U) << "looked for as long as the search may be behind, then asked for again";
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-2");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
}

TEST_F(RemoteDeskTest, AMissingIssueInAListIsAskedForAlone) {
    const auto id = open();
    pass(seconds{2});
    fake_.issues[0].hidden = true;
    fake_.set("Approved", "Done");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
}

TEST_F(RemoteDeskTest, AMovedIssueIsKnownAndDecidesNothing) {
    const auto id = open();
    pass(seconds{2});
    fake_.issues[0].state.project_key = "OPS";
    fake_.issues[0].state.project_id = "10201";
    fake_.issues[0].state.key = "OPS-1";
    fake_.set("Approved", "Done");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "MOVED");
    EXPECT_EQ(at(id, "/assignment/issueKey"), "OPS-1");
    EXPECT_EQ(at(id, "/decision"), "absent");
}

TEST_F(RemoteDeskTest, NoDecisionWithoutTheHistory) {
    const auto id = open();
    pass(seconds{2});
    fake_.set("Approved", "Done");
    fake_.no_moves = kLost;
    pass(seconds{60});
    EXPECT_EQ(at(id, "/decision"), "absent");
    fake_.no_moves.reset();
    pass(seconds{60});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
}

TEST_F(RemoteDeskTest, AnIssueThatIsReopenedAfterTheDecisionChangesNothing) {
    const auto id = open();
    pass(seconds{2});
    fake_.set("Rejected", "Won't Do");
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision/decision"), "REJECTED");
    fake_.set("Approved", "Done");
    desk_->hint("10501");
    pass(seconds{3});
    EXPECT_EQ(at(id, "/decision/decision"), "REJECTED");
    EXPECT_EQ(at(id, "/assignment/problem/code"), "DECIDED_ALREADY");
    ASSERT_EQ(fake_.issues[0].comments.size(), 1U);
    EXPECT_NE(fake_.issues[0].comments[0].find("REJECTED by Ravi Lead"), std::string::npos);
    pass(seconds{1300});
    EXPECT_EQ(fake_.issues[0].comments.size(), 1U) << "said once";
}

TEST_F(RemoteDeskTest, AHintIsReadAtOnceAndAFalseOneChangesNothing) {
    const auto id = open();
    pass(seconds{2});
    fake_.set("Approved", "Done");
    desk_->hint("99999");
    pass(seconds{2});
    EXPECT_EQ(at(id, "/decision"), "absent");
    desk_->hint("10501");
    pass(seconds{1});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
}

TEST_F(RemoteDeskTest, TellsTheIssueOnceThatTheTicketWasClosedHere) {
    const auto id = open();
    pass(seconds{2});
    store_.clock().advance(days{31});
    fake_.after_comment = kLost;
    pass(seconds{1});
    EXPECT_EQ(at(id, "/decision/decision"), "EXPIRED");
    pass(seconds{60});
    ASSERT_EQ(fake_.issues[0].comments.size(), 1U) << "the lost answer made no second comment";
    fake_.set("Approved", "Done");
    desk_->hint("10501");
    pass(seconds{3});
    EXPECT_EQ(at(id, "/decision/decision"), "EXPIRED") << "an approval that comes late";
    EXPECT_EQ(at(id, "/assignment/problem/code"), "DECIDED_ALREADY");
}

TEST_F(RemoteDeskTest, ATicketThatIsClosedBeforeItsIssueIsMadeGetsNone) {
    open();
    store_.clock().advance(days{31});
    ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(here_.expire(unit));
        return {};
    }));
    pass(seconds{10});
    EXPECT_TRUE(fake_.issues.empty());
}

TEST_F(RemoteDeskTest, ATicketThatIsAskedForAgainShowsTheTestAndItsIssueIsToldOnce) {
    const auto id = open();
    pass(seconds{2});
    ASSERT_EQ(at(id, "/evidence/testJob"), "absent");
    const auto job = insert(registry::jobs_table(),
                            {{"jobType", "MODEL_BATCH_JOB"}, {"jobStatus", "COMPLETE"}, {"model", {{"id", snapshot_}}}, {"sageMaker", {{"name", "mlc-1"}}}});
    const json::object tested{{"testJob", {{"id", job.id}}}};
    const json::object found{{"jobId", job.id}, {"passed", true}, {"comparator", "PASSED"}, {"comparatorReasons", json::array{"fine"}}};
    ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) { return registry::keep_test_verdict(unit, job.id, found); }));
    EXPECT_EQ(open("a", tested), id);
    EXPECT_EQ(at(id, "/evidence/testJob/name"), "mlc-1");
    EXPECT_EQ(at(id, "/evidence/comparator/result"), "PASSED");
    EXPECT_EQ(at(id, "/evidence/testResult/passed"), "true");
    open("a", tested);
    pass(seconds{5});
    ASSERT_EQ(fake_.issues.size(), 1U);
    ASSERT_EQ(fake_.issues[0].comments.size(), 1U) << "said once";
    EXPECT_NE(fake_.issues[0].comments[0].find("Job: mlc-1. Status: COMPLETE. Comparator: PASSED: fine. Result: passed."), std::string::npos)
        << fake_.issues[0].comments[0];
    const auto other = insert(registry::jobs_table(),
                              {{"jobType", "MODEL_BATCH_JOB"}, {"jobStatus", "COMPLETE"}, {"model", {{"id", snapshot_}}}, {"sageMaker", {{"name", "mlc-2"}}}});
    open("a", {{"testJob", {{"id", other.id}}}});
    EXPECT_EQ(at(id, "/evidence/comparator"), "absent") << "of the test before";
}

TEST_F(RemoteDeskTest, AnIssueThatIsMadeWithTheTestIsToldNothingMore) {
    const auto job = insert(registry::jobs_table(),
                            {{"jobType", "MODEL_BATCH_JOB"}, {"jobStatus", "COMPLETE"}, {"model", {{"id", snapshot_}}}, {"sageMaker", {{"name", "mlc-1"}}}});
    open("a", {{"testJob", {{"id", job.id}}}});
    pass(seconds{5});
    ASSERT_EQ(fake_.issues.size(), 1U);
    EXPECT_TRUE(fake_.issues[0].comments.empty());
}

TEST_F(RemoteDeskTest, WhatWasApprovedInTimeIsNoLessSoWhenItIsReadLate) {
    const auto id = open();
    pass(seconds{2});
    fake_.set("Approved", "Done");
    fake_.away = kLost;
    store_.clock().advance(hours{31 * 24});
    EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto closed, here_.expire(unit));
        EXPECT_EQ(closed, 0);
        return {};
    }));
    pass(seconds{60});
    EXPECT_EQ(at(id, "/decision"), "absent") << "nobody has read it yet";
    fake_.away.reset();
    pass(seconds{60});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
}

TEST_F(RemoteDeskTest, WhatNobodyDecidedEndsBehindAReading) {
    const auto id = open();
    pass(seconds{2});
    store_.clock().advance(hours{31 * 24});
    pass(seconds{2});
    EXPECT_EQ(at(id, "/decision/decision"), "EXPIRED");
}

TEST_F(RemoteDeskTest, WhatKeepsAnIssueFromBeingMadeLastsAfterTwoMinutes) {
    const auto id = open();
    fake_.before_create = TicketError{.kind = Kind::refused, .message = "it says “customfield_1: Risk owner is required.” (400)."};
    pass(seconds{60});
    EXPECT_EQ(at(id, "/assignment/problem/lasting"), "false");
    pass(seconds{600}, seconds{5});
    EXPECT_EQ(at(id, "/assignment/problem/lasting"), "true");
    fake_.before_create.reset();
    pass(hours{1}, seconds{30});
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
}

TEST_F(RemoteDeskTest, RemindsInTheIssueOncePerPeriod) {
    open();
    pass(seconds{2});
    const auto remind = [&] {
        EXPECT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(here_.remind(unit));
            return {};
        }));
        pass(seconds{3});
    };
    remind();
    EXPECT_TRUE(fake_.issues[0].comments.empty());
    store_.clock().advance(days{3});
    remind();
    remind();
    EXPECT_EQ(fake_.issues[0].comments.size(), 1U);
    EXPECT_NE(fake_.issues[0].comments[0].find("3 days"), std::string::npos) << fake_.issues[0].comments[0];
    store_.clock().advance(days{9});
    remind();
    EXPECT_EQ(fake_.issues[0].comments.size(), 2U) << "one for all that was slept through";
}

}  // namespace
}  // namespace slipway::tickets
