#include "adapters/process/marked_processes.hpp"

#include <charconv>
#include <filesystem>
#include <fmt/format.h>

#include "spark/job_folder.hpp"

namespace slipway::process {
namespace {

using spark::JobFolder;

constexpr std::size_t kMaxStat = 4096;
constexpr std::size_t kMaxEnvironment = 2U << 20;

/// What `/proc/PID/stat` says behind the name, which may hold anything.
struct Stat {
    char state{'X'};
    pid_t group{0};
    pid_t session{0};
    std::string start_time;
};

std::optional<Stat> stat_of(pid_t pid) {
    const auto text = JobFolder::read_file(fmt::format("/proc/{}/stat", pid), kMaxStat);
    if (pid <= 0 || !text || !*text) {
        return std::nullopt;
    }
    std::string_view rest{**text};
    const auto name_end = rest.rfind(')');
    if (name_end == std::string_view::npos || name_end + 2 >= rest.size()) {
        return std::nullopt;
    }
    rest.remove_prefix(name_end + 2);
    Stat out{.state = rest.front(), .group = 0, .session = 0, .start_time = {}};
    for (int field = 3; field < 22; ++field) {
        rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
        if (field + 1 == 5) {
            std::from_chars(rest.data(), rest.data() + rest.size(), out.group);
        } else if (field + 1 == 6) {
            std::from_chars(rest.data(), rest.data() + rest.size(), out.session);
        }
    }
    out.start_time = rest.substr(0, rest.find(' '));
    return out;
}

bool is_dead(const Stat& stat) {
    return stat.state == 'Z' || stat.state == 'X';
}

bool carries(pid_t pid, std::string_view mark) {
    const auto text = JobFolder::read_file(fmt::format("/proc/{}/environ", pid), kMaxEnvironment);
    std::string_view rest = text && *text ? std::string_view{**text} : std::string_view{};
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\0'), rest.size());
        if (rest.substr(0, end) == mark) {
            return true;
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

}  // namespace

std::optional<Identity> identity_of(std::string_view text) {
    if (!text.ends_with('\n')) {
        return std::nullopt;
    }
    Identity out;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out.pid);
    if (problem != std::errc{}) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    const auto cut = std::min(text.find_first_of(" \n"), text.size());
    out.start_time = text.substr(0, cut);
    text.remove_prefix(std::min(cut + 1, text.size()));
    out.boot = text.substr(0, text.find('\n'));
    return out;
}

bool is_alive(const Identity& process) {
    const auto stat = stat_of(process.pid);
    return stat && !is_dead(*stat) && stat->start_time == process.start_time && is_this_boot(process);
}

bool is_this_boot(const Identity& process) {
    const auto boot = JobFolder::read_file("/proc/sys/kernel/random/boot_id", 64);
    return process.boot.empty() || !boot || !*boot || **boot == process.boot + "\n";
}

std::vector<pid_t> processes_of(pid_t leader, pid_t supervisor, std::string_view mark) {
    std::vector<pid_t> found;
    std::error_code problem;
    // Not by a range: its step throws where the folder cannot be read on.
    for (std::filesystem::directory_iterator at{"/proc", problem}, end; !problem && at != end; at.increment(problem)) {
        const auto name = at->path().filename().string();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ec != std::errc{} || pid <= 0) {
            continue;
        }
        const auto stat = stat_of(pid);
        if (stat && !is_dead(*stat) && ((stat->group == leader && stat->session == supervisor) || (!mark.empty() && carries(pid, mark)))) {
            found.push_back(pid);
        }
    }
    return found;
}

}  // namespace slipway::process
