#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace slipway::spark {

/// `text` as JSON has it, for people: what is not seen is escaped.
std::string quoted(std::string_view text);

/// The place of an asset below a folder, from its name: no way out of it, nothing that a shell, a list of files or a terminal would take for something else.
/// @param listed it stands in spark-submit's lists of files, where `,` ends a name and `#` begins another one.
/// @return `failed_precondition`/`PATH_ESCAPE`, which names what is wrong with it.
Result<std::string> safe_path(std::string_view name, bool listed);

}  // namespace slipway::spark
