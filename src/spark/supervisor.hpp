#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace slipway::spark {

/// One start of one program. All paths are absolute.
struct LaunchSpec {
    std::string folder;  ///< of the job; the markers of attempts lie in it
    int attempt{1};
    std::vector<std::string> arguments;  ///< the program first
    std::vector<std::pair<std::string, std::string>> environment;
    std::string working_directory;
    std::string stdout_path;
    std::string stderr_path;
    std::vector<std::string> secret_files;  ///< deleted once the program has ended
    std::string user;                       ///< empty: our own
    std::string held{};                     ///< lies there as long as nothing of the attempt was executed; empty for attempts of older runtimes
    std::string mark{};                     ///< `NAME=value` of the environment that tells its processes from all others
};

/// What is known of an attempt from its folder, whoever started it.
struct ProcessReport {
    enum class Phase {
        absent,   ///< nothing was executed: it may be launched
        running,  ///< under its supervisor
        orphan,   ///< the supervisor is gone, the program lives
        remnant,  ///< both are gone, something that the program started lives: it is to be stopped
        ended,    ///< with an exit record
        lost,     ///< started, no exit record, and nothing of it lives: host restart, or supervisor and program were killed
    };
    Phase phase{Phase::absent};
    int exit_code{0};
    int signal{0};              ///< of `ended`, 0 when it exited by itself
    std::string start_failure;  ///< why the program could not be executed at all; empty when it was
    Timestamp started{};
    Timestamp ended{};
};

/// Runs spark-submit under `slipway-jobd`, which outlives us. Implementation: adapters/process. Thread-safe.
/// Guarantee: per folder and attempt the program is executed at most once, whatever is killed when (the supervisor holds a lock, and has written down what it
/// executes, synced, before it lets it go).
class Supervisor {
public:
    virtual ~Supervisor() = default;
    /// Starts the supervisor and returns at once. Repeating it for an attempt that has been started changes nothing.
    /// @return `unavailable` when no process can be made, `failed_precondition` for a spec that cannot be carried out (NUL in a text, unknown user).
    virtual Result<void> launch(const LaunchSpec& spec) = 0;
    /// Starts the supervisor on what an earlier launch() of this attempt has written. @return false when there is nothing;
    /// `conflict`/`OTHER_BOOT` when it was written before the host was started anew: it is not synced, and is to be written again.
    virtual Result<bool> relaunch(const std::string& folder, int attempt) = 0;
    /// @param mark as in its LaunchSpec: finds what lives of an attempt whose folder was taken away. Empty where nothing can live yet.
    virtual Result<ProcessReport> look(const std::string& folder, int attempt, const std::string& mark = {}) const = 0;
    /// Ends the whole process group: SIGTERM, after ten seconds SIGKILL (at once when `now`). Returns at once; look() shows the end.
    virtual Result<void> stop(const std::string& folder, int attempt, bool now, const std::string& mark = {}) = 0;
};

}  // namespace slipway::spark
