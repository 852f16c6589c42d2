#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"

namespace slipway {

/// A reconciler: an idempotent function that takes no input and is run again and again. It retries by running again.
struct BackgroundTask {
    std::string name;        ///< snake_case, shown at /actuator/tasks
    Milliseconds period{0};  ///< between the end of a run and the next start, ± 10 %
    std::function<Result<void>(const std::stop_token&)> run;
    Milliseconds rest{0};  ///< from one start to the next at least, however often it is activated: many activations are one run
};

/// What /actuator/tasks shows of a task.
struct TaskStatus {
    std::string name;
    Milliseconds period{0};
    bool running{false};
    std::uint64_t runs{0};
    std::uint64_t failures{0};
    std::optional<Timestamp> last_started;
    std::optional<Milliseconds> last_duration;
    std::string last_error;  ///< message of the last failed run, empty after a good one
};

/// Runs tasks on the `jobs` pool: each once at a time, at its period or when activated. Thread-safe.
class BackgroundDriver {
public:
    BackgroundDriver(const Clock& clock, std::size_t threads);
    /// Asks running tasks to stop and joins.
    ~BackgroundDriver();

    /// Before start() only.
    void add(BackgroundTask task);
    void start();
    /// Runs the task as soon as it has rested; once more if it is running now.
    void activate(const std::string& name);
    std::vector<TaskStatus> status() const;
    /// Asks running tasks to stop and waits for them. Idempotent.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace slipway
