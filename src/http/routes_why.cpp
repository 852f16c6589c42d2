#include "http/routes_why.hpp"

#include "http/hal.hpp"

namespace slipway::http {
namespace {

using Ask = Result<insight::Answer> (insight::Why::*)(store::Session&, const identity::Principal&, std::string_view) const;

Route route(std::string_view collection, std::string operation_id, const insight::Why& why, Ask ask) {
    return {.method = "GET",
            .pattern = fmt::format("/model-manage/api/{}/{{id}}/why", collection),
            .operation_id = std::move(operation_id),
            .guard = Guard::signed_in,
            .pool = Pool::api,
            .handler = [&why, ask](Exchange& exchange) {
                return exchange.read([&](store::Session& sql) -> Result<Response> {
                    SW_TRY(const auto answer, (why.*ask)(sql, exchange.principal(), exchange.param("id")));
                    return json_response(200, insight::to_json(answer));
                });
            }};
}

}  // namespace

std::vector<Route> why_routes(const insight::Why& why) {
    return {route("deployableModels", "whyNotDeployed", why, &insight::Why::snapshot), route("jobs", "whyNotStarted", why, &insight::Why::job)};
}

}  // namespace slipway::http
