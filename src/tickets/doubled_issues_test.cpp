#include "fakes/remote_desk_fixture.hpp"

/// Two issues of one ticket, after a lost answer and a search that was behind.
namespace slipway::tickets {
namespace {

using fakes::kLost;
using std::chrono::seconds;

class TwoIssuesOfOneTicket : public fakes::RemoteDeskFixture {
protected:
    /// A ticket with MRM-1, whose answer was lost and which the search hid for too long, and with MRM-2, which was answered.
    std::string double_issue() {
        const auto id = open();
        fake_.after_create = kLost;
        fake_.hide_new = true;
        pass(seconds{110});
        fake_.after_create.reset();
        pass(seconds{30});
        EXPECT_EQ(fake_.issues.size(), 2U) << "the search was behind for longer than it should be";
        EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-2");
        return id;
    }
    void show_to_searches() {
        for (auto& issue : fake_.issues) {
            issue.hidden = false;
        }
    }
};

TEST_F(TwoIssuesOfOneTicket, DecideNothingUntilOneIsLeft) {
    const auto id = double_issue();
    ASSERT_EQ(fake_.issues.size(), 2U);
    show_to_searches();
    fake_.set("Approved", "Done", 1);
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision"), "absent") << "somebody may reject the other one";
    pass(seconds{180});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "DOUBLED");
    const auto message = at(id, "/assignment/problem/message");
    EXPECT_TRUE(message.contains("MRM-2, MRM-1") && message.contains("keep MRM-2,")) << "the one that the ticket follows: " << message;
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 1U);
    EXPECT_EQ(at(id, "/decision"), "absent");
    recheck(id);
    pass(seconds{61});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "DOUBLED");
    fake_.issues[0].deleted = true;
    recheck(id);
    pass(seconds{61});
    EXPECT_EQ(at(id, "/decision/decision"), "APPROVED");
    EXPECT_EQ(open_notifications("TICKET_NOTIFICATION"), 0U);
}

TEST_F(TwoIssuesOfOneTicket, TheIssueThatKeepsTheLabelIsTheOneThatCounts) {
    const auto id = double_issue();
    ASSERT_EQ(fake_.issues.size(), 2U);
    show_to_searches();
    fake_.set("Approved", "Done", 1);
    pass(seconds{200});
    ASSERT_EQ(at(id, "/assignment/problem/code"), "DOUBLED");
    fake_.issues[1].label.clear();
    recheck(id);
    pass(seconds{200});
    EXPECT_EQ(at(id, "/decision"), "absent") << "MRM-2 was approved, and is none of this ticket any more";
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
    fake_.set("Rejected", "Won't Do", 0);
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision/decision"), "REJECTED");
}

TEST_F(TwoIssuesOfOneTicket, AnIssueThatOnlyTheSearchDoesNotKnowYetIsNotForgotten) {
    const auto id = double_issue();
    ASSERT_EQ(fake_.issues.size(), 2U);
    fake_.issues[0].hidden = false;
    fake_.set("Approved", "Done", 0);
    pass(seconds{150});
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/decision"), "absent") << "MRM-2 may be there still";
    show_to_searches();
    pass(seconds{150});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "DOUBLED");
    EXPECT_EQ(at(id, "/decision"), "absent");
}

TEST_F(TwoIssuesOfOneTicket, WhereBothAnswersWereLostTheSecondIssueIsLookedForOnceTheSearchCanKnowIt) {
    const auto id = open();
    fake_.after_create = kLost;
    fake_.hide_new = true;
    pass(seconds{130});
    ASSERT_EQ(fake_.issues.size(), 2U) << "both were asked for, and nobody knows of either";
    fake_.issues[0].hidden = false;
    fake_.set("Approved", "Done", 0);
    pass(seconds{60});
    ASSERT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/decision"), "absent") << "the search may hide the other one still";
    show_to_searches();
    pass(seconds{150});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "DOUBLED");
    EXPECT_EQ(at(id, "/decision"), "absent");
}

TEST_F(TwoIssuesOfOneTicket, AfterADeletedIssueTheOtherOneIsFoundBeforeAThirdIsMade) {
    const auto id = double_issue();
    ASSERT_EQ(fake_.issues.size(), 2U);
    show_to_searches();
    pass(seconds{200});
    ASSERT_EQ(at(id, "/assignment/problem/code"), "DOUBLED");
    fake_.issues[1].deleted = true;
    pass(seconds{31});
    ASSERT_EQ(at(id, "/assignment/problem/code"), "GONE");
    recheck(id);
    pass(seconds{200});
    EXPECT_EQ(fake_.issues.size(), 2U);
    EXPECT_EQ(at(id, "/assignment/issueKey"), "MRM-1");
    EXPECT_EQ(at(id, "/assignment/problem"), "absent");
    fake_.set("Rejected", "Won't Do", 0);
    pass(seconds{31});
    EXPECT_EQ(at(id, "/decision/decision"), "REJECTED");
}

TEST_F(TwoIssuesOfOneTicket, ThatAreFoundAtOnceAreShownToo) {
    const auto id = open();
    fake_.after_create = kLost;
    pass(seconds{2});
    fake_.issues.push_back(fake_.issues[0]);
    fake_.issues[1].state.id = "10999";
    fake_.issues[1].state.key = "MRM-9";
    pass(seconds{60});
    EXPECT_EQ(at(id, "/assignment/problem/code"), "DOUBLED");
    fake_.set("Approved", "Done");
    pass(seconds{61});
    EXPECT_EQ(at(id, "/decision"), "absent");
}

}  // namespace
}  // namespace slipway::tickets
