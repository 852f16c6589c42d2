#include "http/camunda_values.hpp"

#include <cstdint>
#include <fmt/format.h>
#include <limits>

#include "base/ascii.hpp"
#include "base/json_codec.hpp"
#include "http/body_limits.hpp"
#include "http/problem.hpp"

namespace slipway::http::camunda {
namespace {

std::string_view type_name(const json::value& v) {
    switch (v.kind()) {
        case boost::json::kind::null: return "Null";
        case boost::json::kind::bool_: return "Boolean";
        case boost::json::kind::int64: {
            const auto number = v.get_int64();
            const bool is_short = number >= std::numeric_limits<std::int32_t>::min() && number <= std::numeric_limits<std::int32_t>::max();
            return is_short ? "Integer" : "Long";
        }
        case boost::json::kind::uint64: return "Long";
        case boost::json::kind::double_: return "Double";
        case boost::json::kind::string: return "String";
        case boost::json::kind::array:
        case boost::json::kind::object: return "Json";
    }
    return "Null";
}

std::unexpected<Error> misfit(const std::string& pointer, std::string_view type, const json::value& v) {
    return invalid(pointer + "/value", fmt::format("a value of type {}", type), json::describe_value(v));
}

bool is_whole(const json::value& v) {
    return v.is_int64() || v.is_uint64();
}

bool fits(std::string_view type, const json::value& v) {
    if (type == "boolean") {
        return v.is_bool();
    }
    if (type == "integer" || type == "short" || type == "long") {
        return is_whole(v);
    }
    if (type == "double" || type == "number") {
        return v.is_number();
    }
    if (type == "string" || type == "date" || type == "xml") {
        return v.is_string();
    }
    return type == "null";
}

/// Text of JSON as a value; what is no text is JSON already.
Result<json::value> from_json(const json::value& v, const std::string& pointer) {
    if (!v.is_string()) {
        return v;
    }
    auto parsed = json::parse(v.get_string(), kBodyLimits);
    if (!parsed) {
        return invalid(pointer + "/value", "text of JSON, as its type says", parsed.error().message);
    }
    return parsed;
}

std::string_view exception_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::unauthenticated: return "AuthenticationException";
        case ErrorCode::forbidden: return "AuthorizationException";
        case ErrorCode::not_found: return error.reason == "NO_RECEIVER" ? "MismatchingMessageCorrelationException" : "InvalidRequestException";
        case ErrorCode::conflict: return error.reason == "AMBIGUOUS" ? "MismatchingMessageCorrelationException" : "BadUserRequestException";
        case ErrorCode::invalid_argument: return error.reason == "BPMN" || error.reason == "DMN" ? "ParseException" : "InvalidRequestException";
        default: return "ProcessEngineException";
    }
}

/// Camunda tells a message that nobody waits for, and a lock that is another worker's, as faults of the request.
int status_for(const Error& error) {
    const bool of_request = error.reason == "NO_RECEIVER" || error.reason == "AMBIGUOUS" || error.reason == "NOT_LOCKED";
    return of_request ? 400 : status_of(error);
}

}  // namespace

std::string time_text(Timestamp time) {
    auto text = to_iso(time);
    if (text.ends_with('Z')) {
        text.replace(text.size() - 1, 1, "+0000");
    }
    return text;
}

json::object typed(const json::value& v) {
    const bool structured = v.is_object() || v.is_array();
    return {{"type", type_name(v)}, {"value", structured ? json::value(json::write(v)) : v}, {"valueInfo", json::object{}}};
}

json::object typed_variables(const json::object& variables) {
    json::object out;
    for (const auto& [name, v] : variables) {
        out[name] = typed(v);
    }
    return out;
}

Result<json::value> untyped(const json::value& given, const std::string& pointer) {
    const auto* object = given.if_object();
    if (object == nullptr) {
        return invalid(pointer, "an object with value and type", json::describe_value(given));
    }
    const auto* v = object->if_contains("value");
    json::value held = v != nullptr ? *v : json::value{};
    const auto type = ascii_lower(json::text_of(*object, "type"));
    if (type.empty() || held.is_null()) {
        return held;
    }
    if (type == "json") {
        return from_json(held, pointer);
    }
    if (type == "object") {
        const auto* info = json::object_of(*object, "valueInfo");
        const auto format = info != nullptr ? json::text_of(*info, "serializationDataFormat") : std::string_view{};
        if (!format.empty() && format != "application/json") {
            return invalid(pointer + "/valueInfo/serializationDataFormat", "application/json: there is no Java here", std::string{format});
        }
        return from_json(held, pointer);
    }
    if (type == "file" || type == "bytes") {
        return invalid(pointer + "/type", "a type without bytes: keep files as assets and hand over their address", type);
    }
    if (!fits(type, held)) {
        return misfit(pointer, json::text_of(*object, "type"), held);
    }
    return held;
}

Result<json::object> variables_of(const json::object& body, std::string_view name) {
    json::object out;
    const auto* given = body.if_contains(name);
    if (given == nullptr || given->is_null()) {
        return out;
    }
    const auto* members = given->if_object();
    if (members == nullptr) {
        return invalid(fmt::format("/{}", name), "an object of variables", json::describe_value(*given));
    }
    for (const auto& [key, v] : *members) {
        SW_TRY(out[key], untyped(v, fmt::format("/{}/{}", name, json::pointer_token(key))));
    }
    return out;
}

Response problem(const Error& error, std::string_view request_id, json::object details) {
    auto response = http::problem(error, request_id);
    response.status = status_for(error);
    response.content_type = "application/json";
    json::object document{{"type", exception_of(error)}, {"message", error.message}, {"code", 0}};
    const auto plain = problem_document(error, request_id);
    document["reason"] = plain.at("code");
    document["requestId"] = request_id;
    if (const auto* faults = plain.if_contains("errors")) {
        document["errors"] = *faults;
    }
    if (!details.empty()) {
        document["details"] = std::move(details);
    }
    response.body = json::write(document);
    return response;
}

bool speaks_camunda(std::string_view path) {
    return path.starts_with("/mlc-service/rest/") || path == "/mlc-service/rest";
}

}  // namespace slipway::http::camunda
