#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace slipway::cli {

/// The text of a Python source, read as Python reads it: by its byte order mark, else by the encoding that its first two lines declare (PEP 263), else as
/// UTF-8. Known are UTF-8, ASCII, ISO 8859-1, ISO 8859-15 and Windows-1252. @param name of the file, for people.
/// @return wrong use with the line where the bytes are something else, and what to do about it.
Result<std::string> text_of_source(std::string_view name, std::string_view bytes);

}  // namespace slipway::cli
