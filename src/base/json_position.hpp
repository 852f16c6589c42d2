#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace slipway::json {

/// `invalid_argument`/`MALFORMED_JSON` of a text that is no JSON, for the person who wrote it: what was expected at byte `at`, where its beginning ends
/// to be JSON, and what stands there, with line and column (of characters, from 1). Tells never more of the text than one character.
/// @param expected where the caller knows it better than the text tells; else empty.
Error malformed(std::string_view text, std::size_t at, std::string expected = {});

}  // namespace slipway::json
