#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "lifecycle/command.hpp"
#include "lifecycle/decision.hpp"
#include "lifecycle/graph.hpp"
#include "lifecycle/instance.hpp"

namespace slipway::lifecycle {

/// Which decision a business rule task asks for.
struct DecisionReference {
    std::string_view id;
    std::string_view binding;  ///< `latest` (or empty), `deployment`, `version`
    std::string_view version;
};

/// What a step needs from outside. All of it is only read.
struct Environment {
    const ZoneRules* zones{&fixed_zones()};
    std::string_view time_zone{"UTC"};  ///< where a process has no `mlc.timeZone`
    /// The decision, or nullptr.
    std::function<const Decision*(const DecisionReference&)> decision{};
};

struct Step {
    std::vector<Command> commands;
    /// The event could not be carried out: the state is as before but for the incident that keeps the event.
    bool failed{false};
};

/// At most this many actions in one step.
inline constexpr int kStepLimit = 10'000;
/// And at most this many steps of all its expressions and decisions together.
inline constexpr std::size_t kExpressionLimit = 1'000'000;

/// Carries `event` from wait state to wait state: changes `instance`, and answers what to store and do. The same instance, event and environment make
/// the same step. After an error `instance` is as it was.
/// @return `not_found` with reason `GONE` when what the event is for waits no longer; `conflict` with reason `ENDED` or `STARTED` when the instance is
/// over, not begun or begun already; `invalid_argument` for a start or an element that does not exist; where `refuse_failure` is set,
/// `failed_precondition` with reason `EXPRESSION`, `STATE_SIZE`, `TIMER`, `TIME_ZONE`, `DECISION`, `NO_FLOW`, `UNCAUGHT_ERROR` or `LOOP_LIMIT`.
Result<Step> step(const Graph& graph, Instance& instance, const Event& event, const Environment& environment = {});

/// An instance to be started.
Instance new_instance(std::string id);

/// base32(sha256(instance, element instance, loop index)), its first 26 characters in lower case: names for effects outside, the same at each attempt.
std::string idempotency_key(std::string_view instance, Id token, std::int32_t loop);

}  // namespace slipway::lifecycle
