#include "sagemaker/credentials.hpp"

#include <gtest/gtest.h>

namespace slipway::sagemaker {
namespace {

Credential entry(std::string id, std::string group, std::string path = {}, std::string region = {}) {
    Credential credential;
    credential.id = std::move(id);
    credential.group = std::move(group);
    credential.path = std::move(path);
    credential.region = std::move(region);
    return credential;
}

std::string chosen(const CredentialSettings& settings, std::string_view group, std::string_view region, std::string_view model) {
    const auto credential = select_credential(settings, group, region, model);
    return credential ? credential->id : credential.error().reason;
}

TEST(SelectCredential, PrefersTheGroupsOwnEntry) {
    const CredentialSettings settings{
        .configured = {entry("shared", "", "eu-west-1/churn"), entry("own", "risk")}, .default_chain_groups = {"risk"}, .environment_region = {}};
    EXPECT_EQ(chosen(settings, "risk", "eu-west-1", "churn-1"), "own");
    EXPECT_EQ(chosen(settings, "sales", "eu-west-1", "churn-1"), "shared");
    EXPECT_EQ(chosen(settings, "sales", "eu-west-1", "other"), "NO_CREDENTIALS");
}

TEST(SelectCredential, TakesTheLongestPathThatServesTheModel) {
    const CredentialSettings settings{.configured = {entry("all", "g"), entry("region", "g", "us-east-1/"), entry("team", "g", "us-east-1/team-a-")},
                                      .default_chain_groups = {},
                                      .environment_region = {}};
    EXPECT_EQ(chosen(settings, "g", "us-east-1", "team-a-fraud"), "team");
    EXPECT_EQ(chosen(settings, "g", "us-east-1", "fraud"), "region");
    EXPECT_EQ(chosen(settings, "g", "eu-west-1", "team-a-fraud"), "all");
}

TEST(SelectCredential, TakesTheRegionOfTheEntryOrTheMachineWhereNoneIsAskedFor) {
    const CredentialSettings settings{.configured = {entry("west", "g", "us-west-2/m", "us-west-2"), entry("machine", "h", "eu-central-1/m")},
                                      .default_chain_groups = {},
                                      .environment_region = "eu-central-1"};
    EXPECT_EQ(chosen(settings, "g", "", "m"), "west");
    EXPECT_EQ(chosen(settings, "h", "", "m"), "machine");
    EXPECT_EQ(chosen(settings, "h", "us-east-1", "m"), "NO_CREDENTIALS");
}

TEST(SelectCredential, PrefersTheEntryOfTheRegionAskedForAndElseTheFirst) {
    const CredentialSettings settings{
        .configured = {entry("east", "g", "", "us-east-1"), entry("west", "g", "", "us-west-2")}, .default_chain_groups = {}, .environment_region = {}};
    EXPECT_EQ(chosen(settings, "g", "us-west-2", "m"), "west");
    EXPECT_EQ(chosen(settings, "g", "ap-south-1", "m"), "east");
}

TEST(SelectCredential, LetsAnAccountBeBrowsedWithAnEntryForSomeOfItsModels) {
    const CredentialSettings settings{.configured = {entry("team", "g", "us-east-1/team-a-")}, .default_chain_groups = {}, .environment_region = {}};
    EXPECT_EQ(chosen(settings, "g", "us-east-1", ""), "team");
    EXPECT_EQ(chosen(settings, "g", "us-west-2", ""), "NO_CREDENTIALS");
}

TEST(SelectCredential, KeepsTheMachinesOwnRightsForTheGroupsNamed) {
    const CredentialSettings settings{.configured = {}, .default_chain_groups = {"ops"}, .environment_region = {}};
    const auto chain = select_credential(settings, "ops", "us-east-1", "m");
    ASSERT_TRUE(chain);
    EXPECT_EQ(chain->type, AuthenticationType::default_chain);
    const auto refused = select_credential(settings, "guests", "us-east-1", "m");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
    EXPECT_NE(refused.error().message.find("defaultChain.groups"), std::string::npos);
}

}  // namespace
}  // namespace slipway::sagemaker
