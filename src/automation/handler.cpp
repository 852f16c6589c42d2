#include "automation/handler.hpp"

namespace slipway::automation {

Result<json::object> once(store::Store& store, const ExternalTask& task, std::string_view what, const std::function<Result<json::object>(store::Unit&)>& work) {
    const auto key = task.idempotency_key + ":" + std::string{what};
    json::object answer;
    const auto noting = [&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto noted, unit.sql.query("SELECT answer FROM lifecycle_effects WHERE effect_key = $1", {key}));
        if (!noted.empty()) {
            SW_TRY(answer, json::parse_object(noted[0].text(0)));
            return {};
        }
        SW_TRY(answer, work(unit));
        SW_CHECK(unit.sql.execute("INSERT INTO lifecycle_effects (effect_key, instance_id, answer, created_at) VALUES ($1, $2, $3, $4)",
                                  {key, task.instance_id, json::write(answer), store::to_value(unit.now)}));
        return {};
    };
    SW_CHECK(store.write({.subject = task.started_by.empty() ? "SYSTEM" : task.started_by, .request_id = {}}, noting));
    return answer;
}

bool may_pass(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout || error.code == ErrorCode::internal;
}

Trouble trouble_of(const Error& error) {
    return {.message = error.message, .details = error.reason + (error.detail.empty() ? "" : ": " + error.detail), .again = may_pass(error)};
}

}  // namespace slipway::automation
