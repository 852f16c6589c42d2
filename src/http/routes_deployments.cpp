#include "http/routes_deployments.hpp"

#include <fmt/format.h>

#include "http/hal.hpp"
#include "http/operation_view.hpp"
#include "http/problem.hpp"
#include "registry/tables.hpp"

namespace slipway::http {
namespace {

using sagemaker::Deployer;

constexpr std::string_view kBase = "/sagemaker-service/api";

Response accepted(const Request& request, const registry::Operation& operation) {
    return json_response(202, present(request, operation)).with("Location", location_of(request, operation));
}

/// 409 with the operation that stands in the way.
template <typename Wish>
Result<Response> already_running(Deployer& deployer, Exchange& exchange, const Wish& wish, const Error& error) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto running, deployer.running(sql, exchange.principal(), wish));
        if (!running) {
            return problem(error, exchange.request().request_id);
        }
        return problem_with(error, exchange.request().request_id, "operation", json::value(present(exchange.request(), *running)))
            .with("Location", location_of(exchange.request(), *running));
    });
}

Result<Response> deploy(Deployer& deployer, sagemaker::SageMakerService& accounts, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    SW_TRY(const auto request, sagemaker::parse_deploy_request(body));
    if (!request.credential_id.empty() && !accounts.connect(exchange.principal(), {}, "us-east-1", {}, request.credential_id)) {
        return invalid("/credentialId", "the id of a credential that exists and that you may use", request.credential_id);
    }
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto wish, deployer.deploy(unit, exchange.principal(), request));
        return wish.refused ? problem_with(*wish.refused, exchange.request().request_id, "ticketId", json::value(wish.ticket_id))
                            : accepted(exchange.request(), *wish.operation);
    });
    return !answer && answer.error().reason == "ALREADY_RUNNING" ? already_running(deployer, exchange, request, answer.error()) : answer;
}

Result<Response> undeploy(Deployer& deployer, Exchange& exchange) {
    const auto& id = exchange.param("id");
    SW_TRY(const auto body, exchange.body_or_none());
    for (const auto& [name, member] : body) {
        if (name != "reason" || !member.is_string()) {
            return invalid(fmt::format("/{}", std::string_view{name}), name == "reason" ? "a text" : "left out", json::describe_value(member));
        }
    }
    auto answer = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto operation, deployer.undeploy(unit, exchange.principal(), id, std::string{json::text_of(body, "reason")}));
        return accepted(exchange.request(), operation);
    });
    return !answer && answer.error().reason == "ALREADY_RUNNING" ? already_running(deployer, exchange, id, answer.error()) : answer;
}

json::object shown(const Exchange& exchange, const sagemaker::ShownDeployment& shown) {
    auto deployed = shown.deployed_model.full();
    add_self(deployed, exchange.request(), fmt::format("/model-manage/api/deployedModels/{}", shown.deployed_model.id));
    json::object document{{"deployedModel", std::move(deployed)}, {"transitions", sagemaker::history_of(shown.runs)}};
    if (!shown.runs.empty()) {
        const auto& detail = shown.runs.back().detail;
        if (const auto verdict = sagemaker::verdict_of(shown.runs.back()); !verdict.empty()) {
            document["verdict"] = verdict;
        }
        if (detail.why) {
            document["reason"] = *detail.why;
        }
        if (detail.aws_state) {
            document["awsState"] = *detail.aws_state;
        }
    }
    if (shown.operation) {
        document["operation"] = present(exchange.request(), *shown.operation);
    }
    return document;
}

Result<Response> get_deployment(Deployer& deployer, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto found, deployer.show(sql, exchange.principal(), exchange.param("id")));
        return json_response(200, shown(exchange, found));
    });
}

}  // namespace

std::vector<Route> deployment_routes(Deployer& deployer, sagemaker::SageMakerService& accounts, std::function<void()> started) {
    const auto route = [&](std::string method, std::string_view path, std::string operation_id, Handler handler) {
        return Route{.method = std::move(method),
                     .pattern = fmt::format("{}/deployments{}", kBase, path),
                     .operation_id = std::move(operation_id),
                     .guard = Guard::signed_in,
                     .pool = Pool::api,
                     .handler = std::move(handler)};
    };
    const auto begins = [started = std::move(started)](Result<Response> answer) {
        if (answer && answer->status == 202) {
            started();
        }
        return answer;
    };
    return {
        route("POST", "", "createDeployment", [&, begins](Exchange& exchange) { return begins(deploy(deployer, accounts, exchange)); }),
        route("POST", "/{id}/undeploy", "undeploy", [&, begins](Exchange& exchange) { return begins(undeploy(deployer, exchange)); }),
        route("GET", "/{id}", "getDeployment", [&](Exchange& exchange) { return get_deployment(deployer, exchange); }),
    };
}

}  // namespace slipway::http
