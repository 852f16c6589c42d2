#pragma once

#include <string>
#include <vector>

#include "lifecycle/graph.hpp"

namespace slipway::lifecycle {

/// What starts an instance of a process by itself: what the start subscriptions of a version are made of.
struct StartTrigger {
    Index node{kNone};
    std::string element{};
    EventKind kind{EventKind::none};
    std::string name{};  ///< of a message or a signal
    TimerKind timer{TimerKind::duration};
    std::string timer_text{};  ///< for parse_timer(), first_firing() and fire()
    std::string variable{};    ///< of a condition (Graph::start_condition()): the one it waits for, empty: any
    Misfire misfire{Misfire::once};
};

/// One for each start event of the process, in its order. Their texts see no variables.
/// @return as Template::evaluate(), parse_timer().
Result<std::vector<StartTrigger>> start_triggers(const Graph& graph);

}  // namespace slipway::lifecycle
