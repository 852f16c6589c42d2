#include "sagemaker/deploy_plan.hpp"

#include <gtest/gtest.h>

namespace slipway::sagemaker {
namespace {

json::object endpoint(const std::string& status, const std::string& config = "cfg", const std::string& reason = {}) {
    json::object out{{"EndpointStatus", status}, {"EndpointConfigName", config}};
    if (!reason.empty()) {
        out["FailureReason"] = reason;
    }
    return out;
}

TEST(DeployPlan, AVariantThatCannotExistIsRefusedBeforeAnybodyIsAsked) {
    for (const auto* good : {"ml.m5.large", "ml.p4d.24xlarge", "ml.inf2.48xlarge", "ml.trn1n.32xlarge"}) {
        EXPECT_TRUE(is_instance_type(good)) << good;
    }
    for (const auto* bad : {"", "ml.", "ml.huge", "ml..large", "ml.m5.", "m5.large", "ml.m5.lar ge"}) {
        EXPECT_FALSE(is_instance_type(bad)) << bad;
    }
    const auto refused = [](json::object variant) {
        variant["VariantName"] = "AllTraffic";
        const auto request = parse_deploy_request({{"deployableModelId", "s"}, {"productionVariants", json::array{variant}}});
        return request ? std::string{} : request.error().faults.at(0).pointer;
    };
    EXPECT_EQ(refused({{"InstanceType", "ml.m5.large"}, {"InitialInstanceCount", 2}}), "");
    EXPECT_EQ(refused({{"InstanceType", "ml.huge"}}), "/productionVariants/0/InstanceType");
    EXPECT_EQ(refused({{"InstanceType", "ml.m5.large"}, {"InitialInstanceCount", 0}}), "/productionVariants/0/InitialInstanceCount");
}

TEST(DeployPlan, InServiceCountsOnlyWithTheWantedConfigurationAndNothingPending) {
    EXPECT_EQ(judge_endpoint(endpoint("InService"), "cfg").verdict, EndpointVerdict::deployed);
    EXPECT_EQ(judge_endpoint(endpoint("InService", "other"), "cfg").verdict, EndpointVerdict::conflict);
    auto moving = endpoint("InService");
    moving["PendingDeploymentSummary"] = json::object{{"EndpointConfigName", "next"}};
    EXPECT_EQ(judge_endpoint(moving, "cfg").verdict, EndpointVerdict::waiting);
}

TEST(DeployPlan, WhatMovesOrIsNotKnownIsWaitedFor) {
    for (const auto* status : {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting", "OutOfService", "SomethingNew", ""}) {
        EXPECT_EQ(judge_endpoint(endpoint(status), "cfg").verdict, EndpointVerdict::waiting) << status;
    }
}

TEST(DeployPlan, AFailureSaysWhatToDo) {
    const auto told = judge_endpoint(endpoint("Failed", "cfg", "The primary container did not pass the ping health check"), "cfg");
    EXPECT_EQ(told.verdict, EndpointVerdict::failed);
    EXPECT_TRUE(told.reason.contains("did not pass the ping health check. The container did not answer")) << told.reason;
    EXPECT_EQ(judge_endpoint(endpoint("UpdateRollbackFailed"), "cfg").verdict, EndpointVerdict::failed);
    EXPECT_FALSE(judge_endpoint(endpoint("Failed"), "cfg").reason.empty());
}

TEST(DeployPlan, MadeNamesAreGoodNamesAndTheSameForTheSame) {
    for (const auto* base : {"churn", "my_model.v3 (new)", "---", "", "ünï", "a-very-long-name-that-goes-on-and-on-until-it-is-longer-than-forty"}) {
        const auto name = made_name(base, 'e', "id");
        EXPECT_TRUE(is_aws_name(name)) << name;
        EXPECT_EQ(name, made_name(base, 'e', "id"));
        EXPECT_NE(name, made_name(base, 'e', "another"));
    }
    EXPECT_TRUE(made_name("my_model.v3", 'c', "id").starts_with("my-model-v3-c"));
}

TEST(DeployPlan, NamesAsAwsTakesThem) {
    EXPECT_TRUE(is_aws_name("a"));
    EXPECT_TRUE(is_aws_name("a--b"));
    EXPECT_FALSE(is_aws_name(""));
    EXPECT_FALSE(is_aws_name("-a"));
    EXPECT_FALSE(is_aws_name("a-"));
    EXPECT_FALSE(is_aws_name("a_b"));
    EXPECT_FALSE(is_aws_name(std::string(64, 'a')));
}

TEST(DeployPlan, TagsTellWhoseObjectItIs) {
    const Ownership owner{.instance = "i", .stored_model_id = "m", .deployable_model_id = "s", .request_hash = "h"};
    std::map<std::string, std::string> tags;
    for (const auto& tag : ownership_tags(owner)) {
        tags.emplace(json::text_of(tag.get_object(), "Key"), json::text_of(tag.get_object(), "Value"));
    }
    EXPECT_TRUE(made_by(tags, owner));
    tags["modelop:request-hash"] = "another";
    EXPECT_FALSE(made_by(tags, owner));
    EXPECT_FALSE(made_by({}, owner));
}

TEST(DeployPlan, RequestsAreChecked) {
    const auto fault = [](std::string_view body) {
        const auto parsed = parse_deploy_request(*json::parse_object(body));
        return parsed || parsed.error().faults.empty() ? std::string{} : parsed.error().faults[0].pointer;
    };
    EXPECT_EQ(fault("{}"), "/deployableModelId");
    EXPECT_EQ(fault(R"({"deployableModelId":"s","endpointName":"a_b"})"), "/endpointName");
    EXPECT_EQ(fault(R"({"deployableModelId":"s","productionVariants":[]})"), "/productionVariants");
    EXPECT_EQ(fault(R"({"deployableModelId":"s","productionVariants":[{"InstanceType":"x"}]})"), "/productionVariants/0/VariantName");
    EXPECT_EQ(fault(R"({"deployableModelId":"s","endpoint":"x"})"), "/endpoint");
    EXPECT_TRUE(parse_deploy_request(*json::parse_object(R"({"deployableModelId":"s","retainAllVariantProperties":true,"reason":"go"})")));
}

TEST(DeployPlan, LooksGrowFarApart) {
    EXPECT_EQ(next_look(0).count(), 2000);
    EXPECT_EQ(next_look(1).count(), 4000);
    EXPECT_EQ(next_look(5).count(), 60'000);
    EXPECT_EQ(next_look(5000).count(), 60'000);
}

TEST(TemplatedName, IsOneThatAwsTakes) {
    EXPECT_EQ(templated_name("{model}-prod", "churn", "churn-3"), "churn-prod");
    EXPECT_EQ(templated_name("{model}-{snapshot}-{model}", "a", "b"), "a-b-a");
    EXPECT_EQ(templated_name("{model}", "churn (3)", ""), "churn--3");
    EXPECT_EQ(templated_name("-{model}", "_churn_", ""), "churn");
    EXPECT_EQ(templated_name("{model}-prod", std::string(62, 'x') + "(", ""), std::string(62, 'x'));
    EXPECT_EQ(templated_name("{model}", "\xe2\x98\x83", ""), "model");
    EXPECT_EQ(templated_name("{model}", "", ""), "model");
    EXPECT_EQ(templated_name("{model}", "{snapshot}", "secret"), "snapshot") << "what a model is called is no template";
    EXPECT_EQ(templated_name("", "churn", "churn-3"), "");
    for (const auto* model : {"churn (3)", "-", "a", "Ünïcödé", "x{model}x"}) {
        EXPECT_TRUE(is_aws_name(templated_name("{model}--{snapshot}", model, model))) << model;
    }
}

}  // namespace
}  // namespace slipway::sagemaker
