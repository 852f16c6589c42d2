#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.hpp"

/// Reading of request targets, queries and small headers: what comes from anyone. Pure; fuzzed by tests/fuzz/http_request_fuzz.cpp.
namespace slipway::http {

/// A request target (RFC 9112 section 3.2), origin-form or absolute-form.
struct Target {
    std::string_view authority;  ///< empty in origin-form
    std::string_view path;       ///< still encoded, starts with `/`
    std::string_view query;      ///< still encoded, without `?`
};

/// @return `invalid_argument`/`BAD_TARGET`.
Result<Target> parse_target(std::string_view raw);

/// A path segment, decoded once. @return `invalid_argument`/`BAD_PATH` for an encoded slash, NUL or control character, bad UTF-8, dot segments,
/// or what is still encoded after that.
Result<std::string> decode_segment(std::string_view segment);

/// Pairs of a query or a form: `+` is a blank. At most 200. @return `invalid_argument`.
Result<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view text);

/// How many bytes stand before the first that is no UTF-8 (RFC 3629: shortest form, no surrogates); all of them when there is none.
std::size_t utf8_front_of(std::string_view text);
inline bool is_utf8(std::string_view text) {
    return utf8_front_of(text) == text.size();
}

/// Host of `host:port` in lower case, IPv6 without brackets; empty when it is no such text.
std::string host_of(std::string_view authority);
/// host_of() the authority of an absolute URL; empty when it is none.
std::string host_of_url(std::string_view url);

/// `https://host:port` of an absolute URL, as it stands there; without a path the whole.
std::string_view origin_of(std::string_view url);
/// `http://` on a loopback name, with a port and a path or without: where a browser comes back to a program on its own machine (RFC 8252 section 7.3).
bool is_loopback_address(std::string_view url);

/// True when `address` equals `pattern` or lies in it (`10.0.0.0/8`, `fd00::/8`).
bool address_matches(std::string_view address, std::string_view pattern);

/// A request id that may be taken over: 8 to 64 of `A-Z a-z 0-9 - _ .`.
bool sane_request_id(std::string_view text);

}  // namespace slipway::http
