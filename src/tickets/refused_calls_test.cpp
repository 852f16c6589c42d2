#include "fakes/remote_desk_fixture.hpp"

/// What the other system refuses for good is shown at the ticket with its reason; what it will serve later is waited for.
namespace slipway::tickets {
namespace {

using Kind = TicketError::Kind;
using fakes::kLost;
using std::chrono::seconds;

class RefusedCallsTest : public fakes::RemoteDeskFixture {
protected:
    const TicketError kNoLabels{.kind = Kind::refused, .message = "it says “Field 'labels' does not exist or you do not have permission to view it.” (400)."};

    void expect_problem(const std::string& id, const std::string& code, const std::string& why) {
        EXPECT_EQ(at(id, "/assignment/problem/code"), code);
        const auto message = at(id, "/assignment/problem/message");
        EXPECT_NE(message.find(why), std::string::npos) << message;
        EXPECT_NE(message.find("by itself"), std::string::npos) << message;
        EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 1U);
        EXPECT_EQ(at(id, "/decision"), "absent");
    }
    /// It was asked for twice, so that a second issue is looked for later.
    std::string asked_twice() {
        const auto id = open();
        fake_.before_create = kLost;
        pass(seconds{125});
        fake_.before_create.reset();
        pass(seconds{125});
        EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
        return id;
    }
};

TEST_F(RefusedCallsTest, AnIssueThatCannotBeLookedForIsShownAndLookedForAgain) {
    const auto id = open();
    fake_.after_create = kLost;
    fake_.no_search = kNoLabels;
    pass(seconds{60});
    expect_problem(id, "REFUSED", "permission to view");
    EXPECT_EQ(fake_.calls["create"], 1) << "it may be there";
    fake_.no_search.reset();
    pass(seconds{120});
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 0U);
}

TEST_F(RefusedCallsTest, ADecisionThatCannotBeVerifiedSaysSoAndCountsOnceItCan) {
    const auto id = asked_twice();
    fake_.no_search = kNoLabels;
    fake_.set("Approved", "Done");
    pass(seconds{200});
    expect_problem(id, "REFUSED", "permission to view");
    const auto version = ticket(id).version;
    pass(seconds{120});
    EXPECT_EQ(ticket(id).version, version) << "said once";
    fake_.no_search.reset();
    pass(seconds{90});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
}

TEST_F(RefusedCallsTest, CredentialsThatMayNotSearchAreShownToo) {
    const auto id = asked_twice();
    fake_.no_search = TicketError{.kind = Kind::denied, .message = "it refuses our credentials (403)."};
    pass(seconds{300});
    expect_problem(id, "DENIED", "403");
}

TEST_F(RefusedCallsTest, WhatIsAwayForAWhileIsNotShownAsRefused) {
    const auto id = asked_twice();
    fake_.no_search = kLost;
    pass(seconds{300});
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
    fake_.no_search.reset();
    fake_.set("Approved", "Done");
    pass(seconds{90});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
}

TEST_F(RefusedCallsTest, AHistoryOrAnIssueThatIsRefusedIsShown) {
    const auto id = open();
    pass(seconds{2});
    fake_.set("Approved", "Done");
    fake_.no_moves = TicketError{.kind = Kind::refused, .message = "it refuses the request (400)."};
    pass(seconds{40});
    expect_problem(id, "REFUSED", "(400)");
    fake_.no_moves.reset();
    fake_.issues[0].hidden = true;
    fake_.no_single = TicketError{.kind = Kind::refused, .message = "it refuses the request (410)."};
    pass(seconds{40});
    expect_problem(id, "REFUSED", "(410)");
    fake_.no_single.reset();
    pass(seconds{40});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
}

TEST_F(RefusedCallsTest, WhoMayMakeNoIssuesStillReadsTheDecisionsOnThoseThatThereAre) {
    const auto decided = open("a");
    pass(seconds{5});
    ASSERT_EQ(fake_.issues.size(), 1U);
    fake_.before_create = TicketError{.kind = Kind::denied, .message = "it says “You do not have permission to create issues in this project.” (403)."};
    const auto refused = open("b");
    pass(seconds{600});
    ASSERT_TRUE(desk_->trouble());
    EXPECT_NE(desk_->trouble()->message.find("403"), std::string::npos) << "with its reason: " << desk_->trouble()->message;
    EXPECT_EQ(at(refused, "/assignment/problem/code"), "DENIED");
    fake_.set("Approved", "Done");
    pass(seconds{700});
    EXPECT_EQ(at(decided, "/decision/decision"), "APPROVED");
    EXPECT_EQ(at(refused, "/decision"), "absent");
}

TEST_F(RefusedCallsTest, ADecisionThatTheRulesDidNotKnowCountsOnceTheyAreMended) {
    const auto id = open();
    pass(seconds{5});
    fake_.set("Cleared by risk", "Done");
    pass(seconds{200});
    EXPECT_EQ(at(id, "/decision"), "absent");
    auto wider = kSettings;
    wider.rules.approved.statuses.emplace_back("Cleared by risk");
    restart(wider);
    pass(seconds{200});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
}

TEST_F(RefusedCallsTest, OneIssueThatTheSystemFailsForHoldsUpNoOther) {
    const auto broken = open("a");
    const auto decided = open("b");
    const auto late = open("c");
    pass(seconds{20});
    ASSERT_EQ(fake_.issues.size(), 3U);
    fake_.broken = {fake_.issues[0].state.id};
    fake_.set("Approved", "Done", 1);
    pass(seconds{40});
    EXPECT_EQ(at(decided, "/decision/decision"), "APPROVED");
    pass(seconds{90});
    expect_problem(broken, "UNREAD", "500");
    EXPECT_FALSE(desk_->trouble()) << "it serves us";
    const auto fresh = open("d");
    pass(seconds{5});
    EXPECT_EQ(at(fresh, "/assignment/issueKey"), "MRM-4");
    const auto asked = fake_.calls["read_one"];
    pass(seconds{900});
    EXPECT_LE(fake_.calls["read_one"] - asked, 6) << "with pauses that grow";
    fake_.set("Rejected", "Declined", 2);
    pass(seconds{40});
    EXPECT_EQ(at(late, "/decision/decision"), "REJECTED");
    store_.clock().advance(std::chrono::hours{31 * 24});
    pass(seconds{5});
    EXPECT_EQ(at(broken, "/decision"), "absent") << "nobody knows what was decided there";
    fake_.broken.clear();
    fake_.set("Approved", "Done", 0);
    pass(std::chrono::minutes{16}, seconds{10});
    EXPECT_EQ(at(broken, "/decision/decision"), "APPROVED");
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 0U);
}

TEST_F(RefusedCallsTest, NorDoSeveralSideBySideOrApart) {
    for (const bool side_by_side : {true, false}) {
        SCOPED_TRACE(side_by_side);
        const auto first = fake_.issues.size();
        std::vector<std::string> tickets;
        for (const auto* wish : {"a", "b", "c", "d", "e"}) {
            tickets.push_back(open(std::string{wish} + std::to_string(first)));
        }
        pass(seconds{40});
        ASSERT_EQ(fake_.issues.size(), first + 5);
        const std::size_t others = side_by_side ? 1 : 3;
        fake_.broken = {fake_.issues[first].state.id, fake_.issues[first + others].state.id};
        pass(std::chrono::minutes{10}, seconds{10});
        EXPECT_FALSE(desk_->trouble());
        EXPECT_EQ(at(tickets[0], "/assignment/problem/code"), "UNREAD");
        EXPECT_EQ(at(tickets[others], "/assignment/problem/code"), "UNREAD");
        fake_.set("Approved", "Done", first + 4);
        const auto fresh = open("fresh" + std::to_string(first));
        pass(seconds{60});
        EXPECT_EQ(at(tickets[4], "/decision/decision"), "APPROVED");
        EXPECT_NE(at(fresh, "/assignment/issueKey"), "absent");
        fake_.broken.clear();
        pass(std::chrono::minutes{32}, seconds{10});
        EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 0U);
    }
}

TEST_F(RefusedCallsTest, ASystemThatIsAwayIsNoFaultOfItsIssues) {
    const auto one = open("a");
    const auto two = open("b");
    pass(seconds{20});
    fake_.away = kLost;
    pass(std::chrono::minutes{3});
    EXPECT_TRUE(desk_->trouble());
    fake_.set("Approved", "Done", 0);
    fake_.away.reset();
    pass(seconds{45});
    EXPECT_EQ(at(one, "/decision/decision"), "APPROVED") << "nothing was left out meanwhile";
    EXPECT_EQ(at(two, "/assignment/problem"), "absent");
}

TEST_F(RefusedCallsTest, TheOnlyIssueThatBringsNoAnswerIsToldAndKeepsNoneFromBeingMade) {
    const auto first = open("a");
    pass(seconds{5});
    fake_.broken = {fake_.issues.at(0).state.id};
    pass(seconds{40});
    EXPECT_EQ(at(first, "/assignment/problem"), "absent") << "once is bad luck";
    EXPECT_FALSE(desk_->trouble());
    pass(seconds{90});
    expect_problem(first, "UNREAD", "500");
    EXPECT_FALSE(desk_->trouble());
    const auto second = open("b");
    pass(seconds{20});
    EXPECT_EQ(at(second, "/assignment/issueKey"), "MRM-2");
    EXPECT_EQ(at(first, "/decision"), "absent");
    pass(std::chrono::minutes{20}, seconds{10});
    fake_.broken.clear();
    fake_.set("Approved", "Done", 0);
    desk_->hint(fake_.issues.at(0).state.id);
    pass(seconds{2});
    EXPECT_EQ(at(first, "/decision/decision"), "APPROVED") << "a hint says that it may be mended";
}

}  // namespace
}  // namespace slipway::tickets
