#include "registry/runtimes.hpp"

#include <fmt/format.h>

#include "domain/runtime.hpp"
#include "registry/documents.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

Runtimes::Runtimes(const Foundation& foundation) : Collection{foundation, runtimes_table()} {}

Result<json::object> Runtimes::prepare(store::Unit&, const identity::Principal&, const std::string&, json::object body, std::vector<std::string>&) {
    SW_TRY(const auto runtime, domain::parse_runtime(json::value(std::move(body))));
    if (runtime.engine_type == domain::kSageMakerRuntime || runtime.sage_maker) {
        return fail(ErrorCode::conflict, "NOT_AVAILABLE", "A runtime of SageMaker is an endpoint in AWS: it appears here when its model is imported.");
    }
    return domain::to_json(runtime);
}

std::string Runtimes::new_id(const std::string& group, const json::object& document) const {
    return domain::enrolment_id(group, json::text_of(document, "engineType"), json::text_of(document, "name"));
}

Result<json::object> Runtimes::change(store::Unit&, const identity::Principal&, const store::Entity& before, json::object after, std::vector<std::string>&) {
    SW_CHECK(unchanged(before.document, after, {"name", "engineType"}, "type and name make the identity of a runtime"));
    SW_CHECK(unchanged(before.document, after, {"sageMaker"}, "it is what AWS says of the endpoint"));
    if (json::text_of(before.document, "engineType") == domain::kSageMakerRuntime) {
        SW_CHECK(unchanged(before.document, after, {"state"}, "the state of an endpoint follows AWS"));
    }
    SW_TRY(const auto runtime, domain::parse_runtime(json::value(std::move(after))));
    return domain::to_json(runtime);
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
    constexpr std::size_t kAtOnce = 1000;
    const std::string type{json::text_of(entity.document, "engineType")};
    SW_TRY(const auto waiting,
           store::find_by(unit.sql, jobs_table(),
                          {{"engine_type", type}, {"group_name", entity.group}, {"engine_id", store::Value{}}, {"status", std::string{"CREATED"}}},
                          store::Scope::all(), kAtOnce));
    for (const auto& job : waiting) {
        auto document = job.document;
        auto& target = document["targetEngine"];
        json::merge_patch(target, json::value(engine_reference(entity)));
        SW_CHECK(store::update(unit, jobs_table(), job, std::move(document)));
    }
    return {};
}

}  // namespace slipway::registry
