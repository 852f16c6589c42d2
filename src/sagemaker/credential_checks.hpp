#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.hpp"
#include "sagemaker/api.hpp"

namespace slipway::sagemaker {

/// What the last use of a credential showed.
struct CredentialCheck {
    Timestamp at{};
    bool ok{false};
    std::string account;
    std::string arn;
    std::set<std::string> permissions;  ///< IAM actions that were seen to work
    std::optional<AwsError> error;
};

/// Last checks by credential id, in memory: a restart forgets them. Thread-safe.
class CredentialChecks {
public:
    void identified(const std::string& id, Timestamp at, const CallerIdentity& identity);
    void worked(const std::string& id, Timestamp at, const std::string& permission, const std::string& account);
    void failed(const std::string& id, Timestamp at, const AwsError& error);
    void forget(const std::string& id);
    std::optional<CredentialCheck> of(const std::string& id) const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, CredentialCheck> checks_;
};

}  // namespace slipway::sagemaker
