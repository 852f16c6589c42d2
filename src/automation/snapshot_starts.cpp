#include "automation/snapshot_starts.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "automation/engine.hpp"
#include "automation/sagemaker_topics.hpp"

namespace slipway::automation {
namespace {

const std::string& created() {
    static const std::string name = canonical_signal("snapshot.created");
    return name;
}

bool takes_snapshots(const lifecycle::EventDefinition& event) {
    return event.kind == lifecycle::EventKind::signal && canonical_signal(event.name) == created();
}

}  // namespace

Result<SnapshotStart> snapshot_start(store::Session& sql, Definitions& definitions, const std::string& group) {
    const std::string key{kDeployModel};
    SW_TRY(const auto newest, definitions.bound(sql, {}, group, false, key, {}, {}));
    if (!newest) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("No process {} is deployed.", key));
    }
    // Of what starts by itself nothing is asked: switched off (`lifecycle.sagemakerDeploy.enabled`) no snapshot starts it, and a person still may.
    SW_TRY(const auto graph, definitions.graph(sql, newest->id));
    for (const auto start : graph->starts()) {
        if (takes_snapshots(graph->node(start).element.event)) {
            return SnapshotStart{*newest, graph->node(start).element.id};
        }
    }
    return fail(
        ErrorCode::failed_precondition, "NO_START",
        fmt::format("The process {}, version {} of {}, has no start event for the signal snapshot.created, so that no snapshot starts it. Deploy it with "
                    "one, or give that file another key and deploy the process that comes with Slipway again.",
                    key, newest->version, newest->group.empty() ? std::string{"everybody"} : "the group " + newest->group));
}

bool starts_with_snapshots(const lifecycle::Graph& graph) {
    return std::ranges::any_of(graph.starts(), [&](const auto start) { return takes_snapshots(graph.node(start).element.event); });
}

}  // namespace slipway::automation
