#include <algorithm>

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
                             [&] { return provider.asked.load(); });
    }
};

TEST_F(MadeUpTokensTest, RefreshTokensCountByAddress) {
    ends_for_form("/gocli/token", "grant_type=refresh_token&refresh_token=x");
}

TEST_F(MadeUpTokensTest, WhatIsDroppedOnTheWayCountsByAddress) {
    provider.drops_requests = true;
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
    ends_for_the_address([&] { return sign_in() == "/?signIn=TOO_MANY_ATTEMPTS"; }, [&] { return provider.asked.load(); });
}

TEST_F(MadeUpTokensTest, WhatTheProviderTakesBackWipesNoGuessesOut) {
    provider.refused = true;
    for (int i = 0; i < kFree; ++i) {
        EXPECT_EQ(send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=x").status, 401) << i;
        EXPECT_EQ(send("POST", "/gocli/revoke", "token=x").status, i + 1 < kFree ? 200 : 429) << "it has ended already: anybody hears that";
    }
    EXPECT_EQ(send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=x").status, 429);
}

TEST_F(MadeUpTokensTest, PasswordsWhereTheProviderTakesNoneCountByAddress) {
    const auto by_password = [&](const std::string& who) { return send("POST", "/gocli/token", "username=" + who + "&password=x").status; };
    provider.offers_no_way = true;
    for (int i = 0; i < kFree; ++i) {
        ASSERT_EQ(by_password("name-" + std::to_string(i)), 403) << i;
    }
    EXPECT_EQ(by_password("ana"), 429);
    EXPECT_EQ(provider.asked, kFree) << "the provider must not be asked";
    provider.offers_no_way = false;
    EXPECT_EQ(sign_in(), "/") << "nobody at that address is kept from the page";
    EXPECT_EQ(send("POST", "/gocli/token", "grant_type=client_credentials&client_id=r&client_secret=s").status, 200);
    peer = "192.0.2.8";
    EXPECT_EQ(by_password("ana"), 200);
    EXPECT_EQ(by_password("name-1"), 200) << "nothing was said of the names";
}

TEST_F(MadeUpTokensTest, GrantsThatAClientMayNotUseCountForIt) {
    provider.offers_no_way = true;
    const std::string form = "grant_type=client_credentials&client_id=r&client_secret=s";
    for (int i = 0; i < 5; ++i) {
        ASSERT_EQ(send("POST", "/gocli/token", form).status, 403) << i;
    }
    EXPECT_EQ(send("POST", "/gocli/token", form).status, 429);
    EXPECT_EQ(provider.asked, 5);
}

/// Asks about a device code, again and again.
class DevicePollsTest : public MadeUpTokensTest {
protected:
    DevicePollsTest() { provider.pending = true; }
    int poll(const std::string& code = "device") {
        return send("POST", "/gocli/token", "grant_type=urn:ietf:params:oauth:grant-type:device_code&device_code=" + code).status;
    }
};

TEST_F(DevicePollsTest, WhoAsksSoonerThanTheIntervalCountsByAddressAndAsksHereAlone) {
    ASSERT_EQ(send("POST", "/gocli/device").status, 200);
    for (int i = 0; i <= kFree; ++i) {
        ASSERT_EQ(poll(), 400) << i;
    }
    EXPECT_EQ(poll(), 429);
    EXPECT_EQ(provider.asked, 1) << "the provider must not be asked";
    peer = "192.0.2.8";
    provider.pending = false;
    EXPECT_EQ(poll("another"), 200) << "another address goes on";
}

TEST_F(DevicePollsTest, CodesThatWereNotGivenHereCountByAddress) {
    for (int i = 0; i < kFree; ++i) {
        ASSERT_EQ(poll("code-" + std::to_string(i)), 400) << i;
    }
    EXPECT_EQ(poll("one-more"), 429);
    EXPECT_EQ(provider.asked, kFree) << "the provider must not be asked";
    clock.advance(std::chrono::seconds{5});
    provider.pending = false;
    EXPECT_EQ(poll("code-7"), 200) << "one that the provider knows, in time";
}

TEST_F(DevicePollsTest, WhoAsksInTimeMayTakeAsLongAsTheProviderLets) {
    ASSERT_EQ(send("POST", "/gocli/device").status, 200);
    for (int i = 0; i < 120; ++i) {
        ASSERT_EQ(poll(), 400) << i;
        clock.advance(std::chrono::seconds{5});
    }
    EXPECT_EQ(provider.asked, 120);
    provider.pending = false;
    EXPECT_EQ(poll(), 200);
}

TEST_F(MadeUpTokensTest, NoAddressHoldsAllThatAskTheProvider) {
    std::vector<int> nested;
    int elsewhere = 0;
    std::string back;
    int asked = 0;  // one is asked about once at a time, whoever brings it
    const auto refresh = [&] { return send("POST", "/gocli/token", "grant_type=refresh_token&refresh_token=x" + std::to_string(++asked)).status; };
    provider.on_refresh = [&] {
        if (peer == "192.0.2.8") {
            return;
        }
        if (provider.refreshes < 4) {
            nested.push_back(refresh());
            return;
        }
        nested.push_back(refresh());
        nested.push_back(send("GET", "/gocli/login").status);
        back = sign_in();
        peer = "192.0.2.8";
        elsewhere = refresh();
        peer = "192.0.2.7";
    };
    EXPECT_EQ(refresh(), 200);
    EXPECT_EQ(nested, (std::vector{503, 200, 200, 200, 200})) << "four at once";
    EXPECT_EQ(back, "/?signIn=BUSY") << "a browser is led to the page, which says so";
    EXPECT_EQ(elsewhere, 200);
    provider.on_refresh = nullptr;
    EXPECT_EQ(refresh(), 200) << "they have ended";
}

TEST_F(MadeUpTokensTest, WhatAnybodyMayHaveAskedHoldsNoThreadOfOthers) {
    const auto in_the_way = [](const http::Route& route) { return route.guard == Guard::open && route.pool == Pool::outbound; };
    EXPECT_EQ(std::ranges::count_if(router.routes(), in_the_way), 0);
    EXPECT_EQ(std::ranges::count(router.routes(), Pool::sign_in, &Route::pool), 7);
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
