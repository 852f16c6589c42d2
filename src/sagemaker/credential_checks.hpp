#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "sagemaker/api.hpp"
#include "store/unit.hpp"

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

/// Last checks of credentials, kept in the database. A check counts for the keys or role that it was made with: a credential that stands for others
/// now has none. That a check cannot be kept is logged and stops nobody. Thread-safe; not to be called within a transaction unless one is given.
class CredentialChecks {
public:
    explicit CredentialChecks(store::Store& store) : store_{store} {}

    void identified(const Credential& credential, Timestamp at, const CallerIdentity& identity);
    /// @param account may be empty: unknown.
    /// @param lost permissions that AWS refused meanwhile: whatever was seen before, they are not there now.
    void worked(const Credential& credential, Timestamp at, const std::set<std::string>& permissions, const std::string& account,
                const std::set<std::string>& lost = {});
    void failed(const Credential& credential, Timestamp at, const AwsError& error);
    Result<void> forget(store::Unit& unit, const std::string& id);
    Result<std::optional<CredentialCheck>> of(store::Session& sql, const Credential& credential) const;

private:
    void change(const Credential& credential, Timestamp at, const std::function<void(CredentialCheck&)>& action);

    store::Store& store_;
};

}  // namespace slipway::sagemaker
