#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/crypto.hpp"
#include "base/json.hpp"

namespace slipway::fakes {

/// A key of a provider, made in the test, that signs whatever header and claims it is given.
class SigningKey {
public:
    /// @param type `RSA` (2048 bits unless told otherwise), `P-256`, `P-384`, `P-521` or `ED25519`.
    explicit SigningKey(std::string type, std::string id = "key-1", unsigned bits = 2048) : type_{std::move(type)}, id_{std::move(id)} {
        EVP_PKEY* made = type_ == "RSA"       ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))
                         : type_ == "ED25519" ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
                                              : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", type_.c_str());
        key_ = {made, &EVP_PKEY_free};
    }

    const std::string& id() const { return id_; }
    json::object jwk() const {
        if (type_ == "RSA") {
            return {{"kty", "RSA"}, {"use", "sig"}, {"kid", id_}, {"n", number(OSSL_PKEY_PARAM_RSA_N, 0)}, {"e", number(OSSL_PKEY_PARAM_RSA_E, 0)}};
        }
        if (type_ == "ED25519") {
            std::string raw(32, '\0');
            std::size_t size = raw.size();
            EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(raw.data()), &size);
            return {{"kty", "OKP"}, {"crv", "Ed25519"}, {"kid", id_}, {"x", crypto::base64url(raw)}};
        }
        return {{"kty", "EC"}, {"crv", type_}, {"kid", id_}, {"x", number(OSSL_PKEY_PARAM_EC_PUB_X, size())}, {"y", number(OSSL_PKEY_PARAM_EC_PUB_Y, size())}};
    }
    /// A token with this key's id, `alg` and the claims.
    std::string token(std::string_view alg, const json::object& claims, json::object header = {}) const {
        header["alg"] = alg;
        if (!header.contains("kid")) {
            header["kid"] = id_;
        }
        const std::string text = crypto::base64url(json::write(header)) + "." + crypto::base64url(json::write(claims));
        return text + "." + crypto::base64url(sign(alg, text));
    }

private:
    std::size_t size() const { return type_ == "P-256" ? 32 : type_ == "P-384" ? 48 : 66; }
    std::string number(const char* name, std::size_t size) const {
        BIGNUM* value = nullptr;
        EVP_PKEY_get_bn_param(key_.get(), name, &value);
        std::string bytes(size > 0 ? size : static_cast<std::size_t>(BN_num_bytes(value)), '\0');
        BN_bn2binpad(value, reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
        BN_free(value);
        return crypto::base64url(bytes);
    }
    std::string sign(std::string_view alg, const std::string& text) const {
        const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), &EVP_MD_CTX_free};
        EVP_PKEY_CTX* options = nullptr;
        const EVP_MD* digest = alg == "EdDSA" ? nullptr : alg.ends_with("256") ? EVP_sha256() : alg.ends_with("384") ? EVP_sha384() : EVP_sha512();
        EXPECT_EQ(EVP_DigestSignInit(context.get(), &options, digest, nullptr, key_.get()), 1);
        if (alg.starts_with("PS")) {
            EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
            EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
        }
        std::size_t length = 1024;
        std::string out(length, '\0');
        EXPECT_EQ(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &length, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size()),
                  1);
        out.resize(length);
        return alg.starts_with("ES") ? raw(out) : out;
    }
    /// The two numbers as RFC 7518 section 3.4 wants them.
    std::string raw(const std::string& der) const {
        const auto* at = reinterpret_cast<const unsigned char*>(der.data());
        ECDSA_SIG* signature = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
        std::string out(2 * size(), '\0');
        BN_bn2binpad(ECDSA_SIG_get0_r(signature), reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size()));
        BN_bn2binpad(ECDSA_SIG_get0_s(signature), reinterpret_cast<unsigned char*>(out.data()) + size(), static_cast<int>(size()));
        ECDSA_SIG_free(signature);
        return out;
    }

    std::string type_;
    std::string id_;
    std::shared_ptr<EVP_PKEY> key_;
};

/// A key set of these keys.
inline json::object jwks_of(const std::vector<const SigningKey*>& keys) {
    json::array all;
    for (const auto* key : keys) {
        all.push_back(json::value(key->jwk()));
    }
    return {{"keys", all}};
}

}  // namespace slipway::fakes
