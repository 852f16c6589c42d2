#include "adapters/aws/aws_error.hpp"

#include <gtest/gtest.h>

namespace slipway::aws {
namespace {

AwsFailure read(int status, std::string body, HttpHeaders headers = {}) {
    return read_failure({.status = status, .headers = std::move(headers), .body = std::move(body)});
}

TEST(ReadFailure, SurvivesEveryShapeThatWasSeen) {
    struct Case {
        std::string body, code, message;
    };
    for (const auto& [body, code, message] : std::vector<Case>{
             {R"({"__type":"com.amazonaws.sagemaker#ValidationException","message":"Could not find model \"m\"."})", "ValidationException",
              "Could not find model \"m\"."},
             {R"({"__type":"ThrottlingException:http://internal/","Message":"Rate exceeded"})", "ThrottlingException", "Rate exceeded"},
             {R"({"code":"ExpiredTokenException","message":null})", "ExpiredTokenException", ""},
             {"<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x is not "
              "authorized to "
              "perform: sagemaker:ListTags</Message></Error><RequestId>r-9</RequestId></ErrorResponse>",
              "AccessDenied", "User: x is not authorized to perform: sagemaker:ListTags"},
             {"<!doctype html>\n<html lang=en><title>500</title><br>", "Garbled", "HTTP status 400 with an answer that is not AWS's"},
             {R"({"__type":"Valid)", "Garbled", "HTTP status 400 with an answer that is not AWS's"},
             {"", "Garbled", "HTTP status 400 with an answer that is not AWS's"},
             {"[1]", "Garbled", "HTTP status 400 with an answer that is not AWS's"},
             {R"({"__type":7,"message":{}})", "Garbled", "HTTP status 400 with an answer that is not AWS's"}}) {
        const auto failure = read(400, body);
        EXPECT_EQ(failure.code, code) << body;
        EXPECT_EQ(failure.message, message) << body;
    }
}

TEST(ReadFailure, KeepsTheRequestIdWhereverItStands) {
    EXPECT_EQ(read(400, "{}", {{"x-amzn-requestid", "r-1"}}).request_id, "r-1");
    EXPECT_EQ(read(403, "<E><Error><Code>X</Code></Error><RequestID>r-2</RequestID></E>").request_id, "r-2");
    EXPECT_EQ(read(400, "{}", {{"x-amzn-errortype", "ResourceInUse:http://x"}}).code, "ResourceInUse");
}

TEST(ReadFailure, CutsLongMessagesAndTakesControlCharactersOut) {
    const auto failure = read(400, R"({"__type":"X","message":"a\nb)" + std::string(2000, 'x') + "\"}");
    EXPECT_TRUE(failure.message.starts_with("a bxx"));
    EXPECT_LE(failure.message.size(), 610U);
}

TEST(ReadFailure, LeavesOutTheRequestThatAwsQuotes) {
    const auto failure =
        read(403, R"({"__type":"InvalidSignatureException","message":"The request signature we calculated does not match. Consult the docs.\n\n)"
                  R"(The Canonical String for this request should have been\n'POST\n/\nx-amz-security-token:token-canary'"})");
    EXPECT_EQ(failure.message, "The request signature we calculated does not match. Consult the docs.");
    EXPECT_EQ(read(403, R"({"__type":"X","message":"bad header X-Amz-Security-Token: token-canary"})").message, "bad header ");
    EXPECT_EQ(read(403, R"({"__type":"X","message":"plain"})").message, "plain");
}

TEST(ToError, SortsFailuresByWhatACallerCanDo) {
    struct Case {
        std::string operation, code, message;
        int status;
        ErrorCode wanted;
        std::string reason;
    };
    const std::vector<Case> cases{
        {"DescribeModel", "ValidationException", "Could not find model 'm'.", 400, ErrorCode::not_found, "AWS_NOT_FOUND"},
        {"DescribeTrainingJob", "ResourceNotFound", "x", 400, ErrorCode::not_found, "AWS_NOT_FOUND"},
        {"StopTransformJob", "ValidationException", "Could not find job", 400, ErrorCode::not_found, "AWS_NOT_FOUND"},
        {"CreateEndpoint", "ValidationException", "Could not find endpoint configuration \"c\".", 400, ErrorCode::failed_precondition, "AWS_REFUSED"},
        {"DescribeModel", "ValidationException", "1 validation error detected", 400, ErrorCode::failed_precondition, "AWS_REFUSED"},
        {"CreateModel", "ResourceInUse", "x", 400, ErrorCode::failed_precondition, "AWS_REFUSED"},
        {"CreateEndpoint", "ResourceLimitExceeded", "x", 400, ErrorCode::failed_precondition, "AWS_QUOTA"},
        {"ListModels", "AccessDeniedException", "x", 400, ErrorCode::failed_precondition, "AWS_ACCESS_DENIED"},
        {"ListModels", "UnrecognizedClientException", "x", 403, ErrorCode::failed_precondition, "AWS_CREDENTIALS"},
        {"ListModels", "InvalidSignatureException", "x", 403, ErrorCode::failed_precondition, "AWS_CREDENTIALS"},
        {"ListModels", "ThrottlingException", "x", 400, ErrorCode::unavailable, "AWS_THROTTLED"},
        {"ListModels", "Garbled", "x", 429, ErrorCode::unavailable, "AWS_THROTTLED"},
        {"ListModels", "Garbled", "x", 503, ErrorCode::unavailable, "AWS_UNAVAILABLE"},
        {"ListModels", "InternalFailure", "x", 400, ErrorCode::unavailable, "AWS_UNAVAILABLE"},
    };
    for (const auto& c : cases) {
        const auto error = to_error(c.operation, {.status = c.status, .code = c.code, .message = c.message, .request_id = "r"});
        EXPECT_EQ(error.error.code, c.wanted) << c.operation << " " << c.code;
        EXPECT_EQ(error.error.reason, c.reason) << c.operation << " " << c.code;
        EXPECT_EQ(error.code, c.code);
        EXPECT_EQ(error.request_id, "r");
        EXPECT_NE(error.error.message.find(c.operation), std::string::npos);
    }
}

TEST(ToError, AnAnswerThatIsNotAwsIsNoRefusalOfAws) {
    const auto error =
        to_error("ListModels", {.status = 500, .code = "Garbled", .message = "HTTP status 500 with an answer that is not AWS's", .request_id = {}});
    EXPECT_FALSE(error.error.message.contains("refused")) << error.error.message;
    EXPECT_TRUE(error.error.message.contains("region")) << error.error.message;
}

TEST(ToError, NamesTheMissingPermission) {
    const auto permission = [](std::string operation, std::string message) {
        return to_error(operation, {.status = 400, .code = "AccessDeniedException", .message = std::move(message), .request_id = {}}).permission;
    };
    EXPECT_EQ(permission("CreateModel", "User: arn:aws:iam::1:user/u is not authorized to perform: iam:PassRole on resource: arn"), "iam:PassRole");
    EXPECT_EQ(permission("CreateModel", "User: u is not authorized to perform: sagemaker:AddTags"), "sagemaker:AddTags");
    EXPECT_EQ(permission("ListTags", "no"), "sagemaker:ListTags");
    EXPECT_EQ(permission("GetCallerIdentity", "no"), "sts:GetCallerIdentity");
    EXPECT_EQ(to_error("ListTags", {.status = 400, .code = "ResourceInUse", .message = "x", .request_id = {}}).permission, "");
}

}  // namespace
}  // namespace slipway::aws
