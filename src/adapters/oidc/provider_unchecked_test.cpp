#include <gmock/gmock.h>

#include "fakes/provider_fixture.hpp"

namespace slipway::oidc {
namespace {

using fakes::FakeOpenId;
using fakes::ProviderTest;
using identity::LoginClient;

/// Asks the provider about each token. Its token endpoint answers; the others may not.
class UncheckedTokensTest : public ProviderTest {
protected:
    UncheckedTokensTest() {
        auto wanted = settings();
        wanted.introspection = Introspection::all;
        use(std::move(wanted));
        EXPECT_TRUE(provider->refresh());
        idp.on_token = [this](const HttpRequest&) { return tokens(access.empty() ? idp.token() : access, {{"refresh_token", "r-2"}}); };
        idp.on_introspect = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    }
    void answers_again() {
        idp.on_introspect = [this](const HttpRequest&) {
            auto claims = idp.claims();
            claims["active"] = true;
            return FakeOpenId::json_answer(claims);
        };
        idp.clock.advance(std::chrono::seconds{4});
    }

    std::string access;  ///< empty: a signed one
};

TEST_F(UncheckedTokensTest, WhatARenewalGaveIsHandedOnThoughNobodyTellsAboutIt) {
    const auto renewed = provider->by_refresh(Secret{"r-1"}, LoginClient::page);
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_EQ(renewed->tokens.refresh.reveal(), "r-2") << "the one of before is used up";
    ASSERT_TRUE(renewed->unchecked);
    EXPECT_EQ(renewed->unchecked->reason, "IDENTITY_AWAY");
    EXPECT_EQ(renewed->principal.name, "ana") << "as the token says, whose signature was checked";
    EXPECT_EQ(refusal(std::string{renewed->tokens.access.reveal()}), "IDENTITY_AWAY") << "it opens nothing before somebody tells that it is good";
    answers_again();
    EXPECT_FALSE(provider->by_refresh(Secret{"r-2"}, LoginClient::page)->unchecked);
}

TEST_F(UncheckedTokensTest, SoIsOneThatNobodyCanReadHere) {
    access = "opaque";
    const auto opaque = provider->by_refresh(Secret{"r-1"}, LoginClient::command_line);
    ASSERT_TRUE(opaque) << opaque.error().message;
    EXPECT_TRUE(opaque->unchecked);
    EXPECT_EQ(opaque->principal.name, "");
    access.clear();
    idp.rotate();
    access = idp.token();
    idp.keys.pop_back();  // a key that is in no list yet
    const auto unknown_key = provider->by_refresh(Secret{"r-1"}, LoginClient::page);
    ASSERT_TRUE(unknown_key) << unknown_key.error().message;
    EXPECT_TRUE(unknown_key->unchecked);
    EXPECT_EQ(unknown_key->principal.name, "");
}

TEST_F(UncheckedTokensTest, ACodeThatIsUsedUpSignsTheCommandLineIn) {
    const auto device = provider->by_device(Secret{"d"}, Secret{});
    ASSERT_TRUE(device) << device.error().message;
    EXPECT_EQ(device->principal.name, "ana");
    EXPECT_TRUE(
        provider->by_code({.client = LoginClient::command_line, .code = Secret{"c"}, .redirect_uri = "http://127.0.0.1:1/", .nonce = {}, .verifier = {}}));
    access = "opaque";
    EXPECT_EQ(provider->by_device(Secret{"d"}, Secret{}).error().reason, "IDENTITY_AWAY") << "nobody is signed in without a name";
}

TEST_F(UncheckedTokensTest, WhatCanBeAskedForOnceMoreIsNotHandedOn) {
    EXPECT_EQ(provider->by_password("ana", Secret{"x"}).error().reason, "IDENTITY_AWAY");
    EXPECT_EQ(provider->by_client("robot", Secret{"x"}, "").error().reason, "IDENTITY_AWAY");
    EXPECT_EQ(provider->by_code({.code = Secret{"c"}, .redirect_uri = "https://m/gocli/login/callback", .nonce = "n", .verifier = Secret{"v"}}).error().reason,
              "IDENTITY_AWAY");
}

TEST_F(UncheckedTokensTest, WhatIsNotForUsIsStillGivenToNobody) {
    access = idp.token({{"aud", "account"}});
    EXPECT_EQ(provider->by_refresh(Secret{"r-1"}, LoginClient::command_line).error().reason, "TOKEN_NOT_FOR_US");
}

}  // namespace
}  // namespace slipway::oidc
