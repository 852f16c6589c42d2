#include "adapters/aws/gateway.hpp"

#include <gtest/gtest.h>
#include <map>

#include "fakes/fake_transport.hpp"
#include "fakes/fake_waiter.hpp"

namespace slipway::aws {
namespace {

using sagemaker::Credential;

Credential basic(const std::string& id, const std::string& key = "AKIA") {
    Credential credential;
    credential.id = id;
    credential.access_key_id = key;
    credential.secret_access_key = Secret{"secret"};
    return credential;
}

class GatewayTest : public testing::Test {
protected:
    void open(AwsOptions options) { gateway_ = make_aws_gateway(transport_, clock_, waiter_, std::move(options)); }
    std::string url_of(const std::string& region) {
        EXPECT_TRUE(gateway_->connect(basic("c"), region)->call("ListModels", {}, {}));
        return transport_.requests().back().url;
    }
    GatewayTest() {
        transport_.otherwise([](const HttpRequest&) -> Result<HttpResponse> { return HttpResponse{.status = 200, .headers = {}, .body = "{}"}; });
        open({});
    }

    fakes::FakeClock clock_;
    fakes::FakeWaiter waiter_{clock_};
    fakes::FakeTransport transport_;
    std::unique_ptr<sagemaker::AwsGateway> gateway_;
};

TEST_F(GatewayTest, KnowsTheAddressesOfThePartitions) {
    EXPECT_EQ(url_of("eu-west-1"), "https://api.sagemaker.eu-west-1.amazonaws.com/");
    EXPECT_EQ(url_of("cn-north-1"), "https://api.sagemaker.cn-north-1.amazonaws.com.cn/");
    EXPECT_EQ(url_of("us-gov-west-1"), "https://api.sagemaker.us-gov-west-1.amazonaws.com/");
    EXPECT_EQ(url_of("eusc-de-east-1"), "https://api.sagemaker.eusc-de-east-1.amazonaws.eu/");
    EXPECT_EQ(dns_suffix("us-iso-east-1"), "c2s.ic.gov");
    EXPECT_EQ(dns_suffix("us-isob-east-1"), "sc2s.sgov.gov");
}

TEST_F(GatewayTest, TakesTheMostSpecificOverride) {
    open({.endpoint_url = "http://any:1"});
    EXPECT_EQ(url_of("eu-west-1"), "http://any:1/");
    open({.endpoint_url = "http://any:1", .endpoint_url_sagemaker = "http://own:2/"});
    EXPECT_EQ(url_of("eu-west-1"), "http://own:2/");
    open({.service_endpoint_url = "http://configured:3", .endpoint_url = "http://any:1", .endpoint_url_sagemaker = "http://own:2/"});
    EXPECT_EQ(url_of("eu-west-1"), "http://configured:3/");
}

TEST_F(GatewayTest, HasNoStartRateAtAnOverride) {
    const auto many = [&] {
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(gateway_->connect(basic("c"), "eu-west-1")->call("ListModels", {}, {}));
        }
        return waiter_.waits().size();
    };
    open({.endpoint_url = "http://any:1"});
    EXPECT_EQ(many(), 0U);
    open({});
    EXPECT_GT(many(), 10U);
}

TEST_F(GatewayTest, GivesTheSameClientUntilTheCredentialChangesOrIsForgotten) {
    const auto first = gateway_->connect(basic("c"), "eu-west-1");
    EXPECT_EQ(gateway_->connect(basic("c"), "eu-west-1"), first);
    EXPECT_NE(gateway_->connect(basic("d"), "eu-west-1"), first);
    EXPECT_NE(gateway_->connect(basic("c"), "eu-west-2"), first);
    EXPECT_NE(gateway_->connect(basic("c", "AKIB"), "eu-west-1"), first) << "its keys were replaced";
    const auto second = gateway_->connect(basic("c"), "eu-west-1");
    gateway_->forget("c");
    EXPECT_NE(gateway_->connect(basic("c"), "eu-west-1"), second);
    EXPECT_EQ(transport_.calls(), 0U);
}

TEST_F(GatewayTest, FindsTheRegion) {
    open({.region = "eu-north-1"});
    auto own = basic("own");
    own.region = "ap-south-1";
    EXPECT_EQ(gateway_->connect(own, "us-east-1")->region(), "us-east-1");
    EXPECT_EQ(gateway_->connect(own, "")->region(), "ap-south-1");
    EXPECT_EQ(gateway_->connect(basic("c"), "")->region(), "eu-north-1");
}

TEST_F(GatewayTest, LetsNothingButARegionIntoAHostName) {
    for (const auto* region : {"", "evil.example/", "us-east-1.evil.example", "US-EAST-1", "a b", "evil-host", "us-east-1-evil"}) {
        const auto result = gateway_->connect(basic("c"), region)->call("ListModels", {}, {});
        ASSERT_FALSE(result) << region;
        EXPECT_EQ(result.error().error.reason, "NO_CREDENTIALS");
        EXPECT_NE(result.error().error.message.find("region"), std::string::npos);
    }
    EXPECT_EQ(transport_.calls(), 0U);
}

TEST_F(GatewayTest, IdentifiesACredentialWithASignedCallOfSts) {
    transport_.then(
        HttpResponse{.status = 200,
                     .headers = {},
                     .body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>U</UserId><Account>1</Account>"
                             "</GetCallerIdentityResult></GetCallerIdentityResponse>"});
    const auto identity = gateway_->identify(basic("c"), "eu-west-1", {});
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->account, "1");
    EXPECT_EQ(identity->arn, "arn:aws:iam::1:user/u");
    const auto request = transport_.requests()[0];
    EXPECT_EQ(request.url, "https://sts.eu-west-1.amazonaws.com/");
    EXPECT_EQ(request.body, "Action=GetCallerIdentity&Version=2011-06-15");
    EXPECT_NE(fakes::header_of(request, "Authorization").find("/eu-west-1/sts/aws4_request"), std::string::npos);
    transport_.then(HttpResponse{
        .status = 403, .headers = {}, .body = "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>bad</Message></Error></ErrorResponse>"});
    const auto refused = gateway_->identify(basic("c"), "eu-west-1", {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "InvalidClientTokenId");
    EXPECT_EQ(refused.error().error.reason, "AWS_CREDENTIALS");
}

TEST_F(GatewayTest, UsesTheMachinesOwnKeysForTheDefaultChain) {
    const std::map<std::string, std::string> environment{
        {"AWS_ACCESS_KEY_ID", "ENVKEY"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}, {"AWS_DEFAULT_REGION", "eu-west-3"}};
    open(options_from_environment([&](const std::string& name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional{found->second};
    }));
    Credential chain;
    chain.id = "default-chain";
    chain.type = sagemaker::AuthenticationType::default_chain;
    ASSERT_TRUE(gateway_->connect(chain, "")->call("ListModels", {}, {}));
    const auto authorization = fakes::header_of(transport_.requests()[0], "Authorization");
    EXPECT_NE(authorization.find("Credential=ENVKEY/20261125/eu-west-3/sagemaker/"), std::string::npos) << authorization;
    open({.region = "eu-west-3"});
    const auto nothing = gateway_->connect(chain, "")->call("ListModels", {}, {});
    ASSERT_FALSE(nothing);
    EXPECT_NE(nothing.error().error.message.find("AWS_ACCESS_KEY_ID"), std::string::npos);
}

}  // namespace
}  // namespace slipway::aws
