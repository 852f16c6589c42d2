// Whatever a bearer token, a provider's keys, its description or its word about a token are, reading them ends in a result; and what nobody signed is nobody.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/oidc/claims.hpp"
#include "adapters/oidc/discovery.hpp"
#include "adapters/oidc/jose.hpp"
#include "base/crypto.hpp"

namespace {

using namespace slipway;

constexpr oidc::Algorithm kAllowed[] = {oidc::Algorithm::rs256, oidc::Algorithm::ps256, oidc::Algorithm::es256, oidc::Algorithm::es512, oidc::Algorithm::eddsa};
const oidc::ClaimRules kRules{
    .issuer = "https://idp.example", .audiences = {"urn:slipway"}, .admin_group = "slipway-admins", .clients = {{"edge", {{"modelop"}, {}}}}};

const oidc::KeySet& keys() {
    static const auto one =
        oidc::KeySet::of(json::parse_object(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})").value());
    return *one;
}

void read(const std::string& token) {
    static_cast<void>(oidc::claims_to_be_signed(token));
    static_cast<void>(oidc::looks_signed(token));
    const auto read = oidc::read_signed_token(token, kAllowed);
    if (read && keys().verify(read->key_id, read->algorithm, read->text, read->signature)) {
        std::abort();  // by a key whose private half is not here
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text{reinterpret_cast<const char*>(data), size};
    read(text);
    // The text as header and as claims of a token whose other parts are sound.
    read(crypto::base64url(text) + ".e30.AA");
    read(crypto::base64url(std::string{R"({"alg":"EdDSA","kid":"k"})"}) + "." + crypto::base64url(text) + "." + crypto::base64url(text));
    if (const auto document = json::parse_object(text)) {
        static_cast<void>(oidc::KeySet::of(*document));
        static_cast<void>(oidc::metadata_of(*document, "https://idp.example"));
        static_cast<void>(oidc::check_claims(*document, "https://idp.example", kRules.audiences, kRules.skew, Timestamp{}));
        const auto bearer = oidc::bearer_of(*document, kRules);
        if (bearer && (bearer->principal.name.empty() || bearer->principal.name == "SYSTEM")) {
            std::abort();
        }
    }
    return 0;
}
