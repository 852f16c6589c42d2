#pragma once

#include <vector>

#include "base/clock.hpp"
#include "registry/operations.hpp"
#include "sagemaker/api.hpp"

namespace slipway::sagemaker {

/// How often an account is looked at.
struct SyncPace {
    Milliseconds usual{std::chrono::seconds{60}};
    Milliseconds moving{std::chrono::seconds{15}};   ///< while something changes
    Milliseconds longest{std::chrono::minutes{10}};  ///< while AWS throttles, or cannot be reached
    Milliseconds reconcile{std::chrono::hours{1}};   ///< between two looks at everything: tags, long listings, training jobs
};

/// What a cycle came to, as far as the next one depends on it.
struct SyncVerdict {
    bool moving{false};
    bool pressed{false};  ///< throttled or failed
};

/// The pause behind a cycle: ± 10 %, doubled with each cycle under pressure. Pure.
/// @param before the pause before it, 0 at first. @param random in [0, 1).
Milliseconds next_pause(const SyncPace& pace, Milliseconds before, const SyncVerdict& verdict, double random);

/// False when every call of a cycle came to nothing: nothing was looked at then. Whose keys these are is asked of another service, and does not count. Pure.
bool was_heard(const CallLedger::Totals& calls, const std::vector<registry::OperationProblem>& problems);

}  // namespace slipway::sagemaker
