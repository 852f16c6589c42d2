#include "adapters/process/supervisor.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <map>
#include <mutex>
#include <pwd.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/process/end_watch.hpp"
#include "adapters/process/marked_processes.hpp"
#include "spark/job_folder.hpp"

namespace slipway::process {
namespace {

using spark::JobFolder;
using spark::LaunchSpec;
using spark::ProcessReport;

constexpr std::size_t kMaxMarker = 4096;
constexpr std::size_t kMaxSpec = 4U << 20;

std::string marker(const std::string& folder, int attempt, std::string_view what) {
    return fmt::format("{}/attempt-{}.{}", folder, attempt, what);
}

Result<std::optional<Identity>> read_identity(const std::string& path) {
    SW_TRY(const auto text, JobFolder::read_file(path, kMaxMarker));
    return text ? identity_of(*text) : std::nullopt;
}

std::map<std::string, std::string, std::less<>> read_exit(std::string_view text) {
    std::map<std::string, std::string, std::less<>> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (const auto equals = line.find('='); equals != std::string_view::npos) {
            out.emplace(line.substr(0, equals), line.substr(equals + 1));
        }
    }
    return out;
}

std::int64_t number_of(const std::map<std::string, std::string, std::less<>>& record, std::string_view name) {
    std::int64_t out = 0;
    if (const auto found = record.find(name); found != record.end()) {
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), out);
    }
    return out;
}

/// True while somebody holds the supervisor's lock.
bool is_locked(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return false;
    }
    const bool held = ::flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(fd);
    return held;
}

/// Of the host's life since it was started: what is not synced means nothing in the next one.
std::string boot_id() {
    const auto text = JobFolder::read_file("/proc/sys/kernel/random/boot_id", 64);
    return text && *text ? (*text)->substr(0, (*text)->find('\n')) : std::string{};
}

/// As it stands in a spec.
std::string boot_entry() {
    return std::string(1, '\0') + "boot=" + boot_id() + std::string(1, '\0');
}

/// What a spec says under a name, empty where it says nothing.
std::string entry_of(std::string_view spec, std::string_view name) {
    const auto key = std::string(1, '\0') + std::string{name} + "=";
    const auto at = spec.find(key);
    return std::string{at == std::string_view::npos ? "" : spec.substr(at + key.size(), spec.find('\0', at + key.size()) - at - key.size())};
}

Result<void> append_user(const std::string& user, std::vector<std::string>& spec) {
    struct passwd entry{};
    struct passwd* found = nullptr;
    std::string buffer(16384, '\0');
    if (::getpwnam_r(user.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
        return fail(ErrorCode::failed_precondition, "UNKNOWN_USER", fmt::format("This host has no user {} (spark-runtime.jobUser).", user));
    }
    std::vector<gid_t> groups(256);
    int count = static_cast<int>(groups.size());
    if (::getgrouplist(user.c_str(), entry.pw_gid, groups.data(), &count) < 0) {
        count = 0;
    }
    spec.push_back(fmt::format("uid={}", entry.pw_uid));
    spec.push_back(fmt::format("gid={}", entry.pw_gid));
    for (int i = 0; i < count; ++i) {
        spec.push_back(fmt::format("group={}", groups[static_cast<std::size_t>(i)]));
    }
    return {};
}

Result<std::string> spec_text(const LaunchSpec& spec) {
    std::vector<std::string> entries{"slipway-jobd 1"};
    const auto add = [&](std::string_view name, const std::string& value) { entries.push_back(fmt::format("{}={}", name, value)); };
    for (const auto& argument : spec.arguments) {
        add("argv", argument);
    }
    for (const auto& [name, value] : spec.environment) {
        add("env", name + "=" + value);
    }
    add("cwd", spec.working_directory);
    add("stdout", spec.stdout_path);
    add("stderr", spec.stderr_path);
    for (const auto& path : spec.secret_files) {
        add("secret", path);
    }
    if (!spec.held.empty()) {
        add("held", spec.held);
    }
    add("mark", spec.mark);
    add("boot", boot_id());
    if (!spec.user.empty()) {
        SW_CHECK(append_user(spec.user, entries));
    }
    std::string out;
    for (const auto& entry : entries) {
        if (entry.contains('\0')) {
            return fail(ErrorCode::failed_precondition, "BAD_TEXT", "An argument or a variable of the submission has a NUL byte.");
        }
        out += entry;
        out += '\0';
    }
    return out;
}

class JobdSupervisor final : public spark::Supervisor {
public:
    JobdSupervisor(std::string jobd, const Clock& clock, std::function<void()> ended) : jobd_{std::move(jobd)}, clock_{clock}, ends_{std::move(ended)} {}

    Result<void> launch(const LaunchSpec& spec) override {
        SW_TRY(const auto text, spec_text(spec));
        SW_CHECK(JobFolder::write_file(marker(spec.folder, spec.attempt, "spec"), text, false));
        return start(spec.folder, spec.attempt);
    }

    Result<bool> relaunch(const std::string& folder, int attempt) override {
        SW_TRY(const auto spec, JobFolder::read_file(marker(folder, attempt, "spec"), kMaxSpec));
        if (!spec) {
            return false;
        }
        if (!spec->contains(boot_entry())) {
            return fail(ErrorCode::conflict, "OTHER_BOOT", "The host was started anew since the submission was written: it may not be whole.");
        }
        SW_CHECK(start(folder, attempt));
        return true;
    }

    Result<ProcessReport> look(const std::string& folder, int attempt, const std::string& mark) const override {
        reap();
        SW_TRY(const auto ended, JobFolder::read_file(marker(folder, attempt, "exit"), kMaxMarker));
        if (ended) {
            return of_exit(read_exit(*ended));
        }
        if (is_locked(marker(folder, attempt, "lock"))) {
            return ProcessReport{.phase = ProcessReport::Phase::running};
        }
        // On its way to its lock, or the folder was taken away from under it: only once it is gone something follows from what does not lie there.
        const bool supervised = has_child(folder, attempt);
        SW_TRY(const auto again, JobFolder::read_file(marker(folder, attempt, "exit"), kMaxMarker));
        if (again) {
            return of_exit(read_exit(*again));
        }
        if (supervised) {
            return ProcessReport{.phase = ProcessReport::Phase::running};
        }
        SW_TRY(const auto seen, markers_of(folder, attempt, mark));
        const auto left = left_of(seen);
        if (left.empty() && !seen.executed) {
            return ProcessReport{.phase = ProcessReport::Phase::absent};
        }
        const bool leads = !left.empty() && (!seen.program || is_alive(*seen.program));
        return ProcessReport{.phase = leads ? ProcessReport::Phase::orphan : left.empty() ? ProcessReport::Phase::lost : ProcessReport::Phase::remnant};
    }

    Result<void> stop(const std::string& folder, int attempt, bool now, const std::string& mark) override {
        SW_TRY(const auto supervisor, read_identity(marker(folder, attempt, "started")));
        if (supervisor && is_alive(*supervisor)) {
            ::kill(supervisor->pid, now ? SIGUSR1 : SIGTERM);
            return {};
        }
        if (has_child(folder, attempt, now ? SIGUSR1 : SIGTERM)) {
            return {};
        }
        SW_TRY(const auto seen, markers_of(folder, attempt, mark));
        const auto left = left_of(seen);
        const int signal = !left.empty() && (now || asked_before(folder, attempt)) ? SIGKILL : SIGTERM;
        for (const auto pid : left) {
            ::kill(pid, signal);
        }
        return {};
    }

private:
    /// What lies in the folder of an attempt.
    struct Markers {
        std::optional<Identity> program;
        std::optional<Identity> supervisor;
        std::string mark;
        bool executed{false};
    };

    static Result<Markers> markers_of(const std::string& folder, int attempt, const std::string& mark) {
        Markers out;
        SW_TRY(out.program, read_identity(marker(folder, attempt, "process")));
        SW_TRY(out.supervisor, read_identity(marker(folder, attempt, "started")));
        SW_TRY(const auto text, JobFolder::read_file(marker(folder, attempt, "spec"), kMaxSpec));
        const auto spec = text.value_or("");
        out.mark = text ? entry_of(spec, "mark") : mark;
        // As in slipway-jobd: neither the word that nothing was executed nor its deletion is synced.
        const auto held = entry_of(spec, "held");
        const bool withdrawn = ::access(marker(folder, attempt, "withdrawn").c_str(), F_OK) == 0;
        out.executed = !held.empty() && spec.contains(boot_entry()) ? ::access(held.c_str(), F_OK) != 0 && !withdrawn : out.program.has_value();
        return out;
    }

    Result<void> start(std::string folder, int number) {
        reap();
        const auto key = marker(folder, number, "spec");
        std::string attempt = std::to_string(number);
        std::string program = jobd_;
        std::array<char*, 4> arguments{program.data(), folder.data(), attempt.data(), nullptr};
        char* const environment[] = {nullptr};
        posix_spawn_file_actions_t actions;
        ::posix_spawn_file_actions_init(&actions);
        for (const int fd : {0, 1, 2}) {
            ::posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", fd == 0 ? O_RDONLY : O_WRONLY, 0);
        }
        pid_t pid = 0;
        const int problem = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), static_cast<char* const*>(environment));
        ::posix_spawn_file_actions_destroy(&actions);
        if (problem != 0) {
            return fail(ErrorCode::unavailable, "CANNOT_START", fmt::format("{} cannot be started: {}.", jobd_, std::strerror(problem)));
        }
        ends_.watch(pid);
        const std::lock_guard lock{mutex_};
        children_.emplace(key, pid);
        return {};
    }

    /// What lives of a program whose supervisor is gone.
    static std::vector<pid_t> left_of(const Markers& seen) {
        const bool other_boot = seen.supervisor && !is_this_boot(*seen.supervisor);
        if (other_boot || (!seen.program && seen.mark.empty())) {
            return {};
        }
        return processes_of(seen.program ? seen.program->pid : -1, seen.supervisor ? seen.supervisor->pid : 0, seen.mark);
    }

    static ProcessReport of_exit(const std::map<std::string, std::string, std::less<>>& record) {
        ProcessReport report{.phase = ProcessReport::Phase::ended};
        report.exit_code = static_cast<int>(number_of(record, "code"));
        report.signal = static_cast<int>(number_of(record, "signal"));
        report.started = from_epoch_ms(number_of(record, "started"));
        report.ended = from_epoch_ms(number_of(record, "ended"));
        if (const auto failure = record.find("startFailure"); failure != record.end()) {
            report.start_failure = failure->second;
        }
        return report;
    }

    /// Our own children that have ended must not stay as zombies. Of many, all are asked now and then only.
    void reap() const {
        const std::lock_guard lock{mutex_};
        const auto now = clock_.steady();
        if (now >= next_reap_) {
            next_reap_ = now + std::chrono::seconds{1};
            std::erase_if(children_, [](const auto& entry) { return has_ended(entry.second); });
        }
    }

    /// True while a supervisor lives that this service started. @param signal that it is sent; 0: none.
    bool has_child(const std::string& folder, int attempt, int signal = 0) const {
        const std::lock_guard lock{mutex_};
        auto [at, end] = children_.equal_range(marker(folder, attempt, "spec"));
        while (at != end) {
            if (has_ended(at->second)) {
                at = children_.erase(at);
            } else {
                ::kill((at++)->second, signal);
            }
        }
        return children_.contains(marker(folder, attempt, "spec"));
    }

    static bool has_ended(pid_t child) { return ::waitpid(child, nullptr, WNOHANG) != 0; }

    /// An orphan that did not heed SIGTERM for ten seconds gets SIGKILL.
    bool asked_before(const std::string& folder, int attempt) {
        const std::lock_guard lock{mutex_};
        const auto [at, first] = asked_.try_emplace(marker(folder, attempt, "process"), clock_.steady());
        return !first && clock_.steady() - at->second >= std::chrono::seconds{10};
    }

    const std::string jobd_;
    const Clock& clock_;
    mutable std::mutex mutex_;
    mutable std::multimap<std::string, pid_t> children_;
    mutable Steady next_reap_{};
    std::map<std::string, Steady> asked_;
    EndWatch ends_;
};

}  // namespace

std::unique_ptr<spark::Supervisor> make_supervisor(std::string jobd, const Clock& clock, std::function<void()> ended) {
    return std::make_unique<JobdSupervisor>(std::move(jobd), clock, std::move(ended));
}

std::string jobd_beside_us() {
    std::error_code problem;
    const auto self = std::filesystem::read_symlink("/proc/self/exe", problem);
    return (self.parent_path() / "slipway-jobd").string();
}

}  // namespace slipway::process
