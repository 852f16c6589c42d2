#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>

#include "fakes/fake_clock.hpp"
#include "identity/identity_provider.hpp"

namespace slipway::fakes {

/// A provider that signs everybody in as `name`, until it is told to refuse or to be away. Its access tokens are `access-NAME` and live five minutes.
class FakeIdentityProvider final : public identity::IdentityProvider {
public:
    identity::ProviderSignIn sign_in(const std::string& who) {
        ++issued;
        return {.principal = {.kind = identity::Principal::Kind::user, .name = who, .groups = groups, .admin = admin},
                .tokens = {.access = Secret{"access-" + who},
                           .refresh = gives_refresh ? Secret{"refresh-" + std::to_string(issued)} : Secret{},
                           .id_token = Secret{"id-" + who},
                           .expires_in = 300,
                           .scope = "openid"},
                .expires = clock->now() + std::chrono::minutes{5}};
    }

    Result<identity::Principal> authenticate(std::string_view bearer) override {
        if (on_authenticate) {
            on_authenticate();
        }
        if (away) {
            return gone();
        }
        if (key_not_seen) {
            return fail(ErrorCode::unavailable, "KEY_NOT_SEEN_YET", "The token names a key that is not seen yet.", "7");
        }
        if (scope_missing) {
            return fail(ErrorCode::forbidden, "INSUFFICIENT_SCOPE", "The token lacks a scope.", "jobs:write");
        }
        if (refused || bearer != "access-" + name) {
            return fail(ErrorCode::unauthenticated, "TOKEN_INVALID", "The token is not accepted.");
        }
        return sign_in(name).principal;
    }
    Result<identity::Principal> authenticate_from(std::string_view bearer, std::string_view peer) override {
        last_peer = peer;
        return authenticate(bearer);
    }
    std::optional<identity::Principal> known(std::string_view) const override { return std::nullopt; }
    bool is_away() override {
        ++doubts;
        return away || late;
    }
    Result<identity::ProviderOffer> offer() override {
        return identity::ProviderOffer{.name = "Company", .page = true, .device = true, .loopback = loopback, .password = true};
    }
    Result<identity::ProviderSignIn> by_password(const std::string& username, const Secret& password) override {
        last_password = password.reveal();
        return given(username);
    }
    Result<identity::ProviderSignIn> by_client(const std::string& client_id, const Secret&, const std::string&) override { return given(client_id); }
    Result<identity::ProviderSignIn> by_refresh(const Secret& refresh_token, identity::LoginClient client, const identity::LongWait& wait) override {
        {
            const std::lock_guard lock{mutex_};
            ++refreshes;
            last_client = client;
            last_refresh = refresh_token.reveal();
        }
        if (late && wait.on_late) {
            wait.on_late();
        }
        if (on_refresh) {
            on_refresh();
        }
        if (on_long_wait && !on_long_wait(wait)) {
            return gone();
        }
        const std::lock_guard lock{mutex_};
        auto in = given(name);
        if (in && tells_nothing) {
            in->principal = {};
            in->unchecked = gone().error();
        }
        return in;
    }
    Result<std::string> authorization_url(const identity::AuthorizationRequest& request) override {
        last_request = request;
        return away ? Result<std::string>{gone()} : "https://idp.example/auth?state=" + request.state;
    }
    Result<identity::ProviderSignIn> by_code(const identity::AuthorizationCode& code) override {
        last_code = code;
        return given(name);
    }
    Result<std::string> end_session_url(const Secret& id_token, const std::string& back_to) override {
        return "https://idp.example/logout?hint=" + std::string{id_token.reveal()} + "&to=" + back_to;
    }
    Result<identity::DeviceCode> start_device(const std::string& challenge) override {
        last_request.challenge = challenge;
        if (away) {
            return gone();
        }
        return identity::DeviceCode{.device_code = Secret{"device"},
                                    .user_code = "ABCD",
                                    .verification_uri = "https://idp.example/device",
                                    .verification_uri_complete = {},
                                    .expires_in = 600,
                                    .interval = 5};
    }
    Result<identity::ProviderSignIn> by_device(const Secret&, const Secret& verifier) override {
        last_code.verifier = verifier;
        if (pending) {
            ++asked;
            return fail(ErrorCode::invalid_argument, "AUTHORIZATION_PENDING", "Not yet.");
        }
        return given(name);
    }
    Result<void> revoke(const identity::Revocation& given) override {
        if (on_revoke) {
            on_revoke();
        }
        if (away) {
            return gone();
        }
        ++asked;
        if (refuses_revocations || (refuses_clients && !given.client_id.empty())) {
            return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED", "The identity provider refuses.");
        }
        const std::lock_guard lock{mutex_};
        revocation = given;
        taken_back_.emplace(given.token.reveal());
        revoked_.notify_all();
        return {};
    }
    /// Whether the token is taken back. Waits for it: signing out does not.
    bool has_revoked(const std::string& token) {
        std::unique_lock lock{mutex_};
        return revoked_.wait_for(lock, std::chrono::seconds{30}, [&] { return taken_back_.contains(token); });
    }

    FakeClock own_clock;
    FakeClock* clock{&own_clock};
    std::string name{"ana"};
    std::vector<std::string> groups{"risk"};
    bool admin{false};
    std::atomic<bool> refused{false};
    std::atomic<bool> away{false};
    bool takes_no_request{false};
    bool drops_requests{false};
    bool pending{false};
    bool offers_no_way{false};  ///< to sign in as is asked for
    bool scope_missing{false};
    bool key_not_seen{false};
    bool refuses_clients{false};
    bool refuses_revocations{false};
    bool gives_refresh{true};
    std::atomic<bool> tells_nothing{false};                       ///< about the tokens that it gives
    std::function<void()> on_refresh;                             ///< while the provider is asked
    std::atomic<bool> late{false};                                ///< renewals take longer than people wait
    std::function<bool(const identity::LongWait&)> on_long_wait;  ///< false: broken off without an answer
    std::function<void()> on_revoke;
    std::function<void()> on_authenticate;  ///< the same about a token
    int refreshes{0};
    std::atomic<int> asked{0};   ///< for tokens, or to take one back
    std::atomic<int> doubts{0};  ///< whether it is away
    int issued{0};
    std::string loopback;
    identity::LoginClient last_client{};
    std::string last_refresh;
    std::string last_password;
    std::string last_peer;
    identity::Revocation revocation;
    identity::AuthorizationRequest last_request;
    identity::AuthorizationCode last_code;

private:
    std::set<std::string> taken_back_;
    std::condition_variable revoked_;
    std::mutex mutex_;  ///< sessions are renewed by several at once
    static std::unexpected<Error> gone() { return fail(ErrorCode::unavailable, "IDENTITY_AWAY", "The identity provider cannot be reached."); }
    Result<identity::ProviderSignIn> given(const std::string& who) {
        ++asked;
        if (away) {
            return gone();
        }
        if (takes_no_request) {
            return fail(ErrorCode::invalid_argument, "REQUEST_REFUSED", "The identity provider does not take this request.");
        }
        if (drops_requests) {
            return fail(ErrorCode::invalid_argument, "REQUEST_DROPPED", "Broken off without an answer.");
        }
        if (refused) {
            return fail(ErrorCode::unauthenticated, "SIGN_IN_FAILED", "The identity provider refuses.");
        }
        if (offers_no_way) {
            return fail(ErrorCode::forbidden, "GRANT_NOT_ALLOWED", "The identity provider does not let people sign in here in this way.");
        }
        return sign_in(who);
    }
};

}  // namespace slipway::fakes
