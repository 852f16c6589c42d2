#include <gmock/gmock.h>

#include "fakes/provider_fixture.hpp"

namespace slipway::oidc {
namespace {

using fakes::ProviderTest;
using identity::LoginClient;

TEST_F(ProviderTest, ALateRenewalIsWaitedForAndKeepsNobodyElseWaiting) {
    ASSERT_TRUE(provider->refresh());
    int late = 0;
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        if (!request.body.contains("refresh_token")) {
            return fail(ErrorCode::timeout, "TIMEOUT", "took too long");
        }
        EXPECT_GE(request.timeout, std::chrono::minutes{5});
        EXPECT_EQ(request.late_after, std::chrono::seconds{5});
        request.on_late();
        const auto asked = idp.asked("/token");
        EXPECT_EQ(provider->by_password("ana", Secret{"x"}).error().reason, "IDENTITY_AWAY");
        EXPECT_EQ(idp.asked("/token"), asked) << "at once";
        idp.clock.advance(std::chrono::seconds{4});
        EXPECT_EQ(provider->by_password("ana", Secret{"x"}).error().reason, "IDENTITY_AWAY");
        EXPECT_GT(idp.asked("/token"), asked) << "one finds out for all, though the renewal is still under way";
        EXPECT_FALSE(provider->health().up);
        return tokens(idp.token(), {{"refresh_token", "r-2"}});
    };
    const auto renewed = provider->by_refresh(Secret{"r"}, LoginClient::page, {.on_late = [&] { ++late; }});
    ASSERT_TRUE(renewed) << renewed.error().message;
    EXPECT_EQ(renewed->tokens.refresh.reveal(), "r-2");
    EXPECT_EQ(late, 1);
    EXPECT_TRUE(provider->health().up);
    idp.on_token = [&](const HttpRequest& request) {
        EXPECT_EQ(request.timeout, std::chrono::seconds{5});
        return tokens(idp.token());
    };
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"})) << "the answer has opened the door";
}

TEST_F(ProviderTest, ALateRenewalThatBreaksOffSaysNothingOfAProviderThatAnswersAgain) {
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        if (!request.body.contains("refresh_token")) {
            return tokens(idp.token());
        }
        request.on_late();
        idp.clock.advance(std::chrono::seconds{4});
        EXPECT_TRUE(provider->by_password("ana", Secret{"x"}));
        return fail(ErrorCode::unavailable, "NO_ANSWER", "connection reset");
    };
    EXPECT_EQ(provider->by_refresh(Secret{"r"}, LoginClient::page, {.on_late = [] {}}).error().reason, "IDENTITY_AWAY");
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"})) << "at once";
    EXPECT_TRUE(provider->health().up);
}

TEST_F(ProviderTest, ALateRenewalOfTheCommandLineIsNoWordOfTheProviderUntilItIsFoundOut) {
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        if (!request.body.contains("grant_type=refresh_token")) {
            return fail(ErrorCode::timeout, "TIMEOUT", "took too long");
        }
        request.on_late();
        EXPECT_TRUE(provider->health().up) << "anybody can send what is not answered";
        EXPECT_TRUE(provider->is_away());
        EXPECT_TRUE(provider->is_away());
        EXPECT_FALSE(provider->health().up);
        return tokens(idp.token());
    };
    EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::command_line, {.on_late = [] {}}));
    EXPECT_EQ(idp.asked("/token"), 2) << "the second time it was known";
    EXPECT_TRUE(provider->health().up);
    idp.on_token = [&](const HttpRequest& request) -> Result<HttpResponse> {
        request.on_late();
        return fail(ErrorCode::unavailable, "NO_ANSWER", "connection reset");
    };
    EXPECT_EQ(provider->by_refresh(Secret{"r"}, LoginClient::command_line, {.on_late = [] {}}).error().reason, "IDENTITY_AWAY");
    EXPECT_EQ(idp.asked("/token"), 3) << "whoever waited for it has found out";
}

TEST_F(ProviderTest, NobodyIsSentToAProviderThatIsKnownToBeAway) {
    ASSERT_TRUE(provider->refresh());
    const auto start = [&] {
        const auto url = provider->authorization_url({.redirect_uri = "https://m.example/cb", .state = "s", .nonce = "n", .challenge = "c"});
        return url ? "sent there" : url.error().reason;
    };
    idp.on_token = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_EQ(start(), "sent there") << "nobody knows it yet, and nobody is asked";
    EXPECT_EQ(idp.asked("/token"), 0);
    EXPECT_FALSE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    EXPECT_EQ(start(), "IDENTITY_AWAY");
    EXPECT_EQ(idp.asked("/token"), 1) << "at once";
    idp.clock.advance(std::chrono::seconds{4});
    EXPECT_EQ(start(), "IDENTITY_AWAY");
    EXPECT_EQ(idp.asked("/token"), 2) << "now and then somebody finds out";
    idp.clock.advance(std::chrono::seconds{4});
    idp.on_token = [](const HttpRequest&) { return fakes::FakeOpenId::json_answer({{"error", "invalid_request"}}, 400); };
    EXPECT_EQ(start(), "sent there") << "whatever it says of a form without a word";
    EXPECT_EQ(start(), "sent there");
    EXPECT_EQ(idp.asked("/token"), 3);
}

TEST_F(ProviderTest, NobodyIsSentToAProviderWhoseDescriptionCouldNotBeFetched) {
    ASSERT_TRUE(provider->refresh());
    idp.clock.advance(std::chrono::minutes{6});
    idp.away = [] { return fail(ErrorCode::unavailable, "NO_CONNECTION", "idp.example cannot be reached."); };
    EXPECT_TRUE(provider->refresh()) << "what is known goes on";
    EXPECT_EQ(provider->authorization_url({.redirect_uri = "https://m.example/cb", .state = "s", .nonce = "n", .challenge = "c"}).error().reason,
              "IDENTITY_AWAY");
    idp.away = nullptr;
    idp.clock.advance(std::chrono::seconds{4});
    EXPECT_TRUE(provider->authorization_url({.redirect_uri = "https://m.example/cb", .state = "s", .nonce = "n", .challenge = "c"}));
}

TEST_F(ProviderTest, NobodyIsLedToSignOutWhereNobodyAnswers) {
    ASSERT_TRUE(provider->refresh());
    const auto leads = [&] { return !provider->end_session_url(Secret{"id"}, "https://m.example/").value().empty(); };
    idp.on_token = [](const HttpRequest&) -> Result<HttpResponse> { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_TRUE(leads());
    EXPECT_FALSE(provider->by_password("ana", Secret{"x"}));
    EXPECT_FALSE(leads());
    idp.clock.advance(std::chrono::seconds{10});
    EXPECT_FALSE(leads()) << "nothing was heard of it since";
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"}));
    EXPECT_TRUE(leads());
}

}  // namespace
}  // namespace slipway::oidc
