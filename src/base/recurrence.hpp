#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.hpp"

namespace slipway {

/// Keeps a fault that goes on from filling the log: it is told when it begins, then after 1, 2, 4, … at most 60 minutes. Decides, writes nothing, knows no
/// clock. Not thread-safe.
class Recurrence {
public:
    /// The fault came (again). @return how often since it was told last when it is to be told now, else nothing.
    std::optional<std::int64_t> told(Steady now, std::string_view code) {
        if (faults_.size() >= kMostCodes && !faults_.contains(code)) {
            faults_.clear();
        }
        auto& fault = faults_.try_emplace(std::string{code}).first->second;
        ++fault.times;
        if (fault.pause != Milliseconds{0} && now < fault.next) {
            return std::nullopt;
        }
        fault.pause = fault.pause == Milliseconds{0} ? kFirst : std::min(fault.pause * 2, kLongest);
        fault.next = now + fault.pause;
        return std::exchange(fault.times, 0);
    }
    /// All is well: the next fault is told at once.
    void over() { faults_.clear(); }

private:
    static constexpr Milliseconds kFirst{60'000};
    static constexpr Milliseconds kLongest{3'600'000};
    static constexpr std::size_t kMostCodes = 16;
    struct Fault {
        Milliseconds pause{0};
        Steady next{};
        std::int64_t times{0};
    };
    std::map<std::string, Fault, std::less<>> faults_;
};

}  // namespace slipway
