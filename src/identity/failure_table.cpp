#include "identity/failure_table.hpp"

#include <algorithm>

namespace slipway::identity {

FailureTable::Entries& FailureTable::entries_of(const Entry& entry) {
    return by_failures_[static_cast<std::size_t>(std::min(entry.failures, bounds_.free))];
}

/// The entry of `key`, used now; nothing when there is none or it is forgotten.
FailureTable::Entry* FailureTable::known(const std::string& key, Steady now) {
    const auto found = index_.find(key);
    if (found == index_.end()) {
        return nullptr;
    }
    auto& entry = *found->second;
    if (now - entry.last >= bounds_.forget_after) {
        forget(key);
        return nullptr;
    }
    entry.last = now;
    auto& among = entries_of(entry);
    among.splice(among.end(), among, found->second);
    return &entry;
}

/// How long until one more fits in; at once while one that need not wait can be forgotten for it.
Milliseconds FailureTable::until_room(Steady now) const {
    const auto& slowed = by_failures_.back();
    if (index_.size() < bounds_.capacity || slowed.size() < index_.size()) {
        return Milliseconds{0};
    }
    const auto quiet = now - slowed.front().last;
    return std::max(Milliseconds{0}, std::chrono::ceil<Milliseconds>(bounds_.forget_after - quiet));
}

void FailureTable::make_room(Steady now) {
    if (index_.size() < bounds_.capacity) {
        return;
    }
    const auto is_forgotten = [&](const Entries& entries) { return !entries.empty() && now - entries.front().last >= bounds_.forget_after; };
    auto from = std::ranges::find_if(by_failures_, is_forgotten);
    if (from == by_failures_.end()) {
        from = std::ranges::find_if(by_failures_, [](const Entries& entries) { return !entries.empty(); });
    }
    index_.erase(from->front().key);
    from->pop_front();
}

Milliseconds FailureTable::wait(const std::string& key, Steady now) {
    const auto* entry = known(key, now);
    if (entry == nullptr) {
        return until_room(now);
    }
    return entry->blocked_until > now ? std::chrono::ceil<Milliseconds>(entry->blocked_until - now) : Milliseconds{0};
}

void FailureTable::count(const std::string& key, Steady now) {
    auto* entry = known(key, now);
    if (entry == nullptr) {
        make_room(now);
        by_failures_.front().push_back({.key = key, .failures = 0, .last = now, .blocked_until = {}});
        index_[key] = std::prev(by_failures_.front().end());
        entry = &by_failures_.front().back();
    }
    auto& from = entries_of(*entry);
    ++entry->failures;
    auto& to = entries_of(*entry);
    to.splice(to.end(), from, index_[key]);
    if (entry->failures >= bounds_.free) {
        const auto doublings = std::min(entry->failures - bounds_.free, 20);
        entry->blocked_until = now + std::min<Milliseconds>(bounds_.longest_wait, std::chrono::seconds{1LL << doublings});
    }
}

void FailureTable::take_back(const std::string& key, bool go_on, Steady now) {
    auto* entry = known(key, now);
    if (entry == nullptr) {
        return;
    }
    auto& from = entries_of(*entry);
    entry->failures = std::max(0, entry->failures - 1);
    auto& to = entries_of(*entry);
    to.splice(to.end(), from, index_[key]);
    if (go_on || entry->failures < bounds_.free) {
        entry->blocked_until = {};
    }
    if (entry->failures == 0) {
        forget(key);
    }
}

void FailureTable::forget(const std::string& key) {
    if (const auto found = index_.find(key); found != index_.end()) {
        entries_of(*found->second).erase(found->second);
        index_.erase(found);
    }
}

void FailureTable::forget_all_of(std::string_view prefix) {
    std::erase_if(index_, [&](const auto& entry) {
        const bool meant = entry.first.starts_with(prefix);
        if (meant) {
            entries_of(*entry.second).erase(entry.second);
        }
        return meant;
    });
}

}  // namespace slipway::identity
