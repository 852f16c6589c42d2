#include "adapters/aws/gateway.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <random>

#include "adapters/aws/aws_client.hpp"
#include "adapters/aws/s3_store.hpp"
#include "adapters/aws/xml.hpp"
#include "base/crypto.hpp"
#include "sagemaker/import_request.hpp"

namespace slipway::aws {

namespace {

using sagemaker::AuthenticationType;
using sagemaker::AwsResult;
using sagemaker::CallerIdentity;
using sagemaker::Credential;

double own_random() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<>{0, 1}(engine);
}

std::string with_slash(std::string url) {
    if (!url.ends_with('/')) {
        url += '/';
    }
    return url;
}

std::string first_of(std::initializer_list<const std::string*> candidates) {
    for (const auto* candidate : candidates) {
        if (!candidate->empty()) {
            return *candidate;
        }
    }
    return {};
}

/// Changes when anything that a credential signs with does; holds no secret.
std::string fingerprint(const Credential& c) {
    std::string text;
    for (const std::string_view part : {std::string_view{c.access_key_id}, c.secret_access_key.reveal(), c.session_token.reveal(), std::string_view{c.role_arn},
                                        std::string_view{c.web_identity_token_file}}) {
        text += crypto::sha256_hex(part);
    }
    return crypto::sha256_hex(text + std::to_string(static_cast<int>(c.type)));
}

class Gateway final : public sagemaker::AwsGateway {
public:
    Gateway(HttpTransport& transport, const Clock& clock, Waiter& waiter, AwsOptions options)
        : options_{std::move(options)}, tools_{transport, clock, waiter, options_.random ? options_.random : own_random} {}

    std::shared_ptr<sagemaker::SageMakerApi> connect(const Credential& credential, const std::string& region) override {
        return session_of(credential, region).sagemaker;
    }

    std::shared_ptr<sagemaker::S3Reader> objects(const Credential& credential, const std::string& region) override {
        return session_of(credential, region).objects;
    }

    AwsResult<CallerIdentity> identify(const Credential& credential, const std::string& region, const sagemaker::CallOptions& options) override {
        const auto session = session_of(credential, region);
        CallerIdentity identity;
        const ServiceCall call{.operation = "GetCallerIdentity",
                               .headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
                               .body = "Action=GetCallerIdentity&Version=2011-06-15",
                               .writes = false,
                               .is_answer = [&identity](const HttpResponse& response) {
                                   const auto root = parse_xml(response.body);
                                   identity.account = root ? root->text_at({"GetCallerIdentityResult", "Account"}) : std::string{};
                                   identity.arn = root ? root->text_at({"GetCallerIdentityResult", "Arn"}) : std::string{};
                                   return !identity.account.empty() && !identity.arn.empty();
                               }};
        SW_CHECK(session.sts->perform(call, options));
        return identity;
    }

    void forget(const std::string& credential_id) override {
        const std::lock_guard lock{mutex_};
        std::erase_if(sessions_, [&](const auto& entry) { return entry.first.first == credential_id; });
    }

private:
    static constexpr std::size_t kMostSessions = 256;

    /// What is shared by all who use one credential in one region.
    struct Session {
        std::string fingerprint;
        std::shared_ptr<SageMakerClient> sagemaker;
        std::shared_ptr<SignedCaller> sts;
        std::shared_ptr<sagemaker::S3Reader> objects;
    };

    Session session_of(const Credential& credential, const std::string& asked_region) {
        const auto region = first_of({&asked_region, &credential.region, &options_.region});
        const auto print = fingerprint(credential);
        const std::lock_guard lock{mutex_};
        if (sessions_.size() >= kMostSessions && !sessions_.contains({credential.id, region})) {
            sessions_.clear();  // whoever works with one keeps it; names of regions are what people type
        }
        auto& session = sessions_[{credential.id, region}];
        if (session.fingerprint != print) {
            session = make_session(credential, region);
            session.fingerprint = print;
        }
        return session;
    }

    Session make_session(const Credential& credential, const std::string& region) const {
        const bool known = sagemaker::is_region(region);
        const std::string suffix{dns_suffix(region)};
        const auto sagemaker_override = first_of({&options_.service_endpoint_url, &options_.endpoint_url_sagemaker, &options_.endpoint_url});
        const auto sts_override = first_of({&options_.service_endpoint_url, &options_.endpoint_url_sts, &options_.endpoint_url});
        const auto sagemaker_url = with_slash(sagemaker_override.empty() ? "https://api.sagemaker." + region + "." + suffix : sagemaker_override);
        const auto sts_url = with_slash(sts_override.empty() ? "https://sts." + region + "." + suffix : sts_override);
        const std::shared_ptr<CredentialProvider> provider =
            known ? make_provider(credential, sts_url)
                  : make_empty_provider("No AWS region is given, or '" + region.substr(0, 40) +
                                        "' is none. Name one in the request, in sagemaker-credentials or in AWS_REGION, such as eu-west-1.");
        return {.fingerprint = {},
                .sagemaker = std::make_shared<SageMakerClient>(tools_, Endpoint{sagemaker_url, region, "sagemaker"}, provider, rates(sagemaker_override),
                                                               options_.limits),
                .sts = std::make_shared<SignedCaller>(tools_, Endpoint{sts_url, region, "sts"}, provider, rates(sts_override), options_.limits),
                .objects = make_s3_reader(
                    {.region = region, .endpoint_url = first_of({&options_.service_endpoint_url, &options_.endpoint_url_s3, &options_.endpoint_url})}, provider,
                    tools_.transport, tools_.clock)};
    }

    const StartRates& rates(const std::string& override) const { return override.empty() ? options_.start_rates : options_.start_rates_elsewhere; }

    std::shared_ptr<CredentialProvider> make_provider(const Credential& credential, const std::string& sts_url) const {
        switch (credential.type) {
            case AuthenticationType::basic:
                return keys_or_nothing({credential.access_key_id, credential.secret_access_key, credential.session_token},
                                       "The AWS credential '" + credential.id + "' has no access key or no secret key.");
            case AuthenticationType::assume_role_with_web_identity:
                return make_web_identity_provider(tools_, {credential.role_arn, credential.web_identity_token_file, options_.role_session_name, sts_url});
            case AuthenticationType::default_chain: break;
        }
        if (options_.access_key_id.empty() && !options_.web_identity_token_file.empty() && !options_.role_arn.empty()) {
            return make_web_identity_provider(tools_, {options_.role_arn, options_.web_identity_token_file, options_.role_session_name, sts_url});
        }
        return keys_or_nothing(
            {options_.access_key_id, options_.secret_access_key, options_.session_token},
            "This machine has no AWS credentials of its own: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_WEB_IDENTITY_TOKEN_FILE "
            "and AWS_ROLE_ARN, where the server runs.");
    }

    static std::shared_ptr<CredentialProvider> keys_or_nothing(SigningKeys keys, std::string message) {
        if (keys.access_key_id.empty() || keys.secret_access_key.empty()) {
            return make_empty_provider(std::move(message));
        }
        return make_static_provider(std::move(keys));
    }

    const AwsOptions options_;
    const Tools tools_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, Session> sessions_;  ///< by credential id and region
};

}  // namespace

AwsOptions options_from_environment(const std::function<std::optional<std::string>(const std::string& name)>& lookup) {
    const auto text = [&](const std::string& name) { return lookup(name).value_or(""); };
    AwsOptions options;
    options.endpoint_url = text("AWS_ENDPOINT_URL");
    options.endpoint_url_sagemaker = text("AWS_ENDPOINT_URL_SAGEMAKER");
    options.endpoint_url_sts = text("AWS_ENDPOINT_URL_STS");
    options.endpoint_url_s3 = text("AWS_ENDPOINT_URL_S3");
    options.region = text("AWS_REGION").empty() ? text("AWS_DEFAULT_REGION") : text("AWS_REGION");
    options.access_key_id = text("AWS_ACCESS_KEY_ID");
    options.secret_access_key = Secret{text("AWS_SECRET_ACCESS_KEY")};
    options.session_token = Secret{text("AWS_SESSION_TOKEN")};
    options.web_identity_token_file = text("AWS_WEB_IDENTITY_TOKEN_FILE");
    options.role_arn = text("AWS_ROLE_ARN");
    if (const auto name = text("AWS_ROLE_SESSION_NAME"); !name.empty()) {
        options.role_session_name = name;
    }
    return options;
}

std::string_view dns_suffix(std::string_view region) {
    constexpr std::pair<std::string_view, std::string_view> kPartitions[]{
        {"cn-", "amazonaws.com.cn"},    {"eusc-", "amazonaws.eu"},      {"us-isob-", "sc2s.sgov.gov"},
        {"us-isof-", "csp.hci.ic.gov"}, {"eu-isoe-", "cloud.adc-e.uk"}, {"us-iso-", "c2s.ic.gov"},
    };
    for (const auto& [prefix, suffix] : kPartitions) {
        if (region.starts_with(prefix)) {
            return suffix;
        }
    }
    return "amazonaws.com";
}

std::unique_ptr<sagemaker::AwsGateway> make_aws_gateway(HttpTransport& transport, const Clock& clock, Waiter& waiter, AwsOptions options) {
    return std::make_unique<Gateway>(transport, clock, waiter, std::move(options));
}

}  // namespace slipway::aws
