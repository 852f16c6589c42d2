#pragma once

#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"
#include "fakes/signing_key.hpp"

namespace slipway::fakes {

/// An OpenID provider behind a transport: description, keys, and whatever `token`, `introspect` and `device` answer. Counts what it is asked.
class FakeOpenId {
public:
    static constexpr std::string_view kIssuer = "https://idp.example/realms/slipway";

    FakeOpenId() {
        transport.otherwise([this](const HttpRequest& request) { return answer(request); });
    }

    json::object claims() const {
        const auto now = to_epoch_ms(clock.now()) / 1000;
        return {{"iss", kIssuer}, {"aud", "urn:slipway"}, {"exp", now + 300}, {"sub", "f3a1"}, {"preferred_username", "ana"}, {"memberOf", {"/risk"}}};
    }
    std::string token(json::object changes = {}) const {
        auto all = claims();
        for (const auto& [name, value] : changes) {
            all[name] = value;
        }
        return keys.back()->token("RS256", all);
    }
    /// A new key signs; `keep` leaves the old ones in the set.
    void rotate(bool keep = true) {
        if (!keep) {
            keys.clear();
        }
        keys.push_back(pooled(++made));
    }
    /// RSA keys take a while to make: all tests of a program share theirs.
    static std::shared_ptr<SigningKey> pooled(int number) {
        static std::map<int, std::shared_ptr<SigningKey>> pool;
        auto& key = pool[number];
        if (!key) {
            key = std::make_shared<SigningKey>("RSA", "key-" + std::to_string(number));
        }
        return key;
    }
    static HttpResponse json_answer(const json::object& body, int status = 200) {
        return {.status = status, .headers = {{"content-type", "application/json"}}, .body = json::write(body)};
    }
    int asked(std::string_view path) const {
        return static_cast<int>(std::ranges::count_if(transport.requests(), [&](const HttpRequest& request) { return request.url.contains(path); }));
    }

    FakeClock clock;
    FakeTransport transport;
    std::vector<std::shared_ptr<SigningKey>> keys{pooled(1)};
    int made{1};
    std::function<Result<HttpResponse>()> away;  ///< answers everything when set
    std::function<Result<HttpResponse>(const HttpRequest&)> on_token;
    std::function<Result<HttpResponse>(const HttpRequest&)> on_introspect;
    std::function<Result<HttpResponse>(const HttpRequest&)> on_device;
    json::object description{{"issuer", kIssuer},
                             {"authorization_endpoint", "https://idp.example/auth"},
                             {"token_endpoint", "https://idp.example/token"},
                             {"jwks_uri", "https://idp.example/certs"},
                             {"introspection_endpoint", "https://idp.example/introspect"},
                             {"device_authorization_endpoint", "https://idp.example/device"},
                             {"revocation_endpoint", "https://idp.example/revoke"},
                             {"end_session_endpoint", "https://idp.example/logout?x=1"},
                             {"grant_types_supported", {"authorization_code", "password"}}};

private:
    Result<HttpResponse> answer(const HttpRequest& request) {
        if (away) {
            return away();
        }
        if (request.url.ends_with("/.well-known/openid-configuration")) {
            return json_answer(description);
        }
        if (request.url.ends_with("/certs")) {
            std::vector<const SigningKey*> all;
            for (const auto& key : keys) {
                all.push_back(key.get());
            }
            return json_answer(jwks_of(all));
        }
        const auto& handler = request.url.ends_with("/token") ? on_token : request.url.ends_with("/introspect") ? on_introspect : on_device;
        return handler ? handler(request) : HttpResponse{.status = 404, .headers = {}, .body = "<html>"};
    }
};

}  // namespace slipway::fakes
