#include "registry/job_target.hpp"

#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "domain/runtime.hpp"
#include "registry/documents.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

std::string_view model_type(const json::object& job) {
    const auto* model = json::object_of(job, "model");
    const auto* stored = model != nullptr ? json::object_of(*model, "storedModel") : nullptr;
    const auto* meta = stored != nullptr ? json::object_of(*stored, "modelMetaData") : nullptr;
    return meta != nullptr ? json::text_of(*meta, "type") : std::string_view{};
}

bool is_sagemaker_model(const json::object& job) {
    return model_type(job) == "SAGEMAKER";
}

/// The runtime that whoever made the snapshot chose for it.
const json::object* wanted_by_model(const json::object& job) {
    const auto* model = json::object_of(job, "model");
    const auto* wanted = model != nullptr ? json::array_of(*model, "targetRuntimes") : nullptr;
    return wanted == nullptr || wanted->empty() ? nullptr : wanted->front().if_object();
}

/// The type that the model asks for, when the job itself names no engine. A PySpark model can run on Spark alone.
std::string type_wanted_by_model(const json::object& job) {
    const auto* wanted = wanted_by_model(job);
    const auto type = wanted != nullptr ? json::text_of(*wanted, "engineType") : std::string_view{};
    return type.empty() && model_type(job) == "PYSPARK" ? std::string{domain::kSparkRuntime} : std::string{type};
}

/// `target` on that runtime.
Result<json::object> bound(json::object target, const store::Entity& runtime) {
    for (const auto& [name, item] : engine_reference(runtime)) {
        target[name] = item;
    }
    return target;
}

/// Bound to the only one of `found`; naming them when there are several.
Result<json::object> only_one(json::object target, const std::vector<store::Entity>& found, std::string_view pointer) {
    if (found.size() == 1) {
        return bound(std::move(target), found[0]);
    }
    std::string names;
    for (const auto& runtime : found) {
        names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", json::text_of(runtime.document, "name"), runtime.id);
    }
    return invalid(std::string{pointer}, fmt::format("the name or id of one of {}", names), "what fits several runtimes");
}

Result<std::vector<store::Entity>> usable(store::Session& sql, const store::Scope& scope, const std::vector<store::Match>& match) {
    SW_TRY(auto found, store::find_by(sql, runtimes_table(), match, scope));
    std::erase_if(found, [](const store::Entity& runtime) { return json::text_of(runtime.document, "state") == "REMOVED"; });
    return found;
}

/// The runtime that the snapshot is meant for, where it is of that type; nothing when it is there no more.
Result<std::optional<store::Entity>> meant(store::Session& sql, const store::Scope& scope, const std::string& group, const json::object& job,
                                           const std::string& type) {
    const auto* wanted = wanted_by_model(job);
    if (wanted == nullptr) {
        return std::optional<store::Entity>{};
    }
    SW_TRY(auto found, store::find(sql, runtimes_table(), std::string{json::text_of(*wanted, "id")}, scope));
    // One that stopped for a moment is REMOVED too: what else takes such jobs takes this one, or it waits.
    if (found && found->group == group && json::text_of(found->document, "engineType") == type && json::text_of(found->document, "state") != "REMOVED") {
        return found;
    }
    const std::string name{json::text_of(*wanted, "name")};
    SW_TRY(auto called, usable(sql, scope, {{"name", name}, {"engine_type", type}, {"group_name", group}}));
    return name.empty() || called.empty() ? std::optional<store::Entity>{} : std::optional{std::move(called.front())};
}

/// `target` on a runtime that takes jobs.
Result<json::object> taken(json::object target, const store::Entity& runtime) {
    if (json::text_of(runtime.document, "state") == "REMOVED") {
        return fail(ErrorCode::conflict, "RUNTIME_REMOVED",
                    fmt::format("The runtime {} was removed and takes no jobs. Name another one.", json::text_of(runtime.document, "name")));
    }
    return bound(std::move(target), runtime);
}

/// By the type alone: what the snapshot is meant for, else the only one there is.
Result<json::object> of_type(store::Session& sql, const store::Scope& runtimes, const std::string& group, const json::object& job, json::object target,
                             const std::string& type) {
    SW_TRY(const auto chosen, meant(sql, runtimes, group, job, type));
    if (chosen) {
        return bound(std::move(target), *chosen);
    }
    SW_TRY(const auto found, usable(sql, runtimes, {{"engine_type", type}, {"group_name", group}}));
    target["engineType"] = type;
    if (found.empty()) {
        target.erase("id");
        return target;
    }
    return only_one(std::move(target), found, "/targetEngine");
}

/// The target by its name: a runtime that is there, or one that may enrol later under the same name and type.
Result<json::object> named(store::Session& sql, const store::Scope& runtimes, const std::string& group, json::object target) {
    const std::string name{json::text_of(target, "name")};
    const std::string type{json::text_of(target, "engineType")};
    std::vector<store::Match> match{{"name", name}};
    if (!type.empty()) {
        match.insert(match.end(), {{"engine_type", type}, {"group_name", group}});
    }
    SW_TRY(const auto found, usable(sql, runtimes, match));
    if (!found.empty()) {
        return only_one(std::move(target), found, "/targetEngine/name");
    }
    if (type.empty()) {
        return invalid("/targetEngine/name", "the name of a runtime, or a name with its engineType", name);
    }
    target["id"] = domain::enrolment_id(group, type, name);
    return target;
}

}  // namespace

Result<json::object> resolve_target(store::Session& sql, const store::Scope& runtimes, const std::string& group, const json::object& job) {
    const auto* given = json::object_of(job, "targetEngine");
    auto target = given == nullptr ? json::object{} : *given;
    const std::string id{json::text_of(target, "id")};
    const std::string name{json::text_of(target, "name")};
    std::string type{json::text_of(target, "engineType")};
    if (id.empty() && name.empty() && type.empty()) {
        type = is_sagemaker_model(job) ? std::string{domain::kSageMakerRuntime} : type_wanted_by_model(job);
    }
    if (type == domain::kSageMakerRuntime) {
        target["engineType"] = type;
        return target;
    }
    if (!id.empty()) {
        SW_TRY(const auto found, store::find(sql, runtimes_table(), id, runtimes));
        if (found) {
            return taken(std::move(target), *found);
        }
    }
    if (!id.empty() && name.empty() && !type.empty()) {
        // The type alone would choose a runtime that nobody named.
        return invalid("/targetEngine/id", "the id of a runtime that exists and that you may see, or none beside an engineType", id);
    }
    if (!name.empty()) {
        return named(sql, runtimes, group, std::move(target));
    }
    if (type.empty()) {
        return invalid("/targetEngine", "a runtime by id, name or engineType", id.empty() ? "nothing" : "an id that is not known: " + id);
    }
    return of_type(sql, runtimes, group, job, std::move(target), type);
}

}  // namespace slipway::registry
