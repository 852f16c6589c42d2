#pragma once

#include "base/metrics.hpp"
#include "http/router.hpp"

namespace slipway::http {

/// `{names: […]}` as Spring answers it: a histogram is one name.
json::object metric_names(const Metrics& metrics);

/// One metric with Spring's members: `name`, `measurements` (COUNT of a counter; COUNT and TOTAL_TIME of a timer; VALUE of a gauge), `baseUnit`,
/// `availableTags`.
/// @param name as Prometheus spells it (`spark_submit_seconds`) or as Micrometer does (`spark.submit`).
/// @param tags `key:value` each; only series that have all of them count.
/// @return `not_found` for an unknown name, or tags that no series has.
Result<json::object> metric(const Metrics& metrics, std::string_view name, const std::vector<std::string>& tags);

}  // namespace slipway::http
