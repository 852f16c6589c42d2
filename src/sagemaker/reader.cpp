#include "sagemaker/reader.hpp"

#include <chrono>
#include <fmt/format.h>
#include <set>

#include "sagemaker/masking.hpp"

namespace slipway::sagemaker {
namespace {

constexpr int kMostPages = 10'000;

}  // namespace

AwsResult<json::object> Reader::call(std::string_view operation, const json::object& request) {
    if (clock_ == nullptr) {
        return api_.call(operation, request, options_);
    }
    auto options = options_;
    options.deadline = std::chrono::duration_cast<Milliseconds>(ends_ - clock_->steady());
    if (options.deadline > Milliseconds{0}) {
        return api_.call(operation, request, options);
    }
    const auto message = fmt::format("AWS was too slow: the {} s that a person waits were over before {}. Try again.",
                                     std::chrono::duration_cast<std::chrono::seconds>(patience_).count(), operation);
    return std::unexpected(AwsError{.error = {ErrorCode::timeout, "AWS_UNREACHABLE", message, {}, {}},
                                    .operation = std::string{operation},
                                    .code = "Network",
                                    .message = message,
                                    .request_id = {},
                                    .permission = {}});
}

AwsResult<void> Reader::list(std::string_view operation, json::object request, std::string_view items,
                             const std::function<AwsResult<bool>(const json::array&)>& page) {
    std::set<std::string, std::less<>> tokens;
    for (int number = 0; number < kMostPages; ++number) {
        SW_TRY(const auto answer, call(operation, request));
        const auto* found = json::array_of(answer, items);
        SW_TRY(const bool go_on, page(found == nullptr ? json::array{} : *found));
        const std::string token{json::text_of(answer, "NextToken")};
        if (token.empty() || !go_on) {
            return {};
        }
        if (!tokens.insert(token).second) {
            break;
        }
        request["NextToken"] = token;
    }
    const auto message = fmt::format("{} does not end: AWS gave the same page again, or more than {} pages.", operation, kMostPages);
    return std::unexpected(AwsError{.error = {ErrorCode::unavailable, "PAGING_LOOP", message, {}, {}},
                                    .operation = std::string{operation},
                                    .code = "PagingLoop",
                                    .message = message,
                                    .request_id = {},
                                    .permission = {}});
}

AwsResult<std::map<std::string, std::string>> Reader::tags(const std::string& arn) {
    std::map<std::string, std::string> all;
    SW_CHECK(list("ListTags", {{"ResourceArn", arn}, {"MaxResults", 100}}, "Tags", [&](const json::array& items) -> AwsResult<bool> {
        all.merge(masked_tags({{"Tags", items}}));
        return true;
    }));
    return all;
}

bool is_absent(const AwsError& error) {
    const bool says_so = error.message.starts_with("Could not find") || error.message.starts_with("RecordNotFound");
    return error.code == "ResourceNotFound" || error.code == "ResourceNotFoundException" || (error.code == "ValidationException" && says_so);
}

bool is_transient(const AwsError& error) {
    return error.error.code == ErrorCode::unavailable || error.error.code == ErrorCode::timeout;
}

bool is_cancelled(const AwsError& error) {
    return error.error.reason == "CANCELLED";
}

std::unexpected<AwsError> own_error(Error error) {
    auto message = error.message;
    auto reason = error.reason;
    return std::unexpected(AwsError{
        .error = std::move(error), .operation = "Store", .code = std::move(reason), .message = std::move(message), .request_id = {}, .permission = {}});
}

}  // namespace slipway::sagemaker
