#pragma once

#include <string>

#include "base/metrics.hpp"

namespace slipway::process {

/// Sets the gauges of this process and its host under Micrometer's names: `process_cpu_usage`, `process_uptime_seconds`, `process_start_time_seconds`,
/// `process_files_open_files`, `process_files_max_files`, `process_resident_memory_bytes`, `process_threads`, `system_cpu_count`, `system_load_average_1m`,
/// `disk_free_bytes`, `disk_total_bytes` of `data_dir` (without one, none). Call it when somebody asks. Thread-safe.
void measure(Metrics& metrics, const std::string& data_dir);

}  // namespace slipway::process
