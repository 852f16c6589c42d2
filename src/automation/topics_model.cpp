#include <algorithm>
#include <fmt/format.h>

#include "automation/bridge.hpp"
#include "automation/sagemaker_topics.hpp"
#include "domain/required_assets.hpp"
#include "registry/notify.hpp"
#include "registry/tables.hpp"
#include "sagemaker/deploy_checks.hpp"

/// What is known of the snapshot: model, assets, decisions.
namespace slipway::automation {
namespace {

constexpr Milliseconds kWhileImporting = std::chrono::seconds{1};

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

Result<json::array> served_by(store::Session& sql, const store::Entity& snapshot) {
    SW_TRY(const auto rows, sagemaker::deployments_in_service(sql, snapshot));
    json::array out;
    for (const auto& row : rows) {
        // Two models of one configuration are two deployments on one endpoint.
        auto name = json::value(member_text(row.document, "engine", "name"));
        if (std::ranges::find(out, name) == out.end()) {
            out.push_back(std::move(name));
        }
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

/// Of one that the group had and has no more the audit trail tells; of another nobody says that it was deleted.
Outcome SageMakerTopics::no_snapshot(const std::string& id, const std::string& group) {
    bool was_here = false;
    const auto looked = store().read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto rows, sql.query("SELECT 1 FROM audit_records WHERE entity_id = $1 AND entity_type = $2 AND group_name = $3 LIMIT 1",
                                          {id, std::string{registry::deployable_models_table().type}, group}));
        was_here = !rows.empty();
        return {};
    });
    if (!looked) {
        return trouble_of(looked.error());
    }
    return Fault{"SNAPSHOT_GONE",
                 was_here ? std::string{"The snapshot was deleted before its life cycle began."}
                          : fmt::format("There is no snapshot {}{}.", id.empty() ? "without an id" : id,
                                        group.empty() ? "" : fmt::format(" that group {} may see", group)),
                 {}};
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
        SW_TRY(done.variables["SERVED_BY"], served_by(sql, snapshot));
        done.variables["DEPLOYABLE_MODEL"] = registry_.collection("deployableModels").present(snapshot);
        done.variables["STORED_MODEL"] = model ? registry_.collection("storedModels").present(*model) : own == nullptr ? json::object{} : *own;
        done.variables["STORED_MODEL_ID"] = model_id;
        return {};
    };
    if (const auto read = store().read(look); !read) {
        return read.error().code == ErrorCode::not_found ? no_snapshot(id, task.group) : Outcome{trouble_of(read.error())};
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
    // What serves already ends behind this, untested: there is nothing to choose.
    const auto* endpoints = json::array_of(task.variables, "SERVED_BY");
    const bool ends_here = endpoints != nullptr && !endpoints->empty() && settings_.already_deployed == "end";
    const bool tests = !ends_here && report.of("test-data").in_s3;
    if (auto ambiguity = report.ambiguity(); tests && !ambiguity.empty()) {
        return Trouble{.message = std::move(ambiguity), .again = false};
    }
    const auto& test_data = report.of("test-data");
    if (const auto unreadable = tests ? unreadable_comparator(task) : std::string{}; !unreadable.empty()) {
        return Trouble{.message = unreadable, .again = false};
    }
    return Done{{{"ASSET_REPORT", {{"present", names_of(report, true)}, {"missing", names_of(report, false)}, {"assets", domain::to_json(report)}}},
                 {"ASSETS_OK", report.complete()},
                 // What is embedded here cannot be read by a job of SageMaker.
                 {"HAS_TEST_DATA", test_data.present && test_data.url.starts_with("s3://")}}};
}

Outcome SageMakerTopics::record_decision(const ExternalTask& task) {
    const auto noted = once(store(), task, "decision", [&](store::Unit& unit) -> Result<json::object> {
        SW_TRY(const auto decided, decision_on(unit.sql, task));
        if (decided && json::text_of(*decided, "DECISION") != "REJECTED") {
            return fail(ErrorCode::conflict, "NOT_REJECTED", "Nobody has rejected the ticket of this life cycle: decide it, then try again.");
        }
        const auto told = [&](std::string_view name) { return decided ? std::string{json::text_of(*decided, name)} : variable(task, name); };
        const auto comment = told("DECISION_COMMENT");
        domain::Notification notification{.notification_type = "MODEL_NOTIFICATION", .severity = "INFO"};
        notification.message = fmt::format("{} rejected the deployment of {}.{}{}", told("DECIDED_BY"), snapshot_of(task), comment.empty() ? "" : " ", comment);
        notification.deployable_model_id = variable(task, "DEPLOYABLE_MODEL_ID");
        notification.stored_model_id = variable(task, "STORED_MODEL_ID");
        SW_CHECK(registry::notify(unit, task.group, std::move(notification), {}));
        return json::object{};
    });
    return noted ? Outcome{Done{}} : Outcome{trouble_of(noted.error())};
}

}  // namespace slipway::automation
