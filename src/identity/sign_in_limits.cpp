#include "identity/sign_in_limits.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace slipway::identity {

SignInLimits::Entry& SignInLimits::entry(const std::string& key, Steady now) {
    auto found = entries_.find(key);
    if (found == entries_.end()) {
        while (entries_.size() >= options_.capacity) {
            entries_.erase(order_.front());
            order_.pop_front();
        }
        order_.push_back(key);
        found = entries_.emplace(key, Entry{}).first;
    }
    if (now - found->second.last > options_.forget_after) {
        found->second = Entry{};
    }
    found->second.last = now;
    return found->second;
}

void SignInLimits::count(Entry& entry, int free, Steady now) const {
    ++entry.failures;
    if (entry.failures >= free) {
        const auto doublings = std::min(entry.failures - free, 20);
        entry.blocked_until = now + std::min<Milliseconds>(options_.longest_wait, std::chrono::seconds{1LL << doublings});
    }
}

Result<void> SignInLimits::begin(std::string_view user, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto by_peer = "p:" + std::string{peer};
    const auto by_user = "u:" + std::string{user.substr(0, 200)};
    const auto peer_until = entry(by_peer, now).blocked_until;
    const auto until = std::max(peer_until, Steady{entry(by_user, now).blocked_until});
    if (until > now) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(until - now).count();
        return fail(ErrorCode::forbidden, "TOO_MANY_ATTEMPTS", fmt::format("Too many failed sign-ins. Try again in {} s.", seconds), std::to_string(seconds));
    }
    count(entry(by_peer, now), options_.free_per_peer, now);
    count(entry(by_user, now), options_.free_per_user, now);
    return {};
}

void SignInLimits::succeeded(std::string_view user, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    auto& of_peer = entry("p:" + std::string{peer}, now);
    of_peer.failures = std::max(0, of_peer.failures - 1);
    of_peer.blocked_until = {};
    auto& of_user = entry("u:" + std::string{user.substr(0, 200)}, now);
    of_user.failures = 0;
    of_user.blocked_until = {};
}

}  // namespace slipway::identity
