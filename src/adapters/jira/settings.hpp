#pragma once

#include <string>

#include "base/secret.hpp"

namespace slipway::jira {

/// Cloud speaks REST v3 with documents as text, Data Center v2 with wiki markup.
enum class Flavor { cloud, data_center };

/// `tickets.jira` of the configuration.
struct JiraSettings {
    std::string base_url;  ///< without a slash at the end
    Flavor flavor{Flavor::cloud};
    std::string email;       ///< Cloud: whose token it is
    Secret token;            ///< Cloud: API token; Data Center: personal access token
    std::string project;     ///< key or id
    std::string issue_type;  ///< name or id
};

}  // namespace slipway::jira
