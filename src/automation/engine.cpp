#include "automation/engine.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "automation/turn.hpp"
#include "store/sql_text.hpp"

namespace slipway::automation {
namespace {

struct SignalName {
    std::string_view brief;
    std::string_view whole;
};
/// Page 10 "Life cycles": one signal by two names.
constexpr std::array kSignals{
    SignalName{"snapshot.created", "com.modelop.mlc.definitions.Signals_deployable_model_created"},
    SignalName{"snapshot.changed", "com.modelop.mlc.definitions.Signals_deployable_model_changed"},
    SignalName{"model.created", "com.modelop.mlc.definitions.Signals_model_created"},
    SignalName{"model.changed", "com.modelop.mlc.definitions.Signals_model_changed"},
    SignalName{"job.status.changed", "com.modelop.mlc.definitions.Signals_job_status_changed"},
};
constexpr std::string_view kLoadColumns =
    "SELECT id, definition_id, definition_key, business_key, group_name, created_by, state, parent_id, parent_token, depth, document, row_incidents "
    "FROM lifecycle_instances";
constexpr std::size_t kReadAtOnce = 64;  ///< rows by one statement: of few lengths, so that it is prepared once
constexpr std::array<std::string_view, 4> kStates{"active", "completed", "failed", "cancelled"};

}  // namespace

std::string canonical_signal(std::string_view name) {
    const auto found = std::ranges::find(kSignals, name, &SignalName::brief);
    return std::string{found == kSignals.end() ? name : found->whole};
}

std::string_view stored_state(lifecycle::InstanceState state) {
    return state == lifecycle::InstanceState::created ? kStates[0] : kStates.at(static_cast<std::size_t>(state) - 1);
}

lifecycle::InstanceState state_of(std::string_view stored) {
    const auto found = std::ranges::find(kStates, stored);
    return static_cast<lifecycle::InstanceState>(found - kStates.begin() + 1);
}

Result<Started> Engine::start(store::Unit& unit, NewInstance wanted, bool refuse) {
    Turn turn{*this, unit};
    SW_TRY(auto started, turn.start(std::move(wanted), refuse));
    SW_CHECK(turn.finish());
    return started;
}

Result<void> Engine::send(store::Unit& unit, const std::string& id, lifecycle::EventBody body, bool refuse) {
    Turn turn{*this, unit};
    SW_CHECK(turn.send(id, std::move(body), refuse));
    return turn.finish();
}

Result<void> Engine::send_apart(store::Unit& unit, const std::string& id, lifecycle::EventBody body) {
    Turn turn{*this, unit};
    SW_CHECK(turn.send_apart(id, std::move(body)));
    return turn.finish();
}

Result<MessageAnswer> Engine::correlate(store::Unit& unit, const store::Scope& scope, const MessageRequest& request, bool refuse) {
    Turn turn{*this, unit};
    SW_TRY(auto answer, turn.correlate(scope, request, refuse));
    SW_CHECK(turn.finish());
    return answer;
}

Result<SignalAnswer> Engine::signal(store::Unit& unit, const store::Scope& scope, const SignalRequest& request) {
    Turn turn{*this, unit};
    SW_TRY(auto answer, turn.signal(scope, request));
    SW_CHECK(turn.finish());
    return answer;
}

Result<std::vector<std::string>> Engine::evaluate(store::Unit& unit, const store::Scope& scope, const ConditionRequest& request) {
    Turn turn{*this, unit};
    SW_TRY(auto started, turn.evaluate(scope, request));
    SW_CHECK(turn.finish());
    return started;
}

std::unexpected<Error> has_ended(std::string_view id, std::string_view state) {
    return fail(ErrorCode::conflict, "ENDED", fmt::format("The process instance {} has ended: {}.", id, state));
}

Result<Loaded> Engine::load(store::Session& sql, const std::string& id, bool lock) {
    std::string text = fmt::format("{} WHERE id = $1", kLoadColumns);
    if (lock && sql.dialect() == store::Dialect::postgres) {
        text += " FOR UPDATE";
    }
    SW_TRY(const auto rows, sql.query(text, {id}));
    if (rows.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("There is no process instance {}.", id));
    }
    if (rows[0].text(6) != kStates[0]) {
        return has_ended(id, rows[0].text(6));
    }
    return loaded_of(sql, rows[0]);
}

Result<std::vector<Loaded>> Engine::load_all(store::Session& sql, const std::vector<std::string>& ids, bool lock) {
    std::vector<Loaded> out;
    for (std::size_t begin = 0; begin < ids.size(); begin += kReadAtOnce) {
        const auto end = ids.begin() + static_cast<std::ptrdiff_t>(std::min(begin + kReadAtOnce, ids.size()));
        store::SqlText text;
        text.text(kLoadColumns).text(" WHERE state = 'active' AND id IN (");
        text.bind_all(padded({ids.begin() + static_cast<std::ptrdiff_t>(begin), end})).text(") ORDER BY id");
        if (lock && sql.dialect() == store::Dialect::postgres) {
            text.text(" FOR UPDATE");
        }
        SW_TRY(const auto rows, text.query(sql));
        for (const auto& row : rows) {
            SW_TRY(auto loaded, loaded_of(sql, row));
            out.push_back(std::move(loaded));
        }
    }
    return out;
}

Result<Loaded> Engine::loaded_of(store::Session& sql, const store::Row& row) {
    Loaded out{.id = row.text(0),
               .definition_id = row.text(1),
               .definition_key = row.text(2),
               .business_key = row.text(3),
               .group = row.text(4),
               .started_by = row.text(5),
               .parent_id = row.text(7),
               .parent_token = row.integer(8),
               .depth = row.integer(9),
               .row_incidents = row.integer(11)};
    SW_TRY(out.graph, definitions_.graph(sql, out.definition_id));
    out.document = row.text(10);
    if (auto known = states_.take(out.id, out.document)) {
        out.instance = *std::move(known);
    } else {
        SW_TRY(out.instance, lifecycle::read_instance(*out.graph, out.document));
    }
    return out;
}

}  // namespace slipway::automation
