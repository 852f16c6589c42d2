#include "identity/sessions.hpp"

#include "base/crypto.hpp"

namespace slipway::identity {

std::string csrf_of(std::string_view cookie) {
    const auto digest = crypto::hmac_sha256(cookie, "slipway csrf token");
    return crypto::base64url(crypto::bytes_of(digest));
}

}  // namespace slipway::identity
