#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "identity/principal.hpp"

namespace slipway::identity {

/// A signed-in browser.
struct Session {
    Principal principal;
    Timestamp expires{};
    std::string csrf;  ///< what `X-CSRF-Token` must carry
    bool due{false};   ///< of watch_session(): it is time to ask anew, by peek_session()
};

/// Keeps the sessions of the page, which its cookie names. Port: built in (identity/tokens.hpp), or with an OpenID provider behind it
/// (identity/provider_sessions.hpp). Thread-safe.
class Sessions {
public:
    static constexpr Milliseconds kLife = std::chrono::hours{12};  ///< in all
    static constexpr Milliseconds kIdle = std::chrono::hours{1};   ///< without use
    virtual ~Sessions() = default;
    /// @return `unauthenticated` when it is unknown, expired or idle for too long; `unavailable` when that cannot be found out.
    virtual Result<Session> session(std::string_view cookie) = 0;
    /// As session(), but it does not count as use: for streams that stay open.
    virtual Result<Session> peek_session(std::string_view cookie) = 0;
    /// As peek_session(), of what is known here: it waits for the database, and for nobody else.
    /// @return `unavailable` where only another can tell.
    virtual Result<Session> watch_session(std::string_view cookie) { return peek_session(cookie); }
    /// The answer if it is known without waiting; safe on the io thread.
    virtual std::optional<Session> known_session(std::string_view cookie) const = 0;
};

/// The CSRF token that belongs to a session's cookie.
std::string csrf_of(std::string_view cookie);

}  // namespace slipway::identity
