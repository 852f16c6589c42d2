#include "lifecycle/starts.hpp"

#include <fmt/format.h>

namespace slipway::lifecycle {

Result<std::vector<StartTrigger>> start_triggers(const Graph& graph) {
    std::vector<StartTrigger> triggers;
    const json::object none;
    const ObjectNames nothing{none};
    for (const auto index : graph.starts()) {
        const auto& node = graph.node(index);
        const auto& event = node.element.event;
        StartTrigger trigger{
            .node = index, .element = node.element.id, .kind = event.kind, .timer = event.timer, .variable = event.variable, .misfire = node.compiled.misfire};
        SW_TRY(trigger.name, node.compiled.event_name.text(nothing));
        if (event.kind == EventKind::timer) {
            SW_TRY(trigger.timer_text, node.compiled.event_text->text(nothing));
            SW_CHECK(parse_timer(trigger.timer, trigger.timer_text));
        } else if (event.kind != EventKind::none && event.kind != EventKind::conditional && trigger.name.empty()) {
            return fail(ErrorCode::failed_precondition, "EXPRESSION", fmt::format("The event's name of '{}' is empty.", trigger.element));
        }
        triggers.push_back(std::move(trigger));
    }
    return triggers;
}

}  // namespace slipway::lifecycle
