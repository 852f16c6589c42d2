#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>

#include "base/http_transport.hpp"

namespace slipway {

/// While it lives, peers have two seconds more to answer: then what is under way is given up. All of it may be done again.
class Impatience {
public:
    explicit Impatience(std::atomic<bool>& cancelled)
        : cancelled_{cancelled}, thread_{[this](const std::stop_token& stop) {
              constexpr Milliseconds kPatience{2'000};
              std::mutex mutex;
              std::condition_variable_any over;
              std::unique_lock lock{mutex};
              over.wait_for(lock, stop, kPatience, [] { return false; });
              cancelled_ = !stop.stop_requested();
          }} {}
    ~Impatience() {
        thread_.request_stop();
        thread_.join();
        cancelled_ = false;
    }
    Impatience(const Impatience&) = delete;
    Impatience& operator=(const Impatience&) = delete;

private:
    std::atomic<bool>& cancelled_;
    std::jthread thread_;
};

/// Waits for `work`, which has a thread of its own. @return false when it is not over by then: it goes on, and whatever it touches must live as long.
inline bool over_within(Milliseconds patience, std::move_only_function<void()> work) {
    auto over = std::make_shared<std::promise<void>>();
    auto done = over->get_future();
    std::thread{[over, work = std::move(work)]() mutable {
        work();
        over->set_value();
    }}.detach();
    return done.wait_for(patience) == std::future_status::ready;
}

/// A transport whose requests end once somebody has no patience left.
class InterruptibleTransport final : public HttpTransport {
public:
    /// Both must outlive it.
    InterruptibleTransport(HttpTransport& inner, const std::atomic<bool>& cancelled) : inner_{inner}, cancelled_{cancelled} {}
    Result<HttpResponse> send(const HttpRequest& request) override {
        auto with = request;
        with.cancelled = request.cancelled != nullptr ? request.cancelled : &cancelled_;
        return inner_.send(with);
    }

private:
    HttpTransport& inner_;
    const std::atomic<bool>& cancelled_;
};

}  // namespace slipway
