#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/crypto.hpp"
#include "sagemaker/credentials.hpp"
#include "store/unit.hpp"

namespace slipway::sagemaker {

/// A credential that a person entered, with who and when.
struct EnteredCredential {
    Credential credential;
    Timestamp created{};
    std::string created_by;
};

/// Credentials entered at an import: sealed at rest for the purpose `credential:<id>`, never shown again. Thread-safe.
class EnteredCredentials {
public:
    explicit EnteredCredentials(const crypto::Sealer& sealer) : sealer_{sealer} {}

    /// Keeps a credential; the same group, access key and region reuse their entry (and take over a new secret).
    /// @return the credential with its id.
    Result<Credential> keep(store::Unit& unit, Credential credential);
    /// With its secrets. @return nothing when there is none or `scope` does not allow it.
    Result<std::optional<EnteredCredential>> find(store::Session& sql, std::string_view id, const store::Scope& scope);
    /// find() without secrets: also where they cannot be read any more.
    Result<std::optional<EnteredCredential>> find_entry(store::Session& sql, std::string_view id, const store::Scope& scope);
    /// Without secrets.
    Result<std::vector<EnteredCredential>> list(store::Session& sql, const store::Scope& scope);
    /// The newest of a group for a region (empty: any), with its secrets.
    Result<std::optional<EnteredCredential>> newest(store::Session& sql, const std::string& group, const std::string& region);
    /// New keys and region under the same id.
    Result<void> replace(store::Unit& unit, const EnteredCredential& before, const Credential& now);
    Result<void> remove(store::Unit& unit, const EnteredCredential& before);
    /// Remembers which credential brings a model up to date.
    Result<void> link(store::Unit& unit, const std::string& stored_model_id, const std::string& credential_id);
    /// The one that was remembered. @return empty when there is none.
    static Result<std::string> linked(store::Session& sql, const std::string& stored_model_id);

private:
    std::string seal(const Credential& credential) const;
    Result<std::optional<EnteredCredential>> find(store::Session& sql, std::string_view id, const store::Scope& scope, bool with_secrets);
    Result<EnteredCredential> read(const store::Row& row, bool with_secrets) const;
    Result<void> write(store::Unit& unit, const Credential& credential);
    Result<void> record(store::Unit& unit, const Credential& credential, const std::string& created_by, std::string_view operation, std::string_view kind);

    const crypto::Sealer& sealer_;
};

}  // namespace slipway::sagemaker
