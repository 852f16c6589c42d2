#include "sagemaker/sync_pace.hpp"

#include <algorithm>

namespace slipway::sagemaker {

Milliseconds next_pause(const SyncPace& pace, Milliseconds before, const SyncVerdict& verdict, double random) {
    constexpr double kLeast = 0.9;
    constexpr double kSpread = 0.2;
    auto pause = verdict.moving ? std::min(pace.moving, pace.usual) : pace.usual;
    if (verdict.pressed) {
        pause = std::min(2 * std::max(before, pace.usual), pace.longest);
    }
    return Milliseconds{static_cast<std::int64_t>(static_cast<double>(pause.count()) * (kLeast + kSpread * random))};
}

bool was_heard(const CallLedger::Totals& calls, const std::vector<registry::OperationProblem>& problems) {
    return problems.empty() || std::ranges::any_of(calls.by_operation, [&](const auto& call) {
               return call.first != "GetCallerIdentity" && std::ranges::none_of(problems, [&](const auto& one) { return one.operation == call.first; });
           });
}

}  // namespace slipway::sagemaker
