#include <future>
#include <gmock/gmock.h>

#include "fakes/provider_fixture.hpp"

namespace slipway::oidc {
namespace {

using fakes::FakeOpenId;
using fakes::ProviderTest;
using identity::LoginClient;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(ProviderTest, KnowsTheBearersOfItsTokens) {
    const auto token = idp.token();
    EXPECT_FALSE(provider->known(token));
    const auto who = provider->authenticate(token);
    ASSERT_TRUE(who) << who.error().message;
    EXPECT_EQ(who->name, "ana");
    EXPECT_THAT(who->groups, ElementsAre("risk"));
    EXPECT_TRUE(provider->known(token));
    EXPECT_TRUE(provider->authenticate(token));
    EXPECT_EQ(idp.transport.calls(), 2U) << "the description and the keys, once";
    EXPECT_FALSE(provider->known(token + "x"));
}

TEST_F(ProviderTest, ARememberedTokenEndsWithItsTime) {
    const auto token = idp.token({{"exp", to_epoch_ms(idp.clock.now()) / 1000 - 50}});
    ASSERT_TRUE(provider->authenticate(token)) << "within the skew";
    idp.clock.advance(std::chrono::seconds{11});
    EXPECT_FALSE(provider->known(token));
    EXPECT_EQ(refusal(token), "TOKEN_INVALID");
}

TEST_F(ProviderTest, RefusesForgedTokensAndThoseOfOthers) {
    EXPECT_EQ(refusal(forged("key-1")), "TOKEN_INVALID");
    EXPECT_EQ(refusal(idp.token({{"aud", "urn:other"}})), "TOKEN_INVALID");
    EXPECT_EQ(refusal(idp.token({{"iss", "https://evil.example"}})), "TOKEN_INVALID");
    EXPECT_EQ(refusal("swa_opaque"), "TOKEN_INVALID");
    EXPECT_EQ(refusal(""), "TOKEN_INVALID");
}

TEST_F(ProviderTest, HtmlAndAnotherIssuerAreNoProvider) {
    idp.away = [] { return HttpResponse{.status = 200, .headers = {{"content-type", "text/html"}}, .body = "<html>Sign in to the wireless</html>"}; };
    EXPECT_EQ(refusal(idp.token()), "IDENTITY_AWAY");
    idp.away = nullptr;
    idp.clock.advance(std::chrono::seconds{6});
    idp.description["issuer"] = "https://idp.example/realms/other";
    EXPECT_EQ(refusal(idp.token()), "IDENTITY_AWAY");
    EXPECT_THAT(json::write(provider->health().details), HasSubstr("issuerUri"));
}

TEST_F(ProviderTest, WhatAnEncryptedIssuerNamesInClearIsNotUsed) {
    for (const auto* name : {"token_endpoint", "introspection_endpoint", "jwks_uri"}) {
        const auto right = idp.description[name];
        idp.description[name] = "http://idp.example/in-clear";
        use(settings());
        EXPECT_EQ(refusal(idp.token()), "IDENTITY_AWAY") << name;
        EXPECT_THAT(json::write(provider->health().details), HasSubstr(name));
        idp.description[name] = right;
    }
    EXPECT_EQ(idp.asked("/in-clear"), 0);
}

TEST_F(ProviderTest, PassesAPasswordOnAndChecksWhatComesBack) {
    ASSERT_TRUE(provider->refresh());
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token(), {{"refresh_token", "r-1"}}); };
    const auto in = provider->by_password("ana", Secret{"a&b=c d"});
    ASSERT_TRUE(in) << in.error().message;
    EXPECT_EQ(in->principal.name, "ana");
    EXPECT_EQ(in->tokens.refresh.reveal(), "r-1");
    const auto asked = idp.transport.requests().back();
    EXPECT_EQ(asked.body, "grant_type=password&username=ana&password=a%26b%3Dc%20d&scope=openid%20profile");
    EXPECT_EQ(fakes::header_of(asked, "Authorization"), "Basic " + crypto::base64("slipway-ui:p%40ss%3Aword%2F%2B"));

    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token({{"aud", "account"}})); };
    EXPECT_EQ(provider->by_password("ana", Secret{"x"}).error().reason, "TOKEN_NOT_FOR_US");
}

TEST_F(ProviderTest, WhatIsGoodOnceIsNeverSentAgainByItself) {
    ASSERT_TRUE(provider->refresh());
    std::vector<bool> once;
    idp.on_token = [&](const HttpRequest& request) {
        once.push_back(request.once);
        return tokens(idp.token());
    };
    EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    EXPECT_TRUE(provider->by_device(Secret{"d"}, Secret{}));
    EXPECT_TRUE(
        provider->by_code({.client = LoginClient::command_line, .code = Secret{"c"}, .redirect_uri = "http://127.0.0.1:1/", .nonce = {}, .verifier = {}}));
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"}));
    EXPECT_THAT(once, ElementsAre(true, true, true, false));
}

TEST_F(ProviderTest, ErrorsOfTheTokenEndpointHaveTheirMeaning) {
    const auto reason = [&](std::string_view error, int status) {
        idp.on_token = [=](const HttpRequest&) { return FakeOpenId::json_answer({{"error", error}, {"error_description", "words"}}, status); };
        return provider->by_password("ana", Secret{"x"}).error().reason;
    };
    EXPECT_EQ(reason("invalid_grant", 400), "SIGN_IN_FAILED");
    EXPECT_EQ(reason("access_denied", 400), "SIGN_IN_FAILED");
    EXPECT_EQ(reason("unsupported_grant_type", 400), "GRANT_NOT_ALLOWED");
    EXPECT_EQ(reason("unauthorized_client", 400), "GRANT_NOT_ALLOWED");
    EXPECT_EQ(reason("unauthorized_client", 401), "CLIENT_REFUSED");
    EXPECT_EQ(reason("invalid_client", 401), "CLIENT_REFUSED");
    EXPECT_EQ(reason("invalid_scope", 400), "CLIENT_REFUSED");
    EXPECT_EQ(reason("authorization_pending", 400), "AUTHORIZATION_PENDING");
    EXPECT_EQ(reason("slow_down", 400), "SLOW_DOWN");
    EXPECT_EQ(reason("expired_token", 400), "SIGN_IN_EXPIRED");
    idp.on_token = [](const HttpRequest&) { return FakeOpenId::json_answer({{"error", "unauthorized_client"}}, 401); };
    EXPECT_EQ(provider->by_client("robot", Secret{"x"}, "").error().reason, "SIGN_IN_FAILED");
    idp.on_token = [](const HttpRequest&) { return HttpResponse{.status = 200, .headers = {}, .body = "<html>"}; };
    EXPECT_EQ(provider->by_password("ana", Secret{"x"}).error().reason, "IDENTITY_AWAY");
}

TEST_F(ProviderTest, ARefusalSaysWhoWasRefused) {
    const auto answers = [&](std::string_view error, int status) {
        idp.on_token = [=](const HttpRequest&) { return FakeOpenId::json_answer({{"error", error}}, status); };
    };
    answers("invalid_client", 401);
    const auto machine = provider->by_client("robot", Secret{"x"}, "").error();
    EXPECT_EQ(machine.reason, "SIGN_IN_FAILED");
    EXPECT_TRUE(machine.message.contains("client") && machine.message.contains("secret") && !machine.message.contains("password")) << machine.message;
    answers("access_denied", 400);
    const auto declined = provider->by_device(Secret{"d"}, Secret{}).error();
    EXPECT_EQ(declined.code, ErrorCode::unauthenticated);
    EXPECT_TRUE(declined.message.contains("declined") && !declined.message.contains("wrong")) << declined.message;
    answers("invalid_grant", 400);
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"}).error().message.contains("password"));
    answers("invalid_request", 400);
    EXPECT_EQ(provider->by_device(Secret{"d"}, Secret{}).error().reason, "REQUEST_REFUSED") << "our fault, or a program's, and nobody's who signs in";
    EXPECT_THAT(json::write(provider->health().details), Not(HasSubstr("Signing in"))) << "strangers must not make it look away";
}

TEST_F(ProviderTest, ATokenEndpointThatDoesNotAnswerIsLeftAloneForAWhile) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    idp.on_token = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(provider->by_refresh(Secret{"r"}, LoginClient::page).error().reason, "IDENTITY_AWAY");
    }
    EXPECT_EQ(idp.asked("/token"), 1);
    idp.clock.advance(std::chrono::seconds{4});
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page));
}

TEST_F(ProviderTest, OneFindsOutForAllWhetherAProviderThatHungIsThereAgain) {
    const auto token = idp.token();
    ASSERT_TRUE(provider->authenticate(token));
    idp.on_token = [](const HttpRequest&) { return fail(ErrorCode::timeout, "TIMEOUT", "took too long"); };
    EXPECT_FALSE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    idp.clock.advance(std::chrono::seconds{4});
    std::promise<void> asked;
    std::promise<void> answers;
    idp.on_token = [&](const HttpRequest&) -> Result<HttpResponse> {
        asked.set_value();
        answers.get_future().wait();
        return tokens(idp.token());
    };
    auto first = std::async(std::launch::async, [&] { return provider->by_refresh(Secret{"r"}, LoginClient::page).has_value(); });
    asked.get_future().wait();
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(provider->by_refresh(Secret{"r"}, LoginClient::page).error().reason, "IDENTITY_AWAY");
    }
    EXPECT_TRUE(provider->known(token)) << "who is known waits for nobody";
    EXPECT_EQ(idp.asked("/token"), 2);
    answers.set_value();
    EXPECT_TRUE(first.get());
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page));
}

TEST_F(ProviderTest, AGatewaysWordsAreNoRefusalOfAPerson) {
    const auto reason = [&](int status, const std::string& body) {
        idp.on_token = [=](const HttpRequest&) { return HttpResponse{.status = status, .headers = {}, .body = body}; };
        return provider->by_refresh(Secret{"r"}, LoginClient::page).error().reason;
    };
    EXPECT_EQ(reason(404, R"({"status":404,"error":"Not Found"})"), "IDENTITY_AWAY");
    EXPECT_EQ(reason(404, R"({"error":"realm_not_found"})"), "IDENTITY_AWAY");
    EXPECT_EQ(reason(403, R"({"message":"Forbidden"})"), "IDENTITY_AWAY");
    EXPECT_EQ(reason(403, R"({"error":"Forbidden"})"), "IDENTITY_AWAY");
    EXPECT_EQ(reason(400, R"({"error":"Bad Request"})"), "IDENTITY_AWAY");
    EXPECT_EQ(reason(400, ""), "IDENTITY_AWAY");
    EXPECT_EQ(reason(401, ""), "CLIENT_REFUSED");
    EXPECT_EQ(reason(401, R"({"error":"Unauthorized"})"), "CLIENT_REFUSED");
    EXPECT_EQ(reason(403, R"({"error":"invalid_grant"})"), "SIGN_IN_FAILED");
    EXPECT_EQ(reason(401, R"({"error":"invalid_grant"})"), "SIGN_IN_FAILED");
}

TEST_F(ProviderTest, AnOddAnswerForOneStopsNobodyElse) {
    ASSERT_TRUE(provider->authenticate(idp.token()));
    for (const auto& odd : {HttpResponse{.status = 500, .headers = {}, .body = "{}"}, HttpResponse{.status = 429, .headers = {}, .body = "{}"},
                            HttpResponse{.status = 413, .headers = {}, .body = "<html>"}}) {
        idp.on_token = [&](const HttpRequest&) { return odd; };
        EXPECT_EQ(provider->by_password("x", Secret{"x"}).error().reason, "IDENTITY_AWAY");
        idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
        EXPECT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page)) << odd.status;
    }
}

TEST_F(ProviderTest, AfterSomebodySignedOutOthersSignIn) {
    ASSERT_TRUE(provider->refresh());
    idp.on_device = [](const HttpRequest&) { return HttpResponse{.status = 200, .headers = {}, .body = {}}; };  // whatever is no token and no introspection
    EXPECT_TRUE(provider->revoke({.token = Secret{"r"}}));
    EXPECT_THAT(idp.transport.requests().back().body, HasSubstr("token=r"));
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_TRUE(provider->by_password("ana", Secret{"x"})) << "at once: an empty answer is a good one";
}

TEST_F(ProviderTest, TakesTokensBackAsWhoTheyWereGivenTo) {
    const auto token = idp.token();
    ASSERT_TRUE(provider->authenticate(token));
    const auto revoked = [&](int status, const std::string& body, const std::string& client = "") {
        idp.on_device = [=](const HttpRequest&) { return HttpResponse{.status = status, .headers = {}, .body = body}; };
        const auto done = provider->revoke({.token = Secret{token}, .hint = "access_token", .client_id = client, .client_secret = Secret{"s"}});
        return done ? "" : done.error().reason;
    };
    EXPECT_EQ(revoked(503, ""), "IDENTITY_AWAY");
    EXPECT_TRUE(provider->known(token)) << "it may be good still";
    EXPECT_EQ(revoked(400, R"({"error":"unsupported_token_type"})"), "UNSUPPORTED_TOKEN_TYPE");
    EXPECT_EQ(revoked(400, R"({"error":"unauthorized_client"})"), "GRANT_NOT_ALLOWED");
    EXPECT_EQ(revoked(401, R"({"error":"invalid_client"})"), "CLIENT_REFUSED");
    EXPECT_EQ(revoked(401, R"({"error":"invalid_client"})", "robot"), "SIGN_IN_FAILED");
    EXPECT_EQ(fakes::header_of(idp.transport.requests().back(), "Authorization"), "Basic " + crypto::base64("robot:s"));
    EXPECT_EQ(revoked(400, R"({"error":"invalid_token"})"), "") << "it is no longer good, which was wanted";
    EXPECT_EQ(revoked(200, ""), "");
    EXPECT_FALSE(provider->known(token)) << "whether it still is good is looked at anew";
    idp.description.erase("revocation_endpoint");
    idp.clock.advance(std::chrono::minutes{6});
    ASSERT_TRUE(provider->refresh());
    const auto asked = idp.asked("/revoke");
    EXPECT_EQ(revoked(200, ""), "UNSUPPORTED_TOKEN_TYPE");
    EXPECT_EQ(idp.asked("/revoke"), asked);
}

TEST_F(ProviderTest, TokensThatAreRefusedDriveOutNoGoodOnes) {
    ask_about_opaque_ones();
    EXPECT_EQ(refusal("good.with.dots"), "") << "no signed token";
    for (int i = 0; i < 5000; ++i) {
        const auto who = provider->authenticate_from("bad-" + std::to_string(i), std::to_string(i / 10));
        ASSERT_EQ(who.error().reason, "TOKEN_INVALID");
    }
    EXPECT_TRUE(provider->known("good.with.dots"));
}

TEST_F(ProviderTest, CodesAreExchangedWithTheirVerifierAndNonce) {
    ASSERT_TRUE(provider->refresh());
    const auto url = provider->authorization_url({.redirect_uri = "https://m.example/cb", .state = "s", .nonce = "n", .challenge = "c"});
    ASSERT_TRUE(url);
    EXPECT_EQ(
        *url,
        "https://idp.example/auth?response_type=code&client_id=slipway-ui&redirect_uri=https%3A%2F%2Fm.example%2Fcb&scope=openid%20profile&state=s&nonce=n"
        "&code_challenge=c&code_challenge_method=S256");
    const auto code = [&](const std::string& nonce) {
        return provider->by_code({.code = Secret{"the code"}, .redirect_uri = "https://m.example/cb", .nonce = nonce, .verifier = Secret{"v"}});
    };
    const auto id_token = [&](json::object changes) {
        changes["aud"] = changes.contains("aud") ? changes["aud"] : json::value("slipway-ui");
        idp.on_token = [&, id = idp.token(changes)](const HttpRequest&) { return tokens(idp.token(), {{"id_token", id}}); };
    };
    id_token({{"nonce", "n"}});
    EXPECT_TRUE(code("n"));
    EXPECT_THAT(idp.transport.requests().back().body,
                AllOf(HasSubstr("grant_type=authorization_code"), HasSubstr("code=the%20code"), HasSubstr("code_verifier=v")));
    EXPECT_FALSE(code("other"));
    EXPECT_FALSE(code(""));
    id_token({{"nonce", "n"}, {"aud", "urn:slipway"}});
    EXPECT_FALSE(code("n")) << "an ID token of another client";
    id_token({{"nonce", "n"}, {"azp", "another"}});
    EXPECT_FALSE(code("n"));
    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token()); };
    EXPECT_FALSE(code("n")) << "no ID token at all";
}

TEST_F(ProviderTest, SignsOutAtTheProviderToo) {
    EXPECT_EQ(provider->end_session_url(Secret{"id"}, "https://m.example/").value(),
              "https://idp.example/logout?x=1&client_id=slipway-ui&post_logout_redirect_uri=https%3A%2F%2Fm.example%2F&id_token_hint=id");
    EXPECT_THAT(provider->end_session_url(Secret{std::string(5000, 'x')}, "https://m.example/").value(), Not(HasSubstr("id_token_hint")));
}

TEST_F(ProviderTest, OpaqueTokensAreAskedAboutOnceInAWhile) {
    ask_about_opaque_ones();
    EXPECT_EQ(refusal("good"), "");
    EXPECT_EQ(refusal("good"), "");
    EXPECT_EQ(refusal("bad"), "TOKEN_INVALID");
    EXPECT_EQ(refusal("bad"), "TOKEN_INVALID");
    EXPECT_EQ(idp.asked("/introspect"), 2);
    EXPECT_EQ(refusal(idp.token()), "") << "what can be read is not asked about";
    EXPECT_EQ(idp.asked("/introspect"), 2);
    idp.clock.advance(std::chrono::seconds{31});
    EXPECT_EQ(refusal("good"), "");
    EXPECT_EQ(idp.asked("/introspect"), 3);
}

TEST_F(ProviderTest, WhatBeginsLikeASignedTokenIsNeverTakenForAnOpaqueOne) {
    auto wanted = settings();
    wanted.introspection = Introspection::opaque;
    wanted.algorithms = {Algorithm::es256};
    use(std::move(wanted));
    idp.on_introspect = [&](const HttpRequest&) {  // a provider that takes no notice of what stands behind a token
        auto claims = idp.claims();
        claims["active"] = true;
        return FakeOpenId::json_answer(claims);
    };
    const auto token = idp.token();  // RS256
    for (const auto& odd : {token, token + ".", token + "..", token + ".x", " " + token, token + "\t", token.substr(0, token.rfind('.')), token + ".."}) {
        EXPECT_EQ(refusal(odd), "TOKEN_INVALID") << odd;
    }
    EXPECT_EQ(idp.asked("/introspect"), 0);
    EXPECT_EQ(refusal("eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..aXY.dGV4dA.dGFn"), "") << "an encrypted one is the provider's alone";
    EXPECT_EQ(refusal("opaque.with.dots"), "");
}

TEST_F(ProviderTest, AnAnswerForAnotherAudienceIsNone) {
    auto wanted = settings();
    wanted.introspection = Introspection::opaque;
    use(std::move(wanted));
    idp.on_introspect = [&](const HttpRequest&) {
        auto claims = idp.claims();
        claims["active"] = true;
        claims["aud"] = "urn:other";
        return FakeOpenId::json_answer(claims);
    };
    EXPECT_EQ(refusal("good"), "TOKEN_INVALID");
    idp.clock.advance(std::chrono::seconds{31});
    idp.on_introspect = [](const HttpRequest&) { return FakeOpenId::json_answer({{"error", "unauthorized"}}, 401); };
    EXPECT_EQ(refusal("good"), "CLIENT_REFUSED");
}

TEST_F(ProviderTest, WhereAllAreAskedAboutARevokedTokenEndsWithinHalfAMinute) {
    auto wanted = settings();
    wanted.introspection = Introspection::all;
    use(std::move(wanted));
    bool active = true;
    idp.on_introspect = [&](const HttpRequest&) {
        auto claims = idp.claims();
        claims["active"] = active;
        return FakeOpenId::json_answer(claims);
    };
    const auto token = idp.token();
    EXPECT_EQ(refusal(token), "");
    active = false;
    idp.clock.advance(std::chrono::seconds{31});
    EXPECT_EQ(refusal(token), "TOKEN_INVALID");
    EXPECT_EQ(refusal(forged("key-1")), "TOKEN_INVALID");
    EXPECT_EQ(idp.asked("/introspect"), 2) << "a forged one is not asked about";
}

TEST_F(ProviderTest, TheCommandLineMayHaveAPublicClientOfItsOwn) {
    EXPECT_EQ(provider->offer()->loopback, "") << "a client with a secret is none for it";
    auto wanted = settings();
    wanted.cli_client_id = "slipway-cli";
    wanted.cli_redirect_uri = "http://127.0.0.1/callback";
    use(std::move(wanted));
    ASSERT_TRUE(provider->refresh());
    EXPECT_EQ(provider->offer()->loopback, "http://127.0.0.1/callback");
    const auto there = provider->authorization_url(
        {.client = LoginClient::command_line, .redirect_uri = "http://127.0.0.1:4711/callback", .state = "s", .nonce = {}, .challenge = "abc"});
    ASSERT_TRUE(there);
    EXPECT_THAT(*there, AllOf(HasSubstr("client_id=slipway-cli"), HasSubstr("code_challenge=abc"), Not(HasSubstr("nonce"))));

    idp.on_token = [&](const HttpRequest&) { return tokens(idp.token(), {{"refresh_token", "r"}}); };
    const auto asked = [&] { return idp.transport.requests().back(); };
    ASSERT_TRUE(provider->by_code(
        {.client = LoginClient::command_line, .code = Secret{"c"}, .redirect_uri = "http://127.0.0.1:4711/callback", .nonce = {}, .verifier = Secret{"v"}}));
    EXPECT_THAT(asked().body, AllOf(HasSubstr("client_id=slipway-cli"), HasSubstr("code_verifier=v"), Not(HasSubstr("secret"))));
    EXPECT_EQ(fakes::header_of(asked(), "Authorization"), "");
    ASSERT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::command_line));
    EXPECT_THAT(asked().body, HasSubstr("client_id=slipway-cli"));
    ASSERT_TRUE(provider->by_refresh(Secret{"r"}, LoginClient::page));
    EXPECT_THAT(asked().body, Not(HasSubstr("slipway-cli")));
    EXPECT_THAT(fakes::header_of(asked(), "Authorization"), HasSubstr("Basic"));
    EXPECT_FALSE(provider->by_code({.code = Secret{"c"}, .redirect_uri = "https://m/gocli/login/callback", .nonce = "n", .verifier = Secret{"v"}}))
        << "the page goes by the ID token";
}

TEST_F(ProviderTest, DevicesGetACode) {
    idp.on_device = [](const HttpRequest&) {
        return FakeOpenId::json_answer({{"device_code", "d"}, {"user_code", "ABCD"}, {"verification_uri", "https://idp.example/device"}, {"interval", 7}});
    };
    const auto code = provider->start_device("challenge");
    ASSERT_TRUE(code);
    EXPECT_EQ(code->user_code, "ABCD");
    EXPECT_EQ(code->interval, 7);
    EXPECT_THAT(idp.transport.requests().back().body, HasSubstr("code_challenge=challenge&code_challenge_method=S256"));
    EXPECT_TRUE(provider->offer()->device);
    idp.description.erase("device_authorization_endpoint");
    idp.clock.advance(std::chrono::minutes{6});
    ASSERT_TRUE(provider->refresh());
    EXPECT_FALSE(provider->offer()->device);
    EXPECT_EQ(provider->start_device("").error().reason, "GRANT_NOT_ALLOWED");
}

}  // namespace
}  // namespace slipway::oidc
