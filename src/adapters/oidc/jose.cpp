#include "adapters/oidc/jose.hpp"

#include <algorithm>
#include <array>

#include "base/crypto.hpp"

namespace slipway::oidc {
namespace {

constexpr std::size_t kLongestToken = 32U << 10;
constexpr std::size_t kLongestHeader = 4U << 10;
constexpr json::Limits kTokenLimits{.max_bytes = kLongestToken, .max_depth = 16};

struct Named {
    std::string_view name;
    Algorithm algorithm;
};
constexpr std::array kNames{Named{"RS256", Algorithm::rs256}, Named{"RS384", Algorithm::rs384},  Named{"RS512", Algorithm::rs512},
                            Named{"PS256", Algorithm::ps256}, Named{"PS384", Algorithm::ps384},  Named{"PS512", Algorithm::ps512},
                            Named{"ES256", Algorithm::es256}, Named{"ES384", Algorithm::es384},  Named{"ES512", Algorithm::es512},
                            Named{"EdDSA", Algorithm::eddsa}, Named{"Ed25519", Algorithm::eddsa}};

/// RFC 9068 section 4 and RFC 8725 section 3.11: a token of another type was made for something else.
bool is_token_type(std::string_view type) {
    std::string lower{type};
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower.empty() || lower == "jwt" || lower == "at+jwt" || lower == "application/at+jwt";
}

Result<json::object> read_part(std::string_view part, std::string_view what) {
    const auto bytes = from_base64url(part);
    auto document = bytes ? json::parse_object(*bytes, kTokenLimits) : Result<json::object>{std::unexpected(Error{})};
    if (!document) {
        return token_refused(fmt::format("its {} cannot be read.", what));
    }
    return document;
}

}  // namespace

std::unexpected<Error> token_refused(std::string_view why) {
    return fail(ErrorCode::unauthenticated, "TOKEN_INVALID", fmt::format("The token is not accepted: {} Sign in again.", why));
}

std::optional<Algorithm> algorithm_of(std::string_view name) {
    const auto* const found = std::ranges::find(kNames, name, &Named::name);
    return found == kNames.end() ? std::nullopt : std::optional{found->algorithm};
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string standard{text};
    for (char& c : standard) {
        const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!plain && c != '-' && c != '_') {
            return std::nullopt;
        }
        c = c == '-' ? '+' : c == '_' ? '/' : c;
    }
    standard.append((4 - standard.size() % 4) % 4, '=');
    auto bytes = crypto::from_base64(standard);
    return bytes ? std::optional{std::move(*bytes)} : std::nullopt;
}

bool claims_to_be_signed(std::string_view token) {
    constexpr int kDotsOfEncrypted = 4;
    const auto end = token.find('.');
    if (end == std::string_view::npos || token.size() > kLongestToken) {
        return false;
    }
    const auto header = read_part(token.substr(0, end), "header");
    return header && !(header->contains("enc") && std::ranges::count(token, '.') == kDotsOfEncrypted);
}

bool looks_signed(std::string_view token) {
    return std::ranges::count(token, '.') == 2;
}

Result<SignedToken> read_signed_token(std::string_view token, std::span<const Algorithm> allowed) {
    if (token.size() > kLongestToken) {
        return token_refused("it is longer than 32 KiB.");
    }
    const auto first = token.find('.');
    const auto last = token.rfind('.');
    if (!looks_signed(token) || first > kLongestHeader) {
        return token_refused("it is no signed token.");
    }
    SW_TRY(const auto header, read_part(token.substr(0, first), "header"));
    const auto algorithm = algorithm_of(json::text_of(header, "alg"));
    if (!algorithm || std::ranges::find(allowed, *algorithm) == allowed.end()) {
        return token_refused("its signature is of a kind that is not allowed here.");
    }
    if (header.contains("crit") || header.contains("b64")) {
        return token_refused("it asks for extensions that are not known here.");
    }
    if (const auto* type = header.if_contains("typ"); type != nullptr && (!type->is_string() || !is_token_type(std::string_view{type->get_string()}))) {
        return token_refused("it was made for another use.");
    }
    SignedToken out{.algorithm = *algorithm, .key_id = std::string{json::text_of(header, "kid")}, .text = token.substr(0, last), .signature = {}, .claims = {}};
    SW_TRY(out.claims, read_part(token.substr(first + 1, last - first - 1), "content"));
    const auto signature = from_base64url(token.substr(last + 1));
    if (!signature || signature->empty()) {
        return token_refused("it has no signature.");
    }
    out.signature = *signature;
    return out;
}

Result<KeySet> KeySet::of(const json::object& jwks) {
    constexpr std::size_t kMostKeys = 100;
    KeySet set;
    if (const auto* keys = json::array_of(jwks, "keys")) {
        for (const auto& item : *keys) {
            auto key = item.is_object() && set.keys_.size() < kMostKeys ? VerificationKey::of(item.get_object()) : std::nullopt;
            if (key) {
                set.keys_.push_back(std::move(*key));
            }
        }
    }
    if (set.keys_.empty()) {
        return fail(ErrorCode::unavailable, "IDENTITY_AWAY", "The identity provider gave no key with which tokens can be checked.");
    }
    return set;
}

bool KeySet::knows(std::string_view id) const {
    return std::ranges::any_of(keys_, [&](const VerificationKey& key) { return key.id() == id; });
}

bool KeySet::verify(std::string_view id, Algorithm algorithm, std::string_view text, std::string_view signature) const {
    return std::ranges::any_of(
        keys_, [&](const VerificationKey& key) { return (id.empty() || key.id() == id) && key.fits(algorithm) && key.verify(algorithm, text, signature); });
}

}  // namespace slipway::oidc
