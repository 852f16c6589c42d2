#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/oidc/claims.hpp"

namespace slipway::oidc {

/// Tokens that were found good, or bad by asking the provider, by their SHA-256; for a short time each. Bounded. Thread-safe.
class VerifiedTokens {
public:
    static constexpr Milliseconds kRemember = std::chrono::seconds{30};
    static constexpr std::size_t kMost = 4096;

    explicit VerifiedTokens(const Clock& clock) : clock_{clock} {}

    std::optional<Bearer> good(std::string_view token) const;
    /// The refusal that is remembered.
    std::optional<Error> bad(std::string_view token) const;
    void remember(std::string_view token, const Bearer& bearer) { put(token, {.bearer = bearer, .refusal = {}, .until = {}}); }
    /// Only what cost a question to the provider: anything else is found out faster than remembered.
    void remember(std::string_view token, const Error& refusal) { put(token, {.bearer = {}, .refusal = refusal, .until = {}}); }

private:
    struct Entry {
        std::optional<Bearer> bearer;
        std::optional<Error> refusal;
        Steady until{};
    };
    void put(std::string_view token, Entry entry);

    const Clock& clock_;
    mutable std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace slipway::oidc
