#include "automation/aws_waits.hpp"

#include <fmt/format.h>
#include <vector>

#include "sagemaker/aws_wait.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/deploy_run.hpp"

namespace slipway::automation {
namespace {

/// @param detail of a run or a creation that waits.
AwsTrouble trouble(const std::string& what, const auto& detail) {
    return {.message = fmt::format("{} waits for AWS: {}", what, sagemaker::words_of_wait(*detail.why, detail.wait_reason.value_or(""))),
            .since = detail.waits_since};
}

Result<std::optional<AwsTrouble>> of_creation(store::Session& sql, const InstanceInfo& instance, const std::string& id) {
    SW_TRY(const auto creation, sagemaker::find_creation(sql, id));
    if (!creation || creation->state == sagemaker::CreationState::ENDED || !creation->detail.why || !creation->detail.waits_since) {
        return std::nullopt;
    }
    if (!instance.group.empty() && creation->group != instance.group) {
        return std::nullopt;  // a business key is what somebody wrote
    }
    const bool is_job = creation->kind != sagemaker::CreationKind::ENDPOINT_CONFIG;
    return trouble(fmt::format("The {} {}", is_job ? "job" : "endpoint configuration", creation->aws_name), creation->detail);
}

Result<std::optional<AwsTrouble>> of_deployment(store::Session& sql, const std::string& id) {
    SW_TRY(const auto run, sagemaker::deploying_run(sql, id));
    if (!run || !sagemaker::is_live(run->state) || !run->detail.why || !run->detail.waits_since) {
        return std::nullopt;
    }
    return trouble("The deployment to " + run->detail.endpoint_name, run->detail);
}

}  // namespace

Result<std::optional<AwsTrouble>> aws_trouble_of(store::Session& sql, const InstanceInfo& instance) {
    if (instance.ended) {
        return std::nullopt;
    }
    SW_TRY(auto found, instance.business_key.empty() ? Result<std::optional<AwsTrouble>>{std::nullopt} : of_creation(sql, instance, instance.business_key));
    if (found) {
        return found;
    }
    // What its steps have asked for is noted with them.
    SW_TRY(const auto noted, sql.query("SELECT effect_key, answer FROM lifecycle_effects WHERE instance_id = $1 AND "
                                       "(effect_key LIKE '%:job' OR effect_key LIKE '%:deployment')",
                                       {instance.id}));
    for (const auto& row : noted) {
        SW_TRY(const auto answer, json::parse_object(row.text(1)));
        const std::string id{json::text_of(answer, "id")};
        SW_TRY(found, row.text(0).ends_with(":job") ? of_creation(sql, instance, id) : of_deployment(sql, id));
        if (found) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace slipway::automation
