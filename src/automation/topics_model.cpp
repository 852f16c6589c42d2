#include <algorithm>
#include <fmt/format.h>

#include "automation/bridge.hpp"
#include "automation/sagemaker_topics.hpp"
#include "automation/test_verdicts.hpp"
#include "domain/required_assets.hpp"
#include "registry/evidence.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"

/// What is known of the snapshot: model, assets, results, decisions.
namespace slipway::automation {
namespace {

constexpr Milliseconds kWhileImporting = std::chrono::seconds{1};
constexpr Milliseconds kUntilItEnds = std::chrono::seconds{5};
constexpr std::size_t kLargestOutput = 1U << 20;  ///< of a test job that a comparator reads
constexpr std::size_t kMostShown = 4096;          ///< of metrics in a ticket

std::string period_text(Milliseconds period) {
    return fmt::format("PT{}S", std::chrono::duration_cast<std::chrono::seconds>(period).count());
}

std::string member_text(const json::object& document, std::string_view member, std::string_view key) {
    const auto* inner = json::object_of(document, member);
    return inner == nullptr ? std::string{} : std::string{json::text_of(*inner, key)};
}

/// Its endpoints and assets are not all known before the import has ended.
Result<bool> is_imported_now(store::Session& sql, const std::string& model_id) {
    SW_TRY(const auto rows, sql.query("SELECT document FROM operations WHERE state = 'RUNNING' AND kind = 'IMPORT' ORDER BY row_id LIMIT 500"));
    for (const auto& row : rows) {
        SW_TRY(const auto operation, json::parse_object(row.text(0)));
        if (json::text_of(operation, "storedModelId") == model_id) {
            return true;
        }
    }
    return false;
}

json::array names_of(const domain::AssetReport& report, bool present) {
    json::array out;
    for (const auto& asset : report.assets) {
        if (asset.present == present) {
            out.emplace_back(asset.name);
        }
    }
    return out;
}

}  // namespace

Result<json::array> served_by(store::Session& sql, const std::string& snapshot_id) {
    SW_TRY(const auto rows, store::find_by(sql, registry::deployed_models_table(), {{"deployable_model_id", snapshot_id}, {"state", std::string{"DEPLOYED"}}},
                                           store::Scope::all()));
    json::array out;
    for (const auto& row : rows) {
        out.emplace_back(member_text(row.document, "engine", "name"));
    }
    return out;
}

std::string variable(const ExternalTask& task, std::string_view variable, std::string_view key) {
    if (key.empty()) {
        return std::string{json::text_of(task.variables, variable)};
    }
    return member_text(task.variables, variable, key);
}

store::Scope scope_of(const std::string& group) {
    return group.empty() ? store::Scope::all() : store::Scope{.groups = {group}, .owner = {}, .owner_groups = {}};
}

Result<std::optional<store::Entity>> SageMakerTopics::find(const ExternalTask& task, const store::EntityTable& table, const std::string& id) {
    std::optional<store::Entity> out;
    const auto look = [&](store::Session& sql) -> Result<void> {
        SW_TRY(out, store::find(sql, table, id, scope_of(task.group)));
        return {};
    };
    SW_CHECK(store().read(look));
    return out;
}

Handlers SageMakerTopics::handlers() {
    const auto to = [this](Outcome (SageMakerTopics::*work)(const ExternalTask&)) {
        return [this, work](const ExternalTask& task) { return (this->*work)(task); };
    };
    return {{"model.getSnapshot", to(&SageMakerTopics::get_snapshot)},
            {"model.verifyRequiredAssets", to(&SageMakerTopics::verify_assets)},
            {"model.recordTestResult", to(&SageMakerTopics::record_test_result)},
            {"model.recordDecision", to(&SageMakerTopics::record_decision)},
            {"sagemaker.createTransformJob", to(&SageMakerTopics::create_transform_job)},
            {"sagemaker.describeTransformJob", to(&SageMakerTopics::describe_transform_job)},
            {"sagemaker.stopTransformJob", to(&SageMakerTopics::stop_transform_job)},
            {"sagemaker.createEndpoint", to(&SageMakerTopics::create_endpoint)},
            {"sagemaker.describeEndpoint", to(&SageMakerTopics::describe_endpoint)},
            {"runtime.registerSageMaker", to(&SageMakerTopics::register_runtime)},
            {"ticket.createApproval", to(&SageMakerTopics::create_approval)},
            {"ticket.createNotification", to(&SageMakerTopics::create_notification)},
            {"ticket.close", to(&SageMakerTopics::close_ticket)},
            {"ticket.comment", to(&SageMakerTopics::comment_ticket)}};
}

json::object SageMakerTopics::process_settings() const {
    return {{"missingAssets", settings_.missing_assets},
            {"alreadyDeployed", settings_.already_deployed},
            {"transformTimeout", period_text(settings_.transform.timeout)},
            {"deployTimeout", "P1D"},  // the deployer ends long before: this one is for what nobody thought of
            {"remindEvery", period_text(approvals_.settings().remind_every)},
            {"expireAfter", period_text(approvals_.settings().expire_after)}};
}

Outcome SageMakerTopics::get_snapshot(const ExternalTask& task) {
    Done done;
    bool waits = false;
    const auto id = variable(task, "DEPLOYABLE_MODEL_ID");
    const auto look = [&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto snapshot, store::require(sql, registry::deployable_models_table(), id, scope_of(task.group)));
        const auto model_id = member_text(snapshot.document, "storedModel", "id");
        SW_TRY(waits, is_imported_now(sql, model_id));
        SW_TRY(const auto model, store::find(sql, registry::stored_models_table(), model_id, scope_of(task.group)));
        const auto* own = json::object_of(snapshot.document, "storedModel");
        SW_TRY(done.variables["SERVED_BY"], served_by(sql, snapshot.id));
        done.variables["DEPLOYABLE_MODEL"] = registry_.collection("deployableModels").present(snapshot);
        done.variables["STORED_MODEL"] = model ? registry_.collection("storedModels").present(*model) : own == nullptr ? json::object{} : *own;
        done.variables["STORED_MODEL_ID"] = model_id;
        return {};
    };
    if (const auto read = store().read(look); !read) {
        return read.error().code == ErrorCode::not_found ? Outcome{Fault{"SNAPSHOT_GONE", "The snapshot was deleted before its life cycle began.", {}}}
                                                         : Outcome{trouble_of(read.error())};
    }
    if (waits) {
        return Later{kWhileImporting};
    }
    done.variables["SETTINGS"] = process_settings();
    return done;
}

Outcome SageMakerTopics::verify_assets(const ExternalTask& task) {
    const auto snapshot = find(task, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"));
    const auto model = find(task, registry::stored_models_table(), variable(task, "STORED_MODEL_ID"));
    if (!snapshot || !model) {
        return trouble_of(snapshot ? model.error() : snapshot.error());
    }
    const auto report = domain::report_assets(*snapshot ? (*snapshot)->document : json::object{}, *model ? (*model)->document : json::object{});
    const auto& test_data = report.of("test-data");
    return Done{{{"ASSET_REPORT", {{"present", names_of(report, true)}, {"missing", names_of(report, false)}, {"assets", domain::to_json(report)}}},
                 {"ASSETS_OK", report.complete()},
                 // What is embedded here cannot be read by a job of SageMaker.
                 {"HAS_TEST_DATA", test_data.present && test_data.url.starts_with("s3://")}}};
}

namespace {

/// Why nothing can be recorded of a test, now or at all; nothing when it completed.
std::optional<Outcome> no_result_of(const std::optional<store::Entity>& job) {
    if (!job) {
        return Trouble{.message = "No test job of this snapshot is known by that id: it was deleted, or it ran for something else.", .again = false};
    }
    if (!has_ended(*job)) {
        return Later{kUntilItEnds};
    }
    const auto status = json::text_of(job->document, "jobStatus");
    return status == "COMPLETE" ? std::nullopt
                                : std::optional<Outcome>{Trouble{.message = fmt::format("The test job has not completed, it is {}.", status), .again = false}};
}

json::object facts_of_test(const store::Entity& job) {
    json::object out{{"jobId", job.id}, {"status", json::text_of(job.document, "jobStatus")}};
    for (const auto* member : {"outputData", "jobDuration"}) {
        if (const auto* value = job.document.if_contains(member)) {
            out[member] = *value;
        }
    }
    return out;
}

}  // namespace

/// Nothing of it is taken from variables but which job it was: what is recorded here is what an approver reads.
Outcome SageMakerTopics::record_test_result(const ExternalTask& task) {
    std::optional<store::Entity> job;
    bool compares = false;
    const auto read = store().read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto snapshot, store::require(sql, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"), scope_of(task.group)));
        SW_TRY(const auto model, store::find(sql, registry::stored_models_table(), member_text(snapshot.document, "storedModel", "id"), scope_of(task.group)));
        SW_TRY(job, registry::job_of_snapshot(sql, snapshot, variable(task, "JOB", "id")));
        compares = !domain::comparator_asset(snapshot.document).empty() || (model && !domain::comparator_asset(model->document).empty());
        return {};
    });
    if (!read) {
        return trouble_of(read.error());
    }
    if (const auto obstacle = no_result_of(job)) {
        return *obstacle;
    }
    auto result = facts_of_test(*job);
    if (compares) {
        const auto verdict = verdict_on_test(task, *job, result);
        if (!verdict) {
            auto trouble = trouble_of(verdict.error());
            trouble.message = fmt::format("The result of the test cannot be compared: {}{}", trouble.message,
                                          trouble.again ? "" : " Mend the comparator of the model or its rules, then try again.");
            return trouble;
        }
        result["comparator"] = to_string(verdict->kind);
        result["comparatorReasons"] = json::array(verdict->reasons.begin(), verdict->reasons.end());
        if (verdict->kind != Verdict::Kind::not_evaluated) {
            result["passed"] = verdict->kind == Verdict::Kind::passed;
        }
    }
    const auto kept = store().write({}, [&](store::Unit& unit) { return keep_test_verdict(unit, job->id, result); });
    return kept ? Outcome{Done{{{"TEST_RESULT", result}}}} : Outcome{trouble_of(kept.error())};
}

/// The decision table that counts: the snapshot's own, else its model's.
Result<std::string> SageMakerTopics::comparator_of(const ExternalTask& task) {
    std::string content;
    SW_CHECK(store().read([&](store::Session& sql) -> Result<void> {
        for (const auto& [collection, id] :
             {std::pair{"deployableModels", variable(task, "DEPLOYABLE_MODEL_ID")}, std::pair{"storedModels", variable(task, "STORED_MODEL_ID")}}) {
            auto& kind = registry_.collection(collection);
            SW_TRY(const auto found, store::find(sql, kind.table(), id, scope_of(task.group)));
            const auto asset = found ? domain::comparator_asset(found->document) : std::string{};
            if (!asset.empty()) {
                SW_TRY(auto bytes, kind.asset_content(sql, identity::Principal::service(), id, asset));
                content = std::move(bytes.bytes);
                return {};
            }
        }
        return fail(ErrorCode::not_found, "NO_COMPARATOR", "The comparator was removed meanwhile.");
    }));
    return content;
}

/// What cannot be read for good is not evaluated, and the ticket says why; a decision that fails or is ambiguous is for a person.
Result<Verdict> SageMakerTopics::verdict_on_test(const ExternalTask& task, const store::Entity& job, json::object& result) {
    const auto not_evaluated = [](const Error& error) -> Result<Verdict> {
        const bool passes_by = error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout || error.code == ErrorCode::internal;
        return passes_by ? Result<Verdict>{std::unexpected(error)} : Verdict{.reasons = {error.message}};
    };
    const auto content = comparator_of(task);
    if (!content) {
        return not_evaluated(content.error());
    }
    const auto text = outputs_.only_output(job, kLargestOutput);
    if (!text) {
        return not_evaluated(text.error());
    }
    const auto metrics = metrics_of(*text);
    if (!metrics) {
        return not_evaluated(metrics.error());
    }
    if (json::write(*metrics).size() <= kMostShown) {
        result["testResults"] = *metrics;
    }
    return compare(engine_.definitions(), *content, *metrics);
}

Outcome SageMakerTopics::record_decision(const ExternalTask& task) {
    const auto noted = once(store(), task, "decision", [&](store::Unit& unit) -> Result<json::object> {
        const auto comment = variable(task, "DECISION_COMMENT");
        domain::Notification notification{.notification_type = "MODEL_NOTIFICATION", .severity = "INFO"};
        notification.message =
            fmt::format("{} rejected the deployment of {}.{}{}", variable(task, "DECIDED_BY"), snapshot_of(task), comment.empty() ? "" : " ", comment);
        notification.deployable_model_id = variable(task, "DEPLOYABLE_MODEL_ID");
        notification.stored_model_id = variable(task, "STORED_MODEL_ID");
        SW_CHECK(registry::notify(unit, task.group, std::move(notification), {}));
        return json::object{};
    });
    return noted ? Outcome{Done{}} : Outcome{trouble_of(noted.error())};
}

}  // namespace slipway::automation
