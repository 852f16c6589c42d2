#include "adapters/oidc/client_credentials.hpp"

#include <charconv>
#include <condition_variable>
#include <mutex>

#include "adapters/oidc/provider_call.hpp"
#include "base/back_off.hpp"
#include "base/crypto.hpp"
#include "base/encoding.hpp"

namespace slipway::oidc {
namespace {

constexpr std::int64_t kLifeWhenUnsaid = 60;
constexpr Milliseconds kSkew{60'000};
constexpr Milliseconds kPatient{15'000};    ///< for an answer of the server while there is no token
constexpr Milliseconds kHurried{5'000};     ///< while there is one
constexpr Milliseconds kBackOff{10'000};    ///< while there is a token
constexpr Milliseconds kFirstPause{1'000};  ///< while there is none
constexpr Milliseconds kLongestPause{15'000};
constexpr Milliseconds kPauseOfRefused{30'000};  ///< what is wrong is put right by a person, and who counts failures locks us out
constexpr std::int64_t kMostWaited = 60;         ///< seconds of `Retry-After`
constexpr Milliseconds kShortest{1'000};
constexpr const char* kRefused = "CLIENT_REFUSED";
constexpr const char* kLimited = "TOO_MANY_REQUESTS";

/// Seconds of `Retry-After`; what is no number of at most six digits is none.
std::int64_t whole_number(std::string_view text) {
    std::int64_t out = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + std::min<std::size_t>(text.size(), 6), out);
    return problem == std::errc{} && end == text.data() + text.size() && out > 0 ? out : 0;
}

class ClientCredentials final : public TokenSource {
public:
    ClientCredentials(ClientSettings settings, HttpTransport& transport, const Clock& clock)
        : settings_{std::move(settings)}, transport_{transport}, clock_{clock} {}

    /// One fetches. Meanwhile all others take the token that is still good, or wait where there is none; what fails for one fails for all that waited.
    Result<Secret> token() override {
        std::unique_lock lock{mutex_};
        const auto now = clock_.steady();
        const bool good = !token_.empty() && now < ends_at_;
        if (good && (now < renew_at_ || now < retry_at_ || fetching_)) {
            return token_;
        }
        if (fetching_) {
            const auto round = rounds_;
            fetched_.wait(lock, [&] { return rounds_ != round; });
            return token_.empty() ? Result<Secret>{std::unexpected(failure_)} : token_;
        }
        if (!good && pauses_.rests(now)) {
            return std::unexpected(failure_);
        }
        auto fetched = fetch_once(lock, good ? kHurried : kPatient);
        if (fetched) {
            keep(std::move(*fetched));
            return token_;
        }
        failed(fetched.error());
        return token_.empty() ? Result<Secret>{std::unexpected(failure_)} : token_;
    }

    void drop(const Secret& refused) override {
        const std::lock_guard lock{mutex_};
        if (equal_in_constant_time(refused.reveal(), token_.reveal())) {
            token_ = Secret{};
        }
    }

private:
    struct Token {
        Secret text;
        Milliseconds life{0};
    };

    /// For who waited for a question that was never put.
    static Error untold() { return {ErrorCode::unavailable, "IDENTITY_AWAY", "No token could be asked for.", {}, {}}; }

    /// Who limits us after refusals says nothing new: what is wrong is said on.
    void failed(const Error& error) {
        const auto now = clock_.steady();
        const bool limited = error.reason == kLimited;
        if (!limited || failure_.reason != kRefused) {
            failure_ = error;
        }
        retry_at_ = now + kBackOff;
        if (now >= ends_at_) {
            token_ = Secret{};
        }
        if (token_.empty()) {
            pauses_.failed(now, any_fraction(), limited ? wanted_pause_ : error.reason == kRefused ? kPauseOfRefused : Milliseconds{0});
        }
    }

    /// Begins with `lock` and ends with it, also where something is thrown: whoever waits for the round would wait for ever.
    Result<Token> fetch_once(std::unique_lock<std::mutex>& lock, Milliseconds timeout) {
        class Round {
        public:
            Round(ClientCredentials& owner, std::unique_lock<std::mutex>& lock) : owner_{owner}, lock_{lock} {
                owner_.fetching_ = true;
                lock_.unlock();
            }
            ~Round() {
                lock_.lock();
                owner_.fetching_ = false;
                ++owner_.rounds_;
                owner_.fetched_.notify_all();
            }
            Round(const Round&) = delete;
            Round& operator=(const Round&) = delete;

        private:
            ClientCredentials& owner_;
            std::unique_lock<std::mutex>& lock_;
        };
        const Round round{*this, lock};
        return fetch(timeout);
    }

    /// Only one thread is here at a time.
    Result<Token> fetch(Milliseconds timeout) {
        SW_TRY(auto response, ask(!form_authentication_, timeout));
        if (response.status == 400 || response.status == 401) {
            SW_TRY(auto other, ask(form_authentication_, timeout));
            if (other.status == 200) {
                form_authentication_ = !form_authentication_;
                response = std::move(other);
            }
        }
        if (response.status != 200) {
            return refusal(response);
        }
        return read(response.body);
    }

    std::unexpected<Error> refusal(const HttpResponse& response) {
        const bool ours = response.status == 400 || response.status == 401 || response.status == 403;
        const bool limited = response.status == 429;
        wanted_pause_ = limited ? Milliseconds{1000 * std::min(whole_number(response.header("retry-after")), kMostWaited)} : Milliseconds{0};
        return fail(ours ? ErrorCode::unauthenticated : ErrorCode::unavailable,
                    ours      ? kRefused
                    : limited ? kLimited
                              : "IDENTITY_AWAY",
                    fmt::format("{} answers {} to client {}: {}", settings_.token_url, response.status, settings_.client_id,
                                ours      ? "check clientId, clientSecret and scopes."
                                : limited ? "it was refused or asked too often; check clientId and clientSecret. It is asked again by itself."
                                          : "no token for now."));
    }

    Result<HttpResponse> ask(bool basic, Milliseconds timeout) {
        HttpRequest request{.method = "POST",
                            .url = settings_.token_url,
                            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
                            .body = "grant_type=client_credentials",
                            .timeout = timeout};
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

    Result<Token> read(std::string_view body) const {
        auto answer = json::parse_object(body);
        if (!answer || json::text_of(*answer, "access_token").empty()) {
            return fail(ErrorCode::unavailable, "IDENTITY_AWAY", fmt::format("{} gave no access_token.", settings_.token_url));
        }
        const auto seconds = seconds_of(*answer, "expires_in", kLifeWhenUnsaid);
        return Token{Secret{std::string{json::text_of(*answer, "access_token")}}, Milliseconds{seconds * 1000}};
    }

    /// Its life is counted from when it arrived. A token that comes back unchanged has the rest of its life, however short: it is not asked for all the time.
    void keep(Token token) {
        const auto now = clock_.steady();
        token_ = std::move(token.text);
        ends_at_ = now + token.life;
        renew_at_ = now + std::max(kShortest, std::min(token.life * 8 / 10, token.life > 2 * kSkew ? token.life - kSkew : token.life));
        retry_at_ = now;
        failure_ = untold();
        pauses_.worked();
    }

    const ClientSettings settings_;
    HttpTransport& transport_;
    const Clock& clock_;
    std::mutex mutex_;
    Secret token_;
    std::condition_variable fetched_;
    bool fetching_{false};
    std::uint64_t rounds_{0};  ///< of fetching that are over
    Error failure_{untold()};  ///< of the last one that failed
    Steady renew_at_{};
    Steady retry_at_{};  ///< after a failure
    Steady ends_at_{};
    bool form_authentication_{false};
    Milliseconds wanted_pause_{0};  ///< by the last 429; of the one who fetches
    BackOff pauses_{kFirstPause, kLongestPause};
};

}  // namespace

std::unique_ptr<TokenSource> make_client_credentials(ClientSettings settings, HttpTransport& transport, const Clock& clock) {
    return std::make_unique<ClientCredentials>(std::move(settings), transport, clock);
}

}  // namespace slipway::oidc
