#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "identity/access.hpp"
#include "sagemaker/credentials.hpp"

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

    Server server;
    Secret database_url;  ///< `postgresql://…`; empty: SQLite in the data directory
    std::string default_group{"modelop"};
    identity::AccessPolicy access;
    Retention retention;
    sagemaker::CredentialSettings credentials;
    std::string sagemaker_endpoint_url;  ///< empty: AWS's own
    log::Level log_level{log::Level::info};
};

}  // namespace slipway::config
