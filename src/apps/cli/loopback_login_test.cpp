#include "apps/cli/loopback_login.hpp"

#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <thread>

#include "apps/cli/exit_codes.hpp"
#include "base/crypto.hpp"
#include "fakes/fake_terminal.hpp"
#include "fakes/raw_client.hpp"
#include "http/target.hpp"

namespace slipway::cli {
namespace {

using fakes::FakeTerminal;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

/// A server whose provider sends browsers back to the command line, and a browser that goes there.
class LoopbackLoginTest : public testing::Test {
protected:
    LoopbackLoginTest() {
        t.world.environment["DISPLAY"] = ":0";
        t.world.open_browser = [this](const World&, const std::string& url) {
            opened = url;
            browser = std::jthread{[this] { go(); }};
            return true;
        };
    }
    void offer(const std::string& loopback = "http://127.0.0.1/callback", bool device = true) {
        t.server
            .then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":)" + std::string{device ? "true" : "false"} + R"(,"loopback":")" + loopback + "\"}"))
            .then(FakeTerminal::answer(200, R"({"authorization_uri":"https://idp.example/auth?x=1"})"));
    }
    void will_sign_in() {
        t.server.then(FakeTerminal::answer(200, R"({"access_token":"access-1","refresh_token":"refresh-1","expires_in":3600,"token_type":"bearer"})"))
            .then(FakeTerminal::answer(200, R"({"username":"ana","groups":["risk"]})"));
    }
    std::string field(std::size_t request, std::string_view name) {
        const auto fields = http::parse_query(t.server.requests().at(request).body).value();
        const auto found = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
        return found == fields.end() ? "" : found->second;
    }
    void ask(int port, const std::string& target) {
        fakes::RawClient client{port};
        client.send("GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        answers.push_back(client.read_all());
    }
    /// The browser's way back, after what `before` does there.
    void go() {
        const auto place = field(1, "redirect_uri");
        const auto slash = place.find('/', 7);
        const int port = std::stoi(place.substr(place.find(':', 7) + 1));
        const fakes::RawClient ahead{port};  // browsers open a connection more, and say nothing on it
        for (const auto& target : before) {
            ask(port, target);
        }
        ask(port, place.substr(slash) + "?" + comes + "&state=" + field(1, "state"));
    }
    int login(const std::vector<std::string>& more = {}) {
        std::vector<std::string> line{"login", "https://m.example"};
        line.insert(line.end(), more.begin(), more.end());
        const auto code = t.run(line);
        if (browser.joinable()) {
            browser.join();
        }
        return code;
    }

    FakeTerminal t;
    std::string opened;
    std::vector<std::string> before;
    std::string comes{"code=c%2B1"};
    std::vector<std::string> answers;
    std::jthread browser;
};

TEST_F(LoopbackLoginTest, SignsInByTheBrowserThatComesBack) {
    offer();
    will_sign_in();
    EXPECT_EQ(login(), 0) << t.err;
    EXPECT_EQ(opened, "https://idp.example/auth?x=1");
    EXPECT_EQ(t.server.requests().at(1).url, "https://m.example/gocli/loopback");
    EXPECT_THAT(field(1, "redirect_uri"), AllOf(HasSubstr("http://127.0.0.1:"), HasSubstr("/callback"), Not(HasSubstr(":0/"))));
    EXPECT_EQ(field(2, "grant_type"), "authorization_code");
    EXPECT_EQ(field(2, "code"), "c+1");
    EXPECT_EQ(field(2, "redirect_uri"), field(1, "redirect_uri"));
    const auto digest = crypto::sha256(field(2, "code_verifier"));
    EXPECT_EQ(crypto::base64url(crypto::bytes_of(digest)), field(1, "code_challenge"));
    EXPECT_THAT(answers, Contains(AllOf(HasSubstr("200 OK"), HasSubstr("You may close this window"), Not(HasSubstr("c+1")))));
    EXPECT_THAT(t.err, AllOf(HasSubstr("as ana"), HasSubstr("https://idp.example/auth?x=1"), Not(HasSubstr("access-1"))));
}

TEST_F(LoopbackLoginTest, TheBrowserGetsNoSecretOfOurs) {
    const auto program = t.file("browser", "#!/bin/sh\nenv > \"$0.env\"\n");
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    ::setenv("SLIPWAY_TOKEN", "of-a-robot", 1);
    ::setenv("SLIPWAY_PASSWORD", "of-ana", 1);
    t.world.environment = system_environment();
    t.world.environment["BROWSER"] = program;
    EXPECT_TRUE(open_in_browser(t.world, "https://idp.example/"));
    EXPECT_GT(::waitpid(-1, nullptr, 0), 0);
    ::unsetenv("SLIPWAY_TOKEN");
    ::unsetenv("SLIPWAY_PASSWORD");
    std::ifstream file{program.string() + ".env"};
    const std::string got{std::istreambuf_iterator<char>{file}, {}};
    EXPECT_THAT(got, AllOf(HasSubstr("PATH="), Not(HasSubstr("of-a-robot")), Not(HasSubstr("of-ana"))));
}

TEST_F(LoopbackLoginTest, WhoeverDoesNotKnowTheStateChangesNothing) {
    offer();
    will_sign_in();
    before = {"/callback?code=evil&state=guessed", "/callback?code=evil", "/favicon.ico", "/?code=evil&state=x", "/callback?error=access_denied&state="};
    EXPECT_EQ(login(), 0) << t.err;
    EXPECT_EQ(field(2, "code"), "c+1");
    ASSERT_EQ(answers.size(), 6U);
    EXPECT_THAT(answers[0], AllOf(HasSubstr("400 Bad Request"), Not(HasSubstr("evil"))));
    EXPECT_THAT(answers[2], HasSubstr("404 Not Found"));
}

TEST_F(LoopbackLoginTest, WhoIsDeclinedThereIsTold) {
    offer();
    comes = "error=access_denied";
    EXPECT_EQ(login(), kNotAllowed);
    EXPECT_THAT(t.err, HasSubstr("Access was declined"));
    EXPECT_EQ(t.server.calls(), 2U) << "there is no code to exchange";
}

TEST_F(LoopbackLoginTest, WithoutABrowserHereACodeIsShown) {
    const auto by_code = [this](const std::vector<std::string>& more) {
        t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":true,"loopback":"http://127.0.0.1/callback"})"))
            .then(FakeTerminal::answer(503, R"({"code":"IDENTITY_AWAY","message":"m"})"));
        EXPECT_EQ(login(more), kUnavailable);
        EXPECT_EQ(t.server.requests().back().url, "https://m.example/gocli/device");
    };
    by_code({"--device"});
    t.world.environment["SSH_CONNECTION"] = "192.0.2.1 5 192.0.2.2 22";
    by_code({});
    t.world.environment.erase("SSH_CONNECTION");
    t.world.environment.erase("DISPLAY");
    by_code({});
    EXPECT_EQ(opened, "");
}

TEST_F(LoopbackLoginTest, WhereCodesAreNotOfferedTheAddressIsShown) {
    t.world.environment.erase("DISPLAY");
    offer("http://localhost/", false);
    t.interrupted = true;
    EXPECT_EQ(login(), kInterrupted);
    EXPECT_THAT(t.err, AllOf(HasSubstr("Open this address"), HasSubstr("https://idp.example/auth?x=1"), Not(HasSubstr("--device"))));
    t.interrupted = false;
    EXPECT_THAT(field(1, "redirect_uri"), HasSubstr("http://localhost:"));
    t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":false,"loopback":"http://localhost/"})"));
    EXPECT_EQ(login({"--device"}), kWrongUse) << "it offers none";
}

TEST_F(LoopbackLoginTest, AServerCannotSendCodesOrProgramsElsewhere) {
    for (const auto* place :
         {"http://192.0.2.1/callback", "https://127.0.0.1/", "http://127.0.0.1:99999/", "http://[::1]/x", "http://127.0.0.1@evil.example/"}) {
        t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":true,"loopback":")" + std::string{place} + "\"}"));
        EXPECT_EQ(login(), kUnavailable) << place;
    }
    t.server.then(FakeTerminal::answer(200, R"({"mode":"oauth2","device":true,"loopback":"http://127.0.0.1/callback"})"))
        .then(FakeTerminal::answer(200, R"({"authorization_uri":"--new-window file:///etc/passwd"})"));
    EXPECT_EQ(login(), kUnavailable);
    EXPECT_EQ(opened, "");
}

}  // namespace
}  // namespace slipway::cli
