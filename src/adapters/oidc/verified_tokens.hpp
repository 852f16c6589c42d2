#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "adapters/oidc/claims.hpp"

namespace slipway::oidc {

/// Visible characters alone (RFC 6749 appendix A.12): a provider may take blanks off that make another text of it here.
bool is_plain(std::string_view token);

/// Tokens that were found good, or bad by asking the provider, by their SHA-256; for a short time each. Bounded each by itself, so that bad ones, which anybody
/// can make up, drive out no good ones. Thread-safe.
class VerifiedTokens {
public:
    static constexpr Milliseconds kRemember = std::chrono::seconds{30};
    static constexpr std::size_t kMost = 4096;

    explicit VerifiedTokens(const Clock& clock) : clock_{clock} {}

    std::optional<Bearer> good(std::string_view token) const;
    /// Whether it was found good not long ago, and nothing else since.
    bool was_good(std::string_view token) const;
    /// The refusal that is remembered.
    std::optional<Error> bad(std::string_view token) const;
    void remember(std::string_view token, const Bearer& bearer);
    /// It is checked anew when it comes again.
    void forget(std::string_view token);
    /// Only what cost a question to the provider: anything else is found out faster than remembered.
    void remember(std::string_view token, const Error& refusal);

private:
    template <typename T>
    struct Entry {
        T what;
        Steady until{};
    };
    template <typename T>
    using Table = std::unordered_map<std::string, Entry<T>>;
    template <typename T>
    void put(Table<T>& table, std::string_view token, const T& what);

    const Clock& clock_;
    mutable std::mutex mutex_;
    Table<Bearer> good_;
    Table<Error> bad_;
};

}  // namespace slipway::oidc
