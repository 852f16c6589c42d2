#include "sagemaker/credentials.hpp"

#include <algorithm>
#include <tuple>

namespace slipway::sagemaker {

namespace {

/// True when an entry of this `path` serves `region/model_name`. Where no model is asked for (an account is browsed),
/// an entry for some of the region's models serves as well.
bool serves(std::string_view path, std::string_view region, std::string_view model_name) {
    if (path.empty()) {
        return true;
    }
    const std::string wanted = std::string{region} + "/" + std::string{model_name};
    return wanted.starts_with(path) || (model_name.empty() && path.starts_with(wanted));
}

}  // namespace

Credential default_chain() {
    Credential chain;
    chain.id = kDefaultChainId;
    chain.type = AuthenticationType::default_chain;
    return chain;
}

bool has_default_chain(const CredentialSettings& settings, std::string_view group) {
    return std::ranges::find(settings.default_chain_groups, group) != settings.default_chain_groups.end();
}

Result<Credential> select_credential(const CredentialSettings& settings, std::string_view group, std::string_view region, std::string_view model_name) {
    const Credential* best = nullptr;
    const auto rank = [&](const Credential& c) { return std::tuple{!c.group.empty(), c.path.size(), c.region == region}; };
    for (const auto& candidate : settings.configured) {
        const std::string_view own_region = candidate.region.empty() ? std::string_view{settings.environment_region} : std::string_view{candidate.region};
        const bool fits = (candidate.group.empty() || candidate.group == group) && serves(candidate.path, region.empty() ? own_region : region, model_name);
        if (fits && (best == nullptr || rank(candidate) > rank(*best))) {
            best = &candidate;
        }
    }
    if (best != nullptr) {
        return *best;
    }
    if (has_default_chain(settings, group)) {
        return default_chain();
    }
    return fail(
        ErrorCode::failed_precondition, "NO_CREDENTIALS",
        "No AWS credentials serve the group '" + std::string{group} + "'" + (region.empty() ? "" : " in " + std::string{region}) +
            (model_name.empty() ? "" : " for the model '" + std::string{model_name} + "'") +
            ". Enter credentials with the request, or configure sagemaker-credentials: an entry for this group, one without a group, or the group's name in "
            "defaultChain.groups.");
}

}  // namespace slipway::sagemaker
