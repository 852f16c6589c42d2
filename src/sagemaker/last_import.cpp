#include "sagemaker/last_import.hpp"

#include <algorithm>

#include "registry/tables.hpp"
#include "store/entity.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::string_view kMember = "lastImport";

json::object unread_of(const registry::OperationStage& stage, const registry::OperationProblem* problem) {
    json::object unread{{"stage", stage.name}};
    if (stage.outcome) {
        unread["outcome"] = json::enum_name(*stage.outcome);
    }
    if (problem != nullptr) {
        unread["operation"] = problem->operation;
        unread["code"] = problem->code;
        if (problem->permission) {
            unread["permission"] = *problem->permission;
        }
    }
    return unread;
}

/// Which import said it, and when, is no difference.
bool says_same(const json::object& a, const json::object& b) {
    const auto* unread_a = json::array_of(a, "unread");
    const auto* unread_b = json::array_of(b, "unread");
    return json::text_of(a, "state") == json::text_of(b, "state") && unread_a != nullptr && unread_b != nullptr && *unread_a == *unread_b;
}

Result<void> remember(store::Unit& unit, const std::string& model_id, const std::optional<json::object>& now) {
    SW_TRY(const auto model, store::find(unit.sql, registry::stored_models_table(), model_id, store::Scope::all()));
    const auto* facts = model ? json::object_of(model->document, "sageMaker") : nullptr;
    const auto* before = facts == nullptr ? nullptr : json::object_of(*facts, kMember);
    if (facts == nullptr || (now ? before != nullptr && says_same(*before, *now) : before == nullptr)) {
        return {};
    }
    auto document = model->document;
    auto& changed = document["sageMaker"].as_object();
    if (now) {
        changed[kMember] = *now;
    } else {
        changed.erase(kMember);
    }
    SW_CHECK(store::update(unit, registry::stored_models_table(), *model, std::move(document)));
    return {};
}

}  // namespace

std::optional<json::object> last_import_of(const registry::Operation& operation) {
    json::array unread;
    for (const auto& stage : operation.stages) {
        if (stage.outcome == registry::StageOutcome::COMPLETE) {
            continue;
        }
        const auto before = unread.size();
        for (const auto& problem : operation.problems) {
            if (problem.stage == stage.name) {
                unread.push_back(unread_of(stage, &problem));
            }
        }
        if (unread.size() == before) {
            unread.push_back(unread_of(stage, nullptr));
        }
    }
    if (operation.state == registry::OperationState::COMPLETE && unread.empty()) {
        return std::nullopt;
    }
    json::object said{{"operationId", operation.id}, {"state", json::enum_name(operation.state)}, {"unread", std::move(unread)}};
    if (operation.finished) {
        said["at"] = to_iso(*operation.finished);
    }
    return said;
}

Result<void> remember_outcome(store::Unit& unit, const registry::Operation& operation) {
    if (operation.kind != registry::OperationKind::IMPORT || !operation.stored_model_id) {
        return {};
    }
    return remember(unit, *operation.stored_model_id, last_import_of(operation));
}

}  // namespace slipway::sagemaker
