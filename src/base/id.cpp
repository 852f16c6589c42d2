#include "base/id.hpp"

#include <array>
#include <cstdint>
#include <fmt/format.h>
#include <mutex>
#include <openssl/evp.h>
#include <sys/random.h>

namespace slipway {

namespace {

using Bytes = std::array<std::uint8_t, 16>;

/// Slipway's own namespace for UUIDv5, made once at random. It must never change: enrolments are found by it.
constexpr Bytes kNamespace{0x6b, 0x1f, 0x8a, 0x52, 0x0c, 0x77, 0x4d, 0x0e, 0x9a, 0x35, 0x7e, 0xd1, 0x43, 0x2b, 0xc8, 0x16};

constexpr std::string_view kHex = "0123456789abcdef";

void fill_random(std::uint8_t* out, std::size_t count) {
    std::size_t done = 0;
    while (done < count) {
        const auto got = ::getrandom(out + done, count - done, 0);
        SW_ASSERT(got > 0, "the operating system gives no random bytes");
        done += static_cast<std::size_t>(got);
    }
}

/// 8 random bytes for an id. They are taken from the operating system for many ids at once, since each request makes some; for what must be
/// guessed by nobody there is crypto::random_bytes().
void fill_random_half(std::uint8_t* out) {
    constexpr std::size_t kEach = 8;
    thread_local std::array<std::uint8_t, 64 * kEach> pool;
    thread_local std::size_t used = pool.size();
    if (used == pool.size()) {
        fill_random(pool.data(), pool.size());
        used = 0;
    }
    std::copy_n(pool.data() + used, kEach, out);
    used += kEach;
}

std::string text_of(Bytes bytes, unsigned version) {
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | (version << 4U));
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
    std::string out;
    out.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            out += '-';
        }
        out += kHex[bytes[i] >> 4U];
        out += kHex[bytes[i] & 0x0fU];
    }
    return out;
}

}  // namespace

std::string RandomIds::next(Timestamp now) {
    // Method 1 of RFC 9562 section 6.2: a 12-bit counter behind the milliseconds keeps ids of one process in order.
    static std::mutex mutex;
    static std::int64_t last_ms = 0;
    static unsigned counter = 0;
    Bytes bytes{};
    fill_random_half(bytes.data() + 8);
    std::int64_t ms = to_epoch_ms(now);
    unsigned sequence = 0;
    {
        const std::lock_guard lock{mutex};
        if (ms <= last_ms) {
            ms = last_ms;
            if (++counter > 0xfffU) {
                ++ms;
                counter = 0;
            }
        } else {
            counter = 0;
        }
        last_ms = ms;
        sequence = counter;
    }
    for (std::size_t i = 0; i < 6; ++i) {
        bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    }
    bytes[6] = static_cast<std::uint8_t>(sequence >> 8U);
    bytes[7] = static_cast<std::uint8_t>(sequence);
    return text_of(bytes, 7);
}

std::string name_based_id(std::string_view name) {
    std::string input{reinterpret_cast<const char*>(kNamespace.data()), kNamespace.size()};
    input += name;
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    SW_ASSERT(EVP_Digest(input.data(), input.size(), digest.data(), &size, EVP_sha1(), nullptr) == 1, "SHA-1 is not available");
    Bytes bytes{};
    std::copy_n(digest.begin(), bytes.size(), bytes.begin());
    return text_of(bytes, 5);
}

bool is_uuid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash != (text[i] == '-') || (!dash && std::string_view{"0123456789abcdefABCDEF"}.find(text[i]) == std::string_view::npos)) {
            return false;
        }
    }
    return true;
}

std::string random_hex(std::size_t bytes) {
    std::string raw(bytes, '\0');
    fill_random(reinterpret_cast<std::uint8_t*>(raw.data()), bytes);
    std::string out;
    for (const char c : raw) {
        fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(c));
    }
    return out;
}

}  // namespace slipway
