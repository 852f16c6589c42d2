#include "adapters/oidc/discovery.hpp"

namespace slipway::oidc {
namespace {

std::string address_of(std::string issuer) {
    while (issuer.ends_with('/')) {
        issuer.pop_back();
    }
    return issuer + "/.well-known/openid-configuration";
}

std::string endpoint(const json::object& document, std::string_view name) {
    const auto text = json::text_of(document, name);
    return text.starts_with("https://") || text.starts_with("http://") ? std::string{text} : std::string{};
}

bool lists(const json::object& document, std::string_view name, std::string_view word) {
    const auto* list = json::array_of(document, name);
    return list != nullptr && std::ranges::any_of(*list, [&](const json::value& item) { return item.is_string() && item.get_string() == word; });
}

/// Nothing where all is as encrypted as the issuer is: else whoever is between reads secrets and tokens, or gives keys of its own.
Result<void> is_encrypted(std::string_view issuer, std::string_view name, std::string_view address) {
    if (!issuer.starts_with("https://") || !address.starts_with("http://")) {
        return {};
    }
    return provider_away(fmt::format(
        "The description of {} names {} without encryption ({}): the forwarded headers of the proxy before the provider are wrong.", issuer, name, address));
}

}  // namespace

Result<Metadata> metadata_of(const json::object& document, std::string_view issuer) {
    if (json::text_of(document, "issuer") != issuer) {
        return provider_away(fmt::format("The description of {} names the issuer {}: security.oauth2.issuerUri must be written as the provider writes it.",
                                         issuer, json::text_of(document, "issuer")));
    }
    Metadata out{.authorization_endpoint = endpoint(document, "authorization_endpoint"),
                 .token_endpoint = endpoint(document, "token_endpoint"),
                 .jwks_uri = endpoint(document, "jwks_uri"),
                 .introspection_endpoint = endpoint(document, "introspection_endpoint"),
                 .revocation_endpoint = endpoint(document, "revocation_endpoint"),
                 .device_endpoint = endpoint(document, "device_authorization_endpoint"),
                 .end_session_endpoint = endpoint(document, "end_session_endpoint"),
                 .secret_in_form = lists(document, "token_endpoint_auth_methods_supported", "client_secret_post") &&
                                   !lists(document, "token_endpoint_auth_methods_supported", "client_secret_basic"),
                 .password_grant = lists(document, "grant_types_supported", "password")};
    if (out.token_endpoint.empty()) {
        return provider_away(fmt::format("The description of {} names no token_endpoint.", issuer));
    }
    for (const auto& [name, address] :
         {std::pair{"authorization_endpoint", &out.authorization_endpoint}, std::pair{"token_endpoint", &out.token_endpoint},
          std::pair{"introspection_endpoint", &out.introspection_endpoint}, std::pair{"revocation_endpoint", &out.revocation_endpoint},
          std::pair{"device_authorization_endpoint", &out.device_endpoint}, std::pair{"end_session_endpoint", &out.end_session_endpoint}}) {
        SW_CHECK(is_encrypted(issuer, name, *address));
    }
    return out;
}

Steady UnknownKeys::first_seen(std::string_view key_id, Steady now) {
    const std::lock_guard lock{mutex_};
    if (const auto found = seen_.find(key_id); found != seen_.end() && now - found->second < kRemember) {
        return found->second;
    }
    if (seen_.size() >= kMost) {
        seen_.clear();  // anybody can make them up: what is forgotten is asked for once more
    }
    return seen_.insert_or_assign(std::string{key_id}, now).first->second;
}

Discovery::Discovery(identity::ProviderWaits& waits, HttpTransport& transport, const Clock& clock, std::string issuer, std::string jwks_uri)
    : transport_{transport},
      clock_{clock},
      issuer_{std::move(issuer)},
      jwks_uri_{std::move(jwks_uri)},
      metadata_{waits, clock,
                [this]() -> Result<Metadata> {
                    SW_TRY(const auto document, get_document(transport_, address_of(issuer_)));
                    return metadata_of(document, issuer_);
                }},
      keys_{waits, clock, [this] { return fetch_keys(); }} {}

Result<KeySet> Discovery::fetch_keys() {
    std::string address = jwks_uri_;
    if (address.empty()) {
        SW_TRY(const auto metadata, metadata_.get());
        SW_CHECK(is_encrypted(issuer_, "jwks_uri", metadata->jwks_uri));
        address = metadata->jwks_uri;
    }
    if (address.empty()) {
        return provider_away(fmt::format("The description of {} names no jwks_uri.", issuer_));
    }
    SW_TRY(const auto document, get_document(transport_, address));
    return KeySet::of(document);
}

Result<std::shared_ptr<const KeySet>> Discovery::keys_for(std::string_view key_id, From from) {
    SW_TRY(auto keys, keys_.get());
    if (key_id.empty() || keys->knows(key_id)) {
        return keys;
    }
    if (from == From::caller) {
        return keys_of_caller(key_id);
    }
    SW_TRY(keys, newer_keys(from));
    if (!keys->knows(key_id)) {
        SW_TRY(keys, newer_keys(from));  // the fetch that we waited for may have begun before the key was there
        if (!keys->knows(key_id)) {
            return provider_away("It signs with a key that it does not list. " + keys_.facts().trouble);
        }
    }
    return keys;
}

Result<std::shared_ptr<const KeySet>> Discovery::keys_of_caller(std::string_view key_id) {
    const auto asked = unknown_.first_seen(key_id, clock_.steady());
    SW_TRY(auto keys, newer_keys(From::caller));
    if (keys->knows(key_id)) {
        return keys;
    }
    auto [latest, as_of] = keys_.kept();
    if (latest->knows(key_id) || as_of >= asked) {
        return std::move(latest);
    }
    const auto pause = std::chrono::ceil<std::chrono::seconds>(keys_.until_renewal(kUnknownKeyPause));
    return fail(
        ErrorCode::unavailable, "KEY_NOT_SEEN_YET",
        "The token names a key that the identity provider may have made since its keys were fetched last. It is not refused: send it again when they are "
        "fetched anew.",
        std::to_string(std::max<std::int64_t>(1, pause.count())));
}

Result<std::shared_ptr<const KeySet>> Discovery::newer_keys(From from) {
    return keys_.renew(from == From::provider ? Milliseconds{0} : kUnknownKeyPause);
}

Result<void> Discovery::refresh() {
    SW_CHECK(metadata_.refresh());
    SW_CHECK(keys_.refresh());
    return {};
}

}  // namespace slipway::oidc
