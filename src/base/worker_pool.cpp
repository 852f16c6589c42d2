#include "base/worker_pool.hpp"

#include <algorithm>
#include <exception>
#include <pthread.h>
#include <sched.h>
#include <system_error>

#include "base/log.hpp"

namespace slipway {

namespace {

thread_local WorkerPool* pool_of_thread = nullptr;
thread_local bool thread_waits = false;

/// Whoever is woken waits for its turn instead of interrupting who works: most often that is the one that leads a commit, for which others wait.
/// What a worker starts (spark-submit) is scheduled as usual. Where the system refuses it, all goes on as before.
void wait_for_turns() {
    const sched_param none{};
    ::sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none);
}

}  // namespace

WorkerPool::WorkerPool(std::string name, Bounds bounds)
    : name_{std::move(name)},
      bounds_{.threads = std::max<std::size_t>(bounds.threads, 1),
              .capacity = bounds.capacity,
              .running = bounds.running == 0 ? std::max<std::size_t>(bounds.threads, 1) : bounds.running} {}

WorkerPool::~WorkerPool() {
    finish();
}

void WorkerPool::finish() {
    close();
    for (auto& worker : workers_) {  // none is added any more
        if (worker.thread.joinable()) {
            worker.thread.join();
        }
    }
}

void WorkerPool::close() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    for (auto* worker : idle_) {
        worker->parker.unpark();  // without work: it ends
    }
    idle_.clear();
}

/// A thread for one more work, counted as running; nothing when all are at work. Called with the lock.
WorkerPool::Worker* WorkerPool::take_worker() {
    if (running_ >= bounds_.running) {
        return nullptr;
    }
    if (!idle_.empty()) {
        auto* worker = idle_.back();
        idle_.pop_back();
        ++running_;
        return worker;
    }
    if (workers_.size() >= bounds_.threads || closed_) {
        return nullptr;
    }
    auto& made = workers_.emplace_back();
    try {
        made.thread = std::jthread{[this, &made] { run(made); }};
    } catch (const std::system_error&) {
        workers_.pop_back();  // no more threads to be had: those that are there do the work
        return nullptr;
    }
    ++running_;
    return &made;
}

bool WorkerPool::post(Work work) {
    Worker* worker = nullptr;
    {
        const std::lock_guard lock{mutex_};
        if (closed_) {
            return false;
        }
        worker = queue_.empty() ? take_worker() : nullptr;
        if (worker == nullptr) {
            if (queue_.size() >= bounds_.capacity || workers_.empty()) {
                return false;
            }
            queue_.push_back(std::move(work));
            return true;
        }
        worker->work = std::move(work);
    }
    worker->parker.unpark();
    return true;
}

std::size_t WorkerPool::queued() const {
    const std::lock_guard lock{mutex_};
    return queue_.size();
}

/// What `self` does next; nothing when it is to sleep, or to end when the pool is closed.
WorkerPool::Work WorkerPool::next_for(Worker& self) {
    const std::lock_guard lock{mutex_};
    // Those that came back from a Waiting may be one too many.
    if (!queue_.empty() && (running_ <= bounds_.running || closed_)) {
        auto work = std::move(queue_.front());
        queue_.pop_front();
        return work;
    }
    --running_;
    if (closed_) {
        self.parker.unpark();
    } else {
        idle_.push_back(&self);
    }
    return {};
}

void WorkerPool::run(Worker& self) {
    // The kernel takes names of 15 characters at most.
    ::pthread_setname_np(::pthread_self(), name_.substr(0, 15).c_str());
    wait_for_turns();
    pool_of_thread = this;
    while (true) {
        self.parker.park();
        if (!self.work) {
            return;
        }
        for (auto work = std::exchange(self.work, {}); work; work = next_for(self)) {
            perform(work);
        }
    }
}

void WorkerPool::perform(Work& work) {
    try {
        work();
    } catch (const std::exception& e) {
        log::error("work.threw", {{"pool", name_}, {"what", e.what()}});
    } catch (...) {
        log::error("work.threw", {{"pool", name_}, {"what", "no std::exception"}});
    }
}

/// Gives queued work to a thread that may run now.
void WorkerPool::hand_over() {
    Worker* worker = nullptr;
    {
        const std::lock_guard lock{mutex_};
        --running_;
        worker = queue_.empty() ? nullptr : take_worker();
        if (worker == nullptr) {
            return;
        }
        worker->work = std::move(queue_.front());
        queue_.pop_front();
    }
    worker->parker.unpark();
}

void WorkerPool::resume() {
    const std::lock_guard lock{mutex_};
    ++running_;
}

WorkerPool::Waiting::Waiting() : pool_{thread_waits ? nullptr : pool_of_thread} {
    if (pool_ != nullptr) {
        thread_waits = true;
        pool_->hand_over();
    }
}

WorkerPool::Waiting::~Waiting() {
    if (pool_ != nullptr) {
        pool_->resume();
        thread_waits = false;
    }
}

}  // namespace slipway
