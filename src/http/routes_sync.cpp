#include "http/routes_sync.hpp"

#include "http/hal.hpp"
#include "http/operation_view.hpp"

namespace slipway::http {
namespace {

constexpr std::string_view kPath = "/sagemaker-service/api/sync";

json::object shown(const sagemaker::SyncState& state) {
    json::object one{{"account", state.scope.account},
                     {"region", state.scope.region},
                     {"state", state.running ? "RUNNING" : "IDLE"},
                     {"moving", state.moving},
                     {"throttled", state.pressed},
                     {"models", state.models},
                     {"written", state.written},
                     {"intervalSeconds", std::chrono::duration_cast<std::chrono::seconds>(state.pause).count()}};
    for (const auto& [name, at] :
         {std::pair{"lastStarted", state.started}, std::pair{"lastFinished", state.finished}, std::pair{"lastSucceeded", state.succeeded}}) {
        if (at) {
            one[name] = to_iso(*at);
        }
    }
    if (state.finished) {
        one["next"] = to_iso(state.next);
    }
    const registry::OperationCalls calls{.total = state.calls.total,
                                         .retried = state.calls.retried,
                                         .throttled = state.calls.throttled,
                                         .saved = state.calls.saved,
                                         .by_operation = state.calls.by_operation};
    one["awsCalls"] = json::encode(calls);
    one["problems"] = json::encode(state.problems);
    return one;
}

Result<Response> list_states(sagemaker::Syncer& syncer, Exchange& exchange) {
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        SW_TRY(const auto states, syncer.states(sql, exchange.principal()));
        json::array accounts;
        for (const auto& state : states) {
            accounts.push_back(shown(state));
        }
        return json_response(200, {{"accounts", std::move(accounts)}});
    });
}

Result<Response> ask(sagemaker::Syncer& syncer, Exchange& exchange) {
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto operation, syncer.request(unit, exchange.principal()));
        return json_response(202, present(exchange.request(), operation)).with("Location", location_of(exchange.request(), operation));
    });
}

}  // namespace

std::vector<Route> sync_routes(sagemaker::Syncer& syncer, std::function<void()> asked) {
    return {{"GET", std::string{kPath}, "getSync", Guard::signed_in, Pool::api, [&syncer](Exchange& exchange) { return list_states(syncer, exchange); }},
            {"POST", std::string{kPath}, "startSync", Guard::signed_in, Pool::api, [&syncer, asked = std::move(asked)](Exchange& exchange) {
                 auto answer = ask(syncer, exchange);
                 if (answer && answer->status == 202) {
                     asked();
                 }
                 return answer;
             }}};
}

}  // namespace slipway::http
