#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace slipway::sagemaker {

/// How a request to AWS is signed.
enum class AuthenticationType {
    basic,                          ///< `BASIC`: access key and secret key
    assume_role_with_web_identity,  ///< `ASSUME_ROLE_WITH_WEB_IDENTITY`: a role and a token file that is read again at each refresh
    default_chain,                  ///< the machine's own: environment first
};

/// One credential: from the configuration file (`sagemaker-credentials`) or entered at an import.
struct Credential {
    std::string id;  ///< stable: name-based for configured ones, UUIDv7 for entered ones
    AuthenticationType type{AuthenticationType::basic};
    bool entered{false};
    std::string group;   ///< whose it is; empty: any group's
    std::string path;    ///< web identity: prefix of `region/modelName` that it serves; empty serves all
    std::string region;  ///< empty: AWS_REGION, AWS_DEFAULT_REGION
    std::string access_key_id;
    Secret secret_access_key;
    Secret session_token;
    std::string role_arn;
    std::string web_identity_token_file;
};

/// `sagemaker-credentials` of the configuration.
struct CredentialSettings {
    std::vector<Credential> configured;
    std::vector<std::string> default_chain_groups;  ///< `defaultChain.groups`
    std::string environment_region;                 ///< AWS_REGION, else AWS_DEFAULT_REGION
};

inline constexpr std::string_view kDefaultChainId = "default-chain";
/// The machine's own credentials.
Credential default_chain();
/// True when `group` stands in `defaultChain.groups`.
bool has_default_chain(const CredentialSettings& settings, std::string_view group);

/// Which configured credential serves `group` for `region/model_name`: the group's own entry before one without a group, the longest `path` first,
/// the default chain last and only for its groups. `region` may be empty (not asked for).
/// @return `failed_precondition`/`NO_CREDENTIALS` with what could be configured.
Result<Credential> select_credential(const CredentialSettings& settings, std::string_view group, std::string_view region, std::string_view model_name);

}  // namespace slipway::sagemaker
