#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/jira/settings.hpp"
#include "adapters/oidc/provider.hpp"
#include "automation/deploy_model_settings.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "identity/access.hpp"
#include "registry/approvals.hpp"
#include "sagemaker/credentials.hpp"
#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/group_limits.hpp"
#include "spark/manifest.hpp"
#include "tickets/remote_parts.hpp"

namespace slipway::config {

/// What the server is told: defaults, the YAML file, the environment and the command line, checked. Keys and meanings: keys.hpp.
struct Config {
    struct Server {
        std::string host{"127.0.0.1"};
        int port{8080};                            ///< 0: any free one
        std::string public_url;                    ///< without a trailing `/`; empty: none
        std::vector<std::string> allowed_hosts;    ///< empty: any host is answered to a bearer
        std::vector<std::string> trusted_proxies;  ///< addresses or CIDR blocks
        std::string key_file;                      ///< empty: `key` in the data directory
        std::string ca_file;                       ///< empty: the machine's
    };
    struct Retention {
        Milliseconds job_messages{0};
        Milliseconds audit_records{0};
        Milliseconds operations{0};
    };

    /// `slipway spark-runtime`.
    /// The runtime's own way to S3: keys, else a web identity, else neither.
    struct S3 {
        std::string region;
        std::string endpoint_url;  ///< empty: AWS's own
        std::string access_key_id;
        Secret secret_access_key;
        Secret session_token;
        std::string role_arn;
        std::string token_file;
        std::string sts_url;                ///< empty: AWS's own
        std::vector<std::string> readable;  ///< S3 URLs below which declared outputs are read with these keys
    };
    /// Without a principal nothing authenticates with Kerberos.
    struct Kerberos {
        std::string principal;
        std::string keytab;
        std::string krb5_conf;  ///< KRB5_CONFIG where none is configured; empty: the machine's
    };
    struct SparkRuntime {
        std::string name{"spark-runtime-1"};
        std::string group{"modelop"};
        std::string model_manage_url;                        ///< may begin with `lb://service`
        std::string model_manage_service;                    ///< that service, or empty
        std::vector<std::string> model_manage_alternatives;  ///< what may stand in the place of `lb://service`
        std::vector<std::string> status_urls;
        std::string history_url;
        std::string job_history_url;
        std::string rest_url;
        std::vector<std::string> web_hdfs_urls;
        S3 s3;
        Kerberos kerberos;
        std::string spark_home;
        std::string java_home;
        std::string hadoop_conf_dir;
        std::string pyspark_python;
        std::string job_user;
        std::vector<std::string> secret_files;  ///< that secrets of ours were read from
        spark::SubmitSettings submit;
        Milliseconds poll_interval{1000};
        Milliseconds lost_after{600'000};  ///< a healthy cluster that knows nothing of a submission is believed
        std::size_t max_submissions{4};
        std::size_t max_drivers{0};  ///< 0: any number
        bool capture_output{true};
        std::size_t output_limit{1U << 20};
    };
    /// Machine client for outgoing calls; without `token_url` none are authenticated.
    struct ClientCredentials {
        std::string token_url;
        std::string client_id;
        Secret client_secret;
        std::vector<std::string> scopes;
    };

    /// `eureka`, in Spring's words. Without servers nothing registers and nothing is looked up.
    struct Eureka {
        std::vector<Secret> server_urls;  ///< may hold a user and a password
        bool register_with{true};
        bool fetch{true};
        bool bearer{true};  ///< with the token of `client`, where a URL names no user
        Milliseconds fetch_interval{30'000};
        std::vector<std::string> trusted_hosts;  ///< whom that Eureka names secrets may be sent to
        Milliseconds connect_timeout{5'000};
        Milliseconds read_timeout{8'000};
        std::string app;           ///< empty: that of the program
        std::string host_name;     ///< empty: that of publicUrl, else of the machine
        std::string ip_address;    ///< empty: found out
        std::string instance_id;   ///< empty: `host:app:port`
        std::string virtual_host;  ///< empty: the application's
        bool prefer_ip_address{false};
        int port{0};  ///< 0: the one that is listened on
        bool port_enabled{true};
        int secure_port{0};  ///< 0: 443
        bool secure_port_enabled{false};
        std::string home_page;  ///< path, or a whole URL; likewise below
        std::string status_page;
        std::string health_check;
        Milliseconds renewal{30'000};
        Milliseconds expiration{90'000};
        std::map<std::string, std::string> metadata{};
    };

    Server server;
    SparkRuntime spark_runtime;
    ClientCredentials client;
    Eureka eureka;
    bool listen_given{false};  ///< `server.listen` was set, not left at its default
    Secret database_url;       ///< `postgresql://…`; empty: SQLite in the data directory
    std::string default_group{"modelop"};
    identity::AccessPolicy access;
    std::optional<oidc::ProviderSettings> provider;  ///< who knows the users; nothing: we do
    Milliseconds session_recheck{30000};             ///< how often the provider is asked about the person of a session
    Retention retention;
    sagemaker::CredentialSettings credentials;
    std::string sagemaker_endpoint_url;  ///< empty: AWS's own
    registry::ApprovalSettings approvals;
    std::optional<jira::JiraSettings> jira;  ///< tickets are decided there; empty: here
    tickets::RemoteSettings remote_tickets;
    Secret jira_webhook_secret;
    sagemaker::DeployDefaults deploy_defaults;
    sagemaker::Limits aws_limits;  ///< by group
    std::string lifecycle_time_zone{"UTC"};
    automation::DeployModelSettings deploy_model;
    Milliseconds sync_interval{60000};
    log::Level log_level{log::Level::info};
};

}  // namespace slipway::config
