#include <algorithm>
#include <chrono>

#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/deploy_run.hpp"
#include "sagemaker/import_run.hpp"

/// The part of an import that ends what AWS has ended.
namespace slipway::sagemaker {

Result<void> ImportRun::verify_configurations(std::vector<Found>& found) {
    for (auto& one : found) {
        // AWS refuses the tags of what it no longer has. Without the permission that says nothing.
        if (one.tags || one.object.status == kGone || !may_read_tags_) {
            continue;
        }
        SW_CHECK(halted());
        SW_CHECK(filler_.verify(Kind::endpoint_config, one.object));
        SW_TRY(const auto named, index_.named(scope_, Kind::endpoint_config, one.object.name));
        const auto now = std::ranges::find(named, one.object.key(), &Indexed::key);
        if (now != named.end()) {
            one.object.status = now->status;
        }
    }
    return {};
}

Result<bool> ImportRun::serves_others(const Indexed& endpoint) {
    const bool refused = !filler_.may_list(Kind::endpoint_config);
    if (refused || !endpoint.detail || endpoint.pending || served_.contains(endpoint.key())) {
        return false;
    }
    SW_TRY(const auto description, index_.description(endpoint));
    SW_TRY(const auto named, index_.named(scope_, Kind::endpoint_config, text_member(description, "EndpointConfigName").value_or("")));
    // A configuration that was never described may be one of this model's.
    const auto ours = [&](const Indexed& one) { return !one.detail || std::ranges::find(configurations_, one.key(), &Indexed::key) != configurations_.end(); };
    return !named.empty() && std::ranges::none_of(named, ours);
}

/// Endpoints that a deployment gave up waiting for and that a later listing does not show.
Result<void> ImportRun::settle_overdue(const KnownObjects& known) {
    SW_TRY(const auto overdue, registrar_.overdue());
    if (overdue.empty()) {
        return {};
    }
    const auto key = [&](const std::string& name) {
        return DeployRun{.detail = {.account = scope_.account, .region = scope_.region, .endpoint_name = name}}.endpoint_key();
    };
    std::set<std::string> there;
    for (const auto& [arn, objects] : known.by_arn()) {
        for (const auto& object : objects) {
            if (object.status != kGone) {
                there.insert(key(object.name));
            }
        }
    }
    SW_TRY(const auto listed, index_.coverage(scope_, to_string(Kind::endpoint)));
    std::vector<std::string> never;
    for (const auto& one : overdue) {
        if (listed && listed->completed > one.given_up + kConsistent && !there.contains(key(one.endpoint_name))) {
            never.push_back(one.id);
        }
    }
    if (!never.empty()) {
        SW_TRY(const auto ended, registrar_.never_made(never));
        count(ended);
    }
    return {};
}

Result<void> ImportRun::settle_endpoints() {
    if (!filler_.may_list(Kind::endpoint)) {
        return {};
    }
    SW_TRY(const auto known, index_.known(scope_, Kind::endpoint));
    SW_CHECK(settle_overdue(known));
    SW_TRY(const auto runtimes, registrar_.runtimes());
    std::vector<std::string> gone;
    std::vector<std::string> left;
    for (const auto& runtime : runtimes) {
        const auto* object = known.find(runtime.arn, runtime.created);
        if (object == nullptr) {
            continue;
        }
        if (object->status == kGone) {
            gone.push_back(runtime.id);
            continue;
        }
        SW_TRY(const bool elsewhere, runtime.serves_model ? serves_others(*object) : Result<bool>{false});
        if (elsewhere) {
            left.push_back(runtime.id);
        }
    }
    if (!gone.empty()) {
        SW_TRY(const auto ended, registrar_.runtimes_gone(gone));
        count(ended);
    }
    if (!left.empty()) {
        SW_TRY(const auto ended, registrar_.runtimes_left(left));
        count(ended);
    }
    return {};
}

}  // namespace slipway::sagemaker
