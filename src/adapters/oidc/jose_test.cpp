#include "adapters/oidc/jose.hpp"

#include <gtest/gtest.h>

#include "fakes/signing_key.hpp"

namespace slipway::oidc {
namespace {

using fakes::SigningKey;

constexpr std::array kAll{Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::ps256, Algorithm::ps384,
                          Algorithm::ps512, Algorithm::es256, Algorithm::es384, Algorithm::es512, Algorithm::eddsa};
const json::object kClaims{{"iss", "https://idp.example"}, {"sub", "ana"}};

KeySet keys_of(const json::object& jwks) {
    return KeySet::of(jwks).value();
}

bool verified(const KeySet& keys, std::string_view token, std::span<const Algorithm> allowed = kAll) {
    const auto read = read_signed_token(token, allowed);
    return read && keys.verify(read->key_id, read->algorithm, read->text, read->signature);
}

std::string why(std::string_view token, std::span<const Algorithm> allowed = kAll) {
    const auto read = read_signed_token(token, allowed);
    return read ? "" : read.error().message;
}

/// RFC 7515 appendix A.2.
TEST(Jose, VerifiesTheRsaExampleOfRfc7515) {
    const auto keys = keys_of({{"keys",
                                {{{"kty", "RSA"},
                                  {"n",
                                   "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_"
                                   "YpRPEwOWvG6b32690r2jZ47soM"
                                   "Zo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_"
                                   "I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco"
                                   "9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"},
                                  {"e", "AQAB"}}}}});
    const std::string token =
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_"
        "nZLgrnbyTy"
        "WzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-"
        "eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5A"
        "XLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    EXPECT_TRUE(verified(keys, token));
    std::string other = token;
    other[30] = other[30] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(verified(keys, other));
}

/// RFC 7515 appendix A.3.
TEST(Jose, VerifiesTheEcdsaExampleOfRfc7515) {
    const auto keys = keys_of(
        {{"keys",
          {{{"kty", "EC"}, {"crv", "P-256"}, {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}, {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}}}}});
    EXPECT_TRUE(verified(keys,
                         "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
                         "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"));
}

/// RFC 8037 appendix A.4; its content is no JSON.
TEST(Jose, VerifiesTheEd25519ExampleOfRfc8037) {
    const auto key = VerificationKey::of({{"kty", "OKP"}, {"crv", "Ed25519"}, {"x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}});
    ASSERT_TRUE(key);
    const auto signature = from_base64url("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg").value();
    EXPECT_TRUE(key->verify(Algorithm::eddsa, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc", signature));
    EXPECT_FALSE(key->verify(Algorithm::eddsa, "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmd", signature));
}

TEST(Jose, VerifiesEachAlgorithmByAKeyOfItsKindAlone) {
    const SigningKey rsa{"RSA", "rsa"};
    const SigningKey p256{"P-256", "p256"};
    const SigningKey p384{"P-384", "p384"};
    const SigningKey p521{"P-521", "p521"};
    const SigningKey ed{"ED25519", "ed"};
    const auto keys = keys_of(fakes::jwks_of({&rsa, &p256, &p384, &p521, &ed}));
    for (const auto& [alg, key] : std::vector<std::pair<std::string, const SigningKey*>>{{"RS256", &rsa},
                                                                                         {"RS384", &rsa},
                                                                                         {"RS512", &rsa},
                                                                                         {"PS256", &rsa},
                                                                                         {"PS384", &rsa},
                                                                                         {"PS512", &rsa},
                                                                                         {"ES256", &p256},
                                                                                         {"ES384", &p384},
                                                                                         {"ES512", &p521},
                                                                                         {"EdDSA", &ed}}) {
        const auto token = key->token(alg, kClaims);
        EXPECT_TRUE(verified(keys, token)) << alg;
        EXPECT_TRUE(verified(keys, key->token(alg, kClaims, {{"kid", ""}}))) << alg << " without an id";
        EXPECT_FALSE(verified(keys, key->token(alg, kClaims, {{"kid", key == &rsa ? "p256" : "rsa"}}))) << alg << " under the id of another key";
        EXPECT_FALSE(verified(keys, token.substr(0, token.size() - 4))) << alg << " cut short";
        EXPECT_FALSE(verified(keys_of(fakes::jwks_of({key == &rsa ? &p256 : &rsa})), token)) << alg << " by strangers";
    }
}

TEST(Jose, AKeyWithAnAlgorithmOfItsOwnServesThatAlone) {
    const SigningKey rsa{"RSA"};
    auto jwk = rsa.jwk();
    jwk["alg"] = "PS256";
    const auto keys = keys_of({{"keys", json::array{json::value(jwk)}}});
    EXPECT_TRUE(verified(keys, rsa.token("PS256", kClaims)));
    EXPECT_FALSE(verified(keys, rsa.token("RS256", kClaims)));
}

TEST(Jose, RefusesNoneSharedSecretsAndWhatIsNotAllowed) {
    const SigningKey rsa{"RSA"};
    const auto body = "." + crypto::base64url(json::write(kClaims)) + ".";
    EXPECT_NE(why(crypto::base64url(R"({"alg":"none"})") + body), "");
    EXPECT_NE(why(crypto::base64url(R"({"alg":"none"})") + body + "AAAA"), "");
    EXPECT_NE(why(crypto::base64url(R"({"alg":"None"})") + body + "AAAA"), "");
    // The classic: an HMAC with the public key as its secret.
    const auto text = crypto::base64url(R"({"alg":"HS256","kid":"key-1"})") + "." + crypto::base64url(json::write(kClaims));
    const auto mac = crypto::hmac_sha256(json::write(rsa.jwk()), text);
    EXPECT_NE(why(text + "." + crypto::base64url(crypto::bytes_of(mac))), "");
    EXPECT_NE(why(rsa.token("RS512", kClaims), std::array{Algorithm::rs256}), "");
    EXPECT_EQ(why(rsa.token("RS512", kClaims)), "");
}

TEST(Jose, RefusesExtensionsAndOtherTypes) {
    const SigningKey rsa{"RSA"};
    EXPECT_NE(why(rsa.token("RS256", kClaims, {{"crit", {"exp"}}})), "");
    EXPECT_NE(why(rsa.token("RS256", kClaims, {{"b64", false}})), "");
    EXPECT_NE(why(rsa.token("RS256", kClaims, {{"typ", "logout+jwt"}})), "");
    EXPECT_NE(why(rsa.token("RS256", kClaims, {{"typ", 5}})), "");
    for (const std::string_view type : {"JWT", "jwt", "at+jwt", "application/at+jwt"}) {
        EXPECT_EQ(why(rsa.token("RS256", kClaims, {{"typ", type}})), "") << type;
    }
}

TEST(Jose, RefusesWhatIsNoToken) {
    const SigningKey rsa{"RSA"};
    const auto good = rsa.token("RS256", kClaims);
    for (const auto& bad :
         std::vector<std::string>{"", ".", "..", "a.b", "a.b.c", good + ".x", "=" + good, good + "=", "\n" + good, good.substr(0, good.rfind('.') + 1),
                                  std::string(40000, 'a'), std::string(5000, 'a') + ".b.c", std::string(10, '\0') + "..", "e30.e30.AAAA"}) {
        EXPECT_NE(why(bad), "") << bad.substr(0, 40);
    }
    const auto twice = crypto::base64url(R"({"alg":"RS256","alg":"none"})") + "." + crypto::base64url("{}") + ".AAAA";
    EXPECT_NE(why(twice), "") << "a member that stands there twice";
}

TEST(Jose, ReadsWhatIsDeepOrLongToABoundAlone) {
    const auto nested = [](std::size_t depth) { return R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}"; };
    const auto token = [](const std::string& header, const std::string& claims) {
        return crypto::base64url(header) + "." + crypto::base64url(claims) + ".AAAA";
    };
    const std::string header = R"({"alg":"RS256"})";
    EXPECT_EQ(why(token(header, nested(10))), "");
    EXPECT_NE(why(token(header, nested(20))), "");
    EXPECT_NE(why(token(header, nested(8000))), "");
    EXPECT_NE(why(token(R"({"alg":"RS256","x":)" + nested(20) + "}", "{}")), "");
    const auto of_size = [](std::size_t size) { return R"({"a":")" + std::string(size, 'x') + "\"}"; };
    EXPECT_EQ(why(token(header, of_size(20000))), "") << "of a person in 300 groups";
    EXPECT_NE(why(token(header, of_size(25000))), "");
    EXPECT_NE(why(token(R"({"alg":"RS256","x":")" + std::string(4000, 'x') + "\"}", "{}")), "");
}

TEST(Jose, TakesNoWeakOrForeignKeys) {
    const SigningKey weak{"RSA", "weak", 1024};
    const SigningKey rsa{"RSA"};
    EXPECT_FALSE(VerificationKey::of(weak.jwk()));
    auto encrypting = rsa.jwk();
    encrypting["use"] = "enc";
    EXPECT_FALSE(VerificationKey::of(encrypting));
    auto oaep = rsa.jwk();
    oaep["alg"] = "RSA-OAEP";
    EXPECT_FALSE(VerificationKey::of(oaep));
    EXPECT_FALSE(VerificationKey::of({{"kty", "oct"}, {"k", "c2VjcmV0"}}));
    EXPECT_FALSE(VerificationKey::of({{"kty", "RSA"}}));
    auto off_curve = SigningKey{"P-256"}.jwk();
    off_curve["x"] = off_curve["y"];
    EXPECT_FALSE(VerificationKey::of(off_curve));
    EXPECT_FALSE(KeySet::of({{"keys", json::array{json::value(encrypting)}}}));
    EXPECT_FALSE(KeySet::of({}));
    // Keycloak publishes a key for encryption first.
    EXPECT_TRUE(verified(keys_of({{"keys", json::array{json::value(oaep), json::value(rsa.jwk())}}}), rsa.token("RS256", kClaims)));
}

}  // namespace
}  // namespace slipway::oidc
