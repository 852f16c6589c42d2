#pragma once

#include "spark/job_state.hpp"

namespace slipway::spark {

constexpr Timestamp kNow{Milliseconds{1'795'633'200'000}};  // 2026-11-25T19:00:00Z

/// The record of a job that has run for 134 s as the application `app-1`.
inline JobRecord running() {
    JobRecord record{.job_id = "j", .phase = JobPhase::RUNNING, .attempt = 1, .tag = "mmj-0-1"};
    record.launched_ms = to_epoch_ms(kNow) - 134'000;
    record.running_ms = record.launched_ms;
    record.application_id = "app-1";
    return record;
}

}  // namespace slipway::spark
