#include <gmock/gmock.h>

#include "fakes/login_fixture.hpp"

namespace slipway::http {
namespace {

using fakes::LoginRoutesTest;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST_F(LoginRoutesTest, SignsInByCodeAndKeepsTheTokensFromTheBrowser) {
    EXPECT_EQ(send("GET", "/gocli/session").status, 401);
    const auto there = go("/gocli/login/start?to=%23%2Fjobs%2F1");
    EXPECT_EQ(there, "https://idp.example/auth?state=" + provider.last_request.state);
    EXPECT_EQ(provider.last_request.redirect_uri, "http://localhost:8080/gocli/login/callback");
    EXPECT_EQ(go("/gocli/login/callback?code=the-code&state=" + provider.last_request.state), "/#/jobs/1");
    EXPECT_EQ(provider.last_code.code.reveal(), "the-code");
    EXPECT_EQ(provider.last_code.nonce, provider.last_request.nonce);
    const auto digest = crypto::sha256(provider.last_code.verifier.reveal());
    EXPECT_EQ(crypto::base64url(crypto::bytes_of(digest)), provider.last_request.challenge);

    const auto session = document_of(send("GET", "/gocli/session"));
    EXPECT_EQ(json::text_of(session, "username"), "ana");
    EXPECT_EQ(json::text_of(session, "mode"), "oauth2");
    EXPECT_NE(json::text_of(session, "csrfToken"), "");
    EXPECT_EQ(cookies.size(), 1U) << "nothing is left of the attempt";
    for (const auto& cookie : set_cookies) {
        EXPECT_THAT(cookie, AllOf(HasSubstr("HttpOnly"), Not(HasSubstr("access-ana")), Not(HasSubstr("refresh-")), Not(HasSubstr("id-ana"))));
    }
    EXPECT_THAT(set_cookies.front(), HasSubstr("SameSite=Lax"));
    EXPECT_THAT(set_cookies.back(), AllOf(StartsWith("slipway_session="), HasSubstr("SameSite=Strict")));
}

TEST_F(LoginRoutesTest, ASignInBelongsToTheBrowserThatBeganIt) {
    go("/gocli/login/start");
    const auto state = provider.last_request.state;
    const auto own = cookies;
    cookies.clear();
    EXPECT_EQ(go("/gocli/login/callback?code=c&state=" + state), "/?signIn=SIGN_IN_EXPIRED") << "another browser: a link somebody was sent";
    cookies = own;
    EXPECT_EQ(go("/gocli/login/callback?code=c&state=" + state + "x"), "/?signIn=SIGN_IN_EXPIRED");
    EXPECT_TRUE(provider.last_code.code.empty()) << "the provider was not asked";
    cookies = own;
    cookies.begin()->second[30] ^= 1;
    EXPECT_EQ(go("/gocli/login/callback?code=c&state=" + state), "/?signIn=SIGN_IN_EXPIRED");
    cookies = own;
    clock.advance(std::chrono::minutes{10});
    EXPECT_EQ(go("/gocli/login/callback?code=c&state=" + state), "/?signIn=SIGN_IN_EXPIRED");
    EXPECT_EQ(send("GET", "/gocli/session").status, 401);
}

TEST_F(LoginRoutesTest, WhatFailsLeadsBackToThePageWithAWord) {
    go("/gocli/login/start");
    EXPECT_EQ(go("/gocli/login/callback?error=access_denied&state=" + provider.last_request.state), "/?signIn=ACCESS_DENIED");
    provider.refused = true;
    EXPECT_EQ(sign_in(), "/?signIn=SIGN_IN_FAILED");
    EXPECT_EQ(sign_in("%23%2Fjobs%2F1"), "/?signIn=SIGN_IN_FAILED#/jobs/1");
    provider.refused = false;
    provider.drops_requests = true;
    EXPECT_EQ(sign_in(), "/?signIn=REQUEST_DROPPED");
    EXPECT_EQ(send("POST", "/gocli/token", "username=ana&password=x").status, 400) << "and the provider is not away";
    provider.away = true;
    EXPECT_EQ(go("/gocli/login/start"), "/?signIn=IDENTITY_AWAY");
    EXPECT_EQ(go("/gocli/login/start?to=%23%2Fjobs%2F1"), "/?signIn=IDENTITY_AWAY#/jobs/1") << "where the person goes on afterwards";
    EXPECT_EQ(go("/gocli/login/start?to=https://evil.example"), "/?signIn=IDENTITY_AWAY");
    EXPECT_EQ(send("GET", "/gocli/session").status, 401);
}

TEST_F(LoginRoutesTest, GoesOnAtPlacesOfThePageAlone) {
    for (const std::string bad : {"https://evil.example", "//evil.example", "/x", "%23%2Fa%0d%0aX:y", "%23%2F%22", "javascript:x"}) {
        EXPECT_EQ(sign_in(bad), "/") << bad;
    }
    EXPECT_EQ(sign_in("%23%2Fmodels%3Ffilter=a"), "/#/models?filter=a");
}

TEST_F(LoginRoutesTest, BelowAPrefixOverTlsEverythingKeepsToIt) {
    host = "models.example.com";
    EXPECT_EQ(sign_in(), "/gw/");
    EXPECT_EQ(provider.last_request.redirect_uri, "https://models.example.com/gw/gocli/login/callback");
    EXPECT_THAT(set_cookies.front(), AllOf(StartsWith("__Secure-slipway_login="), HasSubstr("Path=/gw"), HasSubstr("; Secure")));
    EXPECT_THAT(set_cookies.back(), AllOf(StartsWith("__Secure-slipway_session="), HasSubstr("Path=/gw"), HasSubstr("; Secure")));
    host = "other.example.com";
    EXPECT_EQ(send("GET", "/gocli/login/start").status, 421);
}

TEST_F(LoginRoutesTest, SigningOutEndsBothSessions) {
    sign_in();
    const std::string csrf{json::text_of(document_of(send("GET", "/gocli/session")), "csrfToken")};
    EXPECT_EQ(send("DELETE", "/gocli/session").status, 403) << "without the CSRF token";
    const auto out = send("DELETE", "/gocli/session", {}, {{"x-csrf-token", csrf}});
    EXPECT_EQ(out.status, 200);
    EXPECT_EQ(json::text_of(document_of(out), "signOutUrl"), "https://idp.example/logout?hint=id-ana&to=http://localhost:8080/");
    EXPECT_TRUE(cookies.empty());
    EXPECT_TRUE(provider.has_revoked("refresh-1"));
    EXPECT_EQ(send("GET", "/gocli/session").status, 401);
}

TEST_F(LoginRoutesTest, SigningOutWaitsForNoWordOfTheProvider) {
    for (const bool away : {true, false}) {
        sign_in();
        const std::string csrf{json::text_of(document_of(send("GET", "/gocli/session")), "csrfToken")};
        const auto before = cookies;
        clock.advance(std::chrono::minutes{6});  // the access token has ended: whoever asks about the session asks the provider
        provider.away = away;
        provider.refused = !away;
        EXPECT_EQ(send("DELETE", "/gocli/session").status, 403) << "without the CSRF token";
        EXPECT_EQ(send("DELETE", "/gocli/session", {}, {{"x-csrf-token", csrf + "x"}}).status, 403) << "with that of another session";
        EXPECT_EQ(cookies, before);
        const auto out = send("DELETE", "/gocli/session", {}, {{"x-csrf-token", csrf}});
        EXPECT_THAT(out.status, testing::AnyOf(200, 204)) << out.body;
        EXPECT_TRUE(cookies.empty());
        provider.away = provider.refused = false;
        cookies = before;
        EXPECT_EQ(send("GET", "/gocli/session").status, 401) << "a kept copy of the cookie serves no more";
        EXPECT_EQ(send("DELETE", "/gocli/session", {}, {{"x-csrf-token", csrf}}).status, 401);
        cookies.clear();
    }
}

TEST_F(LoginRoutesTest, TokensArePassedThrough) {
    const auto answer = send("POST", "/gocli/token", "username=ana&password=pa%26ss");
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto body = document_of(answer);
    EXPECT_EQ(json::text_of(body, "access_token"), "access-ana");
    EXPECT_EQ(json::text_of(body, "refresh_token"), "refresh-1");
    EXPECT_EQ(json::text_of(body, "token_type"), "bearer");
    EXPECT_FALSE(body.contains("id_token"));
    EXPECT_EQ(provider.last_password, "pa&ss");
    EXPECT_EQ(send("GET", "/gocli/session", {}, {{"authorization", "Bearer access-ana"}}).status, 200);
    EXPECT_EQ(send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=abc").status, 200);
    EXPECT_EQ(provider.last_refresh, "abc");
    EXPECT_EQ(send("POST", "/gocli/token", "grant_type=client_credentials&client_id=r&client_secret=s").status, 200);
    for (const std::string bad : {"", "username=a", "grant_type=magic", "grant_type=refresh_token", "grant_type=client_credentials",
                                  "grant_type=urn:ietf:params:oauth:grant-type:device_code"}) {
        EXPECT_EQ(send("POST", "/gocli/token", bad).status, 400) << bad;
    }
}

TEST_F(LoginRoutesTest, RefusedSignInsAreInTheAuditTrail) {
    ASSERT_EQ(send("POST", "/gocli/token", "username=ana&password=x").status, 200);
    provider.refused = true;
    EXPECT_EQ(send("POST", "/gocli/token", "username=ana&password=guess").status, 401);
    EXPECT_EQ(send("POST", "/gocli/token", "username=my-password&password=oops").status, 401);
    std::vector<std::string> told;
    ASSERT_TRUE(database->read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT document FROM audit_records WHERE entity_type = 'SignIn' ORDER BY row_id"));
        for (const auto& row : rows) {
            told.push_back(row.text(0));
        }
        return {};
    }));
    ASSERT_EQ(told.size(), 3U);
    EXPECT_THAT(told[1], AllOf(HasSubstr(R"("subject":"ana")"), HasSubstr("192.0.2.7"), HasSubstr("FAILURE")));
    EXPECT_THAT(told[2], AllOf(HasSubstr(R"("subject":"unknown")"), HasSubstr("FAILURE"), Not(HasSubstr("my-password")))) << "it may be a mistyped password";
}

TEST_F(LoginRoutesTest, ATokenOfARenewalThatLeavesOutTheOldOneKeepsIt) {
    provider.gives_refresh = false;
    EXPECT_EQ(json::text_of(document_of(send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=abc")), "refresh_token"), "abc");
}

TEST_F(LoginRoutesTest, ARenewalIsHandedOnThoughTheProviderTellsNothingOfItsTokens) {
    provider.tells_nothing = true;
    const auto answer = send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=kept");
    EXPECT_EQ(answer.status, 200) << "the token of before is used up";
    EXPECT_EQ(json::text_of(document_of(answer), "refresh_token"), "refresh-1");
}

TEST_F(LoginRoutesTest, RefusalsAndAbsenceOfTheProviderHaveTheirStatuses) {
    provider.refused = true;
    const auto refused = send("POST", "/gocli/token", "username=ana&password=x");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(json::text_of(document_of(refused), "code"), "SIGN_IN_FAILED");
    provider.away = true;
    for (const auto& [method, target, body] :
         std::vector<std::array<std::string, 3>>{{"POST", "/gocli/token", "username=ana&password=x"}, {"GET", "/gocli/session", ""}}) {
        const auto answer = send(method, target, body, {{"authorization", "Bearer access-ana"}});
        EXPECT_EQ(answer.status, 503) << target;
        EXPECT_EQ(answer.content_type, "application/problem+json");
        EXPECT_NE(header(answer, "Retry-After"), "");
    }
}

TEST_F(LoginRoutesTest, GuessesAreSlowedHereToo) {
    provider.refused = true;
    int status = 401;
    int guesses = 0;
    while (status == 401 && guesses < 20) {
        status = send("POST", "/gocli/token", "username=ana&password=x").status;
        ++guesses;
    }
    EXPECT_EQ(status, 429);
    EXPECT_LE(guesses, 7);
    provider.away = true;
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(send("POST", "/gocli/token", "username=bob&password=x").status, 503) << "that the provider is away is nobody's guess";
    }
}

TEST_F(LoginRoutesTest, NothingButTheRightPasswordWipesGuessesOut) {
    int guesses = 0;
    for (int status = 401; status == 401 && guesses < 20; ++guesses) {
        provider.away = true;
        EXPECT_EQ(send("POST", "/gocli/token", "username=ana&password=x").status, 503);
        provider.away = false;
        provider.refused = true;
        status = send("POST", "/gocli/token", "username=ana&password=x").status;
        if (guesses == 4) {
            EXPECT_EQ(status, 401) << "the fifth";
            EXPECT_EQ(send("POST", "/gocli/token", "username=ana&password=x").status, 429) << "and no sixth";
            break;
        }
    }
    EXPECT_EQ(guesses, 4);
}

TEST_F(LoginRoutesTest, BearersAreToldWhatIsWrong) {
    const auto invalid = send("GET", "/gocli/session", {}, {{"authorization", "Bearer forged"}});
    EXPECT_EQ(invalid.status, 401);
    EXPECT_THAT(header(invalid, "WWW-Authenticate"), HasSubstr(R"(error="invalid_token")"));
    provider.scope_missing = true;
    const auto scope = send("GET", "/gocli/session", {}, {{"authorization", "Bearer access-ana"}});
    EXPECT_EQ(scope.status, 403);
    EXPECT_EQ(header(scope, "WWW-Authenticate"), R"(Bearer realm="slipway", error="insufficient_scope", scope="jobs:write")");
    EXPECT_THAT(header(send("GET", "/gocli/session"), "WWW-Authenticate"), Not(HasSubstr("error")));
}

TEST_F(LoginRoutesTest, DevicesSignInByCode) {
    const auto offer = document_of(send("GET", "/gocli/login"));
    EXPECT_EQ(json::text_of(offer, "mode"), "oauth2");
    EXPECT_EQ(json::text_of(offer, "name"), "Company");
    const auto code = document_of(send("POST", "/gocli/device", "code_challenge=abc"));
    EXPECT_EQ(json::text_of(code, "user_code"), "ABCD");
    EXPECT_EQ(provider.last_request.challenge, "abc");
    const std::string form = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=device&code_verifier=v";
    provider.pending = true;
    const auto waits = send("POST", "/gocli/token", form);
    EXPECT_EQ(waits.status, 400);
    EXPECT_EQ(json::text_of(document_of(waits), "code"), "AUTHORIZATION_PENDING");
    provider.pending = false;
    EXPECT_EQ(json::text_of(document_of(send("POST", "/gocli/token", form)), "code"), "SLOW_DOWN") << "sooner than it may";
    clock.advance(std::chrono::seconds{5});
    EXPECT_EQ(send("POST", "/gocli/token", form).status, 200);
    EXPECT_EQ(provider.last_code.verifier.reveal(), "v");
}

TEST_F(LoginRoutesTest, TheCommandLineSignsInByABrowserThatComesBackToIt) {
    const std::string form = "redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback&state=s&code_challenge=abc";
    EXPECT_EQ(send("POST", "/gocli/loopback", form).status, 403) << "no client for it";
    EXPECT_THAT(send("GET", "/gocli/login").body, Not(HasSubstr("loopback")));
    provider.loopback = "http://127.0.0.1/callback";
    EXPECT_EQ(json::text_of(document_of(send("GET", "/gocli/login")), "loopback"), "http://127.0.0.1/callback");
    const auto there = send("POST", "/gocli/loopback", form);
    EXPECT_EQ(json::text_of(document_of(there), "authorization_uri"), "https://idp.example/auth?state=s") << there.body;
    EXPECT_EQ(provider.last_request.client, identity::LoginClient::command_line);
    EXPECT_EQ(provider.last_request.challenge, "abc");

    const std::string exchange = "grant_type=authorization_code&code=the-code&code_verifier=v&redirect_uri=";
    EXPECT_EQ(send("POST", "/gocli/token", exchange + "http%3A%2F%2F127.0.0.1%3A4711%2Fcallback").status, 200);
    EXPECT_EQ(provider.last_code.client, identity::LoginClient::command_line);
    EXPECT_EQ(provider.last_code.code.reveal(), "the-code");
    send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=abc");
    EXPECT_EQ(provider.last_client, identity::LoginClient::command_line) << "a token of one client is none of the other";
    send("POST", "/gocli/revoke", "token=abc");
    EXPECT_EQ(provider.revocation.ours, identity::LoginClient::command_line);
    for (const std::string elsewhere : {"http://evil.example/", "https://127.0.0.1/", "http://127.0.0.1@evil.example/", "http://127.0.0.1.evil.example/", ""}) {
        EXPECT_EQ(send("POST", "/gocli/loopback", "state=s&code_challenge=abc&redirect_uri=" + elsewhere).status, 400) << elsewhere;
        EXPECT_EQ(send("POST", "/gocli/token", exchange + elsewhere).status, 400) << elsewhere << ": codes of the page are none of the command line";
    }
    EXPECT_EQ(send("POST", "/gocli/loopback", "state=s&redirect_uri=http://127.0.0.1/").status, 400) << "PKCE is no choice";
}

TEST_F(LoginRoutesTest, TheProviderHearsFromWhereATokenCame) {
    EXPECT_EQ(send("GET", "/gocli/session", {}, {{"authorization", "Bearer access-ana"}}).status, 200);
    EXPECT_EQ(provider.last_peer, "192.0.2.7");
}

TEST_F(LoginRoutesTest, DevicesThatWereSignedInCountNoMore) {
    for (int i = 0; i < 40; ++i) {
        ASSERT_EQ(send("POST", "/gocli/device", "").status, 200) << i;
        ASSERT_EQ(send("POST", "/gocli/token", "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=device").status, 200) << i;
    }
    int begun = 0;
    while (send("POST", "/gocli/device", "").status == 200 && begun < 40) {
        ++begun;
    }
    EXPECT_EQ(begun, 30) << "those that nobody ends do";
}

TEST_F(LoginRoutesTest, AnotherWindowsSignInDoesNotEndThisOne) {
    go("/gocli/login/start");
    const auto first = provider.last_request.state;
    go("/gocli/login/start");
    EXPECT_EQ(go("/gocli/login/callback?code=c&state=" + first), "/?signIn=SIGN_IN_EXPIRED");
    EXPECT_EQ(go("/gocli/login/callback?code=c&state=" + provider.last_request.state), "/");
    EXPECT_EQ(send("GET", "/gocli/session").status, 200);
}

TEST_F(LoginRoutesTest, AccountsOfOursAreMadeNoMore) {
    provider.admin = true;
    const std::vector<std::pair<std::string, std::string>> bearer{{"authorization", "Bearer access-ana"}};
    const std::string user = R"({"username":"eve","password":"long enough"})";
    for (const auto* list : {"/model-manage/api/users", "/model-manage/api/clients"}) {
        const auto answer = send("GET", list, {}, bearer);
        EXPECT_EQ(answer.status, 200);
        EXPECT_THAT(answer.body, HasSubstr("kept by the identity provider"));
    }
    EXPECT_THAT(send("GET", "/model-manage/api/users?nam=eve", {}, bearer).body, AllOf(HasSubstr("takes no parameter"), HasSubstr("kept by the identity")));
    for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{{"POST", "/model-manage/api/users"},
                                                                                         {"POST", "/model-manage/api/clients"},
                                                                                         {"PATCH", "/model-manage/api/users/eve"},
                                                                                         {"PUT", "/gocli/password"},
                                                                                         {"POST", "/gocli/session"}}) {
        const auto answer = send(method, target, user, bearer);
        EXPECT_EQ(answer.status, 403) << target;
        EXPECT_EQ(json::text_of(document_of(answer), "code"), "AT_THE_PROVIDER");
    }
    EXPECT_EQ(send("DELETE", "/gocli/session", {}, bearer).status, 204);
}

TEST_F(LoginRoutesTest, RevokingIsNoWayToGuessAClientsSecret) {
    provider.refuses_clients = true;
    const auto guess = [&] { return send("POST", "/gocli/revoke", "token=x&client_id=robot&client_secret=guess").status; };
    int refused = 0;
    while (guess() == 401 && refused < 100) {
        ++refused;
    }
    EXPECT_EQ(guess(), 429);
    EXPECT_LT(refused, 20);
    EXPECT_EQ(send("POST", "/gocli/token", "grant_type=client_credentials&client_id=robot&client_secret=right").status, 429) << "they count together";
    EXPECT_EQ(send("POST", "/gocli/revoke", "token=x").status, 200) << "who names no client guesses nothing";
}

TEST_F(LoginRoutesTest, ATokenOfAKeyThatIsNotSeenYetIsToBeSentAgain) {
    provider.key_not_seen = true;
    const auto answer = send("GET", "/gocli/session", {}, {{"authorization", "Bearer access-ana"}});
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(json::text_of(document_of(answer), "code"), "KEY_NOT_SEEN_YET");
    EXPECT_EQ(header(answer, "Retry-After"), "7");
    EXPECT_EQ(header(answer, "WWW-Authenticate"), "") << "nothing that makes a client throw its token away";
}

TEST_F(LoginRoutesTest, TokensAreTakenBackAtTheProvider) {
    EXPECT_EQ(send("POST", "/gocli/revoke", "token=refresh-7&token_type_hint=refresh_token&client_id=robot&client_secret=s").status, 200);
    EXPECT_EQ(provider.revocation.token.reveal(), "refresh-7");
    EXPECT_EQ(provider.revocation.hint, "refresh_token");
    EXPECT_EQ(provider.revocation.client_id, "robot");
    EXPECT_EQ(send("POST", "/gocli/revoke", "token_type_hint=refresh_token").status, 400);
    provider.away = true;
    const auto away = send("POST", "/gocli/revoke", "token=refresh-8");
    EXPECT_EQ(away.status, 503) << "then the token is still good (RFC 7009 section 2.2.1)";
    EXPECT_EQ(json::text_of(document_of(away), "code"), "IDENTITY_AWAY");
}

}  // namespace
}  // namespace slipway::http
