#include <array>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include "adapters/oidc/jose.hpp"

namespace slipway::oidc {
namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* pointer) const {
        Free(pointer);
    }
};
using BigNumber = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using Builder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Parameters = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;
using EcSignature = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

constexpr int kShortestRsa = 2048;
constexpr int kLongestRsa = 8192;
constexpr int kLongestExponent = 64;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

BigNumber number_of(std::string_view bytes) {
    return BigNumber{::BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr)};
}

std::string member(const json::object& jwk, std::string_view name) {
    constexpr std::size_t kLongest = 2048;
    const auto text = json::text_of(jwk, name);
    return text.size() > kLongest ? std::string{} : from_base64url(text).value_or("");
}

Key build(const char* type, const Builder& builder) {
    const Parameters parameters{::OSSL_PARAM_BLD_to_param(builder.get())};
    const KeyContext context{::EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
    EVP_PKEY* key = nullptr;
    if (!parameters || !context || ::EVP_PKEY_fromdata_init(context.get()) != 1 ||
        ::EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1) {
        return nullptr;
    }
    return Key{key};
}

Key rsa_key(const json::object& jwk) {
    const auto modulus = number_of(member(jwk, "n"));
    const auto exponent = number_of(member(jwk, "e"));
    const Builder builder{::OSSL_PARAM_BLD_new()};
    const bool sane = modulus && exponent && ::BN_num_bits(modulus.get()) >= kShortestRsa && ::BN_num_bits(modulus.get()) <= kLongestRsa &&
                      ::BN_num_bits(exponent.get()) >= 2 && ::BN_num_bits(exponent.get()) <= kLongestExponent && ::BN_is_odd(exponent.get()) == 1;
    if (!sane || !builder || ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get()) != 1 ||
        ::OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get()) != 1) {
        return nullptr;
    }
    return build("RSA", builder);
}

/// A point that is not on the curve gives no key.
Key ec_key(const json::object& jwk, const char* group, std::size_t size) {
    const auto x = member(jwk, "x");
    const auto y = member(jwk, "y");
    const Builder builder{::OSSL_PARAM_BLD_new()};
    const std::string point = "\x04" + x + y;
    if (x.size() != size || y.size() != size || !builder || ::OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
        ::OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) != 1) {
        return nullptr;
    }
    return build("EC", builder);
}

/// What an algorithm hashes with, fetched once: an implicit fetch at each check costs as much as a small signature.
const EVP_MD* digest_of(Algorithm algorithm) {
    static const std::array<EVP_MD*, 3> fetched{::EVP_MD_fetch(nullptr, "SHA256", nullptr), ::EVP_MD_fetch(nullptr, "SHA384", nullptr),
                                                ::EVP_MD_fetch(nullptr, "SHA512", nullptr)};
    switch (algorithm) {
        case Algorithm::rs256:
        case Algorithm::ps256:
        case Algorithm::es256: return fetched[0];
        case Algorithm::rs384:
        case Algorithm::ps384:
        case Algorithm::es384: return fetched[1];
        case Algorithm::rs512:
        case Algorithm::ps512:
        case Algorithm::es512: return fetched[2];
        case Algorithm::eddsa: return nullptr;
    }
    return nullptr;
}

/// The two numbers of RFC 7518 section 3.4 as OpenSSL reads them; empty for another length.
std::string der_of(std::string_view raw, std::size_t size) {
    if (raw.size() != 2 * size) {
        return {};
    }
    const EcSignature signature{::ECDSA_SIG_new()};
    auto r = number_of(raw.substr(0, size));
    auto s = number_of(raw.substr(size));
    if (!signature || !r || !s || ::ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) {
        return {};
    }
    static_cast<void>(r.release());
    static_cast<void>(s.release());
    unsigned char* out = nullptr;
    const int length = ::i2d_ECDSA_SIG(signature.get(), &out);
    std::string der = length > 0 ? std::string(reinterpret_cast<const char*>(out), static_cast<std::size_t>(length)) : std::string{};
    ::OPENSSL_free(out);
    return der;
}

bool is_pss(Algorithm algorithm) {
    return algorithm == Algorithm::ps256 || algorithm == Algorithm::ps384 || algorithm == Algorithm::ps512;
}

}  // namespace

std::optional<VerificationKey> VerificationKey::of(const json::object& jwk) {
    constexpr std::size_t kP256 = 32;
    constexpr std::size_t kP384 = 48;
    constexpr std::size_t kP521 = 66;
    const auto use = json::text_of(jwk, "use");
    const auto type = json::text_of(jwk, "kty");
    const auto curve = json::text_of(jwk, "crv");
    VerificationKey out;
    if (const auto only = json::text_of(jwk, "alg"); !only.empty()) {
        out.only_ = algorithm_of(only);
        if (!out.only_) {
            return std::nullopt;
        }
    }
    Key key;
    if (type == "RSA") {
        key = rsa_key(jwk);
    } else if (type == "EC") {
        out.kind_ = curve == "P-256" ? Kind::p256 : curve == "P-384" ? Kind::p384 : Kind::p521;
        key = curve == "P-256"   ? ec_key(jwk, "P-256", kP256)
              : curve == "P-384" ? ec_key(jwk, "P-384", kP384)
              : curve == "P-521" ? ec_key(jwk, "P-521", kP521)
                                 : nullptr;
    } else if (type == "OKP" && curve == "Ed25519") {
        out.kind_ = Kind::ed25519;
        const auto x = member(jwk, "x");
        key = Key{::EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size())};
    }
    if (!key || (!use.empty() && use != "sig")) {
        return std::nullopt;
    }
    out.id_ = json::text_of(jwk, "kid");
    out.key_ = std::shared_ptr<void>{key.release(), [](void* raw) { ::EVP_PKEY_free(static_cast<EVP_PKEY*>(raw)); }};
    return out;
}

bool VerificationKey::fits(Algorithm algorithm) const {
    if (only_ && *only_ != algorithm) {
        return false;
    }
    switch (algorithm) {
        case Algorithm::es256: return kind_ == Kind::p256;
        case Algorithm::es384: return kind_ == Kind::p384;
        case Algorithm::es512: return kind_ == Kind::p521;
        case Algorithm::eddsa: return kind_ == Kind::ed25519;
        default: return kind_ == Kind::rsa;
    }
}

bool VerificationKey::verify(Algorithm algorithm, std::string_view text, std::string_view signature) const {
    constexpr int kBitsOfByte = 8;
    auto* key = static_cast<EVP_PKEY*>(key_.get());
    std::string der;
    if (kind_ == Kind::p256 || kind_ == Kind::p384 || kind_ == Kind::p521) {
        der = der_of(signature, static_cast<std::size_t>((::EVP_PKEY_get_bits(key) + kBitsOfByte - 1) / kBitsOfByte));
        if (der.empty()) {
            return false;
        }
        signature = der;
    }
    const DigestContext context{::EVP_MD_CTX_new()};
    EVP_PKEY_CTX* options = nullptr;
    if (!context || ::EVP_DigestVerifyInit(context.get(), &options, digest_of(algorithm), nullptr, key) != 1) {
        return false;
    }
    if (is_pss(algorithm) &&
        (::EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 || ::EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
        return false;
    }
    return ::EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

}  // namespace slipway::oidc
