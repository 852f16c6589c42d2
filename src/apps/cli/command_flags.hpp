#pragma once

#include <vector>

#include "apps/cli/command.hpp"

/// Flags that many commands share.
namespace slipway::cli {

using Flags = std::vector<Flag>;

inline Flags operator+(Flags a, const Flags& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

inline const Flag kOutput{"--output", "-o", "FORMAT", "table (default), json, yaml or name", Offers::format};
inline const Flag kWeb{"--web", "", "", "Print the link of the page instead"};
inline const Flag kGroup{"--group", "-g", "GROUP", "Group that it belongs to", Offers::group};
inline const Flag kGroups{"--group", "-g", "GROUP", "A group; may be given several times", Offers::group, true};
inline const Flag kTag{"--tag", "", "TAG", "A tag such as team=risk; may be given several times", Offers::nothing, true};
inline const Flag kNoWait{"--no-wait", "", "", "Return at once with the operation"};
inline const Flag kTimeout{"--timeout", "", "PERIOD", "Longest wait, such as 30s, 20m or 2h; exit code 8 when it is over"};

/// Where to and as whom.
inline Flags connection() {
    return {{"--context", "", "NAME", "Context to use instead of the current one", Offers::context},
            {"--url", "", "URL", "Server to use; wins over SLIPWAY_URL and the context"}};
}
inline Flags output() {
    return Flags{kOutput} + connection();
}
inline Flags shown() {
    return Flags{kOutput, kWeb} + connection();
}
inline Flags paged() {
    return {{"--limit", "-n", "N", "At most N objects (100)"},
            {"--all", "-a", "", "All objects"},
            {"--watch", "-w", "", "Show it again at every change, until Ctrl-C"}};
}
inline Flags listed() {
    return Flags{{"--filter", "-f", "FILTER", "Only what fits: status:ERROR tag.team=risk updated>7d \"free text\"", Offers::nothing, true},
                 {"--sort", "-s", "FIELD", "Order by a field, for example createdDate,desc"}} +
           paged() + shown();
}

/// Commands of snapshots, runtimes, deployments and jobs (commands_work.cpp).
std::vector<Command> snapshot_commands();
std::vector<Command> run_commands();
std::vector<Command> deployment_commands();
std::vector<Command> ticket_commands();
std::vector<Command> job_commands();
/// Commands of life cycles (commands_lifecycle.cpp).
std::vector<Command> lifecycle_commands();
/// Commands of tasks for people (commands_lifecycle.cpp).
std::vector<Command> task_commands();

}  // namespace slipway::cli
