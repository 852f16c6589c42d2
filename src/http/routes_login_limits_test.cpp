#include "fakes/login_fixture.hpp"

namespace slipway::http {
namespace {

using fakes::LoginRoutesTest;

/// Tokens and codes that are made up, one after the other, until the address must wait.
class MadeUpTokensTest : public LoginRoutesTest {
protected:
    static constexpr int kFree = 30;
    void ends_for_the_address(const std::function<bool()>& refused_for_waiting, const std::function<int()>& asked) {
        provider.refused = provider.refuses_revocations = true;
        for (int i = 0; i < kFree; ++i) {
            ASSERT_FALSE(refused_for_waiting()) << i;
        }
        const auto before = asked();
        EXPECT_TRUE(refused_for_waiting());
        EXPECT_EQ(asked(), before) << "the provider must not be asked";
        provider.refused = provider.refuses_revocations = false;
        peer = "192.0.2.8";
        EXPECT_FALSE(refused_for_waiting()) << "another address goes on";
        EXPECT_EQ(asked(), before + 1);
    }
    void ends_for_form(const std::string& path, const std::string& form) {
        ends_for_the_address([&] { return send("POST", path, form, {{"content-type", "application/x-www-form-urlencoded"}}).status == 429; },
                             [&] { return provider.asked; });
    }
};

TEST_F(MadeUpTokensTest, RefreshTokensCountByAddress) {
    ends_for_form("/gocli/token", "grant_type=refresh_token&refresh_token=x");
}

TEST_F(MadeUpTokensTest, DeviceCodesCountByAddress) {
    ends_for_form("/gocli/token", "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=x");
}

TEST_F(MadeUpTokensTest, RevocationsThatAreRefusedCountByAddress) {
    ends_for_form("/gocli/revoke", "token=x");
}

TEST_F(MadeUpTokensTest, CodesOfTheCommandLineCountByAddress) {
    ends_for_form("/gocli/token", "grant_type=authorization_code&code=x&code_verifier=v&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback");
}

TEST_F(MadeUpTokensTest, CodesOfTheCallbackCountByAddress) {
    ends_for_the_address([&] { return sign_in() == "/?signIn=TOO_MANY_ATTEMPTS"; }, [&] { return provider.asked; });
}

TEST_F(MadeUpTokensTest, WhatTheProviderTakesBackWipesNoGuessesOut) {
    provider.refused = true;
    for (int i = 0; i < kFree; ++i) {
        EXPECT_EQ(send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=x").status, 401) << i;
        EXPECT_EQ(send("POST", "/gocli/revoke", "token=x").status, i + 1 < kFree ? 200 : 429) << "it has ended already: anybody hears that";
    }
    EXPECT_EQ(send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=x").status, 429);
}

TEST_F(MadeUpTokensTest, ADeviceWaitsNotForHavingTriedWhileTheProviderWasAway) {
    provider.away = true;
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(send("POST", "/gocli/device").status, 503) << i;
    }
    provider.away = false;
    EXPECT_EQ(send("POST", "/gocli/device").status, 200);
}

TEST_F(LoginRoutesTest, WhatAStrangersTokensMeetRingsNoAlarm) {
    provider.key_not_seen = true;
    testing::internal::CaptureStderr();
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(send("GET", "/gocli/session", {}, {{"authorization", "Bearer made-up"}}).status, 503);
    }
    clock.advance(std::chrono::seconds{10});
    provider.key_not_seen = false;
    provider.away = true;
    EXPECT_EQ(send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=x").status, 503);
    const auto log = testing::internal::GetCapturedStderr();
    EXPECT_FALSE(log.contains("\"level\":\"error\"")) << log;
    const auto first = log.find("stranger_not_served");
    ASSERT_NE(first, std::string::npos) << log;
    EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 2) << log;
    EXPECT_TRUE(log.contains("\"untoldBefore\":4")) << log;
}

}  // namespace
}  // namespace slipway::http
