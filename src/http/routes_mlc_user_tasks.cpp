#include "http/camunda_views.hpp"
#include "http/hal.hpp"
#include "http/mlc_listing.hpp"
#include "http/mlc_request.hpp"
#include "http/routes_mlc.hpp"

namespace slipway::http {
namespace {

using mlc::Parameters;
using mlc::route;

/// `user:NAME` and `group:NAME` of the caller.
std::vector<std::string> names_of(const identity::Principal& who) {
    std::vector<std::string> out{"user:" + who.name};
    for (const auto& group : who.groups) {
        out.push_back("group:" + group);
    }
    return out;
}

Result<automation::UserTasks::Query> task_query(const Exchange& exchange, bool pages) {
    SW_TRY(const auto parameters, Parameters::of(exchange));
    SW_TRY(auto wanted, mlc::listing(parameters, automation::user_task_rules(), {.pages = pages, .others = {mlc::kCandidateUser, mlc::kMine}}));
    const auto& who = exchange.principal();
    if (parameters.has(mlc::kCandidateUser)) {
        const auto user = parameters.text(mlc::kCandidateUser);
        if (user != who.name) {
            return invalid("?candidateUser", "your own name: which groups others are in is not told here", user.substr(0, 100));
        }
        const auto names = names_of(who);
        SW_CHECK(wanted.filters.add(automation::user_task_rules(), mlc::kCandidateUser, names, names.size()));
    }
    SW_TRY(const auto mine, parameters.flag(mlc::kMine));
    if (mine.value_or(false)) {
        auto names = names_of(who);
        names.push_back("assignee:" + who.name);
        SW_CHECK(wanted.filters.add(automation::user_task_rules(), mlc::kMine, names, names.size()));
    }
    return automation::UserTasks::Query{
        .filters = std::move(wanted.filters), .to_work = mine.value_or(false), .first = wanted.window.first, .most = wanted.window.most};
}

Result<Response> tasks(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, task_query(exchange, true));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.user_tasks.list(sql, exchange.principal(), query));
        json::array out;
        for (const auto& task : found) {
            out.push_back(camunda::user_task_view(task));
        }
        return mlc::list(out);
    });
}

Result<Response> count_tasks(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto query, task_query(exchange, false));
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto count, door.user_tasks.count(sql, exchange.principal(), query));
        return mlc::counted(count);
    });
}

Result<Response> task(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.user_tasks.get(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, camunda::user_task_view(found));
    });
}

Result<Response> variables(const MlcDoor& door, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, door.user_tasks.variables(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, camunda::typed_variables(found));
    });
}

Result<Response> give(const MlcDoor& door, Exchange& exchange, const std::string& user) {
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.user_tasks.claim(unit, exchange.principal(), exchange.param("id"), user));
        return no_content();
    });
}

/// Camunda's clients name themselves; without a name it is the caller.
Result<Response> claim(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    const auto user = json::text_of(body, "userId");
    return give(door, exchange, user.empty() ? exchange.principal().name : std::string{user});
}

Result<Response> unclaim(const MlcDoor& door, Exchange& exchange) {
    return give(door, exchange, {});
}

Result<Response> complete(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto variables, camunda::variables_of(body, "variables"));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(door.user_tasks.complete(unit, exchange.principal(), exchange.param("id"), variables));
        return no_content();
    });
}

Result<Response> bpmn_error(const MlcDoor& door, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto code, mlc::wanted_text(body, "errorCode"));
    SW_TRY(const auto variables, camunda::variables_of(body, "variables"));
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_CHECK(
            door.user_tasks.bpmn_error(unit, exchange.principal(), exchange.param("id"), code, std::string{json::text_of(body, "errorMessage")}, variables));
        return no_content();
    });
}

}  // namespace

std::vector<Route> mlc_user_task_routes(const MlcDoor& door) {
    const auto with = [&door](auto handler) { return [door, handler](Exchange& exchange) { return handler(door, exchange); }; };
    return {
        route("GET", "task", "listUserTasks", with(tasks)),
        route("POST", "task", "queryUserTasks", with(tasks)),
        route("GET", "task/count", "countUserTasks", with(count_tasks)),
        route("POST", "task/count", "queryUserTaskCount", with(count_tasks)),
        route("GET", "task/{id}", "getUserTask", with(task)),
        route("GET", "task/{id}/variables", "listUserTaskVariables", with(variables)),
        route("POST", "task/{id}/claim", "claimUserTask", with(claim)),
        route("POST", "task/{id}/unclaim", "unclaimUserTask", with(unclaim)),
        route("POST", "task/{id}/complete", "completeUserTask", with(complete)),
        route("POST", "task/{id}/bpmnError", "failUserTask", with(bpmn_error)),
    };
}

}  // namespace slipway::http
