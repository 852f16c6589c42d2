#pragma once

#include <string>
#include <string_view>

namespace slipway {

/// Text as it may stand in a segment of a path, in a query and in a form: every byte but the unreserved ones of RFC 3986 becomes `%XX`.
std::string percent_encode(std::string_view text);

/// The same of a whole path: `/` stays.
std::string percent_encode_path(std::string_view path);

}  // namespace slipway
