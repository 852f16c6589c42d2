#pragma once

#include "http/message.hpp"

namespace slipway::http {

/// The HTTP status of a failure: the one table.
int status_of(const Error& error);
/// `Not Found` for 404.
std::string_view status_title(int status);

/// The failure as a problem document (RFC 9457) with `code`, `requestId`, `errors[]` and, for older clients, `message`.
/// `Error::detail` is left out, but for the seconds of Retry-After of TOO_MANY_ATTEMPTS.
Response problem(const Error& error, std::string_view request_id);
/// problem() with one member more (`operation`, `ticketId`, `decision`).
Response problem_with(const Error& error, std::string_view request_id, std::string_view name, json::value member);
/// The document alone.
json::object problem_document(const Error& error, std::string_view request_id);

}  // namespace slipway::http
