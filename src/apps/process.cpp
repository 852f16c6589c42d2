#include "apps/process.hpp"

#include <cstdio>
#include <malloc.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace slipway::process {
namespace {

/// Set before main() runs.
const Steady process_started = std::chrono::steady_clock::now();

/// SIGINT now ends the process at once: a person who sends it does not want to wait. SIGTERM comes twice from who means one stop (to a process and to its
/// group, within a moment), and who is tired of waiting sends SIGKILL.
void release_signals(const sigset_t& stops) {
    struct sigaction plain{};
    plain.sa_handler = SIG_DFL;
    ::sigaction(SIGINT, &plain, nullptr);
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGTERM, &ignore, nullptr);
    ::pthread_sigmask(SIG_UNBLOCK, &stops, nullptr);
}

}  // namespace

void prepare() {
    const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::umask(0077);
    // Two dozen threads that each keep an arena would cost memory, and too few of them wait for each other.
    ::mallopt(M_ARENA_MAX, 8);
    // Large bodies go back to the system when they are done with; by itself the limit rises to 32 MiB.
    ::mallopt(M_MMAP_THRESHOLD, 256 << 10);
}

sigset_t hold_signals() {
    struct sigaction ignore{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, nullptr);
    sigset_t stops;
    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigaddset(&stops, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &stops, nullptr);
    return stops;
}

void wait_for_stop(const sigset_t& stops) {
    int signal = 0;
    ::sigwait(&stops, &signal);
    release_signals(stops);
    log::info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
}

void print_line(const std::string& line) {
    std::fputs((line + "\n").c_str(), stderr);
}

int refuse(const Error& error) {
    constexpr int kFailed = 1;
    constexpr int kWrongUse = 2;
    print_line("slipway: " + error.message);
    if (!error.detail.empty()) {
        print_line("  " + error.detail);
    }
    return error.code == ErrorCode::internal ? kFailed : kWrongUse;
}

Milliseconds age() {
    return std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - process_started);
}

}  // namespace slipway::process
