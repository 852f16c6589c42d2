#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway {

/// What went wrong, as a caller can act on it. One table maps these to HTTP statuses
/// (http/problem.cpp), one to exit codes of the command line (apps/cli).
enum class ErrorCode {
    invalid_argument,     ///< 400: the request itself is wrong
    unauthenticated,      ///< 401: who are you?
    forbidden,            ///< 403: known, but not allowed
    not_found,            ///< 404: no such thing, or not visible to the caller
    conflict,             ///< 409 (412 with reason VERSION_MISMATCH): the state of things forbids it
    failed_precondition,  ///< 422: well formed, but refused (by a rule or by AWS)
    unavailable,          ///< 503: a peer or the database is away; trying again may help
    timeout,              ///< 504: a deadline passed; the outcome may be unknown
    internal,             ///< 500: a bug or a broken machine, never a client's fault
};

/// One wrong place in a body or a query.
struct Fault {
    std::string pointer;   ///< RFC 6901 pointer into the body, or `?name` for a query parameter
    std::string expected;  ///< what should stand there, in words
    std::string got;       ///< what stood there, shortened, secrets left out
};

/// A failure. `message` may reach the client, `detail` only the log.
struct Error {
    ErrorCode code{ErrorCode::internal};
    std::string reason;         ///< machine-readable, UPPER_SNAKE_CASE: the `code` of the problem document
    std::string message;        ///< a sentence for a person: what happened and what to do
    std::vector<Fault> faults;  ///< the `errors` of the problem document
    std::string detail{};       ///< for operators: native codes, addresses; never secrets
};

/// A value or an Error. Dropping one is found by clang-tidy (CheckedReturnTypes).
template <typename T>
using Result = std::expected<T, Error>;

/// Shorthand for a failure without faults.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string reason, std::string message, std::string detail = {}) {
    return std::unexpected(Error{code, std::move(reason), std::move(message), {}, std::move(detail)});
}

/// Shorthand for `invalid_argument` with one fault.
[[nodiscard]] inline std::unexpected<Error> invalid(std::string pointer, std::string expected, std::string got) {
    std::string message = "The request is not valid: " + pointer + " must be " + expected + ".";
    return std::unexpected(Error{ErrorCode::invalid_argument, "INVALID", std::move(message), {Fault{std::move(pointer), std::move(expected), std::move(got)}}});
}

/// @return the code in UPPER_SNAKE_CASE, the default `reason`.
std::string_view to_string(ErrorCode code);

/// Logs `what` with its place and aborts, in release builds too. For broken invariants, never for input.
[[noreturn]] void assertion_failed(std::string_view what, const char* file, int line);

}  // namespace slipway

#define SW_CONCAT_(a, b) a##b
#define SW_CONCAT(a, b) SW_CONCAT_(a, b)
#define SW_TRY_(tmp, decl, ...)                                           \
    auto&& tmp = (__VA_ARGS__);                                           \
    if (!tmp) {                                                           \
        return std::unexpected(std::forward<decltype(tmp)>(tmp).error()); \
    }                                                                     \
    decl = *std::forward<decltype(tmp)>(tmp)

/// `SW_TRY(auto x, f());` declares x from the value of f(), or returns its error.
#define SW_TRY(decl, ...) SW_TRY_(SW_CONCAT(sw_try_, __COUNTER__), decl, __VA_ARGS__)

/// `SW_CHECK(f());` goes on, or returns the error of f().
#define SW_CHECK(...)                                                                       \
    do {                                                                                    \
        if (auto&& sw_checked = (__VA_ARGS__); !sw_checked) {                               \
            return std::unexpected(std::forward<decltype(sw_checked)>(sw_checked).error()); \
        }                                                                                   \
    } while (false)

#define SW_ASSERT(condition, what)                                   \
    do {                                                             \
        if (!(condition)) {                                          \
            ::slipway::assertion_failed((what), __FILE__, __LINE__); \
        }                                                            \
    } while (false)
