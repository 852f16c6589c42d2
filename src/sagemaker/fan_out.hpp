#pragma once

#include <cstddef>
#include <functional>

#include "base/worker_pool.hpp"

namespace slipway::sagemaker {

/// Runs numbered pieces of work side by side, and hands each on as it ends: one that takes long holds none of the others up. Thread-safe.
class FanOut {
public:
    /// @param pool whose threads help; @param width pieces at a time, the caller's own among them: it works as long as helpers are missing.
    FanOut(WorkerPool& pool, std::size_t width) : pool_{pool}, width_{width} {}

    /// Runs `work(0)` … `work(count - 1)`, here and on the pool, and calls `each(i)` for them here, one at a time, in the order in which they end. Where the
    /// pool is busy the caller does all of it alone. When `each` says false no further piece is begun and none is handed on. All that was begun has ended on
    /// return.
    /// @param work must be thread-safe; @param idle is called here now and then while there is nothing to hand on.
    void run(
        std::size_t count, const std::function<void(std::size_t)>& work, const std::function<bool(std::size_t)>& each,
        const std::function<void()>& idle = [] {});

private:
    WorkerPool& pool_;
    std::size_t width_;
};

}  // namespace slipway::sagemaker
