#include "http/problem.hpp"

namespace slipway::http {

int status_of(const Error& error) {
    if (error.reason == "TOO_MANY_ATTEMPTS") {
        return 429;
    }
    if (error.reason == "TOO_LARGE") {
        return 413;
    }
    if (error.reason == "VERSION_MISMATCH") {
        return 412;
    }
    if (error.reason == "METHOD_NOT_ALLOWED") {
        return 405;
    }
    if (error.reason == "MISDIRECTED") {
        return 421;
    }
    if (error.reason == "HEADERS_TOO_LARGE") {
        return 431;
    }
    if (error.reason == "EXPECTATION_FAILED") {
        return 417;
    }
    if (error.reason == "UNSUPPORTED_MEDIA_TYPE") {
        return 415;
    }
    if (error.reason == "REQUEST_TIMEOUT") {
        return 408;
    }
    switch (error.code) {
        case ErrorCode::invalid_argument: return 400;
        case ErrorCode::unauthenticated: return 401;
        case ErrorCode::forbidden: return 403;
        case ErrorCode::not_found: return 404;
        case ErrorCode::conflict: return 409;
        case ErrorCode::failed_precondition: return 422;
        case ErrorCode::unavailable: return 503;
        case ErrorCode::timeout: return 504;
        case ErrorCode::internal: return 500;
    }
    return 500;
}

std::string_view status_title(int status) {
    switch (status) {
        case 100: return "Continue";
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 206: return "Partial Content";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 412: return "Precondition Failed";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 417: return "Expectation Failed";
        case 421: return "Misdirected Request";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        default: return "Unknown";
    }
}

json::object problem_document(const Error& error, std::string_view request_id) {
    const int status = status_of(error);
    json::object document;
    document["type"] = "about:blank";
    document["title"] = status_title(status);
    document["status"] = status;
    document["detail"] = error.message;
    document["code"] = error.reason.empty() ? std::string{to_string(error.code)} : error.reason;
    document["requestId"] = request_id;
    if (!error.faults.empty()) {
        json::array faults;
        for (const auto& fault : error.faults) {
            faults.push_back(json::object{{"pointer", fault.pointer}, {"expected", fault.expected}, {"got", fault.got}});
        }
        document["errors"] = std::move(faults);
    }
    document["message"] = error.message;
    return document;
}

Response problem(const Error& error, std::string_view request_id) {
    Response response;
    response.status = status_of(error);
    response.content_type = "application/problem+json";
    response.body = json::write(problem_document(error, request_id));
    if (error.reason == "TOO_MANY_ATTEMPTS" || error.reason == "KEY_NOT_SEEN_YET") {
        response.with("Retry-After", error.detail);
    } else if (response.status == 503) {
        response.with("Retry-After", "1");
    } else if (response.status == 401) {
        response.with("WWW-Authenticate", error.reason == "TOKEN_INVALID" ? R"(Bearer realm="slipway", error="invalid_token")" : R"(Bearer realm="slipway")");
    } else if (error.reason == "INSUFFICIENT_SCOPE") {
        response.with("WWW-Authenticate", R"(Bearer realm="slipway", error="insufficient_scope", scope=")" + error.detail + '"');
    }
    return response;
}

Response problem_with(const Error& error, std::string_view request_id, std::string_view name, json::value member) {
    auto answer = problem(error, request_id);
    auto document = problem_document(error, request_id);
    document[name] = std::move(member);
    answer.body = json::write(document);
    return answer;
}

}  // namespace slipway::http
