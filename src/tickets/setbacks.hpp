#pragma once

#include <algorithm>
#include <map>
#include <string>

#include "base/clock.hpp"

namespace slipway::tickets {

/// Issues for which the system gave no answer while it served others: each is asked about again after pauses that grow from 30 s to 15 min. Forgotten at a
/// restart. Used by one thread.
class Setbacks {
public:
    bool is_due(const std::string& issue_id, Steady now) const {
        const auto found = all_.find(issue_id);
        return found == all_.end() || found->second.next <= now;
    }
    bool contains(const std::string& issue_id) const { return all_.contains(issue_id); }
    void add(const std::string& issue_id, Steady now) {
        auto& one = all_[issue_id];
        one.pause = std::clamp(one.pause * 2, kFirst, kLongest);
        one.next = now + one.pause;
    }
    /// It is due at once, however often it failed.
    void hurry(const std::string& issue_id) {
        if (const auto found = all_.find(issue_id); found != all_.end()) {
            found->second.next = {};
        }
    }
    void remove(const std::string& issue_id) { all_.erase(issue_id); }

private:
    static constexpr Milliseconds kFirst = std::chrono::seconds{30};
    static constexpr Milliseconds kLongest = std::chrono::minutes{15};
    struct One {
        Milliseconds pause{0};
        Steady next{};
    };
    std::map<std::string, One> all_;
};

}  // namespace slipway::tickets
