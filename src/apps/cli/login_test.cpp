#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/stat.h>

#include "apps/cli/exit_codes.hpp"
#include "fakes/fake_terminal.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

std::string tokens(const std::string& n) {
    return R"({"access_token":"access-)" + n + R"(","refresh_token":"refresh-)" + n + R"(","expires_in":3600,"token_type":"Bearer"})";
}
const std::string kEmpty = R"({"_embedded":{"storedModels":[]},"page":{"totalElements":0}})";

class LoginTest : public testing::Test {
protected:
    void sign_in() {
        t.server.then(FakeTerminal::answer(200, tokens("1")));
        t.input = "pa&ss word\n";
        ASSERT_EQ(t.run({"login", "https://m.example/", "-u", "ana", "--password-stdin"}), 0) << t.err;
    }
    std::string file_text() const {
        std::ifstream file{t.home / "config" / "config.yaml"};
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    FakeTerminal t;
};

TEST_F(LoginTest, KeepsTheTokensClosedToOthers) {
    sign_in();
    const auto request = t.server.requests().at(0);
    EXPECT_EQ(request.url, "https://m.example/gocli/token");
    EXPECT_EQ(request.body, "grant_type=password&username=ana&password=pa%26ss%20word");
    struct stat info{};
    ASSERT_EQ(::stat((t.home / "config" / "config.yaml").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    ASSERT_EQ(::stat((t.home / "config").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0700U);
    EXPECT_THAT(file_text(), AllOf(HasSubstr("access-1"), Not(HasSubstr("pa&ss"))));
    EXPECT_THAT(t.out + t.err, AllOf(Not(HasSubstr("access-1")), Not(HasSubstr("pa&ss"))));

    t.server.then(FakeTerminal::answer(200, kEmpty));
    EXPECT_EQ(t.run({"model", "list"}), 0);
    EXPECT_EQ(fakes::header_of(t.server.requests().back(), "Authorization"), "Bearer access-1");
    EXPECT_EQ(t.server.requests().back().url.find("https://m.example/model-manage"), 0U);
}

TEST_F(LoginTest, WhereNobodyCanBeAskedTheWaysAreSaid) {
    t.input = "pass\n";
    EXPECT_EQ(t.run({"login", "https://m.example/", "-u", "ana"}), kWrongUse);
    EXPECT_THAT(
        t.err,
        HasSubstr("no terminal to ask on: give it by standard input with --password-stdin, or name a file with --password-file FILE, or set SLIPWAY_PASSWORD"));
    EXPECT_EQ(t.server.calls(), 0U);
}

TEST_F(LoginTest, AsksWithoutEchoOnATerminal) {
    t.answers = {"typed"};
    t.server.then(FakeTerminal::answer(200, tokens("1")));
    EXPECT_EQ(t.run({"login", "-u", "ana"}), 0);
    EXPECT_THAT(t.err, HasSubstr("Password of ana: "));
    EXPECT_THAT(t.server.requests().at(0).body, HasSubstr("password=typed"));
    EXPECT_EQ(t.run({"login", "-u", "ana"}), kWrongUse);  // nobody to ask
}

class DeviceLoginTest : public LoginTest {
protected:
    DeviceLoginTest() {
        t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","name":"Company","device":true})"))
            .then(FakeTerminal::answer(
                200, R"({"device_code":"dc","user_code":"ABCD-EFGH","verification_uri":"https://idp.example/d","interval":7,"expires_in":60})"));
    }
    static HttpResponse refused(int status, const std::string& code) { return FakeTerminal::answer(status, R"({"code":")" + code + R"(","message":"m"})"); }
    int login() { return t.run({"login", "https://m.example"}); }
};

TEST_F(DeviceLoginTest, WaitsUntilThePersonHasTypedTheCode) {
    t.server.then(refused(400, "AUTHORIZATION_PENDING"))
        .then(refused(400, "SLOW_DOWN"))
        .then(refused(503, "IDENTITY_AWAY"))
        .then(FakeTerminal::answer(200, tokens("1")))
        .then(FakeTerminal::answer(200, R"({"username":"ana","groups":["risk"]})"));
    const auto before = t.clock.now();
    EXPECT_EQ(login(), 0) << t.err;
    EXPECT_EQ(t.clock.now() - before, std::chrono::seconds{7 + 7 + 12 + 12});
    EXPECT_THAT(t.err, AllOf(HasSubstr("https://idp.example/d"), HasSubstr("ABCD-EFGH"), HasSubstr("as ana"), Not(HasSubstr("access-1"))));
    const auto requests = t.server.requests();
    EXPECT_EQ(requests.at(1).body.find("code_challenge="), 0U);
    EXPECT_THAT(requests.at(2).body, AllOf(HasSubstr("device_code=dc"), HasSubstr("code_verifier=")));
    EXPECT_EQ(fakes::header_of(requests.at(6), "Authorization"), "Bearer access-1");
    EXPECT_THAT(file_text(), AllOf(HasSubstr("refresh-1"), HasSubstr("ana")));
}

TEST_F(DeviceLoginTest, WhoHasTheTokensWaitsUntilTheServerKnowsThem) {
    auto busy = refused(503, "KEY_NOT_SEEN_YET");
    busy.headers.emplace_back("retry-after", "7");
    t.server.then(FakeTerminal::answer(200, tokens("1")))
        .then(busy)
        .then(fail(ErrorCode::timeout, "TIMEOUT", "took too long"))
        .then(refused(503, "IDENTITY_AWAY"))
        .then(FakeTerminal::answer(200, R"({"username":"ana","groups":["risk"]})"));
    const auto before = t.clock.now();
    EXPECT_EQ(login(), 0) << t.err;
    EXPECT_EQ(t.clock.now() - before, std::chrono::seconds{7 + 7 + 2 + 2});
    EXPECT_THAT(file_text(), HasSubstr("refresh-1"));
}

TEST_F(DeviceLoginTest, WhatTheServerDoesNotGetToKnowIsTakenBack) {
    t.server.then(FakeTerminal::answer(200, tokens("1")));
    int revoked = 0;
    t.server.otherwise([&](const HttpRequest& request) {
        if (request.url.ends_with("/gocli/revoke")) {
            ++revoked;
            EXPECT_THAT(request.body, HasSubstr("token=refresh-1"));
            return FakeTerminal::answer(200, "{}");
        }
        return refused(503, "IDENTITY_AWAY");
    });
    const auto before = t.clock.now();
    EXPECT_EQ(login(), kUnavailable);
    EXPECT_GE(t.clock.now() - before, std::chrono::seconds{7 + 28});
    EXPECT_LE(t.clock.now() - before, std::chrono::seconds{7 + 32});
    EXPECT_EQ(revoked, 1) << "else a session of the provider's would live on";
    EXPECT_EQ(file_text(), "");
}

TEST_F(DeviceLoginTest, WhoSignedInByCodeIsToldToDoSoAgain) {
    t.server.then(FakeTerminal::answer(200, tokens("1"))).then(FakeTerminal::answer(200, R"({"username":"ana","groups":[]})"));
    EXPECT_EQ(login(), 0) << t.err;
    t.server.then(FakeTerminal::answer(401, R"({"code":"UNAUTHENTICATED","message":"m"})"))
        .then(FakeTerminal::answer(401, R"({"code":"SIGN_IN_FAILED","message":"gone"})"));
    EXPECT_EQ(t.run({"model", "list"}), kNotAllowed);
    EXPECT_THAT(t.err, AllOf(HasSubstr("Run: slipway login https://m.example"), Not(HasSubstr("-u NAME"))));
}

TEST_F(DeviceLoginTest, EndsWhenThePersonRefusesOrTheCodeIsTooOld) {
    t.server.then(refused(401, "SIGN_IN_FAILED"));
    EXPECT_EQ(login(), kNotAllowed);
    EXPECT_EQ(file_text(), "");
}

TEST_F(DeviceLoginTest, ACodeThatNobodyTypesExpires) {
    t.server.otherwise([](const HttpRequest&) { return refused(400, "AUTHORIZATION_PENDING"); });
    EXPECT_EQ(login(), kNotAllowed);
    EXPECT_THAT(t.err, HasSubstr("not used in time"));
}

TEST_F(LoginTest, WithoutANameServersOfTheirOwnAccountsAskForOne) {
    t.server.then(FakeTerminal::answer(200, R"({"mode":"builtin"})"));
    EXPECT_EQ(t.run({"login", "https://m.example"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("-u NAME"));
    t.server.then(FakeTerminal::answer(404, R"({"code":"NOT_FOUND","message":"an older server"})"));
    EXPECT_EQ(t.run({"login", "https://m.example"}), kWrongUse);
    t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":false})"));
    EXPECT_EQ(t.run({"login", "https://m.example"}), kWrongUse);
}

TEST_F(LoginTest, AWrongPasswordLeavesNothingBehind) {
    t.server.then(FakeTerminal::answer(401, R"({"code":"SIGN_IN_FAILED","message":"Name or password is wrong."})"));
    t.input = "x";
    EXPECT_EQ(t.run({"login", "https://m.example", "-u", "ana", "--password-stdin"}), kNotAllowed);
    EXPECT_EQ(file_text(), "");
    EXPECT_THAT(t.err,
                AllOf(HasSubstr("Name or password is wrong."), HasSubstr("slipway login https://m.example -u ana"), HasSubstr("slipway user passwd ana")));
}

TEST_F(LoginTest, WhereAProviderKeepsThePasswordsNobodyIsSentToTheAdministratorHere) {
    t.server.then(FakeTerminal::answer(401, R"({"code":"SIGN_IN_FAILED","message":"The identity provider refuses."})"))
        .then(FakeTerminal::answer(200, R"({"mode":"oauth2","name":"Company","device":true})"));
    t.input = "x";
    EXPECT_EQ(t.run({"login", "https://m.example", "-u", "ana", "--password-stdin"}), kNotAllowed);
    EXPECT_THAT(t.err, AllOf(HasSubstr("refuses."), HasSubstr("slipway login https://m.example -u ana"), HasSubstr("identity provider"),
                             Not(HasSubstr("user passwd"))));
}

TEST_F(LoginTest, AServerThatDoesNotAnswerIsNamedWithWhatToDo) {
    t.server.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "https://m.example cannot be reached."));
    t.input = "x";
    EXPECT_EQ(t.run({"login", "https://m.example", "-u", "ana", "--password-stdin"}), kUnavailable);
    EXPECT_THAT(t.err, AllOf(HasSubstr("cannot be reached."), HasSubstr("slipway serve"), HasSubstr("slipway login URL -u NAME")));
    t.server.then(fail(ErrorCode::unavailable, "NO_CONNECTION", "https://m.example cannot be reached."));
    EXPECT_EQ(t.run({"login", "https://m.example"}), kUnavailable);
    EXPECT_THAT(t.err, HasSubstr("slipway serve"));
    EXPECT_EQ(file_text(), "");
}

TEST_F(LoginTest, WarnsBeforeAPasswordTravelsInClear) {
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, tokens("1")); });
    t.input = "x";
    t.run({"login", "http://m.example", "-u", "ana", "--password-stdin"});
    EXPECT_THAT(t.err, HasSubstr("not encrypted"));
    for (const auto* local : {"127.0.0.1:8080", "localhost", "[::1]:8080"}) {
        t.run({"login", local, "-u", "ana", "--password-stdin"});
        EXPECT_THAT(t.err, AllOf(HasSubstr(std::string{"http://"} + local), Not(HasSubstr("not encrypted"))));
    }
    for (const auto* remote : {"localhost.example.com", "127.example.com"}) {
        t.run({"login", std::string{"http://"} + remote, "-u", "ana", "--password-stdin"});
        EXPECT_THAT(t.err, HasSubstr("not encrypted")) << remote;
        t.run({"login", remote, "-u", "ana", "--password-stdin"});
        EXPECT_THAT(t.err, HasSubstr(std::string{"https://"} + remote));
    }
}

TEST_F(LoginTest, RenewsTokensBeforeTheyEnd) {
    sign_in();
    t.clock.advance(std::chrono::minutes{59} + std::chrono::seconds{45});
    t.server.then(FakeTerminal::answer(200, tokens("2"))).then(FakeTerminal::answer(200, kEmpty));
    EXPECT_EQ(t.run({"model", "list"}), 0) << t.err;
    EXPECT_EQ(t.server.requests().at(1).body, "grant_type=refresh_token&refresh_token=refresh-1");
    EXPECT_EQ(fakes::header_of(t.server.requests().at(2), "Authorization"), "Bearer access-2");
    EXPECT_THAT(file_text(), AllOf(HasSubstr("refresh-2"), Not(HasSubstr("refresh-1"))));
}

TEST_F(LoginTest, RenewsOnceAfterA401) {
    sign_in();
    t.server.then(FakeTerminal::answer(401, R"({"code":"UNAUTHENTICATED","message":"m"})"))
        .then(FakeTerminal::answer(200, tokens("2")))
        .then(FakeTerminal::answer(200, kEmpty));
    EXPECT_EQ(t.run({"model", "list"}), 0) << t.err;
    t.server.then(FakeTerminal::answer(401, R"({"code":"UNAUTHENTICATED","message":"m"})"))
        .then(FakeTerminal::answer(401, R"({"code":"SIGN_IN_FAILED","message":"gone"})"));
    EXPECT_EQ(t.run({"model", "list"}), kNotAllowed);
    EXPECT_THAT(t.err, HasSubstr("The sign-in of ana has ended, or the account is disabled. Run: slipway login https://m.example -u ana\n"));
    EXPECT_EQ(t.server.left(), 0U);
}

TEST_F(LoginTest, ATokenThatEndedAndIsNotRenewedIsASignInThatHasEnded) {
    sign_in();
    t.clock.advance(std::chrono::hours{2});
    t.server.then(FakeTerminal::answer(400, R"({"code":"SIGN_IN_FAILED","message":"gone"})"))
        .then(FakeTerminal::answer(401, R"({"code":"UNAUTHENTICATED","message":"The token has ended."})"));
    EXPECT_EQ(t.run({"model", "list"}), kNotAllowed);
    EXPECT_THAT(t.err, HasSubstr("slipway: The sign-in of ana has ended, or the account is disabled. Run: slipway login https://m.example -u ana\n"));
    EXPECT_EQ(t.server.left(), 0U);
}

TEST_F(LoginTest, TokensOfAContextNeverGoElsewhere) {
    sign_in();
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, kEmpty); });
    t.run({"model", "list", "--url", "https://evil.example"});
    EXPECT_EQ(fakes::header_of(t.server.requests().back(), "Authorization"), "");
    t.world.environment["SLIPWAY_URL"] = "https://other.example";
    t.run({"model", "list"});
    EXPECT_EQ(t.server.requests().back().url.find("https://other.example/"), 0U);
    EXPECT_EQ(fakes::header_of(t.server.requests().back(), "Authorization"), "");
    t.world.environment["SLIPWAY_TOKEN"] = "env";
    t.run({"model", "list"});
    EXPECT_EQ(fakes::header_of(t.server.requests().back(), "Authorization"), "Bearer env");
    t.run({"model", "list", "--url", "https://m.example"});  // the flag wins over SLIPWAY_URL
    EXPECT_EQ(t.server.requests().back().url.find("https://m.example/"), 0U);
    t.run({"model", "list", "--context", "m.example"});  // and a named context over the environment
    EXPECT_EQ(fakes::header_of(t.server.requests().back(), "Authorization"), "Bearer access-1");
}

TEST_F(LoginTest, ContextsAreListedChosenAndRemoved) {
    sign_in();
    t.server.then(FakeTerminal::answer(200, tokens("9")));
    ASSERT_EQ(t.run({"login", "https://two.example", "-u", "bob", "--password-stdin", "--context", "two"}), 0);
    EXPECT_EQ(t.run({"context", "list", "-o", "name"}), 0);
    EXPECT_EQ(t.out, "m.example\ntwo\n");
    t.run({"context", "list", "-o", "json"});
    EXPECT_THAT(t.out, AllOf(HasSubstr("\"current\": true"), Not(HasSubstr("access-"))));
    t.clock.advance(std::chrono::hours{2});  // behind the end of the access token
    t.run({"context", "list"});
    EXPECT_THAT(t.out, AllOf(HasSubstr("renewed by itself"), Not(HasSubstr("ago"))));
    EXPECT_EQ(t.run({"context", "use", "m.example"}), 0);
    EXPECT_EQ(t.run({"context", "use", "nope"}), kNotFound);
    t.server.otherwise([](const HttpRequest&) { return FakeTerminal::answer(200, "{}"); });
    EXPECT_EQ(t.run({"logout"}), 0);
    EXPECT_THAT(file_text(), AllOf(Not(HasSubstr("access-1")), HasSubstr("access-9")));
    t.run({"context", "list", "-o", "json"});
    EXPECT_THAT(t.out, HasSubstr("\"signedIn\": \"no\""));
    EXPECT_EQ(t.run({"context", "delete", "two"}), 0);
    EXPECT_EQ(t.server.requests().back().url, "https://two.example/gocli/revoke");
    t.run({"context", "list", "-o", "name"});
    EXPECT_EQ(t.out, "m.example\n");
}

TEST_F(LoginTest, SigningOutEndsTheTokensAtTheServerToo) {
    sign_in();
    t.server.then(FakeTerminal::answer(200, "{}"));
    EXPECT_EQ(t.run({"logout"}), 0);
    const auto request = t.server.requests().back();
    EXPECT_EQ(request.url, "https://m.example/gocli/revoke");
    EXPECT_EQ(request.body, "token=refresh-1&token_type_hint=refresh_token") << "which ends what came of the same sign-in";
    EXPECT_THAT(t.err, AllOf(HasSubstr("Signed out of m.example"), Not(HasSubstr("could not")), Not(HasSubstr("refresh-1"))));
    EXPECT_EQ(t.run({"logout"}), 0);
    EXPECT_EQ(t.server.calls(), 2U) << "there is nothing left to revoke";
}

TEST_F(LoginTest, WhoCannotReachTheServerSignsOutHereAndIsTold) {
    sign_in();
    t.server.then([](const HttpRequest&) { return fail(ErrorCode::unavailable, "NO_CONNECTION", "m.example cannot be reached."); });
    EXPECT_EQ(t.run({"logout"}), 0);
    EXPECT_THAT(t.err, AllOf(HasSubstr("could not be revoked at https://m.example"), HasSubstr("cannot be reached")));
    EXPECT_THAT(file_text(), AllOf(Not(HasSubstr("access-1")), Not(HasSubstr("refresh-1"))));
}

TEST_F(LoginTest, ANewSignInRevokesTheTokensOfBeforeAtTheirOwnServer) {
    sign_in();
    t.server.then(FakeTerminal::answer(200, tokens("2"))).then(FakeTerminal::answer(200, "{}"));
    ASSERT_EQ(t.run({"login", "https://other.example", "-u", "ana", "--password-stdin", "--context", "m.example"}), 0) << t.err;
    EXPECT_EQ(t.server.requests().at(1).url, "https://other.example/gocli/token");
    EXPECT_EQ(t.server.requests().at(2).url, "https://m.example/gocli/revoke");
    EXPECT_THAT(t.server.requests().at(2).body, HasSubstr("token=refresh-1"));
    EXPECT_THAT(file_text(), HasSubstr("refresh-2"));
    t.server.then(FakeTerminal::answer(401, R"({"code":"SIGN_IN_FAILED","message":"Name or password is wrong."})"));
    EXPECT_EQ(t.run({"login", "https://other.example", "-u", "ana", "--password-stdin", "--context", "m.example"}), kNotAllowed);
    EXPECT_THAT(file_text(), HasSubstr("refresh-2")) << "a wrong password ends nothing";
    EXPECT_EQ(t.server.left(), 0U);
}

TEST_F(LoginTest, ACodeIsAskedForWhenTheTokensOfBeforeAreGone) {
    sign_in();
    t.server.then(FakeTerminal::answer(200, R"({"mode":"builtin"})"));
    EXPECT_EQ(t.run({"login", "https://m.example"}), kWrongUse);
    EXPECT_THAT(file_text(), HasSubstr("refresh-1")) << "who forgot the name stays signed in";
    t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":true})")).then(FakeTerminal::answer(503, R"({"code":"IDENTITY_AWAY","message":"m"})"));
    EXPECT_EQ(t.run({"login", "https://m.example"}), kUnavailable);
    EXPECT_THAT(file_text(), HasSubstr("refresh-1")) << "a provider that is away takes nothing from anybody";
    t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":true})"))
        .then(FakeTerminal::answer(200,
                                   R"({"device_code":"dc","user_code":"ABCD-EFGH","verification_uri":"https://idp.example/d","interval":7,"expires_in":60})"))
        .then(FakeTerminal::answer(200, "{}"))
        .then(FakeTerminal::answer(400, R"({"code":"ACCESS_DENIED","message":"m"})"));
    EXPECT_NE(t.run({"login", "https://m.example"}), 0);
    const auto requests = t.server.requests();
    EXPECT_EQ(requests.at(requests.size() - 3).url, "https://m.example/gocli/device");
    EXPECT_EQ(requests.at(requests.size() - 2).url, "https://m.example/gocli/revoke");
    EXPECT_THAT(file_text(), Not(HasSubstr("refresh-1")));
}

TEST_F(LoginTest, ABrokenContextFileIsNamedAndKept) {
    sign_in();
    std::ofstream{t.home / "config" / "config.yaml"} << "contexts: [\n";
    EXPECT_EQ(t.run({"model", "list"}), kInvalid);
    EXPECT_THAT(t.err, HasSubstr("config.yaml:"));
    EXPECT_EQ(file_text(), "contexts: [\n");
}

TEST_F(LoginTest, NewUsersGetTheirPasswordFromAQuestionAskedTwice) {
    t.world.environment["SLIPWAY_TOKEN"] = "x";
    t.answers = {"secret-1", "secret-2"};
    EXPECT_EQ(t.run({"user", "add", "bob", "--group", "risk"}), kWrongUse);
    EXPECT_THAT(t.err, HasSubstr("differ"));
    EXPECT_EQ(t.server.calls(), 0U);
    t.answers = {"secret-1", "secret-1"};
    t.server.then(FakeTerminal::answer(201, R"({"id":"0198f2a0-0000-7000-8000-000000000001","username":"bob","groups":["risk","credit"]})"));
    EXPECT_EQ(t.run({"user", "add", "bob", "--group", "risk", "--group", "credit"}), 0);
    EXPECT_EQ(t.server.requests().at(0).body, R"({"username":"bob","password":"secret-1","groups":["risk","credit"],"admin":false})");
    EXPECT_THAT(t.out + t.err, Not(HasSubstr("secret-1")));
}

}  // namespace
}  // namespace slipway::cli
