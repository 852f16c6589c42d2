#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway {

/// Text as it may stand in a segment of a path, in a query and in a form: every byte but the unreserved ones of RFC 3986 becomes `%XX`.
std::string percent_encode(std::string_view text);

/// The same of a whole path: `/` stays.
std::string percent_encode_path(std::string_view path);

/// Value of a hexadecimal digit of either case, nothing for any other character.
std::optional<int> hex_digit(char c);

/// The bytes that `%XX` stand for; a `%` that begins no such group stays as it is (for texts that peers wrote, where nobody is told of a fault).
std::string percent_decode_lenient(std::string_view text);

}  // namespace slipway
