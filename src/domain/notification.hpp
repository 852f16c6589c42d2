#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/json_codec.hpp"

namespace slipway::domain {

inline constexpr std::array<std::string_view, 4> kSeverities{"INFO", "WARNING", "ERROR", "CRITICAL"};

/// A message for people; with an `assignment` it is a ticket.
struct Notification {
    std::string notification_type;  ///< `MODEL_APPROVAL_NOTIFICATION`, `ENGINE_NOTIFICATION`, `JOB_NOTIFICATION`, …
    std::string severity;           ///< `INFO`, `WARNING`, `ERROR`, `CRITICAL`
    std::string message;
    std::optional<bool> open;
    std::optional<std::string> stored_model_id;
    std::optional<std::string> deployable_model_id;
    std::optional<std::string> job_id;
    std::optional<std::string> engine_id;
    std::optional<json::object> assignment;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(Notification, (),
                      (notification_type, severity, message, open, stored_model_id, deployable_model_id, job_id, engine_id, assignment, extra))

/// Result of a metrics job.
struct ModelTestResult {
    std::optional<json::object> deployed_model;
    std::optional<std::string> stored_model_id;
    std::optional<std::string> deployable_model_id;
    std::optional<std::string> job_id;  ///< that measured it
    json::object test_results;
    json::Extra extra;
};
BOOST_DESCRIBE_STRUCT(ModelTestResult, (), (deployed_model, stored_model_id, deployable_model_id, job_id, test_results, extra))

Result<Notification> parse_notification(const json::value& document);
Result<ModelTestResult> parse_model_test_result(const json::value& document);
json::object to_json(const Notification& notification);
json::object to_json(const ModelTestResult& result);

}  // namespace slipway::domain
