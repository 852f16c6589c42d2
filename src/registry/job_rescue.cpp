#include <fmt/format.h>
#include <set>

#include "base/json_codec.hpp"
#include "base/log.hpp"
#include "domain/document.hpp"
#include "domain/job.hpp"
#include "registry/aws_maker.hpp"
#include "registry/job_messages.hpp"
#include "registry/job_work.hpp"
#include "registry/runtime_contacts.hpp"
#include "registry/secrets.hpp"
#include "registry/tables.hpp"
#include "store/audit.hpp"

/// JobWork: what people do with jobs whose runtime does not go on, and the secrets of a claimed job.
namespace slipway::registry {

namespace {

constexpr std::size_t kLongestReason = 1000;

struct ReassignBody {
    std::string reason;
    bool force{false};
};
BOOST_DESCRIBE_STRUCT(ReassignBody, (), (reason, force))

Result<ReassignBody> reassign_of(const json::object& body) {
    return domain::decode_checked<ReassignBody>(json::value(body), [](const ReassignBody& said, json::Faults& faults) {
        if (said.reason.empty() || said.reason.size() > kLongestReason) {
            faults.add("/reason", "1 to 1000 characters: who reads the audit trail wants to know why", said.reason.empty() ? "nothing" : "a longer one");
        }
    });
}

domain::JobStatus status_of(const store::Entity& job) {
    return json::enum_value<domain::JobStatus>(json::text_of(job.document, "jobStatus")).value_or(domain::JobStatus::CREATED);
}

/// The job as it was before anybody took it; cancelled when that was asked for and only the owner was waited for.
json::object without_owner(json::object document, Timestamp now) {
    for (const std::string_view name : {"owner", "jobWaitTime", "jobRunTime", "sparkApplication", "effectiveCommand", "statusReason"}) {
        document.erase(name);
    }
    const bool cancelled = document.contains("cancelRequested");
    document["jobStatus"] = json::encode(cancelled ? domain::JobStatus::CANCELLED : domain::JobStatus::CREATED);
    if (cancelled) {
        document["jobEndTime"] = to_epoch_ms(now);
    }
    return document;
}

Result<void> audit_reassigned(store::Unit& unit, const store::Entity& job, const ReassignBody& said, const std::vector<Attempt>& attempts) {
    json::object meta{{"action", "JOB_REASSIGNED"}, {"reason", said.reason}, {"force", said.force}, {"previousOwner", json::text_of(job.document, "owner")}};
    json::array launched;
    for (const auto& attempt : attempts) {
        if (!attempt.released) {
            launched.push_back(to_json(attempt));
        }
    }
    meta["attempts"] = std::move(launched);
    return store::audit(unit,
                        {.entity_type = "Job", .entity_id = job.id, .stored_model_id = {}, .group = job.group, .changes = {}, .meta_data = std::move(meta)});
}

void collect_references(const json::value& v, std::set<std::string>& out) {
    if (v.is_array()) {
        for (const auto& item : v.get_array()) {
            collect_references(item, out);
        }
    } else if (v.is_object()) {
        for (const auto& [name, member] : v.get_object()) {
            if (std::string_view{name} == "credentialRef" && member.is_string()) {
                out.emplace(member.get_string());
            } else {
                collect_references(member, out);
            }
        }
    }
}

/// What a runtime wrote into embedded outputs is not part of what was asked for.
void empty_outputs(json::object& document) {
    auto* outputs = document.contains("outputData") ? document.at("outputData").if_array() : nullptr;
    for (std::size_t i = 0; outputs != nullptr && i < outputs->size(); ++i) {
        auto* asset = (*outputs)[i].if_object();
        if (asset != nullptr && json::text_of(*asset, "assetType") == "FILE") {
            for (const std::string_view name : {"fileContent", "contentHash", "fileSize"}) {
                asset->erase(name);
            }
        }
    }
}

/// A job in AWS has its name once, and a run of its own its own place for what it writes.
void forget_place_in_aws(json::object& document) {
    document["targetEngine"] = json::object{{"engineType", "SAGEMAKER_RUNTIME"}};
    document["outputData"] = json::array{};
    auto* parameters = document.contains("jobParameters") ? document.at("jobParameters").if_object() : nullptr;
    if (parameters == nullptr) {
        return;
    }
    parameters->erase("TransformJobName");
    parameters->erase("TrainingJobName");
    if (auto* output = parameters->contains("TransformOutput") ? parameters->at("TransformOutput").if_object() : nullptr) {
        output->erase("S3OutputPath");
    }
}

}  // namespace

Result<json::object> JobWork::credentials(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view instance) {
    SW_TRY(auto own, owned(unit, who, id, instance));
    if (who.kind != identity::Principal::Kind::client) {
        return fail(ErrorCode::forbidden, "NOT_THE_OWNER", "Secrets are opened for the machine client that claimed the job, for nobody else.");
    }
    if (domain::is_terminal(status_of(own.job))) {
        return fail(ErrorCode::conflict, "ALREADY_ENDED", "The job ended: its secrets are not opened any more.");
    }
    std::set<std::string> references;
    collect_references(json::value(own.job.document), references);
    json::object opened;
    json::array missing;
    for (const auto& reference : references) {
        const auto plain = unseal_secrets(unit.sql, foundation_.sealer, own.job.group, reference);
        if (!plain && (plain.error().code == ErrorCode::not_found || plain.error().reason == "CANNOT_UNSEAL")) {
            log::warn("job_secret_missing", {{"jobId", id}, {"reference", reference}, {"code", plain.error().reason}, {"message", plain.error().message}});
            missing.emplace_back(reference);
            continue;
        }
        SW_CHECK(plain);
        SW_TRY(opened[reference], json::parse_object(plain->reveal()));
    }
    SW_TRY(const auto known, attempts_of(unit.sql, id));
    const auto attempt = known.empty() ? 0 : known.back().attempt;
    if (!references.empty() && own.claim.audited_attempt != attempt) {
        json::object meta{
            {"action", "CREDENTIALS_READ"}, {"attempt", attempt}, {"references", json::encode(std::vector(references.begin(), references.end()))}};
        SW_CHECK(store::audit(
            unit, {.entity_type = "Job", .entity_id = own.job.id, .stored_model_id = {}, .group = own.job.group, .changes = {}, .meta_data = std::move(meta)}));
        own.claim.audited_attempt = attempt;
        SW_CHECK(keep_claim(unit, id, own.claim));
    }
    return json::object{{"credentials", std::move(opened)}, {"missing", std::move(missing)}};
}

Result<void> JobWork::reassign(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body) {
    SW_TRY(const auto job, readable(unit.sql, who, identity::Action::execute, id));
    SW_TRY(const auto said, reassign_of(body));
    const auto status = status_of(job);
    if (domain::is_terminal(status)) {
        return fail(ErrorCode::conflict, "ALREADY_ENDED", fmt::format("The job ended as {}: retry it instead.", json::enum_name(status)));
    }
    const std::string owner{json::text_of(job.document, "owner")};
    if (owner.empty()) {
        return fail(ErrorCode::conflict, "NOT_CLAIMED", "Nobody has the job: any instance of its runtime may claim it.");
    }
    SW_CHECK(lock_claim(unit, id));
    SW_TRY(const auto attempts, attempts_of(unit.sql, id));
    SW_TRY(const bool launched, has_live_attempt(unit.sql, id));
    if ((launched || status != domain::JobStatus::CREATED) && !said.force) {
        return fail(ErrorCode::conflict, "ATTEMPT_RECORDED",
                    fmt::format("Instance {} recorded a launch of this job, which may still run. Look at the cluster; if it is dead, or running twice does "
                                "no harm, repeat with \"force\": true: your name is kept with it.",
                                owner));
    }
    SW_CHECK(audit_reassigned(unit, job, said, attempts));
    SW_CHECK(release_attempts(unit, id));
    SW_CHECK(drop_claim(unit, id));
    SW_CHECK(remove_logs(unit, id));
    const std::vector<std::string> lines{
        fmt::format("taken from {} by {}{}: {}", owner, who.name, launched ? ", though a launch was recorded" : "", said.reason)};
    SW_CHECK(append_job_messages(unit, id, lines));
    SW_CHECK(store::update(unit, jobs_table(), job, without_owner(job.document, unit.now)));
    return {};
}

Result<store::Entity> JobWork::retry(store::Unit& unit, const identity::Principal& who, std::string_view id) {
    SW_TRY(const auto job, readable(unit.sql, who, identity::Action::execute, id));
    SW_TRY(const auto group, foundation_.access.group_for_new(who, "jobs", job.group, "", foundation_.default_group));
    const bool in_sagemaker = job.document.contains("sageMaker");
    if (in_sagemaker && foundation_.aws == nullptr) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE", "This server makes no jobs in SageMaker.");
    }
    if (!domain::is_terminal(status_of(job))) {
        return fail(ErrorCode::conflict, "NOT_ENDED", fmt::format("The job is {}: wait for its end or cancel it.", json::enum_name(status_of(job))));
    }
    auto document = job.document;
    for (const auto name : server_owned_of_job()) {
        document.erase(name);
    }
    empty_outputs(document);
    document["retryOf"] = job.id;
    std::string planned;
    if (in_sagemaker) {
        forget_place_in_aws(document);
        SW_TRY(document, foundation_.aws->plan_job(unit, who, group, std::move(document)));
        planned = json::text_of(document, "id");
        document.erase("id");
    }
    SW_TRY(const auto fresh, domain::parse_job(json::value(std::move(document))));
    return store::insert(unit, jobs_table(), {std::move(planned), group, domain::to_json(fresh)});
}

}  // namespace slipway::registry
