#include "adapters/oidc/client_credentials.hpp"

#include <mutex>

#include "base/crypto.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"

namespace slipway::oidc {
namespace {

constexpr std::int64_t kLifeWhenUnsaid = 60;
constexpr Milliseconds kSkew{60'000};

class ClientCredentials final : public TokenSource {
public:
    ClientCredentials(ClientSettings settings, HttpTransport& transport, const Clock& clock)
        : settings_{std::move(settings)}, transport_{transport}, clock_{clock} {}

    /// The lock is held while a token is fetched: whoever comes meanwhile waits and finds it.
    Result<Secret> token() override {
        const std::lock_guard lock{mutex_};
        const auto now = clock_.steady();
        if (!token_.empty() && now < renew_at_) {
            return token_;
        }
        if (auto fetched = fetch(now); !fetched && (token_.empty() || now >= ends_at_)) {
            return std::unexpected(fetched.error());
        }
        return token_;
    }

    void drop(const Secret& refused) override {
        const std::lock_guard lock{mutex_};
        if (equal_in_constant_time(refused.reveal(), token_.reveal())) {
            token_ = Secret{};
        }
    }

private:
    Result<void> fetch(Steady now) {
        SW_TRY(auto response, ask(!form_authentication_));
        if (response.status == 400 || response.status == 401) {
            SW_TRY(auto other, ask(form_authentication_));
            if (other.status == 200) {
                form_authentication_ = !form_authentication_;
                response = std::move(other);
            }
        }
        if (response.status != 200) {
            const bool ours = response.status == 400 || response.status == 401 || response.status == 403;
            return fail(ours ? ErrorCode::unauthenticated : ErrorCode::unavailable, ours ? "CLIENT_REFUSED" : "IDENTITY_AWAY",
                        fmt::format("{} answers {} to client {}: {}", settings_.token_url, response.status, settings_.client_id,
                                    ours ? "check clientId, clientSecret and scopes." : "no token for now."));
        }
        return keep(response.body, now);
    }

    Result<HttpResponse> ask(bool basic) {
        HttpRequest request{.method = "POST",
                            .url = settings_.token_url,
                            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
                            .body = "grant_type=client_credentials",
                            .timeout = Milliseconds{15'000}};
        std::string scopes;
        for (const auto& scope : settings_.scopes) {
            scopes += (scopes.empty() ? "" : " ") + scope;
        }
        if (!scopes.empty()) {
            request.body += "&scope=" + percent_encode(scopes);
        }
        if (basic) {
            const auto pair = percent_encode(settings_.client_id) + ":" + percent_encode(settings_.client_secret.reveal());
            request.headers.emplace_back("Authorization", "Basic " + crypto::base64(pair));
        } else {
            request.body += "&client_id=" + percent_encode(settings_.client_id) + "&client_secret=" + percent_encode(settings_.client_secret.reveal());
        }
        return transport_.send(request);
    }

    Result<void> keep(std::string_view body, Steady now) {
        auto answer = json::parse_object(body);
        if (!answer || json::text_of(*answer, "access_token").empty()) {
            return fail(ErrorCode::unavailable, "IDENTITY_AWAY", fmt::format("{} gave no access_token.", settings_.token_url));
        }
        const auto* expires = answer->if_contains("expires_in");
        const auto seconds = expires != nullptr && expires->is_int64() && expires->get_int64() > 0 ? expires->get_int64() : kLifeWhenUnsaid;
        const auto life = Milliseconds{seconds * 1000};
        token_ = Secret{std::string{json::text_of(*answer, "access_token")}};
        ends_at_ = now + life;
        renew_at_ = now + std::min(life * 8 / 10, life > 2 * kSkew ? life - kSkew : life);
        return {};
    }

    const ClientSettings settings_;
    HttpTransport& transport_;
    const Clock& clock_;
    std::mutex mutex_;
    Secret token_;
    Steady renew_at_{};
    Steady ends_at_{};
    bool form_authentication_{false};
};

}  // namespace

std::unique_ptr<TokenSource> make_client_credentials(ClientSettings settings, HttpTransport& transport, const Clock& clock) {
    return std::make_unique<ClientCredentials>(std::move(settings), transport, clock);
}

}  // namespace slipway::oidc
