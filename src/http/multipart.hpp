#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace slipway::http {

/// A part of a form.
struct Part {
    std::string name;
    std::string filename;  ///< empty: a plain field
    std::string content;
};

/// The parts of a `multipart/form-data` body (RFC 7578). At most 100 parts. Pure.
/// @param content_type of the request, with its boundary. @return `invalid_argument`, reason `UNSUPPORTED_MEDIA_TYPE` for another type.
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace slipway::http
