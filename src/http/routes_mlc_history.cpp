#include "http/camunda_views.hpp"
#include "http/hal.hpp"
#include "http/mlc_request.hpp"
#include "http/routes_mlc.hpp"

namespace slipway::http {
namespace {

using mlc::Parameters;
using mlc::route;

Result<automation::Instances::Query> past_query(const Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto window, mlc::window(parameters));
    SW_TRY(const auto finished, parameters.flag("finished"));
    SW_TRY(const auto unfinished, parameters.flag("unfinished"));
    SW_TRY(const auto with_incidents, parameters.flag("withIncidents"));
    std::optional<bool> running;
    if (finished.value_or(false) != unfinished.value_or(false)) {
        running = unfinished.value_or(false);
    }
    return automation::Instances::Query{.definition_key = parameters.text("processDefinitionKey"),
                                        .definition_id = parameters.text("processDefinitionId"),
                                        .business_key = parameters.text("processInstanceBusinessKey"),
                                        .running = running,
                                        .with_incidents = with_incidents.value_or(false),
                                        .parent_id = parameters.text("superProcessInstanceId"),
                                        .first = window.first,
                                        .most = window.most};
}

Result<Response> past_instances(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, past_query(exchange));
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
    SW_TRY(const auto query, past_query(exchange));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto count, door.instances.count(sql, exchange.principal(), query));
        return mlc::counted(count);
    });
}

Result<Response> past_instance(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.get(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, camunda::past_instance_view(found));
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

Result<Response> past_activities(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto id, instance_of(parameters));
    const auto wanted = parameters.text("activityId");
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto instance, door.instances.get(sql, exchange.principal(), id));
        SW_TRY(const auto visits, door.instances.activity_history(sql, exchange.principal(), id));
        json::array out;
        for (auto& visit : camunda::past_activities_view(visits, instance)) {
            if (wanted.empty() || visit.at("activityId") == json::value(wanted)) {
                out.push_back(std::move(visit));
            }
        }
        return mlc::list(out);
    });
}

Result<Response> past_variables(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto id, instance_of(parameters));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto instance, door.instances.get(sql, exchange.principal(), id));
        SW_TRY(const auto found, door.instances.variable_history(sql, exchange.principal(), id, parameters.text("variableName")));
        json::array out;
        for (const auto& variable : found) {
            out.push_back(camunda::past_variable_view(variable, instance));
        }
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
    SW_TRY(const auto window, mlc::window(parameters));
    const bool past = exchange.request().path.contains("/history/");
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.incidents(sql, exchange.principal(),
                                                          {.instance_id = parameters.text("processInstanceId"),
                                                           .definition_key = parameters.text("processDefinitionKeyIn"),
                                                           .resolved_too = past,
                                                           .first = window.first,
                                                           .most = window.most}));
        json::array out;
        for (const auto& incident : found) {
            out.push_back(camunda::incident_view(incident));
        }
        return mlc::list(out);
    });
}

Result<Response> retry_incident(const MlcDoor& door, Exchange& exchange) {
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.retry_incident(unit, exchange.principal(), exchange.param("id")));
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
