#pragma once

#include <string_view>

#include "base/json.hpp"

/// Tags that an object has in AWS stand among its own `tags[]` as `key=value`, so that lists and filters need to look at one place alone.
namespace slipway::registry {

/// Tags at `pointer` of `document`: people's own in their order, then those of `facts_now`. Those that only `facts_before` has go.
void lay_aws_tags(json::object& document, std::string_view pointer, const json::object& facts_before, const json::object& facts_now);

/// As lay_aws_tags(), by the `sageMaker` of the document itself when one of its tags is missing: nobody but AWS takes them away.
void keep_aws_tags(json::object& document, std::string_view pointer);

}  // namespace slipway::registry
