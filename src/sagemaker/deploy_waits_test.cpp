#include "fakes/deployer_fixture.hpp"

/// A deployment that gets no answer of AWS: people are told once that lasts.
namespace slipway::sagemaker {
namespace {

using std::chrono::minutes;

TEST_F(DeployerTest, ADeploymentThatHearsNothingOfAwsIsToldOnceAndClosedWhenItDoes) {
    const auto told = [&] {
        std::vector<std::string> out;
        for (const auto& one : all(registry::notifications_table())) {
            const auto* open = one.document.if_contains("open");
            const auto message = json::text_of(one.document, "message");
            if (open != nullptr && *open == json::value(true) && message.contains("has waited for AWS")) {
                out.emplace_back(message);
            }
        }
        return out;
    };
    ASSERT_TRUE(ask());
    pass(Milliseconds{61'000});
    aws_->refuse("DescribeEndpoint", "UnrecognizedClientException", "The security token included in the request is invalid.");
    pass(minutes{13});
    EXPECT_TRUE(told().empty()) << "it may pass";
    pass(minutes{15});
    ASSERT_EQ(told().size(), 1U);
    EXPECT_TRUE(told()[0].contains("Enter other keys")) << told()[0];
    EXPECT_TRUE(told()[0].starts_with("The deployment to ")) << told()[0];
    EXPECT_TRUE(told()[0].contains("It is waited for until ")) << "AWS was asked, and nobody takes that back: " << told()[0];
    aws_->allow("DescribeEndpoint");
    pass(minutes{7});
    EXPECT_TRUE(told().empty());
}

}  // namespace
}  // namespace slipway::sagemaker
