#pragma once

#include "automation/definitions.hpp"

/// What new snapshots start: a process with the key of the built-in one, of their group or of everybody, that the signal `snapshot.created` begins.
namespace slipway::automation {

struct SnapshotStart {
    Definition definition;
    std::string element;
};
/// As the signal finds it. @return `failed_precondition`/`NO_START` where what is deployed has no such start; `not_found` where nothing is.
Result<SnapshotStart> snapshot_start(store::Session& sql, Definitions& definitions, const std::string& group);
/// Whether new snapshots start the process.
bool starts_with_snapshots(const lifecycle::Graph& graph);

}  // namespace slipway::automation
