#include "base/background.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <random>
#include <utility>

#include "base/background_schedule.hpp"
#include "base/log.hpp"

namespace slipway {

struct BackgroundDriver::Impl {
    const Clock& clock;
    std::size_t threads;
    std::vector<BackgroundTask> tasks;

    mutable std::mutex mutex;
    std::condition_variable_any changed;
    bool dirty{false};
    bool started{false};
    BackgroundSchedule schedule;
    std::vector<TaskStatus> states;
    std::minstd_rand random{std::random_device{}()};

    std::stop_source stopping;
    std::unique_ptr<WorkerPool> pool;
    std::jthread driver;

    void wake() {
        dirty = true;
        changed.notify_all();
    }

    void drive(const std::stop_token& stop) {
        std::unique_lock lock{mutex};
        while (!stop.stop_requested()) {
            for (const auto task : schedule.take_due(clock.steady())) {
                // The queue has a place for each task, and each runs once at a time.
                SW_ASSERT(pool->post([this, task] { run(task); }), "the queue of the background pool is too short");
            }
            dirty = false;
            const auto woken = [this] { return dirty; };
            if (const auto next = schedule.next_due()) {
                changed.wait_for(lock, stop, *next - clock.steady(), woken);
            } else {
                changed.wait(lock, stop, woken);
            }
        }
    }

    void run(std::size_t task) {
        if (stopping.stop_requested()) {
            return;
        }
        const auto began = clock.steady();
        {
            const std::lock_guard lock{mutex};
            states[task].running = true;
            states[task].last_started = clock.now();
        }
        const auto result = run_guarded(tasks[task], stopping.get_token());
        if (!result) {
            log::warn("task.failed",
                      {{"task", tasks[task].name}, {"reason", result.error().reason}, {"message", result.error().message}, {"detail", result.error().detail}});
        }
        const auto ended = clock.steady();
        const std::lock_guard lock{mutex};
        auto& state = states[task];
        state.running = false;
        ++state.runs;
        state.failures += result ? 0 : 1;
        state.last_duration = std::chrono::duration_cast<Milliseconds>(ended - began);
        state.last_error = result ? std::string{} : result.error().message;
        schedule.finished(task, ended, std::uniform_real_distribution<>{}(random));
        wake();
    }

    static Result<void> run_guarded(const BackgroundTask& task, const std::stop_token& stop) {
        try {
            return task.run(stop);
        } catch (const std::exception& e) {
            return fail(ErrorCode::internal, "TASK_THREW", "The task " + task.name + " failed unexpectedly: " + e.what());
        }
    }
};

BackgroundDriver::BackgroundDriver(const Clock& clock, std::size_t threads) : impl_{new Impl{.clock = clock, .threads = threads}} {}

BackgroundDriver::~BackgroundDriver() {
    stop();
}

void BackgroundDriver::add(BackgroundTask task) {
    const std::lock_guard lock{impl_->mutex};
    SW_ASSERT(!impl_->started, "background tasks are added before the start");
    impl_->states.push_back({.name = task.name, .period = task.period});
    impl_->tasks.push_back(std::move(task));
}

void BackgroundDriver::start() {
    const std::lock_guard lock{impl_->mutex};
    SW_ASSERT(!std::exchange(impl_->started, true), "the background driver starts once");
    for (const auto& task : impl_->tasks) {
        impl_->schedule.add(task.period, impl_->clock.steady(), task.rest);
    }
    impl_->pool = std::make_unique<WorkerPool>("jobs", impl_->threads, impl_->tasks.size());
    impl_->driver = std::jthread{[impl = impl_.get()](const std::stop_token& stop) { impl->drive(stop); }};
}

void BackgroundDriver::activate(const std::string& name) {
    const std::lock_guard lock{impl_->mutex};
    for (std::size_t i = 0; i < impl_->tasks.size(); ++i) {
        if (impl_->tasks[i].name == name && impl_->started) {
            // Each commit comes here: who waits is woken for the first one.
            if (impl_->schedule.activate(i)) {
                impl_->wake();
            }
        }
    }
}

std::vector<TaskStatus> BackgroundDriver::status() const {
    const std::lock_guard lock{impl_->mutex};
    return impl_->states;
}

void BackgroundDriver::stop() {
    impl_->stopping.request_stop();
    if (impl_->driver.joinable()) {
        impl_->driver.request_stop();
        impl_->driver.join();
    }
    impl_->pool.reset();
}

}  // namespace slipway
