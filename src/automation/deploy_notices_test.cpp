#include <gtest/gtest.h>

#include "domain/notification.hpp"
#include "fakes/bridge_fixture.hpp"
#include "fakes/topics_fixture.hpp"
#include "registry/notify.hpp"
#include "tickets/issue_rows.hpp"
#include "tickets/notice_issue.hpp"

/// A failed deployment is told by the deployer, by the life cycle that asked for it, and in an issue: once by each.
namespace slipway::automation {
namespace {

TEST_F(TopicsTest, WhatTheDeployerHasToldOfAFailedDeploymentStandsAndLeadsToTheLifeCycle) {
    const auto snapshot = only(registry::deployable_models_table());
    const std::string words{"The snapshot churn-3 was not deployed to prod: no capacity"};
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        domain::Notification told{.notification_type = "MODEL_NOTIFICATION", .severity = "ERROR", .message = words};
        told.deployable_model_id = snapshot;
        return registry::notify(unit, "risk", std::move(told), "deployment:" + snapshot);
    }));
    work("ticket.createNotification", "risk",
         {{"KIND", "deploy-failure"},
          {"DEPLOYABLE_MODEL_ID", snapshot},
          {"DEPLOYABLE_MODEL", {{"id", snapshot}, {"metaData", {{"name", "churn-3"}}}}},
          {"DEPLOYMENT", {{"id", "d-1"}, {"endpointName", "prod"}, {"verdict", "FAILED"}, {"reason", "no capacity"}}}},
         "run-7");
    const auto notifications = all(registry::notifications_table());
    ASSERT_EQ(notifications.size(), 1U);
    EXPECT_EQ(json::text_of(notifications[0].document, "message"), words) << "said once: an issue would be told of it twice";
    EXPECT_EQ(json::text_of(notifications[0].document, "processInstanceId"), "run-7");
}

class DeployNoticesTest : public fakes::BridgeFixture {};

/// Whoever says it: a person's deployment that fails again is told by the deployer alone.
TEST_F(DeployNoticesTest, WhatANotificationSaysAnewIsACommentInItsIssueOnce) {
    const auto say = [&](const std::string& message) {
        ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
            return registry::notify(unit, "risk", {.notification_type = "MODEL_NOTIFICATION", .severity = "ERROR", .message = message}, "deployment:s-1");
        }));
    };
    const auto comments = [&] {
        return world_.read<std::vector<std::string>>([](store::Session& sql) -> Result<std::vector<std::string>> {
            SW_TRY(const auto rows, sql.query("SELECT body FROM ticket_notes ORDER BY note"));
            std::vector<std::string> out;
            for (const auto& row : rows) {
                out.push_back(row.text(0));
            }
            return out;
        });
    };
    say("The snapshot was not deployed to a: no capacity");
    pass();
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto said, store::find_by(unit.sql, registry::notifications_table(), {{"dedup_key", "deployment:s-1"}}, store::Scope::all()));
        SW_CHECK(tickets::tell_by_issue(unit, said.at(0), "JIRA_NOTIFICATION_ASSIGNMENT"));
        SW_TRY(auto row, tickets::issue_of_ticket(unit.sql, said.at(0).id));
        row->phase = tickets::IssuePhase::ENDED;
        row->issue_id = "10501";
        return tickets::save_issue(unit, *row);
    }));
    pass();
    EXPECT_TRUE(comments().empty()) << "the issue says it itself";
    say("The snapshot was not deployed to b: ping health check");
    pass();
    pass();
    EXPECT_EQ(comments(), (std::vector<std::string>{"The snapshot was not deployed to b: ping health check"}));
    say("The snapshot was not deployed to b: ping health check");
    pass();
    EXPECT_EQ(comments().size(), 1U);
    say("The snapshot was not deployed to a: no capacity");
    pass();
    EXPECT_EQ(comments().size(), 2U) << "the last comment is what is so now";
}

}  // namespace
}  // namespace slipway::automation
