#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

/// Signed tokens of others: reading and checking them, never making any. Pure; safe from any thread.
namespace slipway::oidc {

/// Signatures that are taken (RFC 7518 section 3.1, RFC 8037): by private keys only. There is no `none`, and none by a shared secret, so that no token can
/// name one.
enum class Algorithm { rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa };

/// The algorithm of a JOSE name such as `RS256`.
std::optional<Algorithm> algorithm_of(std::string_view name);

/// base64url without padding (RFC 7515 section 2); nothing for any other text.
std::optional<std::string> from_base64url(std::string_view text);

/// One public key of a provider.
class VerificationKey {
public:
    /// Of a JWK: RSA of 2048 to 8192 bits, EC on P-256, P-384 or P-521, Ed25519. Nothing for keys of another kind, and for those that are not for signatures.
    static std::optional<VerificationKey> of(const json::object& jwk);

    const std::string& id() const { return id_; }
    /// True when a token of that algorithm may be signed by this key.
    bool fits(Algorithm algorithm) const;
    /// True when `signature` is this key's over `text`.
    bool verify(Algorithm algorithm, std::string_view text, std::string_view signature) const;

private:
    enum class Kind { rsa, p256, p384, p521, ed25519 };
    Kind kind_{Kind::rsa};
    std::string id_;
    std::optional<Algorithm> only_;  ///< the key's own `alg`
    std::shared_ptr<void> key_;      ///< EVP_PKEY
};

/// The keys of a provider (RFC 7517 section 5), at most 100.
class KeySet {
public:
    /// Keys that cannot be used are left out. @return `unavailable` when none is left.
    static Result<KeySet> of(const json::object& jwks);
    /// True when a key has that id.
    bool knows(std::string_view id) const;
    /// True when the signature is of a key with that id (without one: of any key) that fits the algorithm.
    bool verify(std::string_view id, Algorithm algorithm, std::string_view text, std::string_view signature) const;

private:
    std::vector<VerificationKey> keys_;
};

/// A signed token (RFC 7515 section 7.1) that was read and not yet checked.
struct SignedToken {
    Algorithm algorithm{Algorithm::rs256};
    std::string key_id;
    std::string_view text;  ///< what is signed; lies in the token
    std::string signature;
    json::object claims;  ///< believed by nobody before the signature was checked
};

/// True for what begins with a JOSE header: a JWS, sound or not. False for JWE (RFC 7516 section 9: `enc` and five parts), which nobody but the provider reads.
/// A token whose header another has signed cannot be made to look otherwise by what is put behind it.
bool claims_to_be_signed(std::string_view token);

/// Three parts with a dot between: what can be a signed token at all.
bool looks_signed(std::string_view token);

/// Reads at most 32 KiB. @return `unauthenticated`/`TOKEN_INVALID` for what is no such token, for an algorithm that is not `allowed` (none and HS256 cannot
/// be), for one of another type, and for extensions that must be understood (`crit`).
Result<SignedToken> read_signed_token(std::string_view token, std::span<const Algorithm> allowed);

/// The refusal of a token: `why` completes "The token is not accepted: …".
std::unexpected<Error> token_refused(std::string_view why);

}  // namespace slipway::oidc
