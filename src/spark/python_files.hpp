#pragma once

#include <string>
#include <string_view>

/// What Python makes of the names and first lines of a model's files. Pure.
namespace slipway::spark {

/// True for the name of a module that Python 3.6 to 3.14 brings along (`random`, `types`; docs.python.org, `sys.stdlib_module_names`): a file of that name at
/// the root of a job would stand in its place.
bool is_standard_module(std::string_view name);

/// The encoding that the first two lines of a source declare (PEP 263), as they write it; empty where they do not.
std::string_view declared_codec(std::string_view source);

/// A source as it is written into a file of UTF-8: an encoding that its first two lines declare (PEP 263) was that of the file it came from.
std::string as_utf8_source(std::string_view text);

}  // namespace slipway::spark
