#include <algorithm>
#include <charconv>

#include "apps/config/load.hpp"

namespace slipway::config {
namespace {

constexpr std::string_view kSection = "spark-runtime.";

/// Values of the section, else the defaults of the table.
class Section {
public:
    Section(const Settings& settings, const Environment& environment) : settings_{settings}, environment_{environment} {}

    std::string text(std::string_view name) const {
        if (const auto found = settings_.find(std::string{name}); found != settings_.end()) {
            return found->second.values.front();
        }
        const auto key = std::ranges::find(keys(), name, &Key::name);
        return key == keys().end() ? std::string{} : std::string{key->fallback};
    }
    std::string own(std::string_view name) const { return text(std::string{kSection} + std::string{name}); }
    std::vector<std::string> words(const std::string& name) const {
        const auto found = settings_.find(name);
        return found == settings_.end() ? std::vector<std::string>{} : found->second.values;
    }
    /// The key, else the variable that Spark itself reads.
    std::string or_environment(std::string_view name, std::string_view variable) const {
        const auto given = own(name);
        const auto found = environment_.find(variable);
        return !given.empty() || found == environment_.end() ? given : found->second;
    }
    std::vector<std::string> words_or_default(const std::string& name) const {
        auto given = words(name);
        return given.empty() ? std::vector{text(name)} : given;
    }
    json::object spark_conf() const {
        json::object out;
        const auto prefix = std::string{kSection} + "sparkConf.";
        for (auto at = settings_.lower_bound(prefix); at != settings_.end() && at->first.starts_with(prefix); ++at) {
            out[at->first.substr(prefix.size())] = at->second.values.empty() ? "" : at->second.values.front();
        }
        return out;
    }

private:
    const Settings& settings_;
    const Environment& environment_;
};

std::string without_slash(std::string url) {
    while (url.ends_with('/')) {
        url.pop_back();
    }
    return url;
}

std::vector<std::string> without_slashes(std::vector<std::string> urls) {
    std::ranges::transform(urls, urls.begin(), without_slash);
    return urls;
}

spark::SubmitSettings submit_settings(const Section& section) {
    const auto opened = section.words(std::string{kSection} + "openedOptions");
    return {.master = section.own("master"),
            .deploy_mode = section.own("deployMode"),
            .executor_memory = section.own("executorMemory"),
            .spark_conf = section.spark_conf(),
            .opened_options = {opened.begin(), opened.end()},
            .staging_url = without_slash(section.own("stagingUrl")),
            .own_master_is_error = section.own("ownMaster") == "error",
            .job_timeout = parse_period(section.own("jobTimeout"))};
}

/// The first variable that is set and not empty.
std::string variable(const Environment& environment, std::initializer_list<std::string_view> names) {
    for (const auto name : names) {
        if (const auto found = environment.find(name); found != environment.end() && !found->second.empty()) {
            return found->second;
        }
    }
    return {};
}

/// Keys belong together: those of the configuration are never completed from the environment.
Config::S3 s3_settings(const Section& section, const Environment& environment) {
    const auto first = [](std::string given, std::string otherwise) { return given.empty() ? std::move(otherwise) : std::move(given); };
    const bool configured = !section.own("s3.accessKeyId").empty();
    const auto secret = [&](std::string_view name, std::string_view environment_name) {
        return Secret{configured ? section.own(name) : variable(environment, {environment_name})};
    };
    return {.region = first(section.own("s3.region"), first(variable(environment, {"AWS_REGION", "AWS_DEFAULT_REGION"}), "us-east-1")),
            .endpoint_url = first(section.own("s3.endpointUrl"), variable(environment, {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"})),
            .access_key_id = configured ? section.own("s3.accessKeyId") : variable(environment, {"AWS_ACCESS_KEY_ID"}),
            .secret_access_key = secret("s3.secretAccessKey", "AWS_SECRET_ACCESS_KEY"),
            .session_token = secret("s3.sessionToken", "AWS_SESSION_TOKEN"),
            .role_arn = variable(environment, {"AWS_ROLE_ARN"}),
            .token_file = variable(environment, {"AWS_WEB_IDENTITY_TOKEN_FILE"}),
            .sts_url = variable(environment, {"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"}),
            .readable = section.words(std::string{kSection} + "s3.readable")};
}

/// One address, or a service that Eureka knows with addresses that serve while it knows none. All lead to the same path: what stands before it is the
/// alternative to `lb://service`.
std::optional<std::string> model_manage_fault(std::vector<std::string> urls, Config& config) {
    constexpr std::string_view kScheme = "lb://";
    constexpr std::string_view kPath = "/model-manage/api";
    auto& out = config.spark_runtime;
    if (!std::ranges::all_of(urls, is_service_url)) {
        return "must be http, https or lb URLs without user info";
    }
    std::ranges::transform(urls, urls.begin(), service_url_of);
    const auto service = std::ranges::find_if(urls, [&](const std::string& url) { return url.starts_with(kScheme); });
    if (service == urls.end()) {
        out.model_manage_url = without_slash(urls.front());
        return urls.size() == 1 ? std::nullopt : std::optional<std::string>{"several addresses need one that begins with lb:// beside them"};
    }
    const auto named = without_slash(service->substr(kScheme.size()));
    const auto slash = std::min(named.find('/'), named.size());
    const auto path = slash == named.size() ? std::string{kPath} : named.substr(slash);
    out.model_manage_service = named.substr(0, slash);
    out.model_manage_url = std::string{kScheme} + out.model_manage_service + path;
    for (const auto& url : urls) {
        const auto address = without_slash(url);
        if (&url != &*service && (address.starts_with(kScheme) || !address.ends_with(path))) {
            return "one lb:// address, and http or https addresses that end with " + path;
        }
        if (&url != &*service) {
            out.model_manage_alternatives.push_back(address.substr(0, address.size() - path.size()));
        }
    }
    const bool known = !out.model_manage_alternatives.empty() || (config.eureka.fetch && !config.eureka.server_urls.empty());
    return known ? std::nullopt : std::optional<std::string>{"lb:// needs eureka.client.serviceUrl.defaultZone, or an address behind it"};
}

void bind_model_manage(const Section& section, const Settings& settings, Config& config, std::vector<ConfigFault>& faults) {
    const auto name = std::string{kSection} + "modelManageUrl";
    if (const auto fault = model_manage_fault(section.words_or_default(name), config)) {
        const auto given = settings.find(name);
        faults.push_back({0, (given == settings.end() ? std::string{} : given->second.origin + ": ") + name + ": " + *fault});
    }
}

/// Both or neither: what has a principal only would ask for a password.
void bind_kerberos(const Section& section, Config& config, std::vector<ConfigFault>& faults) {
    auto& out = config.spark_runtime.kerberos;
    out = {.principal = section.own("kerberos.principal"),
           .keytab = section.own("kerberos.keytab"),
           .krb5_conf = section.or_environment("kerberos.krb5Conf", "KRB5_CONFIG")};
    if (out.principal.empty() != out.keytab.empty()) {
        faults.push_back({0, std::string{kSection} + "kerberos: principal and keytab belong together"});
    }
    auto& submit = config.spark_runtime.submit;
    // The driver obtains its delegation tokens anew from the copy of our ticket; one on the cluster has none.
    if (!out.principal.empty() && submit.master == "yarn" && submit.deploy_mode == "client") {
        submit.spark_conf.emplace("spark.kerberos.renewal.credentials", "ccache");
    }
}

}  // namespace

void bind_spark_runtime(const Settings& settings, const Environment& environment, Config& config, std::vector<ConfigFault>& faults) {
    const Section section{settings, environment};
    auto& out = config.spark_runtime;
    out.name = section.own("name");
    out.group = section.own("group");
    bind_model_manage(section, settings, config, faults);
    out.status_urls = without_slashes(section.words(std::string{kSection} + "statusUrls"));
    out.history_url = without_slash(section.own("historyUrl"));
    out.job_history_url = without_slash(section.own("jobHistoryUrl"));
    out.rest_url = without_slash(section.own("restUrl"));
    out.web_hdfs_urls = without_slashes(section.words(std::string{kSection} + "webHdfsUrl"));
    out.s3 = s3_settings(section, environment);
    out.spark_home = section.or_environment("sparkHome", "SPARK_HOME");
    out.java_home = section.or_environment("javaHome", "JAVA_HOME");
    out.hadoop_conf_dir = section.or_environment("hadoopConfDir", "HADOOP_CONF_DIR");
    out.pyspark_python = section.or_environment("pysparkPython", "PYSPARK_PYTHON");
    out.job_user = section.own("jobUser");
    out.submit = submit_settings(section);
    bind_kerberos(section, config, faults);
    out.poll_interval = parse_period(section.own("pollInterval")).value_or(Milliseconds{1000});
    out.lost_after = parse_period(section.own("lostAfter")).value_or(out.lost_after);
    const auto submissions = section.own("maxConcurrentSubmissions");
    std::from_chars(submissions.data(), submissions.data() + submissions.size(), out.max_submissions);
    const auto drivers = section.own("maxRunningDrivers");
    std::from_chars(drivers.data(), drivers.data() + drivers.size(), out.max_drivers);
    out.capture_output = section.own("output.capture") == "true";
    out.output_limit = static_cast<std::size_t>(parse_size(section.own("output.limit")).value_or(1 << 20));
    config.client = {.token_url = service_url_of(section.text("oauth2.client.accessTokenUri")),
                     .client_id = section.text("oauth2.client.clientId"),
                     .client_secret = Secret{section.text("oauth2.client.clientSecret")},
                     .scopes = section.words("oauth2.client.scopes")};
    config.listen_given = settings.contains("server.listen");
}

}  // namespace slipway::config
