#pragma once

#include <string>

#include "base/json.hpp"

/// What stands in the cells of tables, value by value. Texts are harmless to a terminal.
namespace slipway::cli {

/// A text as it stands, null as nothing, anything else as JSON.
std::string text_of_value(const json::value& v);
/// `manager yarn, status ALIVE`
std::string members_text(const json::value& v);
/// Texts of an array, one below the other.
std::string lines_text(const json::value& v);
/// `documentation missing, schema`
std::string present_text(const json::value& assets);
/// `fraud-nn REJECTED, churn not decided`
std::string decisions_text(const json::value& siblings);
/// `ListTags: AWS refused it (missing permission: sagemaker:ListTags)`, one below the other.
std::string problems_text(const json::value& v);
/// The reason of a job that failed; `found` where AWS gives one whatever the status.
std::string failure_text(const json::object& job, const json::value& found);
/// Where a job is, or was, followed on Spark: `http://edge:4040 (until the driver ended)`, as its page says it (web/src/lib/job.ts).
std::string tracking_text(const json::object& job, const json::value& url);
/// What the page calls a stage of an operation (web/src/lib/operation.ts): `trainingJobs` is "Training jobs".
std::string stage_text(std::string_view name);

}  // namespace slipway::cli
