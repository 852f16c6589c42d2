// slipway-jobd FOLDER ATTEMPT: supervises one spark-submit and outlives the runtime that started it.
//
// Files in FOLDER, N the attempt; the format is versioned, so that an old supervisor serves a new runtime:
//   attempt-N.spec     what to run: texts separated by NUL, the first `slipway-jobd 1`, then `argv=…`, `env=…`, `cwd=…`, `stdout=…`, `stderr=…`,
//                      `secret=…`, `held=…`, `boot=…`, `uid=…`, …
//   attempt-N.held     made by the runtime before it writes down that it launches, deleted by the program's own process right before it is executed: as long
//                      as it lies there nothing was executed, and who deletes more than that, as a model may, takes nothing back
//   attempt-N.withdrawn  what the runtime renames attempt-N.held to when the attempt is to be executed no more: its program's process finds nothing to delete
//   attempt-N.lock     held (flock) as long as the supervisor lives
//   attempt-N.started  made with O_EXCL and synced: process id, start time and boot of the supervisor
//   attempt-N.process  synced before the program is let go: process id and start time of the program, which leads its own process group. With it, and without
//                      attempt-N.held, a second supervisor ends at once; else nothing was ever executed, and the next one may begin anew (the lock is the
//                      program's, too, until it is executed)
//   attempt-N.exit     how it ended, by rename; on a disk without room it is tried each second, with the lock held
// Exit codes: 0 supervised to the end, 2 wrong use or spec, 3 another supervisor is there, 4 the attempt was executed before, 5 the disk.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "apps/jobd/output.hpp"
#include "apps/jobd/spec.hpp"

namespace {

using jobd::parse_spec;
using jobd::read_whole;
using jobd::Spec;

constexpr int kKillGraceSeconds = 10;

volatile sig_atomic_t g_child_group = 0;
volatile sig_atomic_t g_stop_asked = 0;

/// SIGTERM to the supervisor ends the program's whole group; an alarm makes it final.
void on_stop(int signal) {
    const pid_t group = g_child_group;
    if (group > 0) {
        kill(-group, signal == SIGALRM || signal == SIGUSR1 ? SIGKILL : SIGTERM);
    }
    if (g_stop_asked == 0 || signal == SIGALRM) {  // who asks again and again must not put off the end
        alarm(kKillGraceSeconds);
    }
    g_stop_asked = 1;
}

void sync_folder(const std::string& folder) {
    const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

bool write_synced(const std::string& path, std::string_view text, int flags) {
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
    if (fd < 0) {
        return false;
    }
    const auto written = write(fd, text.data(), text.size());
    const bool good = written == static_cast<ssize_t>(text.size()) && fsync(fd) == 0;
    const int problem = written >= 0 && written < static_cast<ssize_t>(text.size()) ? ENOSPC : errno;  // of what was cut there is no word
    close(fd);
    errno = problem;
    return good;
}

bool write_renamed(const std::string& folder, const std::string& name, std::string_view text) {
    const auto path = folder + "/" + name;
    if (!write_synced(path + ".part", text, O_TRUNC) || rename((path + ".part").c_str(), path.c_str()) != 0) {
        return false;
    }
    sync_folder(folder);
    return true;
}

/// Field 22 of /proc/PID/stat: with it a process id means one process for ever.
std::string start_time_of(pid_t pid) {
    const auto stat = read_whole("/proc/" + std::to_string(pid) + "/stat");
    auto at = stat.rfind(')');
    if (at == std::string::npos) {
        return "0";
    }
    for (int field = 3; field <= 22; ++field) {
        at = stat.find(' ', at + 1);
        if (at == std::string::npos) {
            return "0";
        }
    }
    return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

long long now_ms() {
    timespec time{};
    clock_gettime(CLOCK_REALTIME, &time);
    return static_cast<long long>(time.tv_sec) * 1000 + time.tv_nsec / 1'000'000;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    for (auto& text : texts) {
        out.push_back(text.data());
    }
    out.push_back(nullptr);
    return out;
}

/// In the child: never returns. It goes no further before it is told so: a supervisor that dies before it has written down what it executes executes nothing.
/// What went wrong is told through the pipe, as errno.
[[noreturn]] void become(Spec& spec, int report, int go, const sigset_t& signals) {
    setpgid(0, 0);
    char told_to = 0;
    if (read(go, &told_to, 1) != 1) {
        _exit(127);
    }
    const int in = open("/dev/null", O_RDONLY);
    const int out = open(spec.stdout_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    const int err = open(spec.stderr_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
    auto arguments = pointers_to(spec.arguments);
    auto environment = pointers_to(spec.environment);
    const bool ready = in >= 0 && out >= 0 && err >= 0 && dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0 &&
                       (spec.held_path.empty() || unlink(spec.held_path.c_str()) == 0) &&
                       (!spec.switch_user || (setgroups(spec.groups.size(), spec.groups.data()) == 0 && setgid(spec.gid) == 0 && setuid(spec.uid) == 0)) &&
                       (spec.working_directory.empty() || chdir(spec.working_directory.c_str()) == 0);
    if (ready) {
        for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2}) {
            signal(number, SIG_DFL);
        }
        sigprocmask(SIG_SETMASK, &signals, nullptr);
        execve(arguments[0], arguments.data(), environment.data());
    }
    const int problem = errno;
    [[maybe_unused]] const auto told = write(report, &problem, sizeof problem);
    _exit(127);
}

struct Ending {
    int status{0};
    int start_problem{0};
    bool written_down{false};  ///< else nothing was executed
    rusage usage{};
};

/// Sends `signal` to every child. @return how many there are.
int signal_children(int signal) {
    const auto self = " " + std::to_string(getpid()) + " ";
    int found = 0;
    DIR* all = opendir("/proc");
    for (const dirent* entry = nullptr; all != nullptr && (entry = readdir(all)) != nullptr;) {
        const auto pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
        const auto stat = pid > 0 ? read_whole("/proc/" + std::to_string(pid) + "/stat") : "";
        const auto name_end = stat.rfind(')');  // behind it: state, parent
        if (name_end != std::string::npos && name_end + 3 < stat.size() && stat.compare(name_end + 3, self.size(), self) == 0) {
            kill(pid, signal);
            ++found;
        }
    }
    closedir(all);
    return found;
}

/// What has left the program's group is our child by now, since we are its subreaper: SIGTERM, after two seconds SIGKILL.
void end_adopted() {
    const timespec step{0, 100'000'000};
    for (int i = 0; i < 100; ++i) {
        while (waitpid(-1, nullptr, WNOHANG) > 0) {
        }
        if (waitpid(-1, nullptr, WNOHANG) < 0 || signal_children(i < 20 ? SIGTERM : SIGKILL) == 0) {
            return;
        }
        nanosleep(&step, nullptr);
    }
}

/// Waits for the program and everything that it left behind.
void wait_for(pid_t child, const Spec& spec, Ending& ending) {
    jobd::start_ticking();
    while (true) {
        int status = 0;
        rusage usage{};
        const pid_t ended = wait4(-1, &status, 0, &usage);
        if (ended == child) {
            ending.status = status;
            ending.usage = usage;
            break;
        }
        if (ended < 0 && errno != EINTR) {
            break;
        }
        jobd::spare_disk({spec.stdout_path, spec.stderr_path});
    }
    // A killed spark-submit leaves its Python alive: nothing of the group may survive it.
    if (kill(-child, SIGTERM) == 0) {
        const timespec step{0, 100'000'000};
        for (int i = 0; i < 20 && kill(-child, 0) == 0; ++i) {
            nanosleep(&step, nullptr);
            while (waitpid(-1, nullptr, WNOHANG) > 0) {
            }
        }
        kill(-child, SIGKILL);
    }
    end_adopted();
}

std::string exit_record(const Ending& ending, long long started) {
    const auto ms = [](const timeval& time) { return static_cast<long long>(time.tv_sec) * 1000 + time.tv_usec / 1000; };
    std::string out = "version=1\n";
    if (ending.start_problem != 0) {
        out += std::string{"startFailure="} + std::strerror(ending.start_problem) + "\n";
    }
    out += "code=" + std::to_string(WIFEXITED(ending.status) ? WEXITSTATUS(ending.status) : 0) + "\n";
    out += "signal=" + std::to_string(WIFSIGNALED(ending.status) ? WTERMSIG(ending.status) : 0) + "\n";
    out += "started=" + std::to_string(started) + "\nended=" + std::to_string(now_ms()) + "\n";
    out += "userMs=" + std::to_string(ms(ending.usage.ru_utime)) + "\nsystemMs=" + std::to_string(ms(ending.usage.ru_stime)) + "\n";
    out += "maxRssKiB=" + std::to_string(ending.usage.ru_maxrss) + "\n";
    return out;
}

/// How it ended would be lost where the disk is full in this very moment, and it may be full of what just ended: until there is room the lock is held, and it
/// looks as if it ran.
bool tell_end(const std::string& folder, const std::string& attempt, const std::string& record) {
    constexpr timespec kPause{.tv_sec = 1, .tv_nsec = 0};
    g_child_group = 0;  // nothing of it lives: a signal for it is none for whoever has its number next
    while (!write_renamed(folder, attempt + ".exit", record)) {
        if (errno != ENOSPC && errno != EDQUOT) {
            return false;
        }
        nanosleep(&kPause, nullptr);
    }
    return true;
}

/// Until the program is executed, or has ended before. @return what kept it from being executed, 0 when nothing did.
int hear(int report) {
    int problem = 0;
    ssize_t got = 0;
    while ((got = read(report, &problem, sizeof problem)) < 0 && errno == EINTR) {
    }
    return got == static_cast<ssize_t>(sizeof problem) ? problem : 0;
}

/// Starts the program, reports its process, waits for its end.
Ending run(Spec& spec, const std::string& folder, const std::string& attempt) {
    Ending ending;
    int report[2] = {-1, -1};
    int go[2] = {-1, -1};
    if (pipe2(report, O_CLOEXEC) != 0 || pipe2(go, O_CLOEXEC) != 0) {
        return ending;
    }
    sigset_t blocked;
    sigset_t before;
    sigemptyset(&blocked);
    for (const int number : {SIGTERM, SIGALRM, SIGUSR1}) {
        sigaddset(&blocked, number);
    }
    sigprocmask(SIG_BLOCK, &blocked, &before);
    const pid_t child = fork();
    if (child == 0) {
        close(go[1]);
        become(spec, report[1], go[0], before);
    }
    close(report[1]);
    close(go[0]);
    if (child < 0) {
        sigprocmask(SIG_SETMASK, &before, nullptr);
        return ending;
    }
    setpgid(child, child);
    g_child_group = child;
    ending.written_down = write_renamed(folder, attempt + ".process", std::to_string(child) + " " + start_time_of(child) + "\n");
    if (ending.written_down) {
        [[maybe_unused]] const auto told = write(go[1], "g", 1);
    }
    close(go[1]);
    sigprocmask(SIG_SETMASK, &before, nullptr);
    ending.start_problem = hear(report[0]);
    close(report[0]);
    wait_for(child, spec, ending);
    return ending;
}

std::string boot_line() {
    return read_whole("/proc/sys/kernel/random/boot_id");
}

/// Neither the file that says that nothing was executed nor its deletion is synced: they count in the life of the host in which the spec was written.
bool was_executed(const std::string& base, const Spec& spec) {
    if (!spec.held_path.empty() && !spec.boot.empty() && boot_line() == spec.boot + "\n") {
        return access(spec.held_path.c_str(), F_OK) != 0;
    }
    return access((base + ".process").c_str(), F_OK) == 0;
}

/// Makes the marker. Where an earlier supervisor left one and nothing beside it, it died before it executed anything.
/// @return an exit code of ours, 0 to go on.
int begin(const std::string& folder, const std::string& attempt, const Spec& spec) {
    const auto base = folder + "/" + attempt;
    if (was_executed(base, spec) || access((base + ".exit").c_str(), F_OK) == 0) {
        return 4;
    }
    const auto self = std::to_string(getpid()) + " " + start_time_of(getpid()) + " " + boot_line();
    if (write_synced(base + ".started", self, O_EXCL)) {
        sync_folder(folder);
        return 0;
    }
    return errno == EEXIST && write_renamed(folder, attempt + ".started", self) ? 0 : 5;
}

/// Takes the lock of the attempt. Whoever looks whether it is held holds it for that moment: such a one is waited for, another supervisor is not.
bool take(int lock) {
    constexpr int kTries = 50;
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 2'000'000};
    for (int tries = 1; flock(lock, LOCK_EX | LOCK_NB) != 0; ++tries) {
        if (tries == kTries || errno != EWOULDBLOCK) {
            return false;
        }
        nanosleep(&kPause, nullptr);
    }
    return true;
}

void install_signals() {
    struct sigaction action{};
    action.sa_handler = on_stop;
    for (const int number : {SIGTERM, SIGALRM, SIGUSR1}) {
        sigaction(number, &action, nullptr);
    }
    for (const int number : {SIGHUP, SIGINT, SIGPIPE}) {
        signal(number, SIG_IGN);
    }
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 || std::string_view{argv[2]}.find_first_not_of("0123456789") != std::string_view::npos) {
        std::fputs("usage: slipway-jobd FOLDER ATTEMPT (started by slipway spark-runtime)\n", stderr);
        return 2;
    }
    closefrom(3);  // the runtime's own sockets must not live on in us; close_range alone is of Linux 5.9
    const sigset_t none{};
    sigprocmask(SIG_SETMASK, &none, nullptr);  // what the runtime blocks must reach us, and the program
    const std::string folder = argv[1];
    const std::string attempt = std::string{"attempt-"} + argv[2];
    Spec spec;
    if (!parse_spec(read_whole(folder + "/" + attempt + ".spec"), spec)) {
        return 2;
    }
    umask(077);
    setsid();
    const int lock = open((folder + "/" + attempt + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock < 0 || !take(lock)) {
        return lock < 0 ? 5 : 3;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    install_signals();
    if (const int refused = begin(folder, attempt, spec); refused != 0) {
        return refused;
    }
    const auto started = now_ms();
    const auto ending = run(spec, folder, attempt);
    const bool killed_before = g_stop_asked == 0 && ending.start_problem == 0 && !was_executed(folder + "/" + attempt, spec);
    if (!ending.written_down || killed_before) {
        return 5;
    }
    for (const auto& path : spec.secret_files) {
        unlink(path.c_str());
    }
    return tell_end(folder, attempt, exit_record(ending, started)) ? 0 : 5;
}
