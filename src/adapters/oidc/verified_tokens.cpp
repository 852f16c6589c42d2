#include "adapters/oidc/verified_tokens.hpp"

#include <algorithm>

#include "base/crypto.hpp"

namespace slipway::oidc {

namespace {

std::string key_of(std::string_view token) {
    const auto digest = crypto::sha256(token);
    return std::string{crypto::bytes_of(digest)};
}

}  // namespace

bool is_plain(std::string_view token) {
    return std::ranges::all_of(token, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

std::optional<Bearer> VerifiedTokens::good(std::string_view token) const {
    const auto key = key_of(token);
    const auto now = clock_.now();
    const auto steady = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto found = good_.find(key);
    const bool counts = found != good_.end() && found->second.until > steady && found->second.what.expires > now;
    return counts ? std::optional{found->second.what} : std::nullopt;
}

bool VerifiedTokens::was_good(std::string_view token) const {
    const auto key = key_of(token);
    const std::lock_guard lock{mutex_};
    return good_.contains(key) && !bad_.contains(key);
}

std::optional<Error> VerifiedTokens::bad(std::string_view token) const {
    const auto key = key_of(token);
    const auto steady = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto found = bad_.find(key);
    return found != bad_.end() && found->second.until > steady ? std::optional{found->second.what} : std::nullopt;
}

void VerifiedTokens::remember(std::string_view token, const Bearer& bearer) {
    put(good_, token, bearer);
}

void VerifiedTokens::remember(std::string_view token, const Error& refusal) {
    put(bad_, token, refusal);
}

void VerifiedTokens::forget(std::string_view token) {
    const auto key = key_of(token);
    const std::lock_guard lock{mutex_};
    good_.erase(key);
}

template <typename T>
void VerifiedTokens::put(Table<T>& table, std::string_view token, const T& what) {
    auto key = key_of(token);
    const auto steady = clock_.steady();
    const std::lock_guard lock{mutex_};
    if (table.size() >= kMost) {
        std::erase_if(table, [&](const auto& one) { return one.second.until <= steady; });
        if (table.size() >= kMost) {
            table.clear();
        }
    }
    table.insert_or_assign(std::move(key), Entry<T>{.what = what, .until = steady + kRemember});
}

}  // namespace slipway::oidc
