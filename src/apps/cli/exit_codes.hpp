#pragma once

#include "base/error.hpp"

/// What the command line's exit code tells a script (page "Exit codes of the CLI" of the contract): the one table.
namespace slipway::cli {

enum ExitCode : int {
    kDone = 0,
    kFailed = 1,    ///< the work itself failed (job ERROR, import ERROR), or a bug
    kWrongUse = 2,  ///< command line or configuration
    kNotFound = 3,
    kNotAllowed = 4,  ///< not signed in, or not allowed
    kConflict = 5,
    kInvalid = 6,      ///< refused as invalid
    kUnavailable = 7,  ///< throttled or not reachable
    kWaitTimedOut = 8,
    kFinding = 9,
    kInterrupted = 130,
};

/// Code of an error, local or the server's. Reasons `USAGE`, `WAIT_TIMED_OUT` and `CANCELLED` have their own.
int exit_code_of(const Error& error);

/// Error code of an HTTP status that is no success.
ErrorCode error_code_of_status(int status);

/// Shorthand for wrong use.
[[nodiscard]] inline std::unexpected<Error> usage(std::string message) {
    return fail(ErrorCode::invalid_argument, "USAGE", std::move(message));
}

}  // namespace slipway::cli
