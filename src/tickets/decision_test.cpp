#include "tickets/decision.hpp"

#include <gtest/gtest.h>
#include <utility>

namespace slipway::tickets {
namespace {

using Kind = Reading::Kind;

const DecisionRules kRules{.project = "MRM"};

IssueState issue(const std::string& status, const std::string& resolution = {}, bool done = true) {
    return {.id = "10501",
            .key = "MRM-1",
            .link = {},
            .project_id = "10200",
            .project_key = "MRM",
            .status_id = "id-" + status,
            .status = status,
            .status_untranslated = {},
            .done = done,
            .resolution_id = resolution.empty() ? "" : "id-" + resolution,
            .resolution = resolution};
}

std::vector<IssueMove> went(std::initializer_list<std::string> statuses) {
    std::vector<IssueMove> out;
    IssueLook before{.status_id = "1", .status = "To Do"};
    for (const auto& status : statuses) {
        IssueLook after{.status_id = "id-" + status, .status = status};
        out.push_back({.before = std::exchange(before, after), .after = after, .by = "Ravi Lead", .also = {"ravi@example.com"}});
    }
    return out;
}

struct Changed {
    std::string by;
    std::string status;
    std::string resolution{};
};

/// What comes of an issue that these people changed one after the other, the last change being how it stands.
Reading after(std::initializer_list<Changed> changes, const DecisionRules& rules, const std::string& asked = "mina") {
    const auto look_of = [](const Changed& one) {
        const auto there = issue(one.status, one.resolution, one.status != "To Do" && one.status != "In Review");
        return IssueLook{
            .status_id = there.status_id, .status = there.status, .done = there.done, .resolution_id = there.resolution_id, .resolution = there.resolution};
    };
    std::vector<IssueMove> moves;
    auto before = look_of({.by = {}, .status = "To Do"});
    for (const auto& one : changes) {
        auto look = look_of(one);
        moves.push_back({.before = std::exchange(before, look), .after = look, .by = one.by});
    }
    const auto there = issue(before.status, before.resolution, before.done);
    return confirm(read_issue(there, rules), there, moves, rules, asked);
}

Kind read(const IssueState& issue) {
    return read_issue(issue, kRules).kind;
}

TEST(Decision, IsWhatStatusAndResolutionSayTogether) {
    EXPECT_EQ(read(issue("To Do", "", false)), Kind::waiting);
    EXPECT_EQ(read(issue("In Review", "Done", false)), Kind::waiting);
    EXPECT_EQ(read(issue("Done", "Done")), Kind::approved);
    EXPECT_EQ(read(issue("approved")), Kind::approved) << "without a resolution nothing speaks against it";
    EXPECT_EQ(read(issue("Rejected", "Won't Do")), Kind::rejected);
    EXPECT_EQ(read(issue("Rejected")), Kind::rejected);
}

TEST(Decision, IsNoneWhenTheTwoDisagree) {
    for (const auto& unclear : {issue("Done", "Won't Do"), issue("Approved", "Declined"), issue("Done", "Duplicate"), issue("Rejected", "Done"),
                                issue("Rejected", "Duplicate"), issue("Closed", "Done"), issue("Closed", "Won't Do"), issue("Closed")}) {
        const auto reading = read_issue(unclear, kRules);
        EXPECT_EQ(reading.kind, Kind::unclear) << unclear.status << " " << unclear.resolution;
        EXPECT_EQ(reading.code, "AMBIGUOUS");
        EXPECT_NE(reading.message.find(unclear.status), std::string::npos) << reading.message;
    }
}

TEST(Decision, OfAStatusInBothListsIsNone) {
    auto rules = kRules;
    rules.rejected.statuses.emplace_back("done");
    EXPECT_EQ(read_issue(issue("Done", "Done"), rules).kind, Kind::unclear);
}

TEST(Decision, KnowsAStatusByIdOrUntranslatedName) {
    auto german = issue("Fertig");
    EXPECT_EQ(read(german), Kind::unclear) << "the category alone is no approval";
    EXPECT_NE(read_issue(german, kRules).message.find("Fertig"), std::string::npos) << "the word as it was seen";
    german.status_untranslated = "Done";
    EXPECT_EQ(read(german), Kind::approved);
    german.status_untranslated.clear();
    auto rules = kRules;
    rules.approved.statuses = {"id-Fertig"};
    EXPECT_EQ(read_issue(german, rules).kind, Kind::approved);
}

TEST(Decision, ComesFromTheResolutionWhereNoStatusesAreNamed) {
    DecisionRules rules{.approved = {.statuses = {}, .resolutions = {"Done"}}, .rejected = {.statuses = {}, .resolutions = {"Declined"}}, .project = "MRM"};
    EXPECT_EQ(read_issue(issue("Closed", "Done"), rules).kind, Kind::approved);
    EXPECT_EQ(read_issue(issue("Closed", "Declined"), rules).kind, Kind::rejected);
    EXPECT_EQ(read_issue(issue("Closed", "Duplicate"), rules).kind, Kind::unclear);
    EXPECT_EQ(read_issue(issue("Closed"), rules).kind, Kind::unclear);
    EXPECT_EQ(read_issue(issue("In Review", "Done", false), rules).kind, Kind::waiting);
}

TEST(Decision, CountsInTheProjectAlone) {
    auto moved = issue("Approved", "Done");
    moved.project_key = "OPS";
    moved.project_id = "10201";
    EXPECT_EQ(read_issue(moved, kRules).code, "MOVED");
    auto by_id = kRules;
    by_id.project = "10200";
    EXPECT_EQ(read_issue(issue("Approved", "Done"), by_id).kind, Kind::approved);
}

Reading confirmed(const std::string& status, std::initializer_list<std::string> way, const DecisionRules& rules = kRules, const std::string& asked = "mina") {
    const auto there = issue(status);
    return confirm(read_issue(there, rules), there, went(way), rules, asked);
}

TEST(Decision, NamesWhoMovedTheIssue) {
    EXPECT_EQ(confirmed("Approved", {"In Review", "Approved"}).kind, Kind::approved);
    EXPECT_EQ(confirmed("Approved", {"In Review", "Approved"}).by, "Ravi Lead");
    EXPECT_EQ(confirmed("Approved", {}).code, "NOBODY");
    EXPECT_EQ(confirmed("Approved", {"Approved", "In Review"}).kind, Kind::waiting) << "it is being changed";
}

TEST(Decision, ApprovedRightAfterARejectionIsNone) {
    EXPECT_EQ(confirmed("Approved", {"Rejected", "Approved"}).code, "CONTRADICTED");
    EXPECT_EQ(confirmed("Approved", {"Rejected", "Done", "Approved"}).code, "CONTRADICTED");
    EXPECT_EQ(confirmed("Approved", {"Rejected", "To Do", "Approved"}).kind, Kind::approved) << "it was set back and decided anew";
    EXPECT_EQ(confirmed("Rejected", {"Approved", "Rejected"}).kind, Kind::rejected) << "any rejection rejects";
}

TEST(Decision, WantsFourEyesWhereAsked) {
    auto rules = kRules;
    rules.four_eyes = true;
    EXPECT_EQ(confirmed("Approved", {"Approved"}, rules, "mina").kind, Kind::approved);
    EXPECT_EQ(confirmed("Approved", {"Approved"}, rules, "ravi").code, "FOUR_EYES") << "by the name before the @ of an address";
    EXPECT_EQ(confirmed("Rejected", {"Rejected"}, rules, "ravi").kind, Kind::rejected);
}

TEST(Decision, IsOfWhoMadeItOneByTheResolution) {
    auto rules = kRules;
    rules.four_eyes = true;
    EXPECT_EQ(after({{"bob", "Approved", "Won't Do"}, {"mina", "Approved", "Done"}}, rules).code, "FOUR_EYES");
    EXPECT_EQ(after({{"bob", "Approved", "Won't Do"}, {"ravi", "Approved", "Done"}}, rules).by, "ravi");
    EXPECT_EQ(after({{"bob", "Approved"}, {"mina", "Approved", "Done"}}, rules).by, "bob") << "it was a decision before";
    EXPECT_EQ(after({{"mina", "Approved"}, {"bob", "Approved", "Done"}}, rules).code, "FOUR_EYES") << "who edits the resolution afterwards decides nothing";
    EXPECT_EQ(after({{"mina", "Approved"}, {"bob", "Done", "Done"}}, rules).code, "FOUR_EYES");
    EXPECT_EQ(after({{"bob", "Approved"}, {"mina", "Done", "Done"}}, rules).code, "FOUR_EYES");
    EXPECT_EQ(after({{"bob", "Rejected", "Done"}, {"mina", "Rejected", "Declined"}}, rules).by, "mina");
}

TEST(Decision, IsOfWhoResolvedItWhereTheResolutionDecidesAlone) {
    DecisionRules rules{.approved = {.statuses = {}, .resolutions = {"Done"}}, .rejected = {.statuses = {}, .resolutions = {"Declined"}}, .project = "MRM"};
    EXPECT_EQ(after({{"bob", "Closed", "Declined"}, {"ravi", "Closed", "Done"}}, rules).code, "CONTRADICTED");
    EXPECT_EQ(after({{"bob", "Closed", "Declined"}, {"bob", "To Do", "Declined"}, {"ravi", "Closed", "Done"}}, rules).by, "ravi") << "it was open in between";
    rules.four_eyes = true;
    EXPECT_EQ(after({{"bob", "Closed", "Declined"}, {"mina", "Closed", "Done"}}, rules).code, "FOUR_EYES");
    EXPECT_EQ(after({{"bob", "Closed", "Duplicate"}, {"mina", "Closed", "Done"}}, rules).code, "FOUR_EYES");
    EXPECT_EQ(after({{"bob", "Closed"}, {"ravi", "Closed", "Done"}}, rules).by, "ravi");
    EXPECT_EQ(after({{"mina", "Closed", "Done"}, {"bob", "Archived", "Done"}}, rules).code, "FOUR_EYES");
}

TEST(Decision, ThatNobodyTookIsNoneWhereOnlyTheResolutionChanged) {
    const auto there = issue("Approved", "Done");
    const IssueLook bare{.status_id = there.status_id, .status = there.status, .done = true};
    auto resolved = bare;
    resolved.resolution_id = there.resolution_id;
    resolved.resolution = there.resolution;
    const std::vector<IssueMove> moves{{.before = bare, .after = resolved, .by = "bob"}};
    EXPECT_EQ(confirm(read_issue(there, kRules), there, moves, kRules, "mina").code, "NOBODY");
    const std::vector<IssueMove> behind{{.before = {.status_id = "1", .status = "To Do"}, .after = bare, .by = "bob"}};
    EXPECT_EQ(confirm(read_issue(there, kRules), there, behind, kRules, "mina").kind, Kind::waiting) << "its resolution is being changed";
}

TEST(Decision, UnderFourEyesAnAccountOfTheCloudMustBeSomebodyHere) {
    auto rules = kRules;
    rules.accounts = {{"acc-ravi", "ravi"}, {"acc-mina", "Mina"}};
    const auto decided = [&](const std::string& account, const std::string& status = "Approved") {
        auto moves = went({status});
        moves.back().by = "A Name";
        moves.back().account = account;
        moves.back().also.clear();
        const auto there = issue(status);
        return confirm(read_issue(there, rules), there, moves, rules, "mina");
    };
    EXPECT_EQ(decided("acc-stranger").kind, Kind::approved) << "without four eyes Jira's workflow says who may decide";
    rules.four_eyes = true;
    rules.accounts_alone = true;
    EXPECT_EQ(decided("acc-ravi").kind, Kind::approved);
    EXPECT_EQ(decided("acc-ravi").by, "ravi");
    EXPECT_EQ(decided("acc-mina").code, "FOUR_EYES");
    EXPECT_EQ(decided("acc-stranger").code, "UNKNOWN_PERSON");
    EXPECT_NE(decided("acc-stranger").message.find("acc-stranger"), std::string::npos);
    EXPECT_EQ(decided("").code, "UNKNOWN_PERSON");
    EXPECT_EQ(decided("acc-stranger", "Rejected").kind, Kind::rejected) << "anybody's rejection rejects";
}

}  // namespace
}  // namespace slipway::tickets
