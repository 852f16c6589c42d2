#include "tickets/approval_desk.hpp"

#include <gtest/gtest.h>

#include "fakes/test_store.hpp"
#include "registry/tables.hpp"

namespace slipway::tickets {
namespace {

/// A ticket of the group risk that mina asked for; risk-approvers decide.
class ApprovalDeskTest : public ::testing::Test {
protected:
    void SetUp() override {
        ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_TRY(const auto snapshot,
                   store::insert(unit, registry::deployable_models_table(),
                                 {.id = {}, .group = "risk", .document = {{"metaData", {{"name", "s"}}}, {"storedModel", {{"id", "m"}}}}}));
            SW_TRY(ticket_, approvals_.open(unit, {.snapshot = snapshot,
                                                   .subject = {},
                                                   .requested_by = "mina",
                                                   .summary = "May s be deployed?",
                                                   .evidence = {{"editedBy", json::array{"omar"}}}}));
            return {};
        }));
    }
    /// `APPROVED`, or why not.
    std::string approve(const std::string& name, const std::vector<std::string>& groups) {
        const auto done = store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(desk_.decide(unit, {.name = name, .groups = groups}, ticket_.id, "APPROVED", ""));
            return {};
        });
        return done ? "APPROVED" : done.error().reason;
    }

    std::string recheck(const std::string& name, const std::vector<std::string>& groups) {
        const auto done = store_->write({}, [&](store::Unit& unit) -> Result<void> {
            SW_CHECK(desk_.recheck(unit, {.name = name, .groups = groups}, ticket_.id));
            return {};
        });
        return done ? "SEEN" : done.error().reason;
    }

    fakes::TestStore store_;
    identity::Access access_{{.by_collection = {{"notifications", {{"readers", {.read = true, .write = false, .execute = false}}}}},
                              .ticket_approvers = {{"risk", {"risk-approvers"}}}}};
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Foundation foundation_{.store = *store_, .access = access_, .sealer = sealer_};
    registry::Approvals approvals_{{.approvers = {{"risk", {"risk-approvers"}}}, .four_eyes = true}};
    ApprovalDesk desk_{foundation_, approvals_};
    store::Entity ticket_;
};

TEST_F(ApprovalDeskTest, UnderFourEyesNeitherWhoAskedNorWhoEditedTheLifeCycleDecides) {
    EXPECT_EQ(approve("mina", {"risk", "risk-approvers"}), "FOUR_EYES");
    EXPECT_EQ(approve("omar", {"risk", "risk-approvers"}), "FOUR_EYES");
    EXPECT_EQ(approve("bob", {"risk"}), "NOT_AN_APPROVER");
    EXPECT_EQ(approve("bob", {"risk", "risk-approvers"}), "APPROVED");
}

TEST_F(ApprovalDeskTest, ATicketOfJiraIsDecidedHereOnceNobodyReadsJiraAnyMore) {
    const registry::Approvals in_jira{{.approvers = {{"risk", {"risk-approvers"}}}, .assignment = "JIRA_NOTIFICATION_ASSIGNMENT"}};
    ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto snapshot, store::insert(unit, registry::deployable_models_table(),
                                                  {.id = {}, .group = "risk", .document = {{"metaData", {{"name", "t"}}}, {"storedModel", {{"id", "m"}}}}}));
        SW_TRY(ticket_, in_jira.open(unit, {.snapshot = snapshot, .subject = {}, .requested_by = "mina", .summary = "May t be deployed?", .evidence = {}}));
        return {};
    }));
    ApprovalDesk before{foundation_, in_jira};
    const auto refused = store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(before.decide(unit, {.name = "bob", .groups = {"risk-approvers"}}, ticket_.id, "APPROVED", ""));
        return {};
    });
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "DECIDED_ELSEWHERE");
    EXPECT_EQ(approve("bob", {"risk-approvers"}), "APPROVED") << "tickets.system was set back to builtin";
}

TEST_F(ApprovalDeskTest, EvidenceIsLookedAtAgainForWhoMayActOrDecide) {
    EXPECT_EQ(recheck("bob", {"risk"}), "SEEN");
    EXPECT_EQ(recheck("noa", {"risk-approvers"}), "SEEN");
    EXPECT_EQ(recheck("eve", {"strangers"}), "NOT_FOUND");
    ASSERT_TRUE(store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE notifications SET group_name = 'readers' WHERE id = $1", {ticket_.id}));
        return {};
    }));
    EXPECT_EQ(recheck("rita", {"readers"}), "FORBIDDEN") << "READ alone";
}

TEST_F(ApprovalDeskTest, TheFirstDecisionCounts) {
    EXPECT_EQ(approve("bob", {"risk-approvers"}), "APPROVED");
    EXPECT_EQ(approve("eve", {"risk-approvers"}), "ALREADY_DECIDED");
    EXPECT_EQ(approve("bob", {"risk-approvers"}), "ALREADY_DECIDED");
}

TEST_F(ApprovalDeskTest, WhoDecidesNeedNotBeOfTheGroupOfTheModel) {
    EXPECT_EQ(approve("eve", {"strangers"}), "NOT_FOUND");
    EXPECT_EQ(approve("noa", {"risk-approvers"}), "APPROVED");
}

TEST_F(ApprovalDeskTest, TheNewestTicketCountsHoweverManyThereWere) {
    const json::object subject = ticket_.document.at("evidence").at("subject").as_object();
    const auto snapshot = std::string{json::text_of(ticket_.document, "deployableModelId")};
    const auto done = store_->write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto row, store::require(unit.sql, registry::deployable_models_table(), snapshot, store::Scope::all()));
        SW_TRY(auto ticket, store::require(unit.sql, registry::notifications_table(), ticket_.id, store::Scope::all()));
        for (int i = 0; i < 220; ++i) {
            SW_CHECK(registry::decide_ticket(unit, ticket, "EXPIRED", "SYSTEM", ""));
            SW_TRY(ticket, approvals_.open(unit, {.snapshot = row, .subject = subject, .requested_by = "mina", .summary = "?", .evidence = {}}));
        }
        SW_CHECK(registry::decide_ticket(unit, ticket, "APPROVED", "ravi", ""));
        SW_TRY(const auto said, approvals_.about(unit.sql, snapshot, registry::approval_hash(subject)));
        EXPECT_EQ(said.state, registry::ApprovalState::approved);
        EXPECT_EQ(said.ticket_id, ticket.id);
        return {};
    });
    ASSERT_TRUE(done) << done.error().message;
}

}  // namespace
}  // namespace slipway::tickets
