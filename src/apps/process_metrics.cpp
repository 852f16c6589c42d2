#include "apps/process_metrics.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include "apps/process.hpp"

namespace slipway::process {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// Of all processors, since the last time somebody asked; since the start at first.
double cpu_usage(double used, double processors) {
    static std::mutex mutex;
    static double last_used = 0;
    static double last_age = 0;
    const std::lock_guard lock{mutex};
    const double now = static_cast<double>(age().count()) / 1000;
    const double wall = std::max(now - last_age, 0.001);
    const double usage = (used - last_used) / wall / processors;
    last_used = used;
    last_age = now;
    return usage;
}

/// Lines `Name:  12 kB` of /proc/self/status.
double status_number(std::string_view name) {
    std::ifstream file{"/proc/self/status"};
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(name)) {
            return std::strtod(line.c_str() + name.size(), nullptr);
        }
    }
    return 0;
}

double open_files() {
    std::error_code problem;
    double count = 0;
    for (std::filesystem::directory_iterator at{"/proc/self/fd", problem}, end; !problem && at != end; at.increment(problem)) {
        count += 1;
    }
    return std::max(0.0, count - 1);  // the folder itself
}

}  // namespace

void measure(Metrics& metrics, const std::string& data_dir) {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    std::array<double, 1> load{};
    ::getloadavg(load.data(), 1);
    const double processors = std::max(1U, std::thread::hardware_concurrency());
    const double uptime = static_cast<double>(age().count()) / 1000;
    const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    metrics.gauge("process_cpu_usage", {}, cpu_usage(seconds(usage.ru_utime) + seconds(usage.ru_stime), processors));
    metrics.gauge("process_uptime_seconds", {}, uptime);
    metrics.gauge("process_start_time_seconds", {}, now - uptime);
    metrics.gauge("process_files_open_files", {}, open_files());
    metrics.gauge("process_files_max_files", {}, static_cast<double>(files.rlim_cur));
    metrics.gauge("process_resident_memory_bytes", {}, status_number("VmRSS:") * 1024);
    metrics.gauge("process_threads", {}, status_number("Threads:"));
    metrics.gauge("system_cpu_count", {}, processors);
    metrics.gauge("system_load_average_1m", {}, load[0]);
    std::error_code problem;
    const auto space = std::filesystem::space(data_dir, problem);
    if (!problem) {
        metrics.gauge("disk_free_bytes", {{"path", data_dir}}, static_cast<double>(space.available));
        metrics.gauge("disk_total_bytes", {{"path", data_dir}}, static_cast<double>(space.capacity));
    }
}

}  // namespace slipway::process
