#include "registry/runtimes.hpp"

#include <fmt/format.h>

#include "domain/runtime.hpp"
#include "registry/aws_tags.hpp"
#include "registry/documents.hpp"
#include "registry/enrolments.hpp"
#include "registry/runtime_contacts.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

/// Each enrolment brings it, and the runtime goes by what it brought: a change would last until the next one, without effect.
Result<void> leaves_configured(const json::object& before, const json::object& after) {
    auto same = unchanged(before, after, {"sparkConf", "executorMemory", "inputEndpoints", "outputEndpoints"},
                          "an enrolled runtime has it from its own configuration. Set it there (spark-runtime.sparkConf, spark-runtime.executorMemory) and "
                          "restart the runtime, or give it to single jobs in jobParameters");
    if (!same) {
        same.error().code = ErrorCode::conflict;
        same.error().reason = "CONFIGURED_AT_THE_RUNTIME";
    }
    return same;
}

}  // namespace

Runtimes::Runtimes(const Foundation& foundation) : Collection{foundation, runtimes_table()} {}

Result<json::object> Runtimes::prepare(store::Unit&, const identity::Principal&, const std::string&, json::object body, std::vector<std::string>&) {
    drop_contact_members(body);
    SW_TRY(const auto runtime, domain::parse_runtime(json::value(std::move(body))));
    if (runtime.engine_type == domain::kSageMakerRuntime || runtime.sage_maker) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE", "A runtime of SageMaker is an endpoint in AWS: it appears here when its model is imported.");
    }
    return domain::to_json(runtime);
}

std::string Runtimes::new_id(const std::string& group, const json::object& document) const {
    return domain::enrolment_id(group, json::text_of(document, "engineType"), json::text_of(document, "name"));
}

Result<json::object> Runtimes::change(store::Unit& unit, const identity::Principal&, const store::Entity& before, json::object after,
                                      std::vector<std::string>&) {
    drop_contact_members(after);
    SW_CHECK(unchanged(before.document, after, {"name", "engineType"}, "type and name make the identity of a runtime"));
    SW_CHECK(unchanged(before.document, after, {"sageMaker"}, "it is what AWS says of the endpoint"));
    if (json::text_of(before.document, "engineType") == domain::kSageMakerRuntime) {
        SW_CHECK(unchanged(before.document, after, {"state"}, "the state of an endpoint follows AWS"));
    }
    SW_TRY(const auto contact, find_contact(unit.sql, before.id));
    SW_CHECK(contact ? leaves_configured(before.document, after) : Result<void>{});
    SW_TRY(const auto runtime, domain::parse_runtime(json::value(std::move(after))));
    auto out = domain::to_json(runtime);
    keep_aws_tags(out, "/tags");
    return out;
}

Result<void> Runtimes::may_remove(store::Unit& unit, const store::Entity& before) {
    for (const std::string status : {"WAITING", "RUNNING"}) {
        SW_TRY(const auto jobs, store::find_by(unit.sql, jobs_table(), {{"engine_id", before.id}, {"status", status}}, store::Scope::all(), 1));
        if (!jobs.empty()) {
            return fail(ErrorCode::conflict, "HAS_JOBS",
                        fmt::format("Job {} is {} on this runtime: cancel it or wait for its end. Nothing was removed.", jobs[0].id, status));
        }
    }
    SW_TRY(const auto deployments, store::find_by(unit.sql, deployed_models_table(), {{"runtime_id", before.id}}, store::Scope::all()));
    for (const auto& deployment : deployments) {
        const auto state = json::text_of(deployment.document, "state");
        if (state == "DEPLOYED" || state == "DEPLOYING" || state == "UNDEPLOYING") {
            return fail(ErrorCode::conflict, "HAS_DEPLOYMENTS", fmt::format("Deployment {} is {} on this runtime. Nothing was removed.", deployment.id, state));
        }
    }
    return {};
}

Result<void> Runtimes::created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>&) {
    return bind_waiting(unit, entity);
}

Result<std::optional<store::Entity>> Runtimes::revive(store::Unit& unit, std::string_view id, const json::object& document) {
    SW_TRY(const auto given_up, store::find(unit.sql, table_, id, store::Scope::all()));
    if (!given_up || json::text_of(given_up->document, "state") != "REMOVED") {
        return std::optional<store::Entity>{};
    }
    SW_TRY(auto entity, store::update(unit, table_, *given_up, document));
    SW_CHECK(bind_waiting(unit, entity));
    return std::optional{std::move(entity)};
}

Result<void> Runtimes::remove(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version) {
    SW_TRY(const auto before, require(unit.sql, who, identity::Action::write, id, if_version));
    if (json::text_of(before.document, "engineType") == domain::kSageMakerRuntime) {
        return Collection::remove(unit, who, id, if_version);
    }
    SW_CHECK(may_remove(unit, before));
    auto document = before.document;
    document["state"] = json::encode(domain::RuntimeState::REMOVED);
    SW_CHECK(store::update(unit, table_, before, std::move(document)));
    return forget_instance(unit, id);
}

Result<void> Runtimes::removed(store::Unit& unit, const store::Entity& entity) {
    return remove_contact(unit, entity.id);
}

Result<void> Runtimes::complete(store::Session& sql, std::span<store::Entity> entities) {
    return attach_contacts(sql, entities);
}

Result<void> Runtimes::may_move(store::Unit&, const store::Entity&) {
    return stays_in_its_group("A runtime stays in its group: group, type and name make its identity. Enrol another one there.");
}

}  // namespace slipway::registry
