#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/bounded_queue.hpp"

namespace slipway {

/// A fixed number of threads that run posted work. The bulkheads of the server are pools (`api`, `outbound`, `jobs`).
class WorkerPool {
public:
    using Work = std::move_only_function<void()>;

    /// @param name shown in thread names and metrics; @param capacity of the waiting queue.
    WorkerPool(std::string name, std::size_t threads, std::size_t capacity);
    /// Runs what is queued, then joins.
    ~WorkerPool();

    /// @return false when the queue is full: answer 503. Never waits. Exceptions of `work` are logged and swallowed.
    bool post(Work work);
    std::size_t queued() const { return queue_.size(); }
    const std::string& name() const { return name_; }
    /// Takes no more work; queued work still runs. Idempotent.
    void close() { queue_.close(); }

private:
    void run(const std::stop_token& stop);
    std::string name_;
    BoundedQueue<Work> queue_;
    std::vector<std::jthread> threads_;
};

}  // namespace slipway
