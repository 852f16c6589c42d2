#include "adapters/aws/credential_provider.hpp"

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <optional>

#include "adapters/aws/aws_error.hpp"
#include "adapters/aws/retry.hpp"
#include "adapters/aws/xml.hpp"
#include "base/encoding.hpp"
#include "base/log.hpp"

namespace slipway::aws {

namespace {

using namespace std::chrono_literals;
using sagemaker::AwsError;
using sagemaker::AwsResult;

constexpr std::string_view kOperation = "AssumeRoleWithWebIdentity";

class StaticProvider final : public CredentialProvider {
public:
    explicit StaticProvider(SigningKeys keys) : keys_{std::move(keys)} {}
    AwsResult<SigningKeys> keys(const std::atomic<bool>* /*cancelled*/) override { return keys_; }
    bool renew(std::string_view /*refused_key_id*/) override { return false; }

private:
    const SigningKeys keys_;
};

class EmptyProvider final : public CredentialProvider {
public:
    explicit EmptyProvider(std::string message) : message_{std::move(message)} {}
    AwsResult<SigningKeys> keys(const std::atomic<bool>* /*cancelled*/) override {
        return std::unexpected(local_error("GetCredentials", "NoCredentials", {ErrorCode::failed_precondition, "NO_CREDENTIALS", message_, {}, {}}));
    }
    bool renew(std::string_view /*refused_key_id*/) override { return false; }

private:
    const std::string message_;
};

AwsError cancelled_error() {
    return local_error(kOperation, "Cancelled", {ErrorCode::unavailable, "CANCELLED", "The call to AWS was cancelled.", {}, {}});
}

/// Temporary keys; their life is measured on the steady clock, so that a jump of the wall clock does not end it.
struct Session {
    SigningKeys keys;
    Steady renew_at;
    Steady ends_at;
};

class WebIdentityProvider final : public CredentialProvider {
public:
    WebIdentityProvider(Tools tools, WebIdentity identity) : tools_{std::move(tools)}, identity_{std::move(identity)} {}

    AwsResult<SigningKeys> keys(const std::atomic<bool>* cancelled) override {
        std::unique_lock lock{mutex_};
        while (!may_renew()) {
            if (good()) {
                return session_->keys;
            }
            const auto flight = flight_;
            while (!flight->done) {
                if (cancelled != nullptr && cancelled->load()) {
                    return std::unexpected(cancelled_error());
                }
                landed_.wait_for(lock, 50ms);
            }
            if (flight->error) {
                return std::unexpected(*flight->error);
            }
        }
        return renew_now(lock, cancelled);
    }

    bool renew(std::string_view refused_key_id) override {
        const std::lock_guard lock{mutex_};
        // Another thread may have renewed them already: then ours were just old.
        if (session_ && session_->keys.access_key_id == refused_key_id) {
            session_.reset();
        }
        return true;
    }

private:
    /// One call of STS that all who need keys wait for.
    struct Flight {
        bool done{false};
        std::optional<AwsError> error;
    };

    bool good() const { return session_ && tools_.clock.steady() < session_->ends_at; }
    bool may_renew() const { return !flight_ && (!good() || tools_.clock.steady() >= session_->renew_at); }

    AwsResult<SigningKeys> renew_now(std::unique_lock<std::mutex>& lock, const std::atomic<bool>* cancelled) {
        const auto flight = std::make_shared<Flight>();
        flight_ = flight;
        lock.unlock();
        auto fresh = assume(cancelled);
        const double random = tools_.random();
        lock.lock();
        flight_.reset();
        flight->done = true;
        landed_.notify_all();
        if (fresh) {
            session_ = std::move(*fresh);
            return session_->keys;
        }
        if (good()) {
            log::warn("aws.session.renewal_failed", {{"role", identity_.role_arn}, {"code", fresh.error().code}, {"message", fresh.error().message}});
            session_->renew_at = tools_.clock.steady() + std::chrono::duration_cast<Steady::duration>(30s * (0.5 + random));
            return session_->keys;
        }
        if (fresh.error().code != "Cancelled") {
            flight->error = fresh.error();
        }
        return std::unexpected(std::move(fresh.error()));
    }

    AwsResult<Session> assume(const std::atomic<bool>* cancelled) {
        constexpr int kAttempts = 3;
        for (int attempt = 1;; ++attempt) {
            auto answer = ask_sts(cancelled);
            if (answer) {
                return answer;
            }
            // A token that has expired was perhaps replaced while we sent it; a provider whose keys cannot be fetched may be back soon.
            const auto& error = answer.error();
            const bool again = error.error.code == ErrorCode::unavailable || error.error.code == ErrorCode::timeout || error.code == "IDPCommunicationError" ||
                               (error.code == "ExpiredTokenException" && attempt == 1) ||
                               (error.code == "InvalidIdentityToken" && error.message.find("verification key") != std::string::npos);
            if (!again || attempt == kAttempts || error.code == "Cancelled") {
                return answer;
            }
            if (!tools_.waiter.wait(backoff(attempt - 1, error.error.reason == "AWS_THROTTLED", tools_.random(), std::nullopt), cancelled)) {
                return std::unexpected(cancelled_error());
            }
        }
    }

    AwsResult<Session> ask_sts(const std::atomic<bool>* cancelled) {
        auto token = read_token();
        if (!token) {
            return std::unexpected(local_error(kOperation, "WebIdentityToken", token.error()));
        }
        HttpRequest request{.method = "POST", .url = identity_.sts_url};
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
        request.body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=" + percent_encode(identity_.role_arn) +
                       "&RoleSessionName=" + percent_encode(identity_.session_name) + "&WebIdentityToken=" + percent_encode(token->reveal());
        request.timeout = 10s;
        request.max_response_bytes = 1U << 20;
        request.cancelled = cancelled;
        const auto asked = tools_.clock.steady();
        const auto response = tools_.transport.send(request);
        if (!response) {
            return std::unexpected(network_error(kOperation, response.error()));
        }
        if (response->status != 200) {
            return std::unexpected(to_error(kOperation, read_failure(*response)));
        }
        return read_session(*response, asked);
    }

    Result<Secret> read_token() const {
        constexpr std::size_t kMost = 20000;
        std::ifstream file{identity_.token_file, std::ios::binary};
        std::string text(kMost + 1, '\0');
        file.read(text.data(), static_cast<std::streamsize>(text.size()));
        text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
        while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
            text.pop_back();
        }
        if (text.size() < 4 || text.size() > kMost) {
            return fail(ErrorCode::failed_precondition, "WEB_IDENTITY_TOKEN",
                        "The web identity token file " + identity_.token_file + " is missing, cannot be read or holds no token of 4 to 20000 characters.");
        }
        return Secret{std::move(text)};
    }

    AwsResult<Session> read_session(const HttpResponse& response, Steady asked) const {
        const auto root = parse_xml(response.body);
        const auto* credentials = root ? root->find("Credentials") : nullptr;
        const auto text = [&](std::string_view name) { return credentials == nullptr ? std::string{} : credentials->text_at({name}); };
        Session session{
            .keys = {.access_key_id = text("AccessKeyId"), .secret_access_key = Secret{text("SecretAccessKey")}, .session_token = Secret{text("SessionToken")}},
            .renew_at = asked,
            .ends_at = asked};
        const auto ends = from_iso(text("Expiration"));
        if (session.keys.access_key_id.empty() || session.keys.secret_access_key.empty() || session.keys.session_token.empty() || !ends) {
            return std::unexpected(local_error(kOperation, std::string{kGarbled},
                                               {ErrorCode::unavailable, "AWS_UNAVAILABLE", "The answer of AWS STS holds no credentials.", {}, {}}));
        }
        // The end is told in the server's time: its own Date says how long that is from now.
        const auto server_now = from_http_date(response.header("date")).value_or(tools_.clock.now());
        const auto life = std::max<Milliseconds>(*ends - server_now, 0ms);
        session.renew_at = asked + life - std::min<Milliseconds>(15min, life / 2);
        session.ends_at = asked + life - std::min<Milliseconds>(1min, life / 10);
        return session;
    }

    const Tools tools_;
    const WebIdentity identity_;
    std::mutex mutex_;
    std::condition_variable landed_;
    std::optional<Session> session_;
    std::shared_ptr<Flight> flight_;
};

}  // namespace

std::unique_ptr<CredentialProvider> make_static_provider(SigningKeys keys) {
    return std::make_unique<StaticProvider>(std::move(keys));
}

std::unique_ptr<CredentialProvider> make_empty_provider(std::string message) {
    return std::make_unique<EmptyProvider>(std::move(message));
}

std::unique_ptr<CredentialProvider> make_web_identity_provider(Tools tools, WebIdentity identity) {
    return std::make_unique<WebIdentityProvider>(std::move(tools), std::move(identity));
}

}  // namespace slipway::aws
