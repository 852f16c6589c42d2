#pragma once

#include <string_view>
#include <vector>

#include "automation/definitions.hpp"
#include "base/json.hpp"

namespace slipway::http::mlc {

/// What Camunda's modeler shows beside a refused deployment: `{FILE: {"errors": [{"message", "line", "column", "mainElementId", "elementIds"}],
/// "warnings": []}}`. The place is that of the element's tag, from 1; line and column are 0 where the file has none.
json::object details_of(const std::vector<automation::RefusedFile>& refused, const std::vector<automation::Resource>& files);

}  // namespace slipway::http::mlc
