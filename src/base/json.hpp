#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace slipway::json {

using boost::json::array;
using boost::json::object;
using boost::json::value;

/// What a document may be at most.
struct Limits {
    std::size_t max_bytes = 24U << 20;
    std::size_t max_depth = 64;
};

/// Parses one JSON document (RFC 8259). Numbers are exact (integers of 64 bits, doubles by their shortest text);
/// infinite numbers, duplicate members, bad UTF-8, trailing text and depth beyond the limit are refused.
/// @return `invalid_argument` with reason `MALFORMED_JSON`, with what was expected at which line and column, or `DUPLICATE_MEMBER`, with its pointer.
Result<value> parse(std::string_view text, Limits limits = {});

/// parse() of a text that must be an object.
Result<object> parse_object(std::string_view text, Limits limits = {});

/// Writes `v` without white space; doubles by their shortest exact text (`1.5`, not `1.5E0`), members in their order.
std::string write(const value& v);
std::string write(const object& v);
/// Appends to `out`, for callers that build an answer from pieces.
void write_to(std::string& out, const value& v);
/// Appends `text` as a JSON string with its quotes.
void write_string_to(std::string& out, std::string_view text);

/// RFC 7396: `patch` laid over `target`; arrays are replaced, null removes.
void merge_patch(value& target, const value& patch);

/// RFC 6902 patch that turns `before` into `after`: only changed leaves; arrays that differ in length are replaced whole.
array diff(const value& before, const value& after);

/// The value at an RFC 6901 pointer, or nullptr.
const value* find(const value& v, std::string_view pointer);

/// Text member of `o`, or empty when absent or no text. For documents that were checked at the door.
std::string_view text_of(const object& o, std::string_view key);
/// Object member of `o`, or nullptr.
const object* object_of(const object& o, std::string_view key);
/// Array member of `o`, or nullptr.
const array* array_of(const object& o, std::string_view key);

/// `~` and `/` of `token` escaped for use in a pointer.
std::string pointer_token(std::string_view token);

}  // namespace slipway::json
