#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "http/message.hpp"

/// Values, times and errors as the REST API of Camunda 7 writes them (docs.camunda.org/manual/7.21/reference/rest). Pure.
namespace slipway::http::camunda {

/// `2026-11-26T07:20:33.000+0000`.
std::string time_text(Timestamp time);

/// `{"type", "value", "valueInfo"}`: `Boolean`, `Integer` (32 bits), `Long`, `Double`, `String`, `Null`; objects and arrays are `Json`, their value its text.
json::object typed(const json::value& v);
/// typed() of each member.
json::object typed_variables(const json::object& variables);

/// The value of `{"value", "type"?}`; type names count without case. `Json` and `Object` of JSON text are parsed; a type that does not fit the value, or one
/// that would need Java (`Object` serialised otherwise, `File`, `Bytes`), is refused. @param pointer of it, for faults.
Result<json::value> untyped(const json::value& given, const std::string& pointer);
/// The variables of member `name` of a body, `{NAME: {"value", "type"?}}`; empty without it. @return `invalid_argument`.
Result<json::object> variables_of(const json::object& body, std::string_view name);

/// `{"type", "message", "code"}` with Camunda's exception names, and our `reason`, `requestId` and `errors` beside them.
/// @param details of a refused deployment (mlc::details_of).
Response problem(const Error& error, std::string_view request_id, json::object details = {});
/// Whether errors of this path are told so.
bool speaks_camunda(std::string_view path);

}  // namespace slipway::http::camunda
