#include "automation/vendor_topics.hpp"

#include <gtest/gtest.h>

#include "fakes/automation_world.hpp"
#include "fakes/test_store.hpp"
#include "registry/approvals.hpp"
#include "registry/tables.hpp"

namespace slipway::automation {
namespace {

class VendorTopicsTest : public testing::Test {
protected:
    VendorTopicsTest() { handlers_ = topics().handlers(); }

    VendorTopics& topics() { return topics_; }
    store::Entity create(std::string_view collection, json::object body) {
        const auto made = world_.write<store::Entity>([&](store::Unit& unit) -> Result<store::Entity> {
            SW_TRY(auto changed, registry_.collection(collection).create(unit, identity::Principal::service(), body));
            return std::move(changed.entity);
        });
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    /// A snapshot of a model with these assets.
    std::string snapshot(const json::array& assets) {
        const auto model = create("storedModels", {{"modelMetaData", {{"name", "churn"}}}, {"group", "risk"}, {"modelAssets", assets}});
        return create("deployableModels", {{"storedModel", {{"id", model.id}}}}).id;
    }
    Outcome work(const std::string& topic, json::object variables) {
        return handlers_.at("modelop." +
                            topic)({.id = "i:1", .instance_id = "i", .group = "risk", .idempotency_key = "key" + topic, .variables = std::move(variables)});
    }
    static json::object done(const Outcome& outcome) {
        const auto* answer = std::get_if<Done>(&outcome);
        EXPECT_NE(answer, nullptr);
        return answer == nullptr ? json::object{} : answer->variables;
    }
    static json::object comparator() {
        return {{"assetType", "FILE"}, {"assetRole", "TEST_RESULT_COMPARATOR"}, {"filename", "limits.dmn"}, {"fileContent", crypto::base64("limits")}};
    }
    /// Reads any file as one table: `auc` above 0.8 passes, up to 0.5 it does not, and 0.2 or less is named by two rules.
    static Result<FileReaders::Read<lifecycle::DecisionTable>> read_table(std::string_view) {
        lifecycle::DecisionTable table{.id = "limits", .name = "Limits", .inputs = {{.name = "auc", .expression = "auc", .type = "double"}}};
        table.outputs = {{.name = "passes", .expression = {}, .type = "boolean"}, {.name = "reason", .expression = {}, .type = "string"}};
        table.rules = {{.id = "good", .inputs = {"> 0.8"}, .outputs = {"true", "\"fine\""}},
                       {.id = "bad", .inputs = {"<= 0.5"}, .outputs = {"false", "\"too weak\""}},
                       {.id = "worse", .inputs = {"<= 0.2"}, .outputs = {"true", "\"odd\""}}};
        return FileReaders::Read<lifecycle::DecisionTable>{{table}, {}};
    }

    fakes::TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Registry registry_{{.store = *store_, .access = access_, .sealer = sealer_}};
    World world_{*store_};
    Definitions definitions_{
        access_,
        {.processes = [](std::string_view) -> Result<FileReaders::Read<lifecycle::Process>> { return fail(ErrorCode::invalid_argument, "BPMN", "none"); },
         .decisions = read_table}};
    Outcome approval_{Fault{"ANY", "not asked yet", {}}};
    VendorTopics topics_{registry_, definitions_, {{"ticket.createApproval", [this](const ExternalTask&) { return approval_; }}}};
    Handlers handlers_;
};

TEST_F(VendorTopicsTest, ASnapshotIsFoundByItsIdOrByTheObjectAndElseItIsTheErrorThatFilesCatch) {
    const auto id = snapshot({});
    EXPECT_EQ(json::text_of(*json::object_of(done(work("GetDeployableModelById", {{"DEPLOYABLE_MODEL_ID", id}})), "DEPLOYABLE_MODEL"), "id"), id);
    EXPECT_EQ(json::text_of(*json::object_of(done(work("GetDeployableModelById", {{"DEPLOYABLE_MODEL", {{"id", id}}}})), "DEPLOYABLE_MODEL"), "id"), id);
    const auto outcome = work("GetDeployableModelById", {{"DEPLOYABLE_MODEL_ID", "nobody"}});
    ASSERT_NE(std::get_if<Fault>(&outcome), nullptr);
    EXPECT_EQ(std::get<Fault>(outcome).code, "FAILURE");
}

TEST_F(VendorTopicsTest, WhatBelongsToAnotherGroupIsNotThere) {
    const auto model = create("storedModels", {{"modelMetaData", {{"name", "secret"}}}, {"group", "fraud"}, {"modelAssets", json::array{comparator()}}});
    const auto snapshot = create("deployableModels", {{"storedModel", {{"id", model.id}}}, {"group", "fraud"}});
    const auto job = world_.write<store::Entity>([&](store::Unit& unit) {
        return store::insert(unit, registry::jobs_table(),
                             {.id = {}, .group = "fraud", .document = {{"jobType", "MODEL_BATCH_JOB"}, {"jobStatus", "RUNNING"}}});
    });
    ASSERT_TRUE(job);
    const json::object ids{{"DEPLOYABLE_MODEL_ID", snapshot.id}, {"STORED_MODEL_ID", model.id}, {"JOB_ID", job->id}, {"MODEL_TEST_RESULT", {{"auc", 0.9}}}};
    for (const auto* topic :
         {"GetDeployableModelById", "GetJob", "FindDeployableModelAssets", "FindStoredModelAssets", "GetModelRequiredAssets", "ModelTestResultEval"}) {
        const auto outcome = work(topic, ids);
        ASSERT_NE(std::get_if<Fault>(&outcome), nullptr) << topic;
        EXPECT_EQ(std::get<Fault>(outcome).code, "FAILURE") << topic;
        EXPECT_EQ(std::get<Fault>(outcome).message.find("secret"), std::string::npos);
    }
}

TEST_F(VendorTopicsTest, TestDataIsTheInputAndTheComparatorComesWithIt) {
    const auto id = snapshot({{{"assetType", "EXTERNAL_FILE"}, {"assetRole", "TEST_DATA"}, {"filename", "t.csv"}, {"fileUrl", "s3://b/t.csv"}}, comparator()});
    const auto found = done(work("GetModelRequiredAssets", {{"DEPLOYABLE_MODEL_ID", id}}));
    ASSERT_EQ(json::array_of(found, "INPUT_ASSETS")->size(), 1U);
    EXPECT_EQ(json::text_of(json::array_of(found, "INPUT_ASSETS")->at(0).get_object(), "filename"), "t.csv");
    EXPECT_EQ(json::array_of(found, "ADDITIONAL_ASSETS")->size(), 1U);
    EXPECT_EQ(json::array_of(done(work("FindDeployableModelAssets", {{"DEPLOYABLE_MODEL_ID", id}, {"ASSET_ROLE", "TEST_DATA"}})), "ASSETS")->size(), 1U);
}

TEST_F(VendorTopicsTest, ResultsPassOnlyWhereRulesSaySo) {
    const auto id = snapshot({comparator()});
    const auto verdict = [&](double auc) {
        return done(work("ModelTestResultEval", {{"DEPLOYABLE_MODEL_ID", id}, {"MODEL_TEST_RESULT", {{"testResults", {{"auc", auc}}}}}}));
    };
    EXPECT_EQ(json::text_of(verdict(0.9), "TEST_RESULT"), "PASSED");
    EXPECT_EQ(json::text_of(verdict(0.9), "TEST_RESULT_MESSAGE"), "fine");
    EXPECT_EQ(json::text_of(verdict(0.4), "TEST_RESULT"), "FAILED");
    EXPECT_EQ(json::text_of(verdict(0.4), "TEST_RESULT_MESSAGE"), "too weak");
    EXPECT_EQ(json::text_of(verdict(0.7), "TEST_RESULT"), "FAILED") << "no rule that fits is never a pass";
    const auto ambiguous = work("ModelTestResultEval", {{"DEPLOYABLE_MODEL_ID", id}, {"MODEL_TEST_RESULT", {{"auc", 0.1}}}});
    ASSERT_NE(std::get_if<Trouble>(&ambiguous), nullptr) << "an ambiguous decision is an incident";
    EXPECT_FALSE(std::get<Trouble>(ambiguous).again);
}

TEST_F(VendorTopicsTest, AResultWithSeveralValuesPassesNothing) {
    const auto id = snapshot({comparator()});
    const auto outcome = [&](const json::object& result) { return work("ModelTestResultEval", {{"DEPLOYABLE_MODEL_ID", id}, {"MODEL_TEST_RESULT", result}}); };
    for (const auto& result : {json::object{{"auc", 0.4}, {"testResults", {{"auc", 0.9}}}},
                               json::object{{"testResults", json::array{json::object{{"auc", 0.4}}, json::object{{"auc", 0.9}}}}}}) {
        const auto unclear = outcome(result);
        ASSERT_NE(std::get_if<Trouble>(&unclear), nullptr) << json::write(json::value(result));
        EXPECT_FALSE(std::get<Trouble>(unclear).again);
        EXPECT_NE(std::get<Trouble>(unclear).message.find("several values of auc"), std::string::npos) << std::get<Trouble>(unclear).message;
    }
    const json::object twice{{"testResults", json::array{json::object{{"test", "roc"}, {"auc", 0.9}}, json::object{{"test", "f1"}, {"f1", 0.5}}}}};
    EXPECT_EQ(json::text_of(done(outcome(twice)), "TEST_RESULT"), "PASSED") << "what no rule asks for may differ";
}

TEST_F(VendorTopicsTest, WhatCannotBeComparedIsNotEvaluated) {
    const auto bare = done(work("ModelTestResultEval", {{"DEPLOYABLE_MODEL_ID", snapshot({})}, {"MODEL_TEST_RESULT", {{"auc", 0.9}}}}));
    EXPECT_EQ(json::text_of(bare, "TEST_RESULT"), "NOT_EVALUATED");
    const json::object outside{{"assetType", "EXTERNAL_FILE"}, {"assetRole", "TEST_RESULT_COMPARATOR"}, {"filename", "l.dmn"}, {"fileUrl", "s3://b/l.dmn"}};
    const auto elsewhere = done(work("ModelTestResultEval", {{"DEPLOYABLE_MODEL_ID", snapshot({outside})}, {"MODEL_TEST_RESULT", {{"auc", 0.9}}}}));
    EXPECT_EQ(json::text_of(elsewhere, "TEST_RESULT"), "NOT_EVALUATED");
    EXPECT_NE(json::text_of(elsewhere, "TEST_RESULT_MESSAGE"), "");
}

TEST_F(VendorTopicsTest, AnApprovalWaitsForItsDecision) {
    const auto ticket = world_.write<store::Entity>([&](store::Unit& unit) {
        return store::insert(
            unit, registry::notifications_table(),
            {.id = {},
             .group = "risk",
             .document = *json::parse_object(
                 R"({"notificationType":"MODEL_APPROVAL_NOTIFICATION","open":true,"severity":"INFO","message":"May it?","requestedHash":"h"})")});
    });
    ASSERT_TRUE(ticket);
    approval_ = Done{{{"TICKET", {{"id", ticket->id}}}}};
    EXPECT_TRUE(std::holds_alternative<Later>(work("CreateJiraModelApproval", {})));
    ASSERT_TRUE(world_.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(registry::decide_ticket(unit, *ticket, "APPROVED", "bob", "fine"));
        return {};
    }));
    const auto decided = done(work("CreateJiraModelApproval", {}));
    EXPECT_EQ(json::text_of(decided, "DECISION"), "APPROVED");
    EXPECT_EQ(json::text_of(*json::object_of(decided, "NEW_NOTIFICATION"), "id"), ticket->id);
    approval_ = Fault{"CONFIGURATION_REFUSED", "no", {}};
    const auto refused = work("CreateJiraModelApproval", {});
    ASSERT_NE(std::get_if<Fault>(&refused), nullptr);
    EXPECT_EQ(std::get<Fault>(refused).code, "FAILURE");
}

TEST_F(VendorTopicsTest, ANotificationIsWrittenOnce) {
    const json::object words{{"NOTIFICATION_MESSAGE", "look here"}, {"NOTIFICATION_SEVERITY", "WARNING"}};
    const auto first = done(work("CreateModelNotification", words));
    const auto again = done(work("CreateModelNotification", words));
    EXPECT_EQ(json::text_of(*json::object_of(first, "NOTIFICATION"), "message"), "look here");
    EXPECT_EQ(first, again);
    EXPECT_EQ(world_.rows("notifications"), 1);
}

TEST_F(VendorTopicsTest, WhatIsCalledAfterJiraBecomesAnIssueWhereTicketsDo) {
    const auto planned = [&] { return world_.rows("ticket_issues"); };
    done(work("CreateJiraSimpleNotification", {{"NOTIFICATION_MESSAGE", "look here"}}));
    EXPECT_EQ(planned(), 0) << "tickets are decided here";
    VendorTopics remote{registry_, definitions_, {}, "JIRA_NOTIFICATION_ASSIGNMENT"};
    auto handlers = remote.handlers();
    const auto tell = [&](const std::string& topic) {
        return done(handlers.at("modelop." + topic)({.id = "i:1", .instance_id = "i", .group = "risk", .idempotency_key = "jira" + topic, .variables = {}}));
    };
    const auto told = tell("CreateJiraModelNotification");
    EXPECT_EQ(json::text_of(*json::object_of(*json::object_of(told, "NEW_NOTIFICATION"), "assignment"), "assignmentType"), "JIRA_NOTIFICATION_ASSIGNMENT");
    tell("CreateJiraModelNotification");
    EXPECT_EQ(planned(), 1);
    tell("CreateModelNotification");
    EXPECT_EQ(planned(), 1);
}

TEST_F(VendorTopicsTest, WhatIsServedIsWhatHasAHandler) {
    for (const auto& [topic, handler] : handlers_) {
        EXPECT_TRUE(is_vendor_topic_served(topic)) << topic;
    }
    EXPECT_FALSE(is_vendor_topic_served("modelop.DeployModel"));
}

}  // namespace
}  // namespace slipway::automation
