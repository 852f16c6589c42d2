#include "sagemaker/credential_checks.hpp"

namespace slipway::sagemaker {

void CredentialChecks::identified(const std::string& id, Timestamp at, const CallerIdentity& identity) {
    const std::lock_guard lock{mutex_};
    auto& check = checks_[id];
    check.at = at;
    check.ok = true;
    check.account = identity.account;
    check.arn = identity.arn;
    check.error.reset();
}

void CredentialChecks::worked(const std::string& id, Timestamp at, const std::string& permission, const std::string& account) {
    const std::lock_guard lock{mutex_};
    auto& check = checks_[id];
    check.at = at;
    check.ok = true;
    check.permissions.insert(permission);
    if (!account.empty()) {
        check.account = account;
    }
    check.error.reset();
}

void CredentialChecks::failed(const std::string& id, Timestamp at, const AwsError& error) {
    const std::lock_guard lock{mutex_};
    auto& check = checks_[id];
    check.at = at;
    check.ok = false;
    check.permissions.erase(error.permission);
    check.error = error;
}

void CredentialChecks::forget(const std::string& id) {
    const std::lock_guard lock{mutex_};
    checks_.erase(id);
}

std::optional<CredentialCheck> CredentialChecks::of(const std::string& id) const {
    const std::lock_guard lock{mutex_};
    const auto found = checks_.find(id);
    return found == checks_.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace slipway::sagemaker
