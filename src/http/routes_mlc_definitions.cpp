#include <fmt/format.h>

#include "http/camunda_views.hpp"
#include "http/hal.hpp"
#include "http/mlc_listing.hpp"
#include "http/mlc_refusal.hpp"
#include "http/mlc_request.hpp"
#include "http/multipart.hpp"
#include "http/routes_mlc.hpp"

namespace slipway::http {
namespace {

using automation::Definition;
using mlc::Parameters;
using mlc::route;

/// By id, or by key and newest version: the two forms of each path.
Result<Definition> definition_of(const MlcDoor& door, store::Session& sql, const Exchange& exchange) {
    const auto& params = exchange.request().params;
    return params.contains("key") ? door.definitions.latest(sql, exchange.principal(), exchange.param("key"))
                                  : door.definitions.get(sql, exchange.principal(), exchange.param("id"));
}

Result<automation::Definitions::Query> definition_query(const Exchange& exchange, bool pages) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(auto wanted, mlc::listing(parameters, automation::definition_rules(), {.pages = pages}));
    return automation::Definitions::Query{.decisions = exchange.request().path.contains("/decision-definition"),
                                          .filters = std::move(wanted.filters),
                                          .first = wanted.window.first,
                                          .most = wanted.window.most};
}

Result<Response> definitions(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, definition_query(exchange, true));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.definitions.list(sql, exchange.principal(), query));
        json::array out;
        for (const auto& definition : found) {
            out.push_back(camunda::definition_view(definition));
        }
        return mlc::list(out);
    });
}

Result<Response> count_definitions(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, definition_query(exchange, false));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto count, door.definitions.count(sql, exchange.principal(), query));
        return mlc::counted(count);
    });
}

Result<Response> definition(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, definition_of(door, sql, exchange));
        return json_response(200, camunda::definition_view(found));
    });
}

Result<Response> xml(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, definition_of(door, sql, exchange));
        SW_TRY(const auto resource, door.definitions.resource(sql, exchange.principal(), found.id));
        return json_response(200, {{"id", found.id}, {found.decision ? "dmnXml" : "bpmn20Xml", resource.content}});
    });
}

Result<Response> start(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body_or_none());
    SW_CHECK(mlc::only(body, {"businessKey", "variables", "withVariablesInReturn"}));
    SW_TRY(const auto business_key, mlc::text_or_none(body, "businessKey"));
    SW_TRY(auto variables, camunda::variables_of(body, "variables"));
    const bool with_variables = mlc::is_true(body, "withVariablesInReturn");
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto found, definition_of(door, unit.sql, exchange));
        SW_TRY(const auto started,
               door.instances.start(unit, exchange.principal(), {.definition_id = found.id, .business_key = business_key, .variables = variables}));
        auto view = camunda::instance_view(started.instance, exchange.request());
        if (with_variables) {
            SW_TRY(const auto now, door.instances.variables(unit.sql, exchange.principal(), started.instance.id));
            view["variables"] = camunda::typed_variables(now);
        }
        view["existing"] = started.existing;
        return json_response(200, view);
    });
}

/// The form of deployment/create: plain fields by their names, every file is a resource.
Result<automation::DeployRequest> deploy_request(const Exchange& exchange) {
    SW_TRY(const auto parts, parse_multipart(exchange.request().header("content-type"), exchange.request().body));
    automation::DeployRequest request;
    bool changed_only = false;
    for (const auto& part : parts) {
        if (part.name == "deployment-name") {
            request.name = part.content;
        } else if (part.name == "deployment-source") {
            request.source = part.content;
        } else if (part.name == "tenant-id") {
            request.group = part.content;
        } else if (part.name == "enable-duplicate-filtering") {
            request.filter_duplicates = part.content == "true";
        } else if (part.name == "deploy-changed-only") {
            changed_only = part.content == "true";
        } else if (part.name != "deployment-activation-time") {
            request.resources.push_back({.name = part.filename.empty() ? part.name : part.filename, .content = part.content});
        }
    }
    request.filter_duplicates = request.filter_duplicates || changed_only;
    if (request.resources.empty()) {
        return invalid("data", "at least one file, such as a .bpmn", "none");
    }
    return request;
}

Result<Response> deploy(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto request, deploy_request(exchange));
    SW_TRY(const auto files, door.definitions.read(exchange.principal(), request));
    std::vector<automation::RefusedFile> refused;
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto deployment, door.definitions.deploy(unit, exchange.principal(), request, *files, &refused));
        auto view = camunda::deployment_view(deployment, exchange.request());
        view["existing"] = deployment.existing;
        return json_response(200, view);
    });
    if (!answer && !refused.empty()) {
        return camunda::problem(answer.error(), exchange.request().request_id, mlc::details_of(refused, request.resources));
    }
    return answer;
}

Result<Response> deployments(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto wanted, mlc::listing(parameters, automation::deployment_rules(), {}));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.definitions.deployments(sql, exchange.principal(), wanted.filters, wanted.window.first, wanted.window.most));
        json::array out;
        for (const auto& deployment : found) {
            out.push_back(camunda::deployment_view(deployment, exchange.request()));
        }
        return mlc::list(out);
    });
}

Result<Response> deployment(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.definitions.deployment(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, camunda::deployment_view(found, exchange.request()));
    });
}

/// Of what Camunda offers beside `cascade` there is nothing here that could be skipped.
Result<Response> remove_deployment(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto cascade, parameters.flag("cascade"));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.remove_deployment(unit, exchange.principal(), exchange.param("id"), cascade.value_or(false)));
        return no_content();
    });
}

/// Resources have no id of their own: their name is it.
Result<Response> resources(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        const auto& id = exchange.param("id");
        SW_TRY(const auto found, door.definitions.resources(sql, exchange.principal(), id));
        json::array out;
        for (const auto& resource : found) {
            out.push_back(json::object{{"id", resource.name}, {"name", resource.name}, {"deploymentId", id}});
        }
        return mlc::list(out);
    });
}

Result<Response> resource_data(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        const auto& name = exchange.param("resource");
        SW_TRY(auto found, door.definitions.resources(sql, exchange.principal(), exchange.param("id")));
        const auto at = std::ranges::find(found, name, &automation::Resource::name);
        if (at == found.end()) {
            return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("The deployment has no file {}.", name));
        }
        Response response;
        response.content_type = "application/octet-stream";
        response.body = std::move(at->content);
        response.with("Content-Disposition", "attachment");
        return response;
    });
}

}  // namespace

std::vector<Route> mlc_definition_routes(const MlcDoor& door) {
    const auto with = [&door](auto handler) { return [door, handler](Exchange& exchange) { return handler(door, exchange); }; };
    return {
        route("POST", "deployment/create", "createMlcDeployment", with(deploy)),
        route("GET", "deployment", "listMlcDeployments", with(deployments)),
        route("GET", "deployment/{id}", "getMlcDeployment", with(deployment)),
        route("DELETE", "deployment/{id}", "deleteMlcDeployment", with(remove_deployment)),
        route("GET", "deployment/{id}/resources", "listMlcResources", with(resources)),
        route("GET", "deployment/{id}/resources/{resource}/data", "getMlcResource", with(resource_data)),
        route("GET", "process-definition", "listProcessDefinitions", with(definitions)),
        route("GET", "process-definition/count", "countProcessDefinitions", with(count_definitions)),
        route("GET", "process-definition/{id}", "getProcessDefinition", with(definition)),
        route("GET", "process-definition/{id}/xml", "getProcessDefinitionXml", with(xml)),
        route("POST", "process-definition/{id}/start", "startProcess", with(start)),
        route("GET", "process-definition/key/{key}", "getProcessDefinitionByKey", with(definition)),
        route("GET", "process-definition/key/{key}/xml", "getProcessDefinitionXmlByKey", with(xml)),
        route("POST", "process-definition/key/{key}/start", "startProcessByKey", with(start)),
        route("GET", "decision-definition", "listDecisionDefinitions", with(definitions)),
        route("GET", "decision-definition/{id}/xml", "getDecisionDefinitionXml", with(xml)),
    };
}

std::vector<Route> mlc_routes(const MlcDoor& door) {
    std::vector<Route> all;
    for (auto&& part : {mlc_definition_routes(door), mlc_instance_routes(door), mlc_event_routes(door), mlc_task_routes(door), mlc_user_task_routes(door),
                        mlc_history_routes(door)}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

}  // namespace slipway::http
