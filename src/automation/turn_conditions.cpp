#include "automation/turn.hpp"
#include "store/sql_text.hpp"

/// Conditional start events: nothing asks them but who says so, with the variables to ask them over.
namespace slipway::automation {
namespace {

/// Of the newest versions, or of the one that is named.
Result<std::vector<std::string>> definitions_to_ask(store::Session& sql, const store::Scope& scope, const ConditionRequest& request) {
    store::SqlText text;
    if (request.definition_id.empty()) {
        text.text("SELECT DISTINCT definition_id FROM lifecycle_starts WHERE kind = 'conditional'");
    } else {
        text.text("SELECT id FROM lifecycle_definitions WHERE decision = 0 AND id = ").bind(request.definition_id);
    }
    if (!request.group.empty()) {
        text.text(" AND group_name IN ('', ").bind(request.group).text(")");
    }
    if (request.definition_id.empty()) {
        leave_out_shadowed(text, !request.group.empty() || scope.unrestricted || scope.groups.empty() ? request.group : scope.groups.front());
    }
    text.text(" AND ").scope(with_shared(scope)).text(" ORDER BY 1");
    SW_TRY(const auto rows, text.query(sql));
    std::vector<std::string> out;
    out.reserve(rows.size());
    for (const auto& row : rows) {
        out.push_back(row.text(0));
    }
    return out;
}

}  // namespace

Result<std::vector<std::string>> Turn::evaluate(const store::Scope& scope, const ConditionRequest& request) {
    const auto own = !request.group.empty() ? request.group : scope.unrestricted || scope.groups.empty() ? std::string{} : scope.groups.front();
    if (!may_start_in(request.group, scope)) {
        return std::vector<std::string>{};
    }
    SW_TRY(const auto ids, definitions_to_ask(sql_, scope, request));
    std::vector<std::string> out;
    for (const auto& id : ids) {
        SW_TRY(const auto definition, Definitions::row(sql_, id));
        SW_TRY(const auto graph, engine_.definitions().graph(sql_, id));
        SW_TRY(const auto triggers, lifecycle::start_triggers(*graph));
        for (const auto& trigger : triggers) {
            if (trigger.kind == lifecycle::EventKind::conditional) {
                SW_TRY(auto started, start_where(definition, trigger, own, request));
                if (started) {
                    out.push_back(*std::move(started));
                }
            }
        }
    }
    return out;
}

Result<std::optional<std::string>> Turn::start_where(const Definition& definition, const lifecycle::StartTrigger& trigger, const std::string& own,
                                                     const ConditionRequest& request) {
    if (!trigger.variable.empty() && !request.variables.contains(trigger.variable)) {
        return std::nullopt;
    }
    SW_TRY(const auto graph, engine_.definitions().graph(sql_, definition.id));
    const auto holds = graph->start_condition(trigger.node, request.variables);
    if (holds && !*holds) {
        return std::nullopt;
    }
    auto started = !holds ? Result<Started>{std::unexpected(holds.error())}
                          : begin({.definition = definition,
                                   .element = trigger.element,
                                   .business_key = request.business_key,
                                   .group = definition.group.empty() ? own : definition.group,
                                   .started_by = request.started_by,
                                   .variables = request.variables},
                                  false);
    if (started) {
        return started->existing ? std::nullopt : std::optional{started->instance.id};
    }
    if (is_for_later(started.error())) {
        return std::unexpected(std::move(started.error()));
    }
    SW_CHECK(tell_not_started(
        unit_, {{"process", definition.key}, {"group", definition.group.empty() ? own : definition.group}, {"by", "condition " + trigger.element}},
        started.error()));
    return std::nullopt;
}

}  // namespace slipway::automation
