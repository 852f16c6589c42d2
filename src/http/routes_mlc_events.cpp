#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "http/camunda_views.hpp"
#include "http/hal.hpp"
#include "http/mlc_listing.hpp"
#include "http/mlc_request.hpp"
#include "http/routes_mlc.hpp"

/// Messages, signals and conditions.
namespace slipway::http {
namespace {

using mlc::route;

/// `correlationKeys` of Camunda are variables of the receiver; ours has one key, so that one of them, or `correlationKey`, is it.
Result<std::optional<std::string>> correlation_key(const json::object& body) {
    if (const auto own = json::text_of(body, "correlationKey"); !own.empty()) {
        return std::string{own};
    }
    SW_TRY(const auto keys, camunda::variables_of(body, "correlationKeys"));
    if (keys.empty()) {
        return std::nullopt;
    }
    if (keys.size() > 1) {
        return invalid("/correlationKeys", "one key: a receiver waits for one (mlc.correlationKey)", fmt::format("{}", keys.size()));
    }
    const auto& value = keys.begin()->value();
    return value.is_string() ? std::string{value.get_string()} : json::write(value);
}

Result<automation::MessageRequest> message_request(const json::object& body) {
    SW_CHECK(mlc::only(body, {"messageName", "businessKey", "tenantId", "processInstanceId", "correlationKey", "correlationKeys", "processVariables",
                              "processVariablesLocal", "all", "resultEnabled"}));
    automation::MessageRequest request{.all = mlc::is_true(body, "all")};
    SW_TRY(request.business_key, mlc::text_or_none(body, "businessKey"));
    SW_TRY(request.instance_id, mlc::text_or_none(body, "processInstanceId"));
    SW_TRY(request.group, mlc::text_or_none(body, "tenantId"));
    SW_TRY(request.name, mlc::wanted_text(body, "messageName"));
    SW_TRY(request.correlation_key, correlation_key(body));
    SW_TRY(request.variables, camunda::variables_of(body, "processVariables"));
    SW_TRY(request.local, camunda::variables_of(body, "processVariablesLocal"));
    return request;
}

json::object result_of(const automation::InstanceInfo& reached, bool started, const Request& request) {
    json::object result{{"resultType", started ? "ProcessDefinition" : "Execution"}};
    result["processInstance"] = started ? json::value(camunda::instance_view(reached, request)) : json::value{};
    result["execution"] =
        started ? json::value{} : json::value(json::object{{"id", reached.id}, {"processInstanceId", reached.id}, {"ended", reached.ended.has_value()}});
    return result;
}

Result<Response> message(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto request, message_request(body));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(auto answer, door.instances.correlate(unit, exchange.principal(), request));
        if (!mlc::is_true(body, "resultEnabled")) {
            return no_content();
        }
        if (!answer.instance_id.empty()) {
            (answer.started ? answer.all_started : answer.reached).push_back(answer.instance_id);
        }
        json::array results;
        for (const auto& [ids, started] : {std::pair{&answer.reached, false}, std::pair{&answer.all_started, true}}) {
            for (const auto& id : *ids) {
                SW_TRY(const auto reached, door.instances.get(unit.sql, exchange.principal(), id));
                results.push_back(result_of(reached, started, exchange.request()));
            }
        }
        return mlc::list(results);
    });
}

Result<Response> signal(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_CHECK(mlc::only(body, {"name", "executionId", "variables", "tenantId"}));
    SW_TRY(const auto name, mlc::wanted_text(body, "name"));
    SW_TRY(const auto group, mlc::text_or_none(body, "tenantId"));
    SW_TRY(const auto execution, mlc::text_or_none(body, "executionId"));
    SW_TRY(auto variables, camunda::variables_of(body, "variables"));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(
            door.instances.signal(unit, exchange.principal(),
                                  {.name = name, .variables = variables, .group = group, .instance_id = execution, .started_by = exchange.principal().name}));
        return no_content();
    });
}

/// Starts what its conditions say; all that was started is answered.
Result<Response> condition(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_CHECK(mlc::only(body, {"variables", "businessKey", "tenantId", "processDefinitionId"}));
    automation::ConditionRequest request;
    SW_TRY(request.business_key, mlc::text_or_none(body, "businessKey"));
    SW_TRY(request.group, mlc::text_or_none(body, "tenantId"));
    SW_TRY(request.definition_id, mlc::text_or_none(body, "processDefinitionId"));
    SW_TRY(request.variables, camunda::variables_of(body, "variables"));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto started, door.instances.evaluate(unit, exchange.principal(), request));
        json::array out;
        for (const auto& id : started) {
            SW_TRY(const auto instance, door.instances.get(unit.sql, exchange.principal(), id));
            out.push_back(camunda::instance_view(instance, exchange.request()));
        }
        return mlc::list(out);
    });
}

}  // namespace

std::vector<Route> mlc_event_routes(const MlcDoor& door) {
    const auto with = [&door](auto handler) { return [door, handler](Exchange& exchange) { return handler(door, exchange); }; };
    return {
        route("POST", "message", "correlateMessage", with(message)),
        route("POST", "signal", "throwSignal", with(signal)),
        route("POST", "condition", "evaluateConditions", with(condition)),
    };
}

}  // namespace slipway::http
