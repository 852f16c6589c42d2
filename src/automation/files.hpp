#pragma once

#include <string>

#include "automation/definitions.hpp"

namespace slipway::automation {

/// Content of the file that the definition stands in. @return `not_found`.
Result<std::string> read_file(store::Session& sql, const Definition& definition);

enum class FileKind { process, decision, other };
/// By its name's end.
FileKind file_kind(std::string_view name);

}  // namespace slipway::automation
