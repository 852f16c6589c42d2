#include "base/crypto.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <openssl/evp.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/id.hpp"
#include "base/unique_fd.hpp"

namespace slipway::crypto {

namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr char kSealedVersion = 1;

void ensure_sodium() {
    static const bool ready = ::sodium_init() >= 0;
    SW_ASSERT(ready, "libsodium cannot be initialised");
}

const unsigned char* unsigned_data(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string encode(std::string_view bytes, int variant) {
    std::string out(sodium_base64_ENCODED_LEN(bytes.size(), variant), '\0');
    ::sodium_bin2base64(out.data(), out.size(), unsigned_data(bytes), bytes.size(), variant);
    out.resize(out.size() - 1);  // the terminating NUL
    return out;
}

std::unexpected<Error> key_failure(const std::string& path, const std::string& what) {
    return fail(ErrorCode::failed_precondition, "KEY_FILE", "The key file " + path + " " + what);
}

std::unexpected<Error> key_io_failure(const std::string& path, const std::string& what) {
    return key_failure(path, what + ": " + std::strerror(errno) + ".");
}

/// Writes a new key beside `path` and links it in, so that no one ever sees half a key. An existing file wins.
Result<void> create_key(const std::string& path) {
    const std::string draft = path + ".new-" + random_hex(8);
    const UniqueFd file{::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file) {
        return key_io_failure(path, "cannot be made");
    }
    const Secret key{random_bytes(kKeyBytes)};
    const bool written = ::write(file.get(), key.reveal().data(), kKeyBytes) == static_cast<ssize_t>(kKeyBytes) && ::fsync(file.get()) == 0;
    const bool linked = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
    const int saved = errno;
    ::unlink(draft.c_str());
    if (!linked) {
        errno = saved;
        return key_io_failure(path, "cannot be written");
    }
    const auto folder = std::filesystem::path{path}.parent_path();
    const UniqueFd directory{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::fsync(directory.get()) != 0) {
        return key_io_failure(path, "was made, but its folder cannot be synchronised");
    }
    return {};
}

Result<Secret> read_key(const std::string& path, const UniqueFd& file) {
    struct stat info{};
    if (::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
        return key_failure(path, "is no regular file.");
    }
    if ((info.st_mode & 0077U) != 0) {
        return key_failure(path, "can be read by others: run chmod 600 on it.");
    }
    if (info.st_size != static_cast<off_t>(kKeyBytes)) {
        return key_failure(path, "must hold exactly 32 bytes, and holds " + std::to_string(info.st_size) + ".");
    }
    std::string key(kKeyBytes, '\0');
    if (::read(file.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size())) {
        return key_io_failure(path, "cannot be read");
    }
    return Secret{std::move(key)};
}

/// AEAD key of a sealer: derived, so that any key length serves and the file's own bytes are used for nothing else.
Digest sealing_key(const Secret& key) {
    return hmac_sha256(key.reveal(), "slipway:seal:v1");
}

std::unexpected<Error> cannot_unseal() {
    return fail(ErrorCode::internal, "CANNOT_UNSEAL",
                "A stored secret cannot be read: it was changed, or sealed under another key. Put back the key file it was sealed with.");
}

}  // namespace

Digest sha256(std::string_view data) {
    // Fetched once: an implicit fetch at each call takes longer than hashing a small request.
    static EVP_MD* const algorithm = ::EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Digest digest{};
    SW_ASSERT(EVP_Digest(data.data(), data.size(), digest.data(), nullptr, algorithm, nullptr) == 1, "SHA-256 is not available");
    return digest;
}

Digest hmac_sha256(std::string_view key, std::string_view data) {
    ensure_sodium();
    Digest digest{};
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, unsigned_data(key), key.size());
    crypto_auth_hmacsha256_update(&state, unsigned_data(data), data.size());
    crypto_auth_hmacsha256_final(&state, digest.data());
    ::sodium_memzero(&state, sizeof state);
    return digest;
}

std::string hex(std::string_view bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += kDigits[static_cast<unsigned char>(c) >> 4U];
        out += kDigits[static_cast<unsigned char>(c) & 15U];
    }
    return out;
}

std::string sha256_hex(std::string_view data) {
    return hex(bytes_of(sha256(data)));
}

std::string base64(std::string_view bytes) {
    return encode(bytes, sodium_base64_VARIANT_ORIGINAL);
}

std::string base64url(std::string_view bytes) {
    return encode(bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

Result<std::string> from_base64(std::string_view text) {
    std::string out(text.size() / 4 * 3 + 3, '\0');
    std::size_t size = 0;
    // libsodium looks characters to ignore up in a C string, where NUL is always found.
    if (text.find('\0') != std::string_view::npos || ::sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(),
                                                                         " \t\r\n", &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return fail(ErrorCode::invalid_argument, "MALFORMED_BASE64", "The text is not base64 (RFC 4648, with padding).");
    }
    out.resize(size);
    return out;
}

std::string random_bytes(std::size_t count) {
    ensure_sodium();
    std::string out(count, '\0');
    ::randombytes_buf(out.data(), out.size());
    return out;
}

Result<std::string> hash_password(const Secret& password) {
    ensure_sodium();
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (::crypto_pwhash_str_alg(out.data(), password.reveal().data(), password.reveal().size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13) != 0) {
        return fail(ErrorCode::unavailable, "OUT_OF_MEMORY", "There is not enough memory to hash a password now. Try again.");
    }
    return std::string{out.data()};
}

bool verify_password(const Secret& password, const std::string& hash) {
    ensure_sodium();
    // The function reads a fixed-size buffer.
    if (hash.size() >= crypto_pwhash_STRBYTES) {
        return false;
    }
    std::array<char, crypto_pwhash_STRBYTES> padded{};
    std::ranges::copy(hash, padded.begin());
    return ::crypto_pwhash_str_verify(padded.data(), password.reveal().data(), password.reveal().size()) == 0;
}

Result<Sealer> Sealer::open(const std::string& path, bool create) {
    ensure_sodium();
    for (const bool may_create : {create, false}) {
        const UniqueFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        if (file) {
            SW_TRY(auto key, read_key(path, file));
            return Sealer{std::move(key)};
        }
        if (errno != ENOENT) {
            return key_io_failure(path, "cannot be opened");
        }
        if (!may_create) {
            break;
        }
        SW_CHECK(create_key(path));
    }
    return key_failure(path,
                       "is missing. Put it back from your backup: what was sealed with it cannot be read without it. For a new database make one: "
                       "head -c 32 /dev/urandom > FILE && chmod 600 FILE.");
}

std::string Sealer::seal(const Secret& plain, std::string_view purpose) const {
    constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
    const auto nonce = random_bytes(kNonce);
    auto key = sealing_key(key_);
    std::string out{kSealedVersion};
    out += nonce;
    out.resize(1 + kNonce + plain.reveal().size() + kTag);
    crypto_aead_xchacha20poly1305_ietf_encrypt(reinterpret_cast<unsigned char*>(out.data()) + 1 + kNonce, nullptr, unsigned_data(plain.reveal()),
                                               plain.reveal().size(), unsigned_data(purpose), purpose.size(), nullptr, unsigned_data(nonce), key.data());
    ::sodium_memzero(key.data(), key.size());
    return out;
}

Result<Secret> Sealer::unseal(std::string_view sealed, std::string_view purpose) const {
    constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
    constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
    if (sealed.size() < 1 + kNonce + kTag || sealed[0] != kSealedVersion) {
        return cannot_unseal();
    }
    const auto body = sealed.substr(1 + kNonce);
    std::string plain(body.size() - kTag, '\0');
    ensure_sodium();
    auto key = sealing_key(key_);
    const int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(reinterpret_cast<unsigned char*>(plain.data()), nullptr, nullptr, unsigned_data(body),
                                                                  body.size(), unsigned_data(purpose), purpose.size(), unsigned_data(sealed) + 1, key.data());
    ::sodium_memzero(key.data(), key.size());
    if (opened != 0) {
        return cannot_unseal();
    }
    return Secret{std::move(plain)};
}

Secret Sealer::derive(std::string_view purpose) const {
    return Secret{std::string{bytes_of(hmac_sha256(key_.reveal(), "slipway:derive:" + std::string{purpose}))}};
}

}  // namespace slipway::crypto
