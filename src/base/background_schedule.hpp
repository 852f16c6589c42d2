#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace slipway {

/// Which background task is due when. No thread, no clock: the driver asks and tells. Not thread-safe.
class BackgroundSchedule {
public:
    /// A new task, due from `now` on. @param rest least time from one start to the next. @return its index.
    std::size_t add(Milliseconds period, Steady now, Milliseconds rest = Milliseconds{0}) {
        slots_.push_back({.period = period, .rest = rest, .due = now, .rested = now});
        return slots_.size() - 1;
    }

    /// Tasks to start at `now`; they count as running from then on.
    std::vector<std::size_t> take_due(Steady now) {
        std::vector<std::size_t> due;
        for (std::size_t i = 0; i < slots_.size(); ++i) {
            auto& slot = slots_[i];
            if (!slot.running && slot.next() <= now) {
                slot.running = true;
                slot.activated = false;
                slot.rested = now + slot.rest;
                due.push_back(i);
            }
        }
        return due;
    }

    /// A run has ended. @param random in [0, 1): spreads the next start over ± 10 % of the period.
    void finished(std::size_t task, Steady now, double random) {
        auto& slot = slots_[task];
        slot.running = false;
        const double factor = 0.9 + 0.2 * random;
        slot.due = now + std::chrono::duration_cast<Steady::duration>(slot.period * factor);
    }

    /// Due as soon as it has rested; when it is running now, once more after that.
    /// @return false when it was activated already and has not begun since: nothing is due earlier than before.
    bool activate(std::size_t task) { return !std::exchange(slots_[task].activated, true); }

    bool running(std::size_t task) const { return slots_[task].running; }

    /// When take_due() has something next, or nothing when all tasks run or there are none.
    std::optional<Steady> next_due() const {
        std::optional<Steady> next;
        for (const auto& slot : slots_) {
            if (!slot.running) {
                next = next ? std::min(*next, slot.next()) : slot.next();
            }
        }
        return next;
    }

private:
    struct Slot {
        Milliseconds period{0};
        Milliseconds rest{0};
        Steady due;
        Steady rested;  ///< not started again before
        bool running{false};
        bool activated{false};

        Steady next() const { return activated ? rested : std::max(due, rested); }
    };
    std::vector<Slot> slots_;
};

}  // namespace slipway
