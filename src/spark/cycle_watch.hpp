#pragma once

#include <mutex>
#include <string>

#include "base/background.hpp"

namespace slipway::spark {

/// Watches work that one thread does again and again, from outside: a cycle that hangs says nothing of itself. Thread-safe.
class CycleWatch {
public:
    /// @param longest a cycle that takes longer hangs.
    explicit CycleWatch(const Clock& clock, Milliseconds longest = Milliseconds{60'000}) : clock_{clock}, longest_{longest} {}

    /// The thread that does the work calls both, around each cycle.
    void begin();
    void end();

    /// What is wrong, in a sentence; empty while all is well. Before the first cycle nothing is.
    std::string trouble() const;
    /// Milliseconds since the last cycle ended; nothing before.
    std::optional<Milliseconds> since_last() const;
    /// As a task of /actuator/tasks.
    TaskStatus status(std::string name, Milliseconds period) const;

private:
    Milliseconds passed(Steady since) const { return std::chrono::duration_cast<Milliseconds>(clock_.steady() - since); }

    const Clock& clock_;
    const Milliseconds longest_;
    mutable std::mutex mutex_;
    bool running_{false};
    std::uint64_t runs_{0};
    Steady begun_{};
    std::optional<Steady> ended_;
    std::optional<Timestamp> started_;
    std::optional<Milliseconds> duration_;
};

}  // namespace slipway::spark
