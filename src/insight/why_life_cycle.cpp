#include <algorithm>
#include <fmt/format.h>
#include <iterator>

#include "insight/why.hpp"

namespace slipway::insight {
namespace {

NextStep restart(const EndedLifeCycle& over, std::string message) {
    return {.message = std::move(message),
            .cli = fmt::format("slipway lifecycle restart {} --reason TEXT", over.snapshot_id),
            .href = fmt::format("#/snapshots/{}", over.snapshot_id)};
}

void failed_test(const EndedLifeCycle& over, MoreFacts& out) {
    const auto why = over.error.empty() ? std::string{"."} : ": " + over.error;
    out.answer = "Its test job failed, so nobody was asked for an approval" + why;
    if (over.job_id.empty()) {
        return;
    }
    out.facts.push_back({.code = "TEST_FAILED",
                         .message = fmt::format("The test job {} failed{}", over.job_name.empty() ? over.job_id : over.job_name, why),
                         .since = over.ended,
                         .ref = Reference{.kind = "job", .id = over.job_id}});
    out.next.push_back({.message = "Look at the test job.", .cli = fmt::format("slipway job show {}", over.job_id), .href = "#/jobs/" + over.job_id});
}

void missed_assets(const EndedLifeCycle& over, MoreFacts& out) {
    std::string missing;
    for (const auto& one : over.missing_assets) {
        (missing += missing.empty() ? "" : ", ") += one;
    }
    out.answer = fmt::format("Its life cycle ended because required assets are missing{}", missing.empty() ? "." : fmt::format(": {}.", missing));
}

}  // namespace

void add(MoreFacts& all, MoreFacts more) {
    if (all.answer.empty()) {
        all.answer = std::move(more.answer);
        all.since = more.since;
    }
    std::ranges::move(more.facts, std::back_inserter(all.facts));
    std::ranges::move(more.next, std::back_inserter(all.next));
}

MoreFacts why_life_cycle_ended(const EndedLifeCycle& over) {
    MoreFacts out;
    if (over.outcome.empty() || over.outcome == "DEPLOYED" || over.outcome == "ALREADY_DEPLOYED") {
        return out;
    }
    out.since = over.ended;
    out.facts = {{.code = "LIFE_CYCLE_ENDED",
                  .message = fmt::format("Its life cycle ended as {}.", over.outcome),
                  .since = over.ended,
                  .ref = Reference{.kind = "processInstance", .id = over.id}}};
    const bool misses_assets = over.error_code == "ASSETS_BLOCKED";
    if (over.outcome == "TRANSFORM_FAILED") {
        failed_test(over, out);
    } else if (misses_assets) {
        missed_assets(over, out);
    } else if (over.outcome == "FAILED") {
        const auto& why = over.error.empty() ? over.error_code : over.error;
        out.answer = why.empty() ? std::string{"Its life cycle failed."} : fmt::format("Its life cycle failed: {}", why);
    }
    out.next.push_back(restart(over, misses_assets ? "Add them, then start its life cycle anew." : "Start it anew once the reason is gone."));
    return out;
}

}  // namespace slipway::insight
