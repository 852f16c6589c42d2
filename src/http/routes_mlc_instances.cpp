#include <charconv>
#include <fmt/format.h>

#include "http/camunda_views.hpp"
#include "http/hal.hpp"
#include "http/mlc_listing.hpp"
#include "http/mlc_request.hpp"
#include "http/routes_mlc.hpp"

namespace slipway::http {
namespace {

using mlc::Parameters;
using mlc::route;

constexpr std::size_t kLongestReason = 2000;
constexpr std::int64_t kMostRetries = 1000;
constexpr std::size_t kMostInstructions = 100;

Result<automation::Instances::Query> instance_query(const Exchange& exchange, bool pages) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(auto wanted, mlc::listing(parameters, automation::running_rules(), {.variables = true, .activities = "activityIdIn", .pages = pages}));
    return automation::Instances::Query{.running = true,
                                        .filters = std::move(wanted.filters),
                                        .variables = std::move(wanted.variables),
                                        .activities = std::move(wanted.activities),
                                        .first = wanted.window.first,
                                        .most = wanted.window.most};
}

Result<Response> instances(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, instance_query(exchange, true));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.list(sql, exchange.principal(), query));
        json::array out;
        for (const auto& instance : found) {
            out.push_back(camunda::instance_view(instance, exchange.request()));
        }
        return mlc::list(out);
    });
}

Result<Response> count_instances(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, instance_query(exchange, false));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto count, door.instances.count(sql, exchange.principal(), query));
        return mlc::counted(count);
    });
}

Result<Response> instance(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.get(sql, exchange.principal(), exchange.param("id")));
        if (found.ended) {  // clients of Camunda ask until it is no more
            return fail(ErrorCode::not_found, "ENDED", fmt::format("The process instance {0} has ended: history/process-instance/{0} tells how.", found.id));
        }
        return json_response(200, camunda::instance_view(found, exchange.request()));
    });
}

/// Of a query: what has no meaning here, or would have another.
Result<void> check_deletion(const Request& request) {
    constexpr std::array<std::string_view, 4> kKnown{"reason", "skipCustomListeners", "skipIoMappings", "failIfNotExists"};
    for (const auto& [name, value] : request.query) {
        if (std::ranges::find(kKnown, name) == kKnown.end() && value != "false") {
            return invalid("?" + name, "left out: this is not offered here", "given");
        }
    }
    return {};
}

/// Clients of Camunda give no reason, or one in the body.
Result<Response> cancel(const MlcDoor& door, Exchange& exchange) {
    SW_CHECK(check_deletion(exchange.request()));
    SW_TRY(const auto body, exchange.body_or_none());
    SW_TRY(const auto reason, mlc::reason_of(exchange.request(), body));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        const std::string why = reason.empty() ? fmt::format("deleted by {}", exchange.principal().name) : reason;
        SW_CHECK(door.instances.cancel(unit, exchange.principal(), exchange.param("id"), why));
        return no_content();
    });
}

Result<Response> activity_instances(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        const auto& id = exchange.param("id");
        SW_TRY(const auto found, door.instances.get(sql, exchange.principal(), id));
        SW_TRY(const auto live, door.instances.activities(sql, exchange.principal(), id));
        SW_TRY(const auto incidents, door.instances.incidents(sql, exchange.principal(), {.instance_id = id}));
        return json_response(200, camunda::activity_tree(found, live, incidents));
    });
}

Result<Response> variables(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.variables(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, camunda::typed_variables(found));
    });
}

Result<Response> variable(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.variables(sql, exchange.principal(), exchange.param("id")));
        const auto* value = found.if_contains(exchange.param("name"));
        if (value == nullptr) {
            return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("The instance has no variable {}.", exchange.param("name")));
        }
        return json_response(200, camunda::typed(*value));
    });
}

Result<Response> set_variable(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(auto value, camunda::untyped(json::value(body), ""));
    SW_TRY(const auto reason, mlc::reason_of(exchange.request(), body));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.set_variables(unit, exchange.principal(), exchange.param("id"), {{exchange.param("name"), value}}, {}, reason));
        return no_content();
    });
}

Result<Response> remove_variable(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto reason, mlc::reason_of(exchange.request(), {}));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.set_variables(unit, exchange.principal(), exchange.param("id"), {}, {exchange.param("name")}, reason));
        return no_content();
    });
}

Result<Response> change_variables(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto reason, mlc::reason_of(exchange.request(), body));
    SW_TRY(auto changed, camunda::variables_of(body, "modifications"));
    std::vector<std::string> removed;
    if (const auto* names = json::array_of(body, "deletions")) {
        for (const auto& name : *names) {
            if (!name.is_string()) {
                return invalid("/deletions", "names of variables", "something else");
            }
            removed.emplace_back(name.get_string());
        }
    }
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.set_variables(unit, exchange.principal(), exchange.param("id"), changed, removed, reason));
        return no_content();
    });
}

/// The token in an id as activity-instances answers it, `ELEMENT:INSTANCE:TOKEN`.
std::optional<lifecycle::Id> token_of(std::string_view visit) {
    const auto digits = visit.substr(visit.rfind(':') + 1);
    lifecycle::Id token = 0;
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), token);
    return problem == std::errc{} && end == digits.data() + digits.size() ? std::optional{token} : std::nullopt;
}

Result<void> add_instruction(const json::value& given, const std::string& pointer, automation::Modification& into) {
    const auto* instruction = given.if_object();
    const auto type = instruction == nullptr ? std::string_view{} : json::text_of(*instruction, "type");
    if (type == "startBeforeActivity") {
        SW_TRY(auto element, mlc::wanted_text(*instruction, "activityId"));
        into.start_before.push_back(std::move(element));
        SW_TRY(const auto variables, camunda::variables_of(*instruction, "variables"));
        for (const auto& [name, value] : variables) {
            into.variables[name] = value;
        }
        return {};
    }
    if (type != "cancel") {
        return invalid(pointer + "/type", "startBeforeActivity or cancel", std::string{type});
    }
    if (const auto visit = json::text_of(*instruction, "activityInstanceId"); !visit.empty()) {
        const auto token = token_of(visit);
        if (!token) {
            return invalid(pointer + "/activityInstanceId", "an id that activity-instances answered", std::string{visit});
        }
        into.cancel_tokens.push_back(*token);
        return {};
    }
    SW_TRY(auto element, mlc::wanted_text(*instruction, "activityId"));
    into.cancel_elements.push_back(std::move(element));
    return {};
}

/// Tokens moved by hand. Variables of instructions go to the instance; `annotation` is kept in the history.
Result<Response> modify(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    automation::Modification wanted{.reason = std::string{json::text_of(body, "annotation")}};
    const auto* instructions = json::array_of(body, "instructions");
    if (instructions == nullptr || instructions->empty() || instructions->size() > kMostInstructions || wanted.reason.size() > kLongestReason) {
        return invalid("/instructions", fmt::format("1 to {} instructions, and an annotation of at most {} bytes", kMostInstructions, kLongestReason),
                       "something else");
    }
    for (std::size_t i = 0; i < instructions->size(); ++i) {
        SW_CHECK(add_instruction(instructions->at(i), fmt::format("/instructions/{}", i), wanted));
    }
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.modify(unit, exchange.principal(), exchange.param("id"), wanted));
        return no_content();
    });
}

Result<Response> jobs(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(const auto wanted, mlc::listing(parameters, automation::job_rules(), {}));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found,
               door.instances.jobs(sql, exchange.principal(), {.filters = wanted.filters, .first = wanted.window.first, .most = wanted.window.most},
                                   exchange.store().clock().now()));
        json::array out;
        for (const auto& job : found) {
            out.push_back(camunda::job_view(job));
        }
        return mlc::list(out);
    });
}

Result<Response> job(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.instances.job(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, camunda::job_view(found));
    });
}

Result<Response> job_retries(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto retries, mlc::wanted_number(body, "retries", kMostRetries));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.instances.set_job_retries(unit, exchange.principal(), exchange.param("id"), retries));
        return no_content();
    });
}

}  // namespace

std::vector<Route> mlc_instance_routes(const MlcDoor& door) {
    const auto with = [&door](auto handler) { return [door, handler](Exchange& exchange) { return handler(door, exchange); }; };
    return {
        route("GET", "process-instance", "listProcessInstances", with(instances)),
        route("POST", "process-instance", "queryProcessInstances", with(instances)),
        route("GET", "process-instance/count", "countProcessInstances", with(count_instances)),
        route("GET", "process-instance/{id}", "getProcessInstance", with(instance)),
        route("DELETE", "process-instance/{id}", "deleteProcessInstance", with(cancel)),
        route("GET", "process-instance/{id}/activity-instances", "getActivityInstances", with(activity_instances)),
        route("GET", "process-instance/{id}/variables", "listProcessVariables", with(variables)),
        route("POST", "process-instance/{id}/variables", "changeProcessVariables", with(change_variables)),
        route("GET", "process-instance/{id}/variables/{name}", "getProcessVariable", with(variable)),
        route("PUT", "process-instance/{id}/variables/{name}", "setProcessVariable", with(set_variable)),
        route("DELETE", "process-instance/{id}/variables/{name}", "deleteProcessVariable", with(remove_variable)),
        route("POST", "process-instance/{id}/modification", "modifyProcessInstance", with(modify)),
        route("GET", "job", "listEngineJobs", with(jobs)),
        route("GET", "job/{id}", "getEngineJob", with(job)),
        route("PUT", "job/{id}/retries", "setEngineJobRetries", with(job_retries)),
    };
}

}  // namespace slipway::http
