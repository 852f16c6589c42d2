#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/secret.hpp"

/// The one place for OpenSSL and libsodium. Functions are pure and thread-safe.
namespace slipway::crypto {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view data);
Digest hmac_sha256(std::string_view key, std::string_view data);
inline std::string_view bytes_of(const Digest& digest) {
    return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string hex(std::string_view bytes);
std::string sha256_hex(std::string_view data);
std::string base64(std::string_view bytes);
/// RFC 4648 base64, padding required, white space tolerated. @return `invalid_argument`.
Result<std::string> from_base64(std::string_view text);
std::string base64url(std::string_view bytes);

/// `count` bytes from the operating system.
std::string random_bytes(std::size_t count);

/// argon2id with libsodium's INTERACTIVE limits (64 MiB, about 0.1 s): call it on a pool that may wait.
Result<std::string> hash_password(const Secret& password);
/// @return true when `password` is the one behind `hash`.
bool verify_password(const Secret& password, const std::string& hash);

/// AEAD at rest (XChaCha20-Poly1305) under the key of a file of 0600. Thread-safe.
class Sealer {
public:
    /// Reads the key file, or makes it (0600, fsync) when `create` is set and it is not there.
    /// @return `failed_precondition` with what is wrong: missing, open to others, of another size.
    static Result<Sealer> open(const std::string& path, bool create);
    /// A sealer for tests.
    explicit Sealer(Secret key) : key_{std::move(key)} {}

    /// @param purpose is bound to the text: it unseals under the same purpose only (`credential:<id>`).
    std::string seal(const Secret& plain, std::string_view purpose) const;
    /// @return `internal` when the text was changed, sealed for another purpose or under another key.
    Result<Secret> unseal(std::string_view sealed, std::string_view purpose) const;
    /// A key for another use, derived from this one (sessions, cursors).
    Secret derive(std::string_view purpose) const;

private:
    Secret key_;
};

}  // namespace slipway::crypto
