#include "base/error.hpp"

#include <cstdio>
#include <cstdlib>

namespace slipway {

std::string_view to_string(ErrorCode code) {
    switch (code) {
        case ErrorCode::invalid_argument: return "INVALID";
        case ErrorCode::unauthenticated: return "UNAUTHENTICATED";
        case ErrorCode::forbidden: return "FORBIDDEN";
        case ErrorCode::not_found: return "NOT_FOUND";
        case ErrorCode::conflict: return "CONFLICT";
        case ErrorCode::failed_precondition: return "FAILED_PRECONDITION";
        case ErrorCode::unavailable: return "UNAVAILABLE";
        case ErrorCode::timeout: return "TIMEOUT";
        case ErrorCode::internal: return "INTERNAL";
    }
    return "INTERNAL";
}

void assertion_failed(std::string_view what, const char* file, int line) {
    std::fprintf(stderr, "invariant broken: %.*s (%s:%d)\n", static_cast<int>(what.size()), what.data(), file, line);
    std::abort();
}

}  // namespace slipway
