#include <chrono>
#include <fmt/format.h>

#include "sagemaker/fill.hpp"
#include "sagemaker/service.hpp"

/// Whose account a credential is.
namespace slipway::sagemaker {
namespace {

/// Keys and roles are of one account for good; what the default chain of the machine finds may change.
constexpr auto kBelieved = std::chrono::hours{1};

}  // namespace

bool is_other_account(const AwsError& error) {
    return error.code == kAccountMismatch;
}

void SageMakerService::note_account(const std::string& reader, const std::string& account) {
    if (account.empty()) {
        return;
    }
    const auto now = store().clock().steady();
    const std::lock_guard lock{accounts_mutex_};
    std::erase_if(accounts_, [&](const auto& one) { return one.second.at + kBelieved <= now; });
    accounts_[reader] = {.account = account, .at = now};
}

AwsResult<std::string> SageMakerService::account_of(const Reach& reach, const CallOptions& options) {
    {
        const std::lock_guard lock{accounts_mutex_};
        const auto known = accounts_.find(reach.reader);
        if (known != accounts_.end() && store().clock().steady() < known->second.at + kBelieved) {
            return known->second.account;
        }
    }
    SW_TRY(auto identity, gateway_.identify(reach.credential, reach.region, options));
    note_account(reach.reader, identity.account);
    return std::move(identity.account);
}

AwsResult<void> SageMakerService::require_account(const Reach& reach, const std::string& account, const CallOptions& options) {
    if (account.empty()) {
        return {};
    }
    SW_TRY(const auto reached, account_of(reach, options));
    if (reached == account) {
        return {};
    }
    const auto message = fmt::format(
        "The keys reach the AWS account {}, but this is about account {}. Name the credential of that account, or replace the keys.", reached, account);
    return std::unexpected(AwsError{.error = {ErrorCode::failed_precondition, std::string{kAccountMismatch}, message, {}, {}},
                                    .operation = "GetCallerIdentity",
                                    .code = std::string{kAccountMismatch},
                                    .message = message,
                                    .request_id = {},
                                    .permission = {}});
}

}  // namespace slipway::sagemaker
