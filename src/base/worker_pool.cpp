#include "base/worker_pool.hpp"

#include <exception>
#include <pthread.h>

#include "base/log.hpp"

namespace slipway {

WorkerPool::WorkerPool(std::string name, std::size_t threads, std::size_t capacity) : name_{std::move(name)}, queue_{capacity} {
    threads_.reserve(threads);
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
    }
}

WorkerPool::~WorkerPool() {
    close();
    // A stop request leaves what is queued to be taken: pop() gives out items first.
    threads_.clear();
}

bool WorkerPool::post(Work work) {
    return queue_.try_push(work);
}

void WorkerPool::run(const std::stop_token& stop) {
    // The kernel takes names of 15 characters at most.
    ::pthread_setname_np(::pthread_self(), name_.substr(0, 15).c_str());
    while (auto work = queue_.pop(stop)) {
        try {
            (*work)();
        } catch (const std::exception& e) {
            log::error("work.threw", {{"pool", name_}, {"what", e.what()}});
        } catch (...) {
            log::error("work.threw", {{"pool", name_}, {"what", "no std::exception"}});
        }
    }
}

}  // namespace slipway
