#pragma once

#include <functional>
#include <map>
#include <mutex>
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
    std::optional<Timestamp> since;  ///< since when it has not worked
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
    /// What one call of many under the credential showed of it. Written where it is not known yet, and once a minute while it is refused.
    /// @param refusal AWS takes the keys or the role no more; nullptr: it does.
    void heard(const Credential& credential, const AwsError* refusal);
    Result<void> forget(store::Unit& unit, const std::string& id);
    Result<std::optional<CredentialCheck>> of(store::Session& sql, const Credential& credential) const;

private:
    void change(const Credential& credential, Timestamp at, const std::function<void(CredentialCheck&)>& action);

    /// What is in the database of a credential, by reader_name() of it: the code of its refusal, empty for one that works.
    struct Known {
        std::string refusal;
        Timestamp at{};
    };
    void know(const Credential& credential, std::string refusal, Timestamp at);

    store::Store& store_;
    std::mutex mutex_;
    std::map<std::string, Known> known_;
};

}  // namespace slipway::sagemaker
