#include "adapters/aws/credential_provider.hpp"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "base/id.hpp"
#include "fakes/fake_transport.hpp"
#include "fakes/fake_waiter.hpp"

namespace slipway::aws {
namespace {

using namespace std::chrono_literals;

HttpResponse session(const std::string& key, Timestamp ends) {
    return {.status = 200,
            .headers = {},
            .body = fmt::format(
                "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult><Credentials>"
                "<SessionToken>token-{0}</SessionToken><SecretAccessKey>secret-{0}</SecretAccessKey><Expiration>{1}</Expiration><AccessKeyId>{0}</AccessKeyId>"
                "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
                key, to_iso(ends))};
}

HttpResponse refusal(const std::string& code, const std::string& message = "m") {
    return {.status = 400, .headers = {}, .body = "<ErrorResponse><Error><Code>" + code + "</Code><Message>" + message + "</Message></Error></ErrorResponse>"};
}

class WebIdentityTest : public testing::Test {
protected:
    WebIdentityTest() : token_file_{(std::filesystem::temp_directory_path() / ("slipway-token-" + random_hex(8))).string()} { write_token("jwt+1/="); }
    ~WebIdentityTest() override { std::filesystem::remove(token_file_); }
    void write_token(const std::string& text) const { std::ofstream{token_file_} << text << "\n"; }
    std::string key_of(const std::atomic<bool>* cancelled = nullptr) {
        const auto keys = provider_->keys(cancelled);
        return keys ? keys->access_key_id : keys.error().code;
    }

    fakes::FakeClock clock_;
    fakes::FakeWaiter waiter_{clock_};
    fakes::FakeTransport transport_;
    std::string token_file_;
    std::unique_ptr<CredentialProvider> provider_ =
        make_web_identity_provider({transport_, clock_, waiter_, [] { return 0.5; }},
                                   {"arn:aws:iam::123456789012:role/r", token_file_, "slipway", "https://sts.eu-west-1.amazonaws.com/"});
};

TEST_F(WebIdentityTest, AsksStsWithoutASignatureAndKeepsTheSession) {
    transport_.then(session("A", clock_.now() + 1h));
    const auto keys = provider_->keys(nullptr);
    ASSERT_TRUE(keys);
    EXPECT_EQ(keys->secret_access_key.reveal(), "secret-A");
    EXPECT_EQ(keys->session_token.reveal(), "token-A");
    EXPECT_EQ(key_of(), "A");
    ASSERT_EQ(transport_.calls(), 1U);
    const auto request = transport_.requests()[0];
    EXPECT_EQ(request.url, "https://sts.eu-west-1.amazonaws.com/");
    EXPECT_EQ(request.body,
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fr&RoleSessionName=slipway&"
              "WebIdentityToken=jwt%2B1%2F%3D");
    EXPECT_EQ(fakes::header_of(request, "Authorization"), "");
}

TEST_F(WebIdentityTest, RenewsFifteenMinutesAheadAndReadsTheTokenAgain) {
    transport_.then(session("A", clock_.now() + 1h)).then(session("B", clock_.now() + 2h));
    EXPECT_EQ(key_of(), "A");
    write_token("jwt-2");
    clock_.advance(44min);
    EXPECT_EQ(key_of(), "A");
    clock_.advance(2min);
    EXPECT_EQ(key_of(), "B");
    EXPECT_TRUE(transport_.requests()[1].body.ends_with("=jwt-2"));
}

TEST_F(WebIdentityTest, RenewsAShortSessionAtHalfItsLife) {
    transport_.then(session("A", clock_.now() + 900s)).then(session("B", clock_.now() + 1800s));
    EXPECT_EQ(key_of(), "A");
    clock_.advance(449s);
    EXPECT_EQ(key_of(), "A");
    clock_.advance(2s);
    EXPECT_EQ(key_of(), "B");
}

TEST_F(WebIdentityTest, GoesOnWithTheOldSessionWhileItIsGoodAndFailsAfterIt) {
    transport_.then(session("A", clock_.now() + 1h));
    transport_.otherwise([](const HttpRequest&) { return refusal("AccessDenied"); });
    EXPECT_EQ(key_of(), "A");
    clock_.advance(50min);
    testing::internal::CaptureStderr();
    EXPECT_EQ(key_of(), "A");
    EXPECT_EQ(transport_.calls(), 2U);
    EXPECT_EQ(key_of(), "A");
    EXPECT_EQ(transport_.calls(), 2U) << "not at each call";
    clock_.advance(31s);
    EXPECT_EQ(key_of(), "A");
    EXPECT_EQ(transport_.calls(), 3U);
    EXPECT_NE(testing::internal::GetCapturedStderr().find("aws.session.renewal_failed"), std::string::npos);
    clock_.advance(9min);
    EXPECT_EQ(key_of(), "AccessDenied");
}

TEST_F(WebIdentityTest, OutlivesAJumpOfTheWallClock) {
    transport_.then(session("A", clock_.now() + 1h));
    EXPECT_EQ(key_of(), "A");
    clock_.jump(5h);
    EXPECT_EQ(key_of(), "A");
    EXPECT_EQ(transport_.calls(), 1U);
}

TEST_F(WebIdentityTest, MeasuresTheSessionByTheServersClock) {
    clock_.jump(-24h);
    auto answer = session("A", *from_iso("2026-11-25T20:00:00Z"));
    answer.headers.emplace_back("date", "Wed, 25 Nov 2026 19:00:00 GMT");
    transport_.then(answer).then(session("B", clock_.now() + 1h));
    EXPECT_EQ(key_of(), "A");
    clock_.advance(46min);
    EXPECT_EQ(key_of(), "B");
}

TEST_F(WebIdentityTest, ReadsTheFileAgainWhenTheTokenHadExpired) {
    transport_
        .then([&](const HttpRequest&) -> Result<HttpResponse> {
            write_token("jwt-2");
            return refusal("ExpiredTokenException");
        })
        .then(session("A", clock_.now() + 1h));
    EXPECT_EQ(key_of(), "A");
    EXPECT_TRUE(transport_.requests()[1].body.ends_with("=jwt-2"));
    provider_->renew("A");
    transport_.otherwise([](const HttpRequest&) { return refusal("ExpiredTokenException"); });
    EXPECT_EQ(key_of(), "ExpiredTokenException");
    EXPECT_EQ(transport_.calls(), 4U) << "once";
}

TEST_F(WebIdentityTest, TriesAgainWhatMayPass) {
    transport_.then(refusal("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider"))
        .then(fail(ErrorCode::timeout, "TIMEOUT", "t"))
        .then(session("A", clock_.now() + 1h));
    EXPECT_EQ(key_of(), "A");
    provider_->renew("A");
    transport_.then(refusal("InvalidIdentityToken", "The token is malformed"));
    EXPECT_EQ(key_of(), "InvalidIdentityToken");
    EXPECT_EQ(transport_.calls(), 4U);
}

TEST_F(WebIdentityTest, RenewsOnlyWhatWasRefused) {
    transport_.then(session("A", clock_.now() + 1h)).then(session("B", clock_.now() + 1h));
    EXPECT_EQ(key_of(), "A");
    EXPECT_TRUE(provider_->renew("A"));
    EXPECT_EQ(key_of(), "B");
    EXPECT_TRUE(provider_->renew("A"));
    EXPECT_EQ(key_of(), "B");
    EXPECT_EQ(transport_.calls(), 2U);
}

TEST_F(WebIdentityTest, SaysThatTheTokenFileIsMissing) {
    std::filesystem::remove(token_file_);
    const auto keys = provider_->keys(nullptr);
    ASSERT_FALSE(keys);
    EXPECT_EQ(keys.error().error.code, ErrorCode::failed_precondition);
    EXPECT_NE(keys.error().error.message.find(token_file_), std::string::npos);
    EXPECT_EQ(transport_.calls(), 0U);
}

TEST_F(WebIdentityTest, RefusesAnAnswerWithoutCredentials) {
    transport_.otherwise([](const HttpRequest&) -> Result<HttpResponse> { return HttpResponse{.status = 200, .headers = {}, .body = "<a/>"}; });
    EXPECT_EQ(key_of(), "Garbled");
}

TEST_F(WebIdentityTest, SendsOneRequestForManyWhoWait) {
    std::promise<void> asked;
    std::promise<void> open;
    transport_.then([&](const HttpRequest&) -> Result<HttpResponse> {
        asked.set_value();
        open.get_future().wait();
        return session("A", clock_.now() + 1h);
    });
    std::atomic<int> good{0};
    std::atomic<bool> cancelled{true};
    {
        std::vector<std::jthread> threads;
        threads.emplace_back([&] { good += key_of() == "A" ? 1 : 0; });
        asked.get_future().wait();
        for (int i = 0; i < 7; ++i) {
            threads.emplace_back([&] { good += key_of() == "A" ? 1 : 0; });
        }
        EXPECT_EQ(key_of(&cancelled), "Cancelled") << "who was cancelled does not wait";
        open.set_value();
    }
    EXPECT_EQ(good, 8);
    EXPECT_EQ(transport_.calls(), 1U);
}

TEST_F(WebIdentityTest, LetsOthersUseTheOldSessionWhileOneRenews) {
    transport_.then(session("A", clock_.now() + 1h));
    EXPECT_EQ(key_of(), "A");
    clock_.advance(50min);
    std::promise<void> asked;
    std::promise<void> open;
    transport_.then([&](const HttpRequest&) -> Result<HttpResponse> {
        asked.set_value();
        open.get_future().wait();
        return session("B", clock_.now() + 1h);
    });
    std::string renewer;
    std::jthread thread{[&] { renewer = key_of(); }};
    asked.get_future().wait();
    EXPECT_EQ(key_of(), "A");
    open.set_value();
    thread.join();
    EXPECT_EQ(renewer, "B");
}

}  // namespace
}  // namespace slipway::aws
