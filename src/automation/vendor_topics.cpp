#include "automation/vendor_topics.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "automation/definitions.hpp"
#include "automation/sagemaker_topics.hpp"
#include "domain/required_assets.hpp"
#include "registry/tables.hpp"
#include "tickets/notice_issue.hpp"

namespace slipway::automation {
namespace {

constexpr Milliseconds kUntilDecided = std::chrono::minutes{1};  // the bridge tells it earlier
constexpr std::string_view kFailure = "FAILURE";                 ///< what the vendor's files catch

constexpr std::string_view kIntoIssues = "modelop.CreateJira";  ///< their notifications become issues, where tickets do
constexpr std::array kTellers{
    Teller{"modelop.CreateNotification", "MODEL_NOTIFICATION", "NOTIFICATION"},
    Teller{"modelop.CreateModelNotification", "MODEL_NOTIFICATION", "NOTIFICATION"},
    Teller{"modelop.CreateModelTestNotification", "MODEL_NOTIFICATION", "NOTIFICATION"},
    Teller{"modelop.CreateJobNotification", "JOB_NOTIFICATION", "NOTIFICATION"},
    Teller{"modelop.CreateProcessNotification", "MODEL_NOTIFICATION", "NOTIFICATION"},
    Teller{"modelop.CreateRuntimeNotification", "ENGINE_NOTIFICATION", "NOTIFICATION"},
    Teller{"modelop.CreateJiraModelNotification", "MODEL_NOTIFICATION", "NEW_NOTIFICATION"},
    Teller{"modelop.CreateJiraStoredModelNotification", "MODEL_NOTIFICATION", "NEW_NOTIFICATION"},
    Teller{"modelop.CreateJiraSimpleNotification", "MODEL_NOTIFICATION", "NEW_NOTIFICATION"},
    Teller{"modelop.CreateJiraJobNotification", "JOB_NOTIFICATION", "NEW_NOTIFICATION"},
};
constexpr std::array<std::string_view, 10> kOthers{
    "modelop.GetDeployableModelById",       "modelop.GetJob",
    "modelop.FindDeployableModelAssets",    "modelop.FindStoredModelAssets",
    "modelop.GetModelRequiredAssets",       "modelop.CreateSagemakerTransformJob",
    "modelop.CreateSagemakerDeployedModel", "modelop.CreateModelApprovalNotification",
    "modelop.CreateJiraModelApproval",      "modelop.ModelTestResultEval",
};

/// Files name the object or its id.
std::string id_of(const ExternalTask& task, std::string_view name) {
    const auto plain = variable(task, fmt::format("{}_ID", name));
    return plain.empty() ? variable(task, name, "id") : plain;
}

std::string model_id(const ExternalTask& task) {
    auto id = id_of(task, "STORED_MODEL");
    if (id.empty()) {
        const auto* snapshot = json::object_of(task.variables, "DEPLOYABLE_MODEL");
        const auto* model = snapshot == nullptr ? nullptr : json::object_of(*snapshot, "storedModel");
        id = model == nullptr ? std::string{} : std::string{json::text_of(*model, "id")};
    }
    return id;
}

/// With the ids that our own topics read.
ExternalTask with_ids(const ExternalTask& task) {
    auto out = task;
    out.variables["DEPLOYABLE_MODEL_ID"] = id_of(task, "DEPLOYABLE_MODEL");
    out.variables["STORED_MODEL_ID"] = model_id(task);
    return out;
}

/// A refusal is an error of the process's; what may pass is tried again.
Outcome failed(const Error& error) {
    const auto trouble = trouble_of(error);
    return trouble.again ? Outcome{trouble} : Outcome{Fault{std::string{kFailure}, error.message, {}}};
}

/// The same outcome with the error code that the vendor's files catch.
Outcome as_failure(Outcome outcome) {
    if (auto* fault = std::get_if<Fault>(&outcome)) {
        fault->code = kFailure;
    }
    return outcome;
}

json::array assets_of(const json::object& object) {
    const auto* own = json::object_of(object, "storedModel");
    const auto* list = json::array_of(own != nullptr ? *own : object, "modelAssets");
    return list == nullptr ? json::array{} : *list;
}

std::string_view role_of(const json::value& asset) {
    return asset.is_object() ? json::text_of(asset.get_object(), "assetRole") : std::string_view{};
}

}  // namespace

bool is_vendor_topic_served(std::string_view topic) {
    return std::ranges::find(kTellers, topic, &Teller::topic) != kTellers.end() || std::ranges::find(kOthers, topic) != kOthers.end();
}

Handlers VendorTopics::handlers() {
    Handlers out{
        {"modelop.GetDeployableModelById", [this](const ExternalTask& task) { return snapshot(task); }},
        {"modelop.GetJob", [this](const ExternalTask& task) { return job(task); }},
        {"modelop.FindDeployableModelAssets", [this](const ExternalTask& task) { return assets(task, "deployableModels", id_of(task, "DEPLOYABLE_MODEL")); }},
        {"modelop.FindStoredModelAssets", [this](const ExternalTask& task) { return assets(task, "storedModels", model_id(task)); }},
        {"modelop.GetModelRequiredAssets", [this](const ExternalTask& task) { return required_assets(task); }},
        {"modelop.CreateSagemakerTransformJob", [this](const ExternalTask& task) { return transform_job(task); }},
        {"modelop.CreateSagemakerDeployedModel", [this](const ExternalTask& task) { return deployed_model(task); }},
        {"modelop.CreateModelApprovalNotification", [this](const ExternalTask& task) { return approval(task, "NOTIFICATION"); }},
        {"modelop.CreateJiraModelApproval", [this](const ExternalTask& task) { return approval(task, "NEW_NOTIFICATION"); }},
        {"modelop.ModelTestResultEval", [this](const ExternalTask& task) { return evaluate(task); }},
    };
    for (const auto& teller : kTellers) {
        out[std::string{teller.topic}] = [this, &teller](const ExternalTask& task) { return notification(task, teller); };
    }
    return out;
}

Result<json::object> VendorTopics::object(const ExternalTask& task, std::string_view collection, const std::string& id) {
    std::optional<json::object> out;
    const auto look = [&](store::Session& sql) -> Result<void> {
        auto& found = registry_.collection(collection);
        SW_TRY(const auto entity, found.get(sql, identity::Principal::service(), id));
        if (!scope_of(task.group).allows(entity.group, {})) {
            return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no {} in {} of the group {}.", id, collection, task.group));
        }
        out = found.present(entity);
        return {};
    };
    SW_CHECK(store().read(look));
    return std::move(*out);
}

Outcome VendorTopics::snapshot(const ExternalTask& task) {
    auto found = object(task, "deployableModels", id_of(task, "DEPLOYABLE_MODEL"));
    return found ? Outcome{Done{{{"DEPLOYABLE_MODEL", *std::move(found)}}}} : failed(found.error());
}

Outcome VendorTopics::job(const ExternalTask& task) {
    auto found = object(task, "jobs", id_of(task, "JOB"));
    return found ? Outcome{Done{{{"JOB", *std::move(found)}}}} : failed(found.error());
}

/// All assets, or those of the role that `ASSET_ROLE` names.
Outcome VendorTopics::assets(const ExternalTask& task, std::string_view collection, std::string_view id) {
    const auto found = object(task, collection, std::string{id});
    if (!found) {
        return failed(found.error());
    }
    const auto role = variable(task, "ASSET_ROLE");
    json::array out;
    for (const auto& asset : assets_of(*found)) {
        if (role.empty() || role_of(asset) == role) {
            out.push_back(asset);
        }
    }
    return Done{{{"ASSETS", std::move(out)}}};
}

/// What a test job of the snapshot reads: its test data, and what else comes with the model.
Outcome VendorTopics::required_assets(const ExternalTask& task) {
    const auto found = object(task, "deployableModels", id_of(task, "DEPLOYABLE_MODEL"));
    if (!found) {
        return failed(found.error());
    }
    json::array inputs;
    json::array others;
    for (const auto& asset : assets_of(*found)) {
        if (const auto role = role_of(asset); role == "TEST_DATA") {
            inputs.push_back(asset);
        } else if (role != "MODEL_SOURCE" && role != "MODEL_DOCUMENTATION") {
            others.push_back(asset);
        }
    }
    return Done{{{"INPUT_ASSETS", std::move(inputs)}, {"ADDITIONAL_ASSETS", std::move(others)}}};
}

Outcome VendorTopics::ask(std::string_view topic, const ExternalTask& task) {
    return as_failure(own_.find(topic)->second(task));
}

Outcome VendorTopics::transform_job(const ExternalTask& task) {
    auto asked = with_ids(task);
    auto report = ask("model.verifyRequiredAssets", asked);
    if (auto* done = std::get_if<Done>(&report)) {
        asked.variables["ASSET_REPORT"] = done->variables["ASSET_REPORT"];
        return ask("sagemaker.createTransformJob", asked);
    }
    return report;
}

Outcome VendorTopics::deployed_model(const ExternalTask& task) {
    auto outcome = ask("sagemaker.createEndpoint", with_ids(task));
    const auto* done = std::get_if<Done>(&outcome);
    const auto* deployment = done == nullptr ? nullptr : json::object_of(done->variables, "DEPLOYMENT");
    if (deployment == nullptr) {
        return outcome;
    }
    auto deployed = object(task, "deployedModels", std::string{json::text_of(*deployment, "id")});
    return deployed ? Outcome{Done{{{"DEPLOYED_MODEL", *std::move(deployed)}}}} : failed(deployed.error());
}

/// The vendor's delegate waits in its task until the ticket is decided; so does this, without holding a thread.
Outcome VendorTopics::approval(const ExternalTask& task, std::string_view name) {
    auto outcome = ask("ticket.createApproval", with_ids(task));
    const auto* done = std::get_if<Done>(&outcome);
    const auto* ticket = done == nullptr ? nullptr : json::object_of(done->variables, "TICKET");
    if (ticket == nullptr) {
        return outcome;
    }
    auto notification = object(task, "notifications", std::string{json::text_of(*ticket, "id")});
    if (!notification) {
        return failed(notification.error());
    }
    const auto* decision = json::object_of(*notification, "decision");
    if (decision == nullptr) {
        return Later{kUntilDecided};
    }
    json::object variables{{"DECISION", json::text_of(*decision, "decision")}};
    variables[name] = *std::move(notification);
    return Done{std::move(variables)};
}

Outcome VendorTopics::notification(const ExternalTask& task, const Teller& teller) {
    const auto told = once(store(), task, "notification", [&](store::Unit& unit) -> Result<json::object> {
        auto message = variable(task, "NOTIFICATION_MESSAGE");
        const auto severity = variable(task, "NOTIFICATION_SEVERITY");
        json::object body{{"notificationType", teller.type},
                          {"severity", severity.empty() ? "INFO" : severity},
                          {"message", message.empty() ? fmt::format("The life cycle {} has come to {}.", task.definition_key, task.element) : message},
                          {"group", task.group},
                          {"processInstanceId", task.instance_id}};
        for (const auto& [member, id] : {std::pair{"deployableModelId", id_of(task, "DEPLOYABLE_MODEL")}, std::pair{"storedModelId", model_id(task)},
                                         std::pair{"jobId", id_of(task, "JOB")}}) {
            if (!id.empty()) {
                body[member] = id;
            }
        }
        auto& notifications = registry_.collection("notifications");
        SW_TRY(auto made, notifications.create(unit, identity::Principal::service(), std::move(body)));
        if (teller.topic.starts_with(kIntoIssues)) {
            SW_TRY(made.entity, tickets::tell_by_issue(unit, made.entity, assignment_));
        }
        return notifications.present(made.entity);
    });
    return told ? Outcome{Done{{{teller.variable, *told}}}} : failed(told.error());
}

/// The comparator of the snapshot, kept here.
Result<std::string> VendorTopics::comparator(const ExternalTask& task) {
    const auto snapshot_id = id_of(task, "DEPLOYABLE_MODEL");
    SW_TRY(const auto snapshot, object(task, "deployableModels", snapshot_id));
    const auto report = domain::report_assets(snapshot, {});
    const auto& found = report.of("result-comparator");
    if (!found.present) {
        return fail(ErrorCode::not_found, "NO_COMPARATOR", "The snapshot has no asset with the role TEST_RESULT_COMPARATOR.");
    }
    const auto& asset_id = found.asset_id;
    std::string content;
    const auto look = [&](store::Session& sql) -> Result<void> {
        SW_TRY(auto asset, registry_.collection("deployableModels").asset_content(sql, identity::Principal::service(), snapshot_id, asset_id));
        content = std::move(asset.bytes);
        return {};
    };
    SW_CHECK(store().read(look));
    return content;
}

/// An ambiguous or failing decision is for a person; a comparator that is not here, or none, passes nothing.
Outcome VendorTopics::evaluate(const ExternalTask& task) {
    const auto* results = json::object_of(task.variables, "MODEL_TEST_RESULT");
    const auto content = comparator(task);
    if (!content && content.error().reason != "NO_COMPARATOR" && content.error().reason != "EXTERNAL_ASSET") {
        return failed(content.error());
    }
    Verdict verdict{.reasons = {content ? "There is no MODEL_TEST_RESULT to look at." : content.error().message}};
    if (content && results != nullptr) {
        const auto compared = compare(definitions_, *content, *results);
        if (!compared) {
            return Trouble{.message = compared.error().message, .details = compared.error().reason, .again = false};
        }
        verdict = *compared;
    }
    std::string message;
    for (const auto& reason : verdict.reasons) {
        message += (message.empty() ? "" : " ") + reason;
    }
    return Done{{{"TEST_RESULT", to_string(verdict.kind)}, {"TEST_RESULT_MESSAGE", message}}};
}

}  // namespace slipway::automation
