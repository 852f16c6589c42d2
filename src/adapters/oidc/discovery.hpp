#pragma once

#include <map>

#include "adapters/oidc/fetched.hpp"
#include "adapters/oidc/jose.hpp"
#include "adapters/oidc/provider_call.hpp"

namespace slipway::oidc {

/// What a provider says of itself (OpenID Connect Discovery 1.0 section 3).
struct Metadata {
    std::string authorization_endpoint;
    std::string token_endpoint;
    std::string jwks_uri;
    std::string introspection_endpoint;
    std::string revocation_endpoint;
    std::string device_endpoint;
    std::string end_session_endpoint;
    bool secret_in_form{false};  ///< it does not take HTTP basic
    bool password_grant{false};  ///< it says that it takes passwords
};

/// @return `unavailable` when the document names another issuer (a mix-up, or an attack), or no address for tokens.
Result<Metadata> metadata_of(const json::object& document, std::string_view issuer);

/// Who brought a token: anybody, or the provider itself a moment ago.
enum class From { caller, provider };

/// Ids of keys that were in no list, and when they were first asked for; for half a minute each, and at most kMost of them. Thread-safe.
class UnknownKeys {
public:
    static constexpr std::size_t kMost = 1024;
    static constexpr Milliseconds kRemember = std::chrono::seconds{30};
    Steady first_seen(std::string_view key_id, Steady now);

private:
    std::mutex mutex_;
    std::map<std::string, Steady, std::less<>> seen_;
};

/// The provider's description and its keys, fetched when needed. Thread-safe.
class Discovery {
public:
    /// Least time between two fetches that a caller's token with an unknown key causes.
    static constexpr Milliseconds kUnknownKeyPause = std::chrono::seconds{10};

    /// @param jwks_uri instead of the one that the provider names; empty: that.
    Discovery(identity::ProviderWaits& waits, HttpTransport& transport, const Clock& clock, std::string issuer, std::string jwks_uri);

    Result<std::shared_ptr<const Metadata>> metadata() { return metadata_.get(); }
    /// The keys to check a token with that names `key_id` (empty: none): fetched anew where none has that id, for callers at most once in kUnknownKeyPause
    /// however many come. Who makes unknown keys up must not keep us from the keys of a token that the provider gave us: for those they are fetched at once.
    /// @return `unavailable`; for a token of the provider also where its key is in no list, and `KEY_NOT_SEEN_YET` for a caller's where no list was fetched
    /// since its key was first asked for: it may be of a key that is newer than what we have, and who brings it must not throw it away.
    Result<std::shared_ptr<const KeySet>> keys_for(std::string_view key_id, From from);
    /// The keys fetched anew, with the same pauses. @return what is known then.
    Result<std::shared_ptr<const KeySet>> newer_keys(From from);
    /// Fetches what is no longer fresh. For a background task.
    Result<void> refresh();
    Fetched<Metadata>::Facts metadata_facts() const { return metadata_.facts(); }
    Fetched<KeySet>::Facts key_facts() const { return keys_.facts(); }

private:
    Result<KeySet> fetch_keys();
    Result<std::shared_ptr<const KeySet>> keys_of_caller(std::string_view key_id);
    HttpTransport& transport_;
    const Clock& clock_;
    const std::string issuer_;
    const std::string jwks_uri_;
    Fetched<Metadata> metadata_;
    Fetched<KeySet> keys_;
    UnknownKeys unknown_;
};

}  // namespace slipway::oidc
