#include "apps/cli/exit_codes.hpp"

namespace slipway::cli {

int exit_code_of(const Error& error) {
    if (error.reason == "USAGE") {
        return kWrongUse;
    }
    if (error.reason == "WAIT_TIMED_OUT") {
        return kWaitTimedOut;
    }
    if (error.reason == "CANCELLED") {
        return kInterrupted;
    }
    switch (error.code) {
        case ErrorCode::invalid_argument:
        case ErrorCode::failed_precondition: return kInvalid;
        case ErrorCode::unauthenticated:
        case ErrorCode::forbidden: return kNotAllowed;
        case ErrorCode::not_found: return kNotFound;
        case ErrorCode::conflict: return kConflict;
        case ErrorCode::unavailable:
        case ErrorCode::timeout: return kUnavailable;
        case ErrorCode::internal: return kFailed;
    }
    return kFailed;
}

ErrorCode error_code_of_status(int status) {
    switch (status) {
        case 401: return ErrorCode::unauthenticated;
        case 403: return ErrorCode::forbidden;
        case 404:
        case 405:
        case 410: return ErrorCode::not_found;
        case 409:
        case 412: return ErrorCode::conflict;
        case 422: return ErrorCode::failed_precondition;
        case 408:
        case 504: return ErrorCode::timeout;
        case 429:
        case 502:
        case 503: return ErrorCode::unavailable;
        default: return status >= 400 && status < 500 ? ErrorCode::invalid_argument : ErrorCode::internal;
    }
}

}  // namespace slipway::cli
