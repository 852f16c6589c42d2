#include <array>

#include "lifecycle/event.hpp"
#include "lifecycle/members.hpp"

namespace slipway::lifecycle {

namespace {

/// In the order of EventBody.
constexpr std::array<std::string_view, 14> kKinds{"start",      "complete",    "error",        "deliver", "timer", "continue", "childEnded",
                                                  "childError", "childFailed", "setVariables", "cancel",  "retry", "modify",   "failed"};

void put(json::object& out, std::string_view name, const json::object& members) {
    if (!members.empty()) {
        out[name] = members;
    }
}

void put(json::object& out, std::string_view name, const std::string& text) {
    if (!text.empty()) {
        out[name] = text;
    }
}

template <typename Item>
void put(json::object& out, std::string_view name, const std::vector<Item>& items) {
    if (!items.empty()) {
        out[name] = json::array(items.begin(), items.end());
    }
}

json::object write_body(const Start& start) {
    json::object out;
    put(out, "element", start.element);
    put(out, "variables", start.variables);
    put(out, "businessKey", start.business_key);
    put(out, "startedBy", start.started_by);
    if (start.called) {
        out["called"] = true;
    }
    return out;
}

json::object write_body(const SetVariables& event) {
    json::object out{{"scope", event.scope}};
    put(out, "variables", event.variables);
    put(out, "removed", event.removed);
    return out;
}

json::object write_body(const Modify& event) {
    json::object out;
    put(out, "startBefore", event.start_before);
    put(out, "cancel", event.cancel);
    put(out, "variables", event.variables);
    return out;
}

json::object write_body(const Cancel& event) {
    return {{"reason", event.reason}};
}

/// Events for one token, subscription, timer or incident: whatever of these members they have.
template <typename Body>
json::object write_body(const Body& event) {
    json::object out;
    if constexpr (requires { event.token; }) {
        out["token"] = event.token;
    }
    if constexpr (requires { event.subscription; }) {
        out["subscription"] = event.subscription;
    }
    if constexpr (requires { event.timer; }) {
        out["timer"] = event.timer;
    }
    if constexpr (requires { event.incident; }) {
        out["incident"] = event.incident;
    }
    if constexpr (requires { event.code; }) {
        put(out, "code", event.code);
    }
    if constexpr (requires { event.message; }) {
        put(out, "message", event.message);
    }
    if constexpr (requires { event.details; }) {
        put(out, "details", event.details);
        out["retries"] = event.retries;
    }
    if constexpr (requires { event.variables; }) {
        put(out, "variables", event.variables);
    }
    if constexpr (requires { event.local; }) {
        put(out, "local", event.local);
    }
    return out;
}

std::vector<std::string> texts(const Members& in, std::string_view name) {
    std::vector<std::string> list;
    if (const auto* items = in.array(name)) {
        for (const auto& item : *items) {
            list.emplace_back(item.is_string() ? std::string_view{item.get_string()} : std::string_view{});
        }
    }
    return list;
}

std::vector<Id> numbers(const Members& in, std::string_view name) {
    std::vector<Id> list;
    if (const auto* items = in.array(name)) {
        for (const auto& item : *items) {
            list.push_back(item.is_int64() ? item.get_int64() : 0);
        }
    }
    return list;
}

EventBody read_body(std::size_t kind, const Members& in) {
    const auto token = in.number("token");
    switch (kind) {
        case 0: return Start{in.text("element"), in.object("variables"), in.text("businessKey"), in.text("startedBy"), in.flag("called")};
        case 1: return Complete{token, in.object("variables"), in.object("local")};
        case 2: return TaskError{token, in.text("code"), in.text("message"), in.object("variables")};
        case 3: return Deliver{in.number("subscription"), in.object("variables"), in.object("local")};
        case 4: return TimerDue{in.number("timer")};
        case 5: return Continue{token};
        case 6: return ChildEnded{token, in.object("variables")};
        case 7: return ChildError{token, in.text("code"), in.text("message")};
        case 8: return ChildFailed{token, in.text("message")};
        case 9: return SetVariables{in.number("scope"), in.object("variables"), texts(in, "removed")};
        case 10: return Cancel{in.text("reason")};
        case 11: return Retry{in.number("incident")};
        case 13: return TaskFailed{token, in.text("message"), in.text("details"), in.number("retries")};
        default: return Modify{texts(in, "startBefore"), numbers(in, "cancel"), in.object("variables")};
    }
}

}  // namespace

json::object write_event(const Event& event) {
    auto out = std::visit([](const auto& body) { return write_body(body); }, event.body);
    out["kind"] = kKinds.at(event.body.index());
    out["now"] = to_epoch_ms(event.now);
    if (event.refuse_failure) {
        out["refuseFailure"] = true;
    }
    return out;
}

Result<Event> read_event(const json::object& written) {
    std::optional<std::string> bad;
    const Members in{written, bad};
    enum class Kind : std::uint8_t {};
    const auto kind = static_cast<std::size_t>(in.one_of<Kind>("kind", kKinds));
    Event event{from_epoch_ms(in.number("now")), read_body(kind, in), in.flag("refuseFailure")};
    if (bad) {
        return fail(ErrorCode::invalid_argument, "EVENT", "The event cannot be read: " + *bad + ".");
    }
    return event;
}

}  // namespace slipway::lifecycle
