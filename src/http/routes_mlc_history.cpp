#include "automation/aws_waits.hpp"
#include "http/camunda_views.hpp"
#include "http/hal.hpp"
#include "http/mlc_listing.hpp"
#include "http/mlc_request.hpp"
#include "http/routes_mlc.hpp"

namespace slipway::http {
namespace {

using automation::Comparison;
using mlc::Parameters;
using mlc::route;

Result<automation::Instances::Query> past_query(const Exchange& exchange, bool pages) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(auto wanted, mlc::listing(parameters, automation::past_rules(), {.variables = true, .activities = "activeActivityIdIn", .pages = pages}));
    return automation::Instances::Query{.filters = std::move(wanted.filters),
                                        .variables = std::move(wanted.variables),
                                        .activities = std::move(wanted.activities),
                                        .first = wanted.window.first,
                                        .most = wanted.window.most};
}

Result<Response> past_instances(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, past_query(exchange, true));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.list(sql, exchange.principal(), query));
        json::array out;
        for (const auto& instance : found) {
            out.push_back(camunda::past_instance_view(instance));
        }
        return mlc::list(out);
    });
}

Result<Response> count_past_instances(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, past_query(exchange, false));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto count, door.instances.count(sql, exchange.principal(), query));
        return mlc::counted(count);
    });
}

Result<Response> past_instance(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.get(sql, exchange.principal(), exchange.param("id")));
        auto view = camunda::past_instance_view(found);
        SW_TRY(const auto trouble, automation::aws_trouble_of(sql, found));
        view["waitsFor"] = trouble ? json::value(trouble->message) : json::value{};
        return json_response(200, view);
    });
}

/// History is asked for by instance: a list over all of them would be of no use, and of any size.
Result<std::string> instance_of(const Parameters& parameters) {
    auto id = parameters.text("processInstanceId");
    if (id.empty()) {
        return invalid("?processInstanceId", "given", "nothing");
    }
    return id;
}

constexpr std::array kActivityRules{
    mlc::ViewRule{"activityInstanceId", Comparison::equal, "id"},
    mlc::ViewRule{"activityId", Comparison::equal, "activityId"},
    mlc::ViewRule{"activityName", Comparison::equal, "activityName"},
    mlc::ViewRule{"activityNameLike", Comparison::like, "activityName"},
    mlc::ViewRule{"activityType", Comparison::equal, "activityType"},
    mlc::ViewRule{"executionId", Comparison::equal, "executionId"},
    mlc::ViewRule{"processDefinitionId", Comparison::equal, "processDefinitionId"},
    mlc::ViewRule{"tenantIdIn", Comparison::any_of, "tenantId"},
    mlc::ViewRule{"finished", Comparison::flag, "endTime"},
    mlc::ViewRule{"unfinished", Comparison::flag, "endTime", true},
    mlc::ViewRule{"canceled", Comparison::flag, "canceled"},
    mlc::ViewRule{"startedAfter", Comparison::after, "startTime"},
    mlc::ViewRule{"startedBefore", Comparison::before, "startTime"},
    mlc::ViewRule{"finishedAfter", Comparison::after, "endTime"},
    mlc::ViewRule{"finishedBefore", Comparison::before, "endTime"},
};
constexpr std::array kActivityOrders{
    automation::OrderRule{"activityInstanceId", "id"},        automation::OrderRule{"activityId", "activityId"},
    automation::OrderRule{"activityName", "activityName"},    automation::OrderRule{"activityType", "activityType"},
    automation::OrderRule{"startTime", "startTime"},          automation::OrderRule{"endTime", "endTime"},
    automation::OrderRule{"executionId", "executionId"},      automation::OrderRule{"definitionId", "processDefinitionId"},
    automation::OrderRule{"instanceId", "processInstanceId"},
};

Result<Response> past_activities(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto id, instance_of(parameters));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto instance, door.instances.get(sql, exchange.principal(), id));
        SW_TRY(const auto visits, door.instances.activity_history(sql, exchange.principal(), id));
        SW_TRY(const auto out, mlc::pick(camunda::past_activities_view(visits, instance), parameters, kActivityRules, kActivityOrders, {"processInstanceId"}));
        return mlc::list(out);
    });
}

constexpr std::array kVariableRules{
    mlc::ViewRule{"variableName", Comparison::equal, "name"},
    mlc::ViewRule{"variableNameLike", Comparison::like, "name"},
    mlc::ViewRule{"variableNameIn", Comparison::any_of, "name"},
    mlc::ViewRule{"variableValue", Comparison::equal, "value"},
    mlc::ViewRule{"activityInstanceIdIn", Comparison::any_of, "activityInstanceId"},
    mlc::ViewRule{"executionIdIn", Comparison::any_of, "executionId"},
    mlc::ViewRule{"processDefinitionId", Comparison::equal, "processDefinitionId"},
    mlc::ViewRule{"processDefinitionKey", Comparison::equal, "processDefinitionKey"},
    mlc::ViewRule{"tenantIdIn", Comparison::any_of, "tenantId"},
};
constexpr std::array kVariableOrders{automation::OrderRule{"instanceId", "processInstanceId"}, automation::OrderRule{"variableName", "name"}};

/// Values of objects are always given as their text (`deserializeValues`).
Result<Response> past_variables(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto id, instance_of(parameters));
    SW_TRY(const auto removed_too, parameters.flag("includeDeleted"));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto instance, door.instances.get(sql, exchange.principal(), id));
        SW_TRY(const auto found, door.instances.variable_history(sql, exchange.principal(), id, parameters.text("variableName")));
        json::array views;
        for (const auto& variable : found) {
            if (!variable.removed || removed_too.value_or(false)) {
                views.push_back(camunda::past_variable_view(variable, instance));
            }
        }
        SW_TRY(const auto out, mlc::pick(views, parameters, kVariableRules, kVariableOrders, {"processInstanceId", "includeDeleted", "deserializeValues"}));
        return mlc::list(out);
    });
}

/// The flows that an instance has taken: for a diagram. Camunda tells them of nobody.
Result<Response> flows(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto taken, door.instances.flows_taken(sql, exchange.principal(), exchange.param("id")));
        json::array out(taken.begin(), taken.end());
        return mlc::list(out);
    });
}

Result<Response> incidents(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    const bool past = exchange.request().path.contains("/history/");
    SW_TRY(const auto wanted, mlc::listing(parameters, past ? automation::past_incident_rules() : automation::incident_rules(), {}));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found,
               door.instances.incidents(sql, exchange.principal(),
                                        {.resolved_too = past, .filters = wanted.filters, .first = wanted.window.first, .most = wanted.window.most}));
        json::array out;
        for (const auto& incident : found) {
            out.push_back(camunda::incident_view(incident));
        }
        return mlc::list(out);
    });
}

Result<Response> retry_incident(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body_or_none());
    SW_TRY(const auto reason, mlc::reason_of(exchange.request(), body));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.retry_incident(unit, exchange.principal(), exchange.param("id"), reason));
        return no_content();
    });
}

}  // namespace

std::vector<Route> mlc_history_routes(const MlcDoor& door) {
    const auto with = [&door](auto handler) { return [door, handler](Exchange& exchange) { return handler(door, exchange); }; };
    return {
        route("GET", "incident", "listIncidents", with(incidents)),
        route("POST", "incident/{id}/retry", "retryIncident", with(retry_incident)),
        route("GET", "history/incident", "listPastIncidents", with(incidents)),
        route("GET", "history/process-instance", "listPastProcessInstances", with(past_instances)),
        route("POST", "history/process-instance", "queryPastProcessInstances", with(past_instances)),
        route("GET", "history/process-instance/count", "countPastProcessInstances", with(count_past_instances)),
        route("GET", "history/process-instance/{id}", "getPastProcessInstance", with(past_instance)),
        route("GET", "history/process-instance/{id}/flows", "listFlowsTaken", with(flows)),
        route("GET", "history/activity-instance", "listPastActivities", with(past_activities)),
        route("GET", "history/variable-instance", "listPastVariables", with(past_variables)),
    };
}

}  // namespace slipway::http
