#include "identity/sign_in_limits.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/peer_address.hpp"

namespace slipway::identity {

namespace {

constexpr std::size_t kLongestName = 200;

/// What an attempt is counted under besides its name.
std::string address_key(const SignInName& name, std::string_view peer) {
    return (name.is_of_address() ? name.key() : std::string{"p:"}) + network_of(peer);
}

/// Before what a client's address is: the length of its id tells where that ends.
std::string client_key(std::string_view id) {
    return fmt::format("c:{}:{}@", id.size(), ascii_lower(id.substr(0, kLongestName)));
}

std::unexpected<Error> too_many(Milliseconds wait) {
    const auto seconds = std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(wait).count());
    return fail(ErrorCode::forbidden, "TOO_MANY_ATTEMPTS", fmt::format("Too many failed sign-ins. Try again in {} s.", seconds), std::to_string(seconds));
}

}  // namespace

SignInName::SignInName(std::string_view person) : SignInName{Key{"u:" + ascii_lower(person.substr(0, kLongestName))}} {}

SignInName SignInName::client(std::string_view id, std::string_view peer) {
    return SignInName{Key{client_key(id).append(network_of(peer))}};
}

SignInName SignInName::device(std::string_view peer) {
    return SignInName{Key{std::string{"d:"}.append(network_of(peer))}};
}

/// The entry of `key`, used now; nothing when there is none or it is forgotten.
SignInLimits::Entry* SignInLimits::known(const std::string& key, Steady now) {
    const auto found = index_.find(key);
    if (found == index_.end()) {
        return nullptr;
    }
    auto& entry = *found->second;
    if (now - entry.last > options_.forget_after) {
        entry.failures = 0;
        entry.blocked_until = {};
    }
    entry.last = now;
    by_use_.splice(by_use_.end(), by_use_, found->second);
    return &entry;
}

/// Lets go of what is forgotten. @return how long until there is room for `more`.
Milliseconds SignInLimits::make_room(std::size_t more, Steady now) {
    while (index_.size() + more > options_.capacity) {
        const auto& oldest = by_use_.front();
        const auto quiet = now - oldest.last;
        if (quiet <= options_.forget_after) {
            return std::chrono::ceil<Milliseconds>(options_.forget_after - quiet);
        }
        index_.erase(oldest.key);
        by_use_.pop_front();
    }
    return Milliseconds{0};
}

void SignInLimits::count(const std::string& key, int free, Steady now) {
    auto* entry = known(key, now);
    if (entry == nullptr) {
        by_use_.push_back({.key = key, .failures = 0, .last = now, .blocked_until = {}});
        index_.emplace(key, std::prev(by_use_.end()));
        entry = &by_use_.back();
    }
    ++entry->failures;
    if (entry->failures >= free) {
        const auto doublings = std::min(entry->failures - free, 20);
        entry->blocked_until = now + std::min<Milliseconds>(options_.longest_wait, std::chrono::seconds{1LL << doublings});
    }
}

void SignInLimits::forget(const std::string& key) {
    if (const auto found = index_.find(key); found != index_.end()) {
        by_use_.erase(found->second);
        index_.erase(found);
    }
}

void SignInLimits::take_one_back(const std::string& key, int free, Steady now) {
    auto* entry = known(key, now);
    if (entry == nullptr) {
        return;
    }
    entry->failures = std::max(0, entry->failures - 1);
    if (entry->failures < free) {
        entry->blocked_until = {};
    }
    if (entry->failures == 0) {
        forget(key);
    }
}

Result<void> SignInLimits::begin(const SignInName& name, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto by_peer = address_key(name, peer);
    const auto by_user = name.is_of_address() ? std::string{} : name.key();
    std::size_t unknown = 0;
    auto until = now;
    for (const auto* key : {&by_peer, &by_user}) {
        if (key->empty()) {
            continue;
        }
        const auto* entry = known(*key, now);
        unknown += entry == nullptr ? 1U : 0U;
        until = entry == nullptr ? until : std::max(until, entry->blocked_until);
    }
    if (until > now) {
        return too_many(std::chrono::ceil<Milliseconds>(until - now));
    }
    // Nobody who is watched may be driven out by names that were made up.
    if (const auto wait = make_room(unknown, now); wait.count() > 0) {
        return too_many(wait);
    }
    count(by_peer, options_.free_per_peer, now);
    if (!by_user.empty()) {
        count(by_user, options_.free_per_user, now);
    }
    return {};
}

void SignInLimits::succeeded(const SignInName& name, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    forget(name.key());
    const auto address = address_key(name, peer);
    auto* of_peer = known(address, now);
    if (of_peer == nullptr) {
        return;
    }
    of_peer->failures = std::max(0, of_peer->failures - 1);
    of_peer->blocked_until = {};
    if (of_peer->failures == 0) {
        forget(address);
    }
}

void SignInLimits::forgive(std::string_view person_or_client) {
    const std::lock_guard lock{mutex_};
    forget(SignInName{person_or_client}.key());
    const auto of_client = client_key(person_or_client);
    std::erase_if(index_, [&](const auto& entry) {
        const bool meant = entry.first.starts_with(of_client);
        if (meant) {
            by_use_.erase(entry.second);
        }
        return meant;
    });
}

void SignInLimits::taken_back(const SignInName& name, std::string_view peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    take_one_back(name.key(), options_.free_per_user, now);
    take_one_back(address_key(name, peer), options_.free_per_peer, now);
}

}  // namespace slipway::identity
