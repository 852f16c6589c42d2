#include "spark/cycle_watch.hpp"

#include <fmt/format.h>

namespace slipway::spark {

void CycleWatch::begin() {
    const std::lock_guard lock{mutex_};
    running_ = true;
    begun_ = clock_.steady();
    started_ = clock_.now();
}

void CycleWatch::end() {
    const std::lock_guard lock{mutex_};
    running_ = false;
    runs_ += 1;
    ended_ = clock_.steady();
    duration_ = passed(begun_);
}

std::string CycleWatch::trouble() const {
    const std::lock_guard lock{mutex_};
    return running_ && passed(begun_) > longest_
               ? fmt::format("The job monitor hangs: its cycle has taken {} s so far. Jobs are not followed; restart the service.",
                             passed(begun_).count() / 1000)
               : "";
}

std::optional<Milliseconds> CycleWatch::since_last() const {
    const std::lock_guard lock{mutex_};
    return ended_ ? std::optional{passed(*ended_)} : std::nullopt;
}

TaskStatus CycleWatch::status(std::string name, Milliseconds period) const {
    auto fault = trouble();
    const std::lock_guard lock{mutex_};
    return {.name = std::move(name),
            .period = period,
            .running = running_,
            .runs = runs_,
            .failures = fault.empty() ? 0U : 1U,
            .last_started = started_,
            .last_duration = duration_,
            .last_error = std::move(fault)};
}

}  // namespace slipway::spark
