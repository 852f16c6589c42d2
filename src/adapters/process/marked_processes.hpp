#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace slipway::process {

/// A process with the start time that makes its id mean one process for ever (within one boot of the host).
struct Identity {
    pid_t pid{0};
    std::string start_time;
    std::string boot;  ///< `/proc/sys/kernel/random/boot_id`, where it was written down
};

/// `PID START [BOOT]` of a marker; nothing for a text that does not end its line: it was never written whole.
std::optional<Identity> identity_of(std::string_view text);

/// A zombie is dead: state and start time are read, kill(pid, 0) would answer for it.
bool is_alive(const Identity& process);

/// False when the host was started again since: every process that was written down is dead then.
bool is_this_boot(const Identity& process);

/// Live processes of the group that `leader` led in the session of `supervisor`, and all whose environment at their start had `mark` (`NAME=value`; empty:
/// none).
std::vector<pid_t> processes_of(pid_t leader, pid_t supervisor, std::string_view mark);

}  // namespace slipway::process
