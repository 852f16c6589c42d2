#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/parker.hpp"

namespace slipway {

/// Threads that run posted work, made when they are needed and kept. The bulkheads of the server are pools (`api`, `outbound`, `imports`).
class WorkerPool {
public:
    using Work = std::move_only_function<void()>;

    /// How much a pool does at once.
    struct Bounds {
        std::size_t threads;     ///< at most
        std::size_t capacity;    ///< of the queue
        std::size_t running{0};  ///< work that runs at once, without what waits inside a Waiting; 0: as many as there are threads
    };
    /// @param name shown in thread names and metrics.
    WorkerPool(std::string name, Bounds bounds);
    WorkerPool(std::string name, std::size_t threads, std::size_t capacity) : WorkerPool{std::move(name), Bounds{threads, capacity}} {}
    /// Runs what is queued, then joins.
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// @return false when the queue is full: answer 503. Never waits. Exceptions of `work` are logged and swallowed.
    bool post(Work work);
    std::size_t queued() const;
    const std::string& name() const { return name_; }
    /// Takes no more work; queued work still runs. Idempotent.
    void close();
    /// close(), and until all that was taken has run. Idempotent; not from a thread of the pool.
    void finish();

    /// While it lives, the thread waits for a commit or a peer, or computes for long: other work of its pool may run meanwhile.
    /// Does nothing on a thread that is no pool's, or inside another Waiting.
    class Waiting {
    public:
        Waiting();
        ~Waiting();
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;

    private:
        WorkerPool* pool_;
    };

private:
    /// A thread: asleep in `parker` while it has nothing to do.
    struct Worker {
        Parker parker;
        Work work;
        std::jthread thread;
    };
    void run(Worker& self);
    void perform(Work& work);
    Worker* take_worker();
    Work next_for(Worker& self);
    void hand_over();
    void resume();

    const std::string name_;
    const Bounds bounds_;
    mutable std::mutex mutex_;
    std::deque<Work> queue_;
    std::vector<Worker*> idle_;  ///< the last one is the first to work again: its stack and caches are warm
    std::size_t running_{0};
    bool closed_{false};
    std::deque<Worker> workers_;
};

}  // namespace slipway
