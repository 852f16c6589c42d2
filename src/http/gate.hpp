#pragma once

#include <optional>
#include <string>
#include <vector>

#include "http/message.hpp"
#include "identity/tokens.hpp"

namespace slipway::http {

/// Name of the page's session cookie. Where the connection is secure, one that no plain page of this host can set; at the root, no other site either.
/// Browsers take `__Host-` for the path `/` alone (RFC 6265bis section 4.1.3.2): below a prefix the cookie keeps to its path instead.
inline std::string_view session_cookie_name(const Request& request) {
    return !request.secure() ? "slipway_session" : request.prefix.empty() ? "__Host-slipway_session" : "__Secure-slipway_session";
}
/// The session's cookie, or empty.
std::string_view session_cookie_of(const Request& request);

/// Who was let in, and how.
struct Admission {
    enum class Via { nothing, bearer, session };
    Via via{Via::nothing};
    identity::Principal principal;  ///< without name and groups for `nothing`: such a one sees nothing
    std::string csrf;               ///< of a session
    bool due{false};                ///< of watch(): it is time for recheck()
};

/// Which names we answer to and who is asking. Thread-safe.
class Gate {
public:
    struct Options {
        std::string public_url;                  ///< without a slash at the end; empty when there is none
        std::vector<std::string> allowed_hosts;  ///< empty: any, for bearers
    };
    /// @param authenticator of bearer tokens; `sessions` are those of the page.
    Gate(identity::Authenticator& authenticator, identity::Sessions& sessions, Options options);

    /// @return `invalid_argument`/`MISDIRECTED` (421) for a host that is not ours.
    Result<void> check_host(std::string_view host) const;
    /// Host of `publicUrl` or a loopback name: only there cookies count.
    bool cookies_count(std::string_view host) const;

    /// May wait. No credentials at all is `nothing`. @return `unauthenticated`, `unavailable`, or MISDIRECTED for a cookie under a foreign name.
    Result<Admission> admit(const Request& request);
    /// As admit(), for a stream that stays open: it does not count as use of a session, and nobody is asked but the database.
    /// @return `unavailable` where only recheck() can tell.
    Result<Admission> watch(const Request& request);
    /// As admit() for such a stream: whoever knows is asked anew.
    Result<Admission> recheck(const Request& request);
    /// The admission if it is known without waiting.
    std::optional<Admission> known(const Request& request) const;
    /// @return `forbidden`/`CSRF` for a changing request of a session without its token.
    static Result<void> check_csrf(const Request& request, const Admission& admission);
    /// Where nobody signs in, a page of another site is told by what its browser says of it (`Sec-Fetch-Site`, `Origin`); programs say nothing of the kind.
    /// @return `forbidden`/`FOREIGN_ORIGIN` for a changing request of such a page.
    static Result<void> check_origin(const Request& request);

private:
    enum class Look { use, peek, watch };
    Result<Admission> admit(const Request& request, Look look);
    Result<identity::Principal> bearer(std::string_view token, const Request& request, Look look);
    Result<identity::Session> session(std::string_view cookie, Look look);
    identity::Authenticator& authenticator_;
    identity::Sessions& sessions_;
    const Options options_;
    const std::string public_host_;
};

/// Token of `Authorization: Bearer …`, or empty.
std::string_view bearer_of(const Request& request);

}  // namespace slipway::http
