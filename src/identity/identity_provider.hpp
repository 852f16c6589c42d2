#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "identity/authenticator.hpp"
#include "identity/provider_waits.hpp"

namespace slipway::identity {

/// What a provider gave for a grant.
struct ProviderTokens {
    Secret access;
    Secret refresh;   ///< empty where it gives none
    Secret id_token;  ///< empty where it gives none
    std::int64_t expires_in{0};
    std::string scope;
};

/// A person or machine that the provider signed in, with the tokens that say so; they were checked.
struct ProviderSignIn {
    Principal principal;
    ProviderTokens tokens;
    Timestamp expires{};  ///< of the access token
    /// Why they could not be checked, which is then still to be done: what was spent for them, a refresh token or a code, is used up, and they are all that is
    /// left of it. The principal is what a signed token says, else empty.
    std::optional<Error> unchecked{};
};

/// Through which of our clients at the provider a person signs in: a refresh token is good for the client alone that it was given to.
enum class LoginClient {
    page,
    command_line,  ///< and what scripts have passed through; a public client (RFC 8252) where one is set up, else the page's
};

/// What a browser is sent to the provider with (RFC 6749 section 4.1.1, RFC 7636).
struct AuthorizationRequest {
    LoginClient client{LoginClient::page};
    std::string redirect_uri;
    std::string state;
    std::string nonce;      ///< empty: none, where nobody looks at the ID token
    std::string challenge;  ///< base64url of the verifier's SHA-256
};

/// What a browser brought back.
struct AuthorizationCode {
    LoginClient client{LoginClient::page};
    Secret code;
    std::string redirect_uri;
    std::string nonce;
    Secret verifier;
};

/// What a person types elsewhere to sign in a device (RFC 8628).
struct DeviceCode {
    Secret device_code;
    std::string user_code;
    std::string verification_uri;
    std::string verification_uri_complete;
    std::int64_t expires_in{0};
    std::int64_t interval{5};
};

/// A token that is to be taken back (RFC 7009).
struct Revocation {
    Secret token;
    std::string hint{};       ///< `access_token` or `refresh_token`, as the caller says; may be empty
    std::string client_id{};  ///< whose the token is; empty: ours
    Secret client_secret{};
    LoginClient ours{LoginClient::page};          ///< which of ours
    const std::atomic<bool>* cancelled{nullptr};  ///< true ends the question
};

/// Of who waits for an answer as long as it may still come, which is some minutes, and not for a few seconds alone: a refresh token may be good once, and an
/// answer that nobody takes has used it up.
struct LongWait {
    std::function<void()> on_late;                ///< called once, by the thread that asks, after the usual time; the question goes on. Quick.
    const std::atomic<bool>* cancelled{nullptr};  ///< true ends it

    static constexpr Milliseconds kUsual = std::chrono::seconds{5};  ///< so long whoever asks for something waits; then the answer is late
};

/// What a person may sign in with.
struct ProviderOffer {
    std::string name;  ///< for the button
    bool page{false};  ///< by authorization code
    bool device{false};
    std::string loopback{};  ///< where the browser comes back to the command line, without a port any; empty: not offered
    bool password{false};    ///< as far as the provider says so
};

/// An OpenID provider outside: it knows who people and machines are, and signs them in. Port; implementation: adapters/oidc. All but known() may wait for the
/// provider, a few seconds at the most but for a LongWait. Whatever it gives was checked as authenticate() does, but for what is `unchecked`: by_refresh()
/// alone gives that, and for the command line by_device() and by_code() where it says who signed in. Errors of all: `unavailable`/`IDENTITY_AWAY` when it does
/// not answer or with what cannot be understood, `unauthenticated`/`SIGN_IN_FAILED` for what it refuses, `forbidden`/`GRANT_NOT_ALLOWED` for a way to sign in
/// that it does not offer to us, `unavailable`/`CLIENT_REFUSED` when it does not take our own client, `invalid_argument`/`REQUEST_REFUSED` for what it does not
/// take as it was asked and `REQUEST_DROPPED` for what it alone does not answer, and those of a token it gave that is not for us. Thread-safe.
class IdentityProvider : public Authenticator {
public:
    bool asks_peers() const override { return true; }
    /// Whom requests ask before they wait for it.
    ProviderWaits& waits() { return waits_; }
    virtual Result<ProviderOffer> offer() = 0;
    /// Whether nobody answers there, whatever is asked: for who waits for an answer that is late.
    virtual bool is_away() = 0;
    virtual Result<ProviderSignIn> by_password(const std::string& username, const Secret& password) = 0;
    virtual Result<ProviderSignIn> by_client(const std::string& client_id, const Secret& secret, const std::string& scope) = 0;
    virtual Result<ProviderSignIn> by_refresh(const Secret& refresh_token, LoginClient client, const LongWait& wait = {}) = 0;

    /// @return where the browser goes.
    virtual Result<std::string> authorization_url(const AuthorizationRequest& request) = 0;
    /// Exchanges the code; for the page the ID token must carry the nonce.
    virtual Result<ProviderSignIn> by_code(const AuthorizationCode& code) = 0;
    /// Where the browser goes to sign out there as well (OpenID Connect RP-Initiated Logout); empty where the provider has no such place.
    virtual Result<std::string> end_session_url(const Secret& id_token, const std::string& back_to) = 0;

    /// @param challenge as in AuthorizationRequest; empty: none.
    virtual Result<DeviceCode> start_device(const std::string& challenge) = 0;
    /// @return besides the errors of all: `invalid_argument`/`AUTHORIZATION_PENDING` and `SLOW_DOWN` until the person has decided,
    /// `unauthenticated`/`SIGN_IN_EXPIRED`.
    virtual Result<ProviderSignIn> by_device(const Secret& device_code, const Secret& verifier) = 0;

    /// Takes a token back at the provider, and forgets that it was good; one that it does not know is taken back already.
    /// @return besides the errors of all `invalid_argument`/`UNSUPPORTED_TOKEN_TYPE` where the provider cannot take tokens back.
    virtual Result<void> revoke(const Revocation& revocation) = 0;

private:
    ProviderWaits waits_;
};

}  // namespace slipway::identity
