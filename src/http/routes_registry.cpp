#include "http/routes_registry.hpp"

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "http/collection_routes.hpp"
#include "http/hal.hpp"
#include "http/routes_job_logs.hpp"
#include "http/routes_jobs.hpp"
#include "http/routes_runtimes.hpp"
#include "registry/jobs.hpp"
#include "registry/records.hpp"
#include "registry/stored_models.hpp"

namespace slipway::http {

namespace {

const CollectionNames kStoredModels{"storedModels", "StoredModel", "StoredModels"};
const CollectionNames kDeployableModels{"deployableModels", "DeployableModel", "DeployableModels"};
const CollectionNames kDeployedModels{"deployedModels", "DeployedModel", "DeployedModels"};
const CollectionNames kRuntimes{"runtimes", "Runtime", "Runtimes"};
const CollectionNames kEngines{"engines", "Engine", "Engines"};
const CollectionNames kJobs{"jobs", "Job", "Jobs"};
const CollectionNames kResults{"modelTestResults", "ModelTestResult", "ModelTestResults"};
const CollectionNames kNotifications{"notifications", "Notification", "Notifications"};
const CollectionNames kMlcs{"modelMLCs", "ModelMLC", "ModelMLCs"};
const CollectionNames kAudit{"auditRecords", "AuditRecord", "AuditRecords"};

const std::vector<std::pair<std::string, std::string>> kByModel{{"storedModelId", "stored_model_id"}};

void append(std::vector<Route>& routes, std::vector<Route> more) {
    routes.insert(routes.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// The links of all collections, as clients of Spring Data REST look for them.
Result<Response> root(Exchange& exchange) {
    json::object links;
    for (const auto* names :
         {&kStoredModels, &kDeployableModels, &kDeployedModels, &kRuntimes, &kEngines, &kJobs, &kResults, &kNotifications, &kMlcs, &kAudit}) {
        links[names->path] = json::object{{"href", fmt::format("{}{}/{}", exchange.request().base_url, kModelManage, names->path)}};
    }
    links["events"] = json::object{{"href", fmt::format("{}{}/events", exchange.request().base_url, kModelManage)}};
    json::object document;
    document["_links"] = std::move(links);
    return json_response(200, document);
}

Result<Response> add_asset(registry::StoredModels& models, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto version, exchange.if_match());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto changed, models.add_asset(unit, exchange.principal(), exchange.param("id"), body, version));
        auto response = answer(201, models, exchange, changed);
        const auto& added = changed.entity.document.at("modelAssets").as_array().back().as_object();
        response.with("Location", fmt::format("{}{}/storedModels/{}/assets/{}/content", exchange.request().base_url, kModelManage, changed.entity.id,
                                              json::text_of(added, "assetId")));
        return response;
    });
}

Result<Response> remove_asset(registry::StoredModels& models, Exchange& exchange) {
    SW_TRY(const auto version, exchange.if_match());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(models.remove_asset(unit, exchange.principal(), exchange.param("id"), exchange.param("assetId"), version));
        return no_content();
    });
}

/// A file name that may stand in Content-Disposition: ASCII letters, digits and `._-` as they are, the rest percent-encoded (RFC 6266).
std::string disposition(const std::string& filename) {
    return fmt::format("attachment; filename*=UTF-8''{}", percent_encode(filename.empty() ? "asset" : filename));
}

Result<Response> asset_content(registry::Collection& collection, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(auto content, collection.asset_content(sql, exchange.principal(), exchange.param("id"), exchange.param("assetId")));
        const auto tag = fmt::format("\"{}\"", content.hash);
        if (const auto known = exchange.request().header("if-none-match"); known == "*" || known.contains(tag)) {
            auto unchanged = no_content();
            unchanged.status = 304;
            unchanged.with("ETag", tag);
            return unchanged;
        }
        Response response;
        response.body = std::move(content.bytes);
        response.content_type = "application/octet-stream";
        response.with("Content-Disposition", disposition(content.filename)).with("ETag", tag);
        return response;
    });
}

Result<Response> cancel_job(registry::Jobs& jobs, Exchange& exchange) {
    SW_TRY(const auto version, exchange.if_match());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto changed, jobs.cancel(unit, exchange.principal(), exchange.param("id"), version));
        return answer(200, jobs, exchange, changed);
    });
}

Result<Response> import_audit_record(registry::AuditRecords& records, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(auto entity, records.import_record(unit, exchange.principal(), body));
        const auto path = fmt::format("{}/auditRecords/{}", kModelManage, entity.id);
        const auto version = entity.version;
        return created(exchange.request(), path, shown(records, exchange, entity), version);
    });
}

std::vector<Route> asset_routes(registry::StoredModels& models) {
    const auto base = fmt::format("{}/storedModels/{{id}}/assets", kModelManage);
    return {
        {"POST", base, "createStoredModelAsset", Guard::signed_in, Pool::api, [&](Exchange& exchange) { return add_asset(models, exchange); }},
        {"DELETE", base + "/{assetId}", "deleteStoredModelAsset", Guard::signed_in, Pool::api,
         [&](Exchange& exchange) { return remove_asset(models, exchange); }},
        {"GET", base + "/{assetId}/content", "getStoredModelAssetContent", Guard::signed_in, Pool::api,
         [&](Exchange& exchange) { return asset_content(models, exchange); }},
    };
}

/// What may end a job wakes who follows its logs.
std::vector<Route> job_routes(registry::Registry& registry) {
    auto& jobs = registry.jobs();
    auto routes = collection_routes(jobs, kJobs);
    routes.push_back(finder_route(jobs, kJobs, {"findAllByStoredModelId", "searchJobsByStoredModelId", kByModel}));
    routes.push_back({"POST", fmt::format("{}/jobs/{{id}}/cancel", kModelManage), "cancelJob", Guard::signed_in, Pool::api,
                      [&](Exchange& exchange) { return cancel_job(jobs, exchange); }});
    for (const auto& [segment, operation] : {std::pair{"modelBatchJob", "getModelBatchJob"}, std::pair{"modelBatchTestJob", "getModelBatchTestJob"},
                                             std::pair{"modelBatchTrainingJob", "getModelBatchTrainingJob"}}) {
        routes.push_back({"GET", fmt::format("{}/{}/{{id}}", kModelManage, segment), operation, Guard::signed_in, Pool::api, read_one(jobs)});
    }
    append(routes, job_work_routes(registry));
    const auto waiters = std::make_shared<Waiters>();
    for (auto& route : routes) {
        if (route.method != "GET" && route.pattern.contains("{id}")) {
            route = waking(std::move(route), waiters);
        }
    }
    append(routes, job_log_routes(registry, waiters));
    return routes;
}

/// A collection with its finders.
void add(std::vector<Route>& routes, registry::Registry& registry, const CollectionNames& names, std::vector<Finder> finders) {
    auto& collection = registry.collection(names.path);
    append(routes, collection_routes(collection, names));
    for (auto& finder : finders) {
        routes.push_back(finder_route(collection, names, std::move(finder)));
    }
}

std::vector<Route> record_routes(registry::Registry& registry) {
    std::vector<Route> routes;
    add(routes, registry, kResults, {{"findAllByStoredModelId", "searchModelTestResultsByStoredModelId", kByModel}});
    add(routes, registry, kNotifications, {{"findAllByStoredModelId", "searchNotificationsByStoredModelId", kByModel}});
    add(routes, registry, kMlcs, {{"findAllByStoredModelIdAndGroupIn", "searchModelMLCsByStoredModelIdAndGroup", {kByModel[0], {"group", "group_name"}}}});
    add(routes, registry, kAudit, {{"findAuditRecordsByStoredModelId", "searchAuditRecordsByStoredModelId", kByModel}});
    routes.push_back({"POST", fmt::format("{}/auditRecords", kModelManage), "createAuditRecord", Guard::administrator, Pool::api,
                      [&](Exchange& exchange) { return import_audit_record(registry.audit_records(), exchange); }});
    return routes;
}

}  // namespace

std::vector<Route> registry_routes(registry::Registry& registry) {
    std::vector<Route> routes{{"GET", std::string{kModelManage}, "listCollections", Guard::signed_in, Pool::api, root}};
    add(routes, registry, kStoredModels, {{"findByName", "searchStoredModelsByName", {{"name", "name"}}}});
    add(routes, registry, kDeployableModels, {{"findAllByStoredModelId", "searchDeployableModelsByStoredModelId", kByModel}});
    add(routes, registry, kDeployedModels,
        {{"findAllByStoredModelId", "searchDeployedModelsByStoredModelId", kByModel},
         {"findAllByDeployableModelId", "searchDeployedModelsByDeployableModelId", {{"deployableModelId", "deployable_model_id"}}}});
    add(routes, registry, kRuntimes, {{"findByName", "searchRuntimesByName", {{"name", "name"}}}});
    add(routes, registry, kEngines, {{"findByName", "searchEnginesByName", {{"name", "name"}}}});
    append(routes, asset_routes(registry.stored_models()));
    append(routes, job_routes(registry));
    append(routes, runtime_routes(registry));
    for (const auto& [names, operation] : {std::pair{&kDeployableModels, "getDeployableModelAssetContent"}, std::pair{&kJobs, "getJobAssetContent"}}) {
        auto& collection = registry.collection(names->path);
        routes.push_back({"GET", fmt::format("{}/{}/{{id}}/assets/{{assetId}}/content", kModelManage, names->path), operation, Guard::signed_in, Pool::api,
                          [&](Exchange& exchange) { return asset_content(collection, exchange); }});
    }
    append(routes, record_routes(registry));
    return routes;
}

}  // namespace slipway::http
