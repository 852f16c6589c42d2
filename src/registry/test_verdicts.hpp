#pragma once

#include <string>

#include "store/entity.hpp"

/// What life cycles found in the output of test jobs, as evidence. Variables of life cycles can be set by whoever may start or edit one: what an approver reads
/// is looked up by the job's id alone.
namespace slipway::registry {

/// Keeps what was found in the output of a test job: `{jobId, status, outputData, testResults, comparator, comparatorReasons, passed}`; the last one counts.
Result<void> keep_test_verdict(store::Unit& unit, const std::string& job_id, const json::object& verdict);
/// What was kept; empty where nothing was.
Result<json::object> test_verdict(store::Session& sql, const std::string& job_id);

}  // namespace slipway::registry
