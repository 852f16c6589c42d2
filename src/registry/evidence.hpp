#pragma once

#include <optional>
#include <string>

#include "store/entity.hpp"

namespace slipway::registry {

/// Brings the test of a snapshot into `evidence`. `testJob`: `{id, name, status, foundIn, duration, failureReason, output, consoleUrl}` of the job whose id
/// stands there already, else of the newest one of the snapshot that is no training, else of the newest test of its model. `testResult`,
/// `comparator: {result, reasons}` and `testOutput`: what a life cycle recorded of that job, and nobody else can write (registry/test_verdicts.hpp).
/// `reportedResult`: `{id, createdDate, createdBy, jobId, testResults, passed}` that somebody posted for that job, else the newest of the snapshot; its author
/// stands in `editedBy` as well. Each is left out where there is none.
Result<void> add_test(store::Session& sql, const store::Entity& snapshot, json::object& evidence);

/// The job of that id, if it ran for the snapshot and belongs to its group; nothing otherwise: what a variable names may be any job.
Result<std::optional<store::Entity>> job_of_snapshot(store::Session& sql, const store::Entity& snapshot, const std::string& job_id);

}  // namespace slipway::registry
