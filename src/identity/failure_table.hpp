#pragma once

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace slipway::identity {

/// Failures in a row by key, for one kind of attempts. Bounded: when it is full the key with the fewest failures is forgotten, the longest unused first, but
/// none that must wait, or had to. Not thread-safe.
class FailureTable {
public:
    struct Bounds {
        int free{0};  ///< failures before a key must wait
        std::size_t capacity{0};
        Milliseconds longest_wait{0};
        Milliseconds forget_after{0};  ///< of quiet
    };
    explicit FailureTable(Bounds bounds) : bounds_{bounds}, by_failures_(static_cast<std::size_t>(bounds.free) + 1) {}

    /// How long until an attempt may be counted: while the key must wait, or there is no room for it.
    Milliseconds wait(const std::string& key, Steady now);
    /// How many failures in a row are counted; 0 where it is not known.
    int failures(const std::string& key) const {
        const auto found = index_.find(key);
        return found == index_.end() ? 0 : found->second->failures;
    }
    /// One failure more. Not while wait() says that there is something to wait for.
    void count(const std::string& key, Steady now);
    /// One failure less. @param go_on a wait that began ends as well.
    void take_back(const std::string& key, bool go_on, Steady now);
    void forget(const std::string& key);
    void forget_all_of(std::string_view prefix);

private:
    struct Entry {
        std::string key;
        int failures{0};
        Steady last{};
        Steady blocked_until{};
    };
    using Entries = std::list<Entry>;
    Entries& entries_of(const Entry& entry);
    Entry* known(const std::string& key, Steady now);
    Milliseconds until_room(Steady now) const;
    void make_room(Steady now);

    const Bounds bounds_;
    std::vector<Entries> by_failures_;  ///< up to those that are to wait; in each the one used last at the end
    std::unordered_map<std::string, Entries::iterator> index_;
};

}  // namespace slipway::identity
