#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "sagemaker/fill.hpp"
#include "sagemaker/service.hpp"
#include "sagemaker/watched_api.hpp"

/// Whose account a credential is.
namespace slipway::sagemaker {
namespace {

/// Keys and roles are of one account for good; what the default chain of the machine finds may change.
constexpr auto kBelieved = std::chrono::hours{1};
constexpr std::size_t kMostRemembered = 1'000;

/// STS, or the way to it, does not work: that says nothing of the keys.
bool is_away(const AwsError& error) {
    return (error.error.code == ErrorCode::unavailable || error.error.code == ErrorCode::timeout) && !is_cancelled(error);
}

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
    accounts_[reader] = {.account = account, .at = now};
    if (accounts_.size() > kMostRemembered) {
        accounts_.erase(std::ranges::min_element(accounts_, {}, [](const auto& one) { return one.second.at; }));
    }
}

AwsResult<std::string> SageMakerService::account_of(const Reach& reach, const CallOptions& options) {
    std::optional<KnownAccount> known;
    {
        const std::lock_guard lock{accounts_mutex_};
        if (const auto found = accounts_.find(reach.reader); found != accounts_.end()) {
            known = found->second;
        }
    }
    if (known && store().clock().steady() < known->at + kBelieved) {
        return std::move(known->account);
    }
    auto identity = gateway_.identify(reach.credential, reach.region, options);
    if (identity || is_refusal_of_credential(identity.error())) {
        checks_.heard(reach.credential, identity ? nullptr : &identity.error());
    }
    if (!identity) {
        // A reader has its key or role in its name, but the default chain: the account is still that one.
        if (known && is_away(identity.error()) && reach.credential.id != kDefaultChainId) {
            return std::move(known->account);
        }
        return std::unexpected(std::move(identity.error()));
    }
    note_account(reach.reader, identity->account);
    return std::move(identity->account);
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
