#include "sagemaker/approval_question.hpp"

#include <gtest/gtest.h>

namespace slipway::sagemaker {
namespace {

json::object subject(const char* text) {
    return json::parse_object(text).value();
}

TEST(ApprovalQuestion, TellsTheEndpointAndWhatWouldRunThere) {
    EXPECT_EQ(approval_question("churn-3", subject(R"({"endpointName":"churn-blue","configuration":{"productionVariants":[
                                {"VariantName":"a","InstanceType":"ml.m5.large","InitialInstanceCount":2},{"VariantName":"b","ServerlessConfig":{}}]}})")),
              "May the snapshot churn-3 be deployed to the endpoint churn-blue (2 × ml.m5.large, serverless)?");
}

TEST(ApprovalQuestion, LeavesOutWhatNobodySaid) {
    EXPECT_EQ(approval_question("churn-3", subject(R"({"configuration":{}})")), "May the snapshot churn-3 be deployed to an endpoint?");
    EXPECT_EQ(approval_question("churn-3", subject(R"({"configuration":{"productionVariants":[{"InstanceType":"ml.c5.xlarge"}]}})")),
              "May the snapshot churn-3 be deployed to an endpoint (1 × ml.c5.xlarge)?");
}

TEST(ApprovalQuestion, TellsWhereItIsInServiceAlready) {
    EXPECT_EQ(approval_question("churn-3", {}, json::array{"churn-prod"}),
              "May the snapshot churn-3 be deployed to an endpoint? It is in service already: churn-prod.");
    EXPECT_EQ(approval_question("churn-3", {}, json::array{"churn-prod", "churn-staging", "churn-test"}),
              "May the snapshot churn-3 be deployed to an endpoint? It is in service already: churn-prod and 2 more.");
}

TEST(ApprovalQuestion, SaysThatAnotherConfigurationThanTheOneAskedForWouldBeMade) {
    store::Entity snapshot;
    snapshot.document =
        json::parse_object(R"({"metaData":{"name":"churn-3"},"sageMaker":{"name":"mine","status":"NotCreated","failureReason":"It is taken."}})").value();
    EXPECT_EQ(
        approval_question(snapshot, {}),
        "May the snapshot churn-3 be deployed to an endpoint? Its endpoint configuration mine was not made: It is taken. Another one would be made in its "
        "place.");
    snapshot.document["sageMaker"].as_object()["status"] = "Planned";
    EXPECT_EQ(approval_question(snapshot, {}), "May the snapshot churn-3 be deployed to an endpoint?");
}

TEST(ApprovalQuestion, StaysShortWithManyVariants) {
    EXPECT_EQ(approval_question("s", subject(R"({"configuration":{"productionVariants":[{"InstanceType":"a"},{"InstanceType":"b"}],
                                "shadowProductionVariants":[{"InstanceType":"c"},{"InstanceType":"d"}, 7]}})")),
              "May the snapshot s be deployed to an endpoint (1 × a, 1 × b, 1 × c and 2 more)?");
}

}  // namespace
}  // namespace slipway::sagemaker
