#include "adapters/oidc/client_credentials.hpp"

#include <future>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"

namespace slipway::oidc {
namespace {

using fakes::FakeTransport;

Result<HttpResponse> token_of(const std::string& text, int seconds) {
    return HttpResponse{.status = 200, .headers = {}, .body = fmt::format(R"({{"access_token":"{}","token_type":"Bearer","expires_in":{}}})", text, seconds)};
}
Result<HttpResponse> away() {
    return fail(ErrorCode::unavailable, "NO_CONNECTION", "The provider cannot be reached.");
}

class ClientCredentialsTest : public testing::Test {
protected:
    std::string token() {
        const auto given = source->token();
        return given ? std::string{given->reveal()} : given.error().reason;
    }
    void pass(std::int64_t seconds) { clock.advance(Milliseconds{seconds * 1000}); }

    FakeTransport transport;
    FakeTransport texts;
    fakes::FakeClock clock;
    std::unique_ptr<TokenSource> source{make_client_credentials(
        {.token_url = "http://idp/token", .client_id = "edge 1", .client_secret = Secret{"s:1"}, .scopes = {"a", "b"}}, transport, clock)};
};

TEST_F(ClientCredentialsTest, AsksAsTheStandardSaysAndKeepsWhatItGets) {
    transport.then(token_of("one", 300));
    EXPECT_EQ(token(), "one");
    EXPECT_EQ(token(), "one");
    ASSERT_EQ(transport.calls(), 1U);
    const auto asked = transport.requests()[0];
    EXPECT_EQ(asked.body, "grant_type=client_credentials&scope=a%20b");
    EXPECT_EQ(fakes::header_of(asked, "Authorization"), "Basic ZWRnZSUyMDE6cyUzQTE=");
}

TEST_F(ClientCredentialsTest, TheFormIsTakenWhereBasicIsRefused) {
    transport.then(HttpResponse{.status = 401, .headers = {}, .body = "{}"}).then(token_of("one", 100)).then(token_of("two", 100));
    EXPECT_EQ(token(), "one");
    pass(101);
    EXPECT_EQ(token(), "two");
    EXPECT_TRUE(transport.requests()[2].body.contains("client_secret=s%3A1"));  // without asking the other way again
}

/// No memory, say: the next question is a new one, and waits for nobody.
TEST_F(ClientCredentialsTest, WhatThrowsLeavesNobodyWaiting) {
    transport.then([](const HttpRequest&) -> Result<HttpResponse> { throw std::bad_alloc{}; }).then(token_of("one", 300));
    EXPECT_THROW((void)source->token(), std::bad_alloc);
    auto next = std::async(std::launch::async, [this] { return token(); });
    EXPECT_EQ(next.get(), "one");
}

TEST_F(ClientCredentialsTest, RenewsAhead) {
    transport.then(token_of("one", 600)).then(token_of("two", 600));
    EXPECT_EQ(token(), "one");
    pass(479);
    EXPECT_EQ(token(), "one");
    pass(2);  // 80 % of its life
    EXPECT_EQ(token(), "two");
}

TEST_F(ClientCredentialsTest, ALifeShorterThanTheSkewIsUsedUp) {
    transport.then(token_of("one", 30)).then(token_of("two", 30));
    EXPECT_EQ(token(), "one");
    pass(23);
    EXPECT_EQ(token(), "one");
    pass(2);
    EXPECT_EQ(token(), "two");
    EXPECT_EQ(transport.calls(), 2U);
}

TEST_F(ClientCredentialsTest, ATokenThatComesBackUnchangedIsNotAskedForAllTheTime) {
    transport.then(token_of("same", 100)).then(token_of("same", 20)).then(token_of("same", 1));
    EXPECT_EQ(token(), "same");
    pass(81);
    EXPECT_EQ(token(), "same");
    for (int i = 0; i < 15; ++i) {
        pass(1);
        EXPECT_EQ(token(), "same");
    }
    EXPECT_EQ(transport.calls(), 2U);
    pass(2);
    EXPECT_EQ(token(), "same");
    EXPECT_EQ(token(), "same");
    EXPECT_EQ(transport.calls(), 3U);
}

TEST_F(ClientCredentialsTest, AProviderThatIsAwayCostsNothingWhileTheTokenIsGood) {
    transport.then(token_of("one", 100)).then(away()).then(away());
    EXPECT_EQ(token(), "one");
    pass(85);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(token(), "one");
    }
    EXPECT_EQ(transport.calls(), 2U);  // and not again for each call
    EXPECT_LE(transport.requests()[1].timeout, Milliseconds{5'000});
    pass(11);
    EXPECT_EQ(token(), "one");
    EXPECT_EQ(transport.calls(), 3U);
    pass(5);
    EXPECT_EQ(token(), "SCRIPT_ENDED");
    pass(14);
    transport.then(token_of("two", 100));
    EXPECT_EQ(token(), "two");
}

TEST_F(ClientCredentialsTest, WhileOneAsksAProviderThatHangsTheOthersGoOn) {
    std::promise<void> hanging;
    std::promise<void> go;
    transport.then(token_of("one", 100)).then([&](const HttpRequest&) {
        hanging.set_value();
        go.get_future().wait();
        return token_of("two", 100);
    });
    EXPECT_EQ(token(), "one");
    pass(85);
    auto first = std::async(std::launch::async, [&] { return token(); });
    hanging.get_future().wait();
    EXPECT_EQ(token(), "one");
    go.set_value();
    EXPECT_EQ(first.get(), "two");
    EXPECT_EQ(token(), "two");
}

TEST_F(ClientCredentialsTest, OneQuestionForAllThatHaveNoToken) {
    std::promise<void> go;
    auto gone = go.get_future().share();
    transport.otherwise([gone](const HttpRequest&) {
        gone.wait();
        return token_of("one", 100);
    });
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 8; ++i) {
        all.push_back(std::async(std::launch::async, [&] { return token(); }));
    }
    go.set_value();
    for (auto& one : all) {
        EXPECT_EQ(one.get(), "one");
    }
    EXPECT_EQ(transport.calls(), 1U);
}

TEST_F(ClientCredentialsTest, ARefusedTokenIsFetchedAnewOnce) {
    transport.then(token_of("one", 100)).then(token_of("two", 100));
    const auto first = source->token();
    ASSERT_TRUE(first);
    source->drop(*first);
    EXPECT_EQ(token(), "two");
    source->drop(*first);  // of somebody who was slower: the new one is not concerned
    EXPECT_EQ(token(), "two");
    EXPECT_EQ(transport.calls(), 2U);
}

TEST_F(ClientCredentialsTest, LivesOfAnySizeAndKindAreUnderstood) {
    const auto life = [](const std::string& text) -> Result<HttpResponse> {
        return HttpResponse{.status = 200, .headers = {}, .body = fmt::format(R"({{"access_token":"{0}","expires_in":{0}}})", text)};
    };
    const std::string longest = "9223372036854775807";
    transport.then(life(longest));
    EXPECT_EQ(token(), longest);
    pass(86400);
    EXPECT_EQ(token(), longest) << "a year is enough";
    EXPECT_EQ(transport.calls(), 1U);
    auto other = make_client_credentials({.token_url = "http://idp/token", .client_id = "e", .client_secret = Secret{"s"}, .scopes = {}}, texts, clock);
    texts.then(HttpResponse{.status = 200, .headers = {}, .body = R"({"access_token":"t","expires_in":"3599"})"});
    EXPECT_TRUE(other->token());
    pass(1800);
    EXPECT_TRUE(other->token());
    EXPECT_EQ(texts.calls(), 1U);
}

TEST_F(ClientCredentialsTest, OurOwnMistakeIsSaid) {
    transport.then(HttpResponse{.status = 401, .headers = {}, .body = "{}"}).then(HttpResponse{.status = 400, .headers = {}, .body = "{}"});
    const auto refused = source->token();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::unauthenticated);
    EXPECT_FALSE(refused.error().message.contains("s:1"));
}

/// As a runtime does, which asks four times a second.
TEST_F(ClientCredentialsTest, AWrongSecretIsToldOnAndTriedSeldom) {
    int asked = 0;
    transport.otherwise([&](const HttpRequest&) -> Result<HttpResponse> {
        return ++asked > 10 ? HttpResponse{.status = 429, .headers = {{"retry-after", "30"}}, .body = "{}"}  // as Slipway's own limit of sign-ins
                            : HttpResponse{.status = 401, .headers = {}, .body = "{}"};
    });
    for (int i = 0; i < 4 * 600; ++i) {
        clock.advance(Milliseconds{250});
        const auto refused = source->token();
        ASSERT_FALSE(refused);
        ASSERT_EQ(refused.error().reason, "CLIENT_REFUSED") << i;
        ASSERT_TRUE(refused.error().message.contains("answers 401 to client edge 1: check clientId, clientSecret")) << refused.error().message;
    }
    EXPECT_LE(asked, 50);
    transport.otherwise([](const HttpRequest&) { return token_of("one", 100); });
    for (int i = 0; i < 4 * 73 && token() != "one"; ++i) {
        clock.advance(Milliseconds{250});
    }
    EXPECT_EQ(token(), "one");
}

TEST_F(ClientCredentialsTest, AProviderThatIsAwayIsAskedMoreSeldom) {
    transport.otherwise([](const HttpRequest&) { return away(); });
    for (int i = 0; i < 4 * 600; ++i) {
        clock.advance(Milliseconds{250});
        ASSERT_EQ(token(), "NO_CONNECTION");
    }
    EXPECT_LE(transport.calls(), 60U);
    transport.otherwise([](const HttpRequest&) -> Result<HttpResponse> { return HttpResponse{.status = 429, .headers = {}, .body = "{}"}; });
    pass(73);
    EXPECT_EQ(token(), "TOO_MANY_REQUESTS") << "where nothing was refused before, that is what is wrong";
}

}  // namespace
}  // namespace slipway::oidc
