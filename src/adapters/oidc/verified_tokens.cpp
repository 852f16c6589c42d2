#include "adapters/oidc/verified_tokens.hpp"

#include "base/crypto.hpp"

namespace slipway::oidc {

std::optional<Bearer> VerifiedTokens::good(std::string_view token) const {
    const auto digest = crypto::sha256(token);
    const auto now = clock_.now();
    const auto steady = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(std::string{crypto::bytes_of(digest)});
    const bool counts = found != entries_.end() && found->second.until > steady && found->second.bearer && found->second.bearer->expires > now;
    return counts ? found->second.bearer : std::nullopt;
}

std::optional<Error> VerifiedTokens::bad(std::string_view token) const {
    const auto digest = crypto::sha256(token);
    const auto steady = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto found = entries_.find(std::string{crypto::bytes_of(digest)});
    return found != entries_.end() && found->second.until > steady ? found->second.refusal : std::nullopt;
}

void VerifiedTokens::put(std::string_view token, Entry entry) {
    const auto digest = crypto::sha256(token);
    const auto steady = clock_.steady();
    entry.until = steady + kRemember;
    const std::lock_guard lock{mutex_};
    if (entries_.size() >= kMost) {
        std::erase_if(entries_, [&](const auto& one) { return one.second.until <= steady; });
        if (entries_.size() >= kMost) {
            entries_.clear();
        }
    }
    entries_.insert_or_assign(std::string{crypto::bytes_of(digest)}, std::move(entry));
}

}  // namespace slipway::oidc
