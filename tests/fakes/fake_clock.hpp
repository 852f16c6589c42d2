#pragma once

#include <atomic>
#include <fmt/format.h>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace slipway::fakes {

/// A clock that stands still until it is moved. Thread-safe.
class FakeClock final : public Clock {
public:
    explicit FakeClock(Timestamp start = from_epoch_ms(1795633204123)) : now_ms_{to_epoch_ms(start)} {}
    Timestamp now() const override { return from_epoch_ms(now_ms_); }
    Steady steady() const override { return Steady{std::chrono::milliseconds{steady_ms_}}; }
    void advance(Milliseconds by) {
        now_ms_ += by.count();
        steady_ms_ += by.count();
    }
    /// The wall clock alone, as an operator or NTP would.
    void jump(Milliseconds by) { now_ms_ += by.count(); }

private:
    std::atomic<std::int64_t> now_ms_;
    std::atomic<std::int64_t> steady_ms_{1000000};
};

/// 00000000-0000-7000-8000-000000000001, …2, and so on. Thread-safe.
class FakeIds final : public IdSource {
public:
    std::string next(Timestamp) override { return fmt::format("00000000-0000-7000-8000-{:012x}", ++count_); }

private:
    std::atomic<std::uint64_t> count_{0};
};

}  // namespace slipway::fakes
