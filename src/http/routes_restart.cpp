#include "http/routes_restart.hpp"

#include <fmt/format.h>

#include "http/hal.hpp"

namespace slipway::http {
namespace {

constexpr std::size_t kLongestReason = 4000;

Result<Response> restart(automation::SageMakerTopics& topics, Exchange& exchange) {
    SW_TRY(const auto body, exchange.body());
    for (const auto& [name, member] : body) {
        if (name != "reason") {
            return invalid(fmt::format("/{}", std::string_view{name}), "left out", json::describe_value(member));
        }
        if (!member.is_string() || member.get_string().size() > kLongestReason) {
            return invalid("/reason", fmt::format("a text of at most {} bytes", kLongestReason), json::describe_value(member));
        }
    }
    return exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto started, topics.restart(unit, exchange.principal(), exchange.param("id"), std::string{json::text_of(body, "reason")}));
        return json_response(201, json::object{{"processInstanceId", started.instance.id}, {"deployableModelId", exchange.param("id")}});
    });
}

}  // namespace

std::vector<Route> restart_routes(automation::SageMakerTopics& topics) {
    return {Route{.method = "POST",
                  .pattern = "/model-manage/api/deployableModels/{id}/lifecycle",
                  .operation_id = "restartLifecycle",
                  .guard = Guard::signed_in,
                  .pool = Pool::api,
                  .handler = [&topics](Exchange& exchange) { return restart(topics, exchange); }}};
}

}  // namespace slipway::http
