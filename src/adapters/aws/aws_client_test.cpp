#include "adapters/aws/aws_client.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_transport.hpp"
#include "fakes/fake_waiter.hpp"

namespace slipway::aws {
namespace {

using namespace std::chrono_literals;
using sagemaker::CallLedger;
using sagemaker::CallOptions;

HttpResponse answer(int status, std::string body, HttpHeaders headers = {}) {
    return {.status = status, .headers = std::move(headers), .body = std::move(body)};
}
HttpResponse refusal(const std::string& code, HttpHeaders headers = {}) {
    return answer(400, R"({"__type":")" + code + R"(","message":"m"})", std::move(headers));
}

/// Keys K1, and K2 after a renewal.
class RenewableKeys final : public CredentialProvider {
public:
    sagemaker::AwsResult<SigningKeys> keys(const std::atomic<bool>* /*cancelled*/) override {
        return SigningKeys{.access_key_id = "K" + std::to_string(generation_), .secret_access_key = Secret{"s"}, .session_token = Secret{"t"}};
    }
    bool renew(std::string_view refused) override {
        generation_ += refused == "K" + std::to_string(generation_) ? 1 : 0;
        return true;
    }

private:
    int generation_{1};
};

class ClientTest : public testing::Test {
protected:
    sagemaker::AwsResult<json::object> call(std::string_view operation, bool background = false) {
        return client_.call(operation, {{"ModelName", "m"}}, {.ledger = &ledger_, .cancelled = &cancelled_, .background = background});
    }
    std::string code_of(std::string_view operation) {
        const auto result = call(operation);
        return result ? "OK" : result.error().code;
    }

    fakes::FakeClock clock_;
    fakes::FakeWaiter waiter_{clock_};
    fakes::FakeTransport transport_;
    std::atomic<bool> cancelled_{false};
    CallLedger ledger_;
    SageMakerClient client_{{transport_, clock_, waiter_, [] { return 0.5; }},
                            {"https://api.sagemaker.eu-west-1.amazonaws.com/", "eu-west-1", "sagemaker"},
                            std::make_shared<RenewableKeys>(),
                            StartRates::unlimited(),
                            {}};
};

TEST_F(ClientTest, SendsJson11AndReadsTheAnswer) {
    transport_.then(answer(200, R"({"ModelArn":"arn","CreationTime":1795329655.848})"));
    const auto result = call("DescribeModel");
    ASSERT_TRUE(result);
    EXPECT_EQ(json::text_of(*result, "ModelArn"), "arn");
    EXPECT_EQ(result->at("CreationTime").as_double(), 1795329655.848);
    const auto request = transport_.requests()[0];
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.url, "https://api.sagemaker.eu-west-1.amazonaws.com/");
    EXPECT_EQ(request.body, R"({"ModelName":"m"})");
    EXPECT_EQ(fakes::header_of(request, "Content-Type"), "application/x-amz-json-1.1");
    EXPECT_EQ(fakes::header_of(request, "X-Amz-Target"), "SageMaker.DescribeModel");
    EXPECT_EQ(fakes::header_of(request, "X-Amz-Security-Token"), "t");
    EXPECT_EQ(fakes::header_of(request, "amz-sdk-request"), "attempt=1; max=8");
    EXPECT_NE(
        fakes::header_of(request, "Authorization")
            .find("Credential=K1/20261125/eu-west-1/sagemaker/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, "),
        std::string::npos);
    EXPECT_EQ(client_.region(), "eu-west-1");
}

TEST_F(ClientTest, EndsWithinTheCallersPatience) {
    const CallOptions patient{.ledger = &ledger_, .cancelled = &cancelled_, .background = false, .deadline = 10s};
    transport_.otherwise([&](const HttpRequest& request) -> Result<HttpResponse> {
        clock_.advance(request.timeout);
        return fail(ErrorCode::timeout, "TIMEOUT", "aws did not answer in time.");
    });
    const auto begun = clock_.steady();
    const auto silent = client_.call("DescribeModel", {}, patient);
    ASSERT_FALSE(silent);
    EXPECT_EQ(clock_.steady() - begun, 10s);
    EXPECT_EQ(silent.error().error.message, "AWS gave no answer to DescribeModel within 10 s. aws did not answer in time.");
    transport_.otherwise([](const HttpRequest&) -> Result<HttpResponse> { return refusal("ThrottlingException"); });
    const auto again = clock_.steady();
    const auto throttled = client_.call("ListModels", {}, patient);
    ASSERT_FALSE(throttled);
    EXPECT_LE(clock_.steady() - again, 10s);
    EXPECT_EQ(throttled.error().error.reason, "AWS_THROTTLED");
    const auto rest = client_.call("ListEndpoints", {}, {.ledger = &ledger_, .cancelled = &cancelled_, .background = false, .deadline = 9'990ms});
    ASSERT_FALSE(rest);
    EXPECT_TRUE(rest.error().error.message.contains("within 10 s")) << "what is left of ten seconds: " << rest.error().error.message;
    EXPECT_TRUE(throttled.error().error.message.starts_with("AWS gave no answer to ListModels within 10 s. AWS refused ListModels (ThrottlingException)"));
}

TEST_F(ClientTest, TakesAnEmptyAnswerAsAnEmptyObject) {
    transport_.then(answer(200, ""));
    const auto result = call("DeleteEndpoint");
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->empty());
}

TEST_F(ClientTest, TriesAgainWithANewSignatureAndTheSameInvocation) {
    transport_.then(answer(503, "<html>"))
        .then(fail(ErrorCode::unavailable, "NO_ANSWER", "reset"))
        .then(fail(ErrorCode::timeout, "TIMEOUT", "t"))
        .then(answer(200, R"({"half)"));
    transport_.then([&](const HttpRequest&) -> Result<HttpResponse> { return answer(200, "{}"); });
    waiter_.on_wait = [&] { clock_.advance(1s); };
    ASSERT_TRUE(call("DescribeModel"));
    EXPECT_EQ(waiter_.waits(), (std::vector<Milliseconds>{25ms, 50ms, 100ms, 200ms}));
    const auto requests = transport_.requests();
    ASSERT_EQ(requests.size(), 5U);
    EXPECT_NE(fakes::header_of(requests[0], "X-Amz-Date"), fakes::header_of(requests[4], "X-Amz-Date"));
    EXPECT_NE(fakes::header_of(requests[0], "Authorization"), fakes::header_of(requests[4], "Authorization"));
    EXPECT_EQ(fakes::header_of(requests[0], "amz-sdk-invocation-id"), fakes::header_of(requests[4], "amz-sdk-invocation-id"));
    EXPECT_EQ(fakes::header_of(requests[4], "amz-sdk-request"), "attempt=5; max=8");
    const auto totals = ledger_.totals();
    EXPECT_EQ(totals.total, 5);
    EXPECT_EQ(totals.retried, 4);
    EXPECT_EQ(totals.throttled, 0);
}

TEST_F(ClientTest, EndsAfterEightReadsAndFiveWrites) {
    transport_.otherwise([](const HttpRequest&) { return answer(500, "<html>", {{"x-amzn-requestid", "r"}}); });
    const auto read = call("DescribeModel");
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().error.code, ErrorCode::unavailable);
    EXPECT_EQ(read.error().request_id, "r");
    EXPECT_EQ(transport_.calls(), 8U);
    EXPECT_EQ(code_of("CreateModel"), "Garbled");
    EXPECT_EQ(transport_.calls(), 13U);
}

TEST_F(ClientTest, EndsAfterTheAttemptsThatTheCallerAllows) {
    transport_.otherwise([](const HttpRequest&) { return answer(500, "<html>"); });
    EXPECT_FALSE(client_.call("ListMonitoringSchedules", {}, {.ledger = &ledger_, .cancelled = &cancelled_, .background = false, .attempts = 2}));
    EXPECT_EQ(transport_.calls(), 2U);
}

TEST_F(ClientTest, EndsAtItsDeadline) {
    transport_.otherwise([&](const HttpRequest&) -> Result<HttpResponse> {
        clock_.advance(25s);
        return fail(ErrorCode::timeout, "TIMEOUT", "AWS did not answer in time.");
    });
    const auto result = call("DescribeModel");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().error.code, ErrorCode::timeout);
    EXPECT_EQ(result.error().code, "Network");
    EXPECT_EQ(transport_.calls(), 3U);
}

TEST_F(ClientTest, StopsRetryingWhenRetriesHaveNotHelpedForLong) {
    transport_.otherwise([](const HttpRequest&) { return answer(500, ""); });
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(call("DescribeModel"));
    }
    // 500 tokens at 14 a retry pay for 35 retries.
    EXPECT_EQ(transport_.calls(), 10U + 35U);
}

TEST_F(ClientTest, SlowsDownWhenThrottled) {
    transport_.then(refusal("ThrottlingException", {{"x-amz-retry-after", "700"}})).then(answer(200, "{}"));
    EXPECT_EQ(code_of("ListModels"), "OK");
    ASSERT_GE(waiter_.waits().size(), 1U);
    EXPECT_EQ(waiter_.waits()[0], 700ms) << "what the server asked for";
    EXPECT_EQ(ledger_.totals().throttled, 1);
    EXPECT_EQ(ledger_.totals().retried, 1);
}

TEST_F(ClientTest, DoesNotRepeatWhatIsFinal) {
    for (const auto* code : {"ValidationException", "AccessDeniedException", "ResourceInUse", "ResourceLimitExceeded", "ResourceNotFound"}) {
        transport_.then(refusal(code));
        EXPECT_EQ(code_of("DescribeModel"), code);
    }
    EXPECT_EQ(transport_.calls(), 5U);
    EXPECT_TRUE(waiter_.waits().empty());
}

TEST_F(ClientTest, AWebPageIsNotTakenForAws) {
    transport_.otherwise([](const HttpRequest&) { return answer(200, "\n<!DOCTYPE html><title>Corporate proxy sign-in</title>"); });
    const auto result = call("ListModels");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "Garbled");
    EXPECT_TRUE(result.error().error.message.contains("ListModels was answered with a web page")) << result.error().error.message;
    EXPECT_FALSE(result.error().error.message.contains("Try again")) << "waiting does not help";
    EXPECT_TRUE(result.error().message.contains("web page"));
}

TEST_F(ClientTest, DoesNotRepeatAWriteWhoseAnswerIsGarbled) {
    transport_.then(answer(200, R"({"ModelAr)"));
    const auto result = call("CreateModel");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "Garbled");
    EXPECT_EQ(result.error().error.code, ErrorCode::unavailable);
    EXPECT_EQ(transport_.calls(), 1U);
}

TEST_F(ClientTest, RenewsRefusedCredentialsOnce) {
    transport_.then(refusal("ExpiredTokenException")).then(answer(200, "{}"));
    EXPECT_EQ(code_of("ListModels"), "OK");
    EXPECT_NE(fakes::header_of(transport_.requests()[1], "Authorization").find("Credential=K2/"), std::string::npos);
    transport_.otherwise([](const HttpRequest&) { return refusal("UnrecognizedClientException"); });
    EXPECT_EQ(code_of("ListModels"), "UnrecognizedClientException");
    EXPECT_EQ(transport_.calls(), 4U);
}

TEST_F(ClientTest, CorrectsItsClockByTheServers) {
    transport_.then(refusal("InvalidSignatureException", {{"date", "Wed, 25 Nov 2026 21:00:00 GMT"}})).then(answer(200, "{}")).then(answer(200, "{}"));
    EXPECT_EQ(code_of("ListModels"), "OK");
    EXPECT_EQ(code_of("ListModels"), "OK");
    const auto requests = transport_.requests();
    EXPECT_EQ(fakes::header_of(requests[0], "X-Amz-Date"), "20261125T190004Z");
    EXPECT_EQ(fakes::header_of(requests[1], "X-Amz-Date"), "20261125T210000Z");
    EXPECT_EQ(fakes::header_of(requests[2], "X-Amz-Date"), "20261125T210000Z") << "it is kept";
    // Now the clocks agree, and the signature is wrong for another reason.
    transport_.then(refusal("SignatureDoesNotMatch", {{"date", "Wed, 25 Nov 2026 21:01:00 GMT"}}));
    EXPECT_EQ(code_of("ListModels"), "SignatureDoesNotMatch");
    transport_.then(refusal("SignatureDoesNotMatch"));
    EXPECT_EQ(code_of("ListModels"), "SignatureDoesNotMatch");
    EXPECT_EQ(transport_.calls(), 5U);
}

TEST_F(ClientTest, TellsHowFarAwssClockIsAhead) {
    EXPECT_EQ(client_.clock_ahead(), Milliseconds{0});
    auto behind = refusal("ValidationException");
    behind.headers.emplace_back("date", "Wed, 25 Nov 2026 19:00:00 GMT");
    transport_.then(behind).then(answer(200, "{}"));
    EXPECT_EQ(code_of("DescribeModel"), "ValidationException");
    EXPECT_EQ(client_.clock_ahead(), Milliseconds{-4123}) << "too little for a signature to be refused";
    EXPECT_EQ(code_of("ListModels"), "OK");
    EXPECT_EQ(client_.clock_ahead(), Milliseconds{-4123}) << "an answer without a date says nothing";
}

TEST_F(ClientTest, IsCancelledBeforeAndWhileItWaits) {
    transport_.then(answer(500, ""));
    waiter_.on_wait = [&] { cancelled_ = true; };
    const auto waiting = call("ListModels");
    ASSERT_FALSE(waiting);
    EXPECT_EQ(waiting.error().error.reason, "CANCELLED");
    EXPECT_EQ(code_of("ListModels"), "Cancelled");
    EXPECT_EQ(transport_.calls(), 1U);
}

TEST_F(ClientTest, GivesTheTransportItsFlagAndReportsItsCancel) {
    transport_.then([&](const HttpRequest& request) -> Result<HttpResponse> {
        EXPECT_EQ(request.cancelled, &cancelled_);
        return fail(ErrorCode::unavailable, "CANCELLED", "c");
    });
    const auto result = call("ListModels");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, "Cancelled");
    EXPECT_EQ(transport_.calls(), 1U);
}

TEST(ClientRates, StartAtTheRateGivenAndLetPeopleGoFirst) {
    fakes::FakeClock clock;
    fakes::FakeWaiter waiter{clock};
    fakes::FakeTransport transport;
    transport.otherwise([](const HttpRequest&) { return answer(200, "{}"); });
    SageMakerClient client{
        {transport, clock, waiter, [] { return 0.5; }}, {"https://h/", "r", "sagemaker"}, std::make_shared<RenewableKeys>(), StartRates{}, {}};
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(client.call("ListModels", {}, {.background = i == 1}));
    }
    EXPECT_EQ(waiter.waits(), (std::vector<Milliseconds>{500ms, 500ms}));
}

}  // namespace
}  // namespace slipway::aws
