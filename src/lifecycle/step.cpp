#include "lifecycle/step.hpp"

#include <fmt/format.h>

#include "base/crypto.hpp"
#include "lifecycle/expression_value.hpp"
#include "lifecycle/run.hpp"
#include "lifecycle/state_bounds.hpp"

namespace slipway::lifecycle {

namespace {

constexpr std::size_t kKeyLength = 26;

IncidentType type_of(const Error& error) {
    if (error.reason == "LOOP_LIMIT") {
        return IncidentType::loop_limit;
    }
    return error.reason == "UNCAUGHT_ERROR" ? IncidentType::uncaught_error : IncidentType::expression;
}

/// The token that an event is for, 0 where it is for the instance.
Id subject_of(const Instance& instance, const EventBody& body) {
    if (const auto* deliver = std::get_if<Deliver>(&body)) {
        return instance.subscriptions.at(deliver->subscription).token;  // it was found, or the step had not failed so
    }
    if (const auto* due = std::get_if<TimerDue>(&body)) {
        return instance.timers.at(due->timer).token;
    }
    return std::visit(
        [](const auto& event) {
            if constexpr (requires { event.token; }) {
                return event.token;
            } else {
                return Id{0};
            }
        },
        body);
}

/// Whether `later` takes the place of `held`, of the same token: the same timer, or the same word about the token. What was delivered stands for itself.
bool replaces(const EventBody& held, const EventBody& later) {
    if (const auto* due = std::get_if<TimerDue>(&later)) {
        const auto* before = std::get_if<TimerDue>(&held);
        return before != nullptr && before->timer == due->timer;
    }
    return held.index() == later.index() && !std::holds_alternative<Deliver>(later);
}

/// The incident that keeps `event`: the one it came from, the one whose event it replaces, or a new one.
Incident& incident_for(Instance& instance, const Event& event) {
    if (const auto* retry = std::get_if<Retry>(&event.body)) {
        return instance.incidents.at(retry->incident);
    }
    const auto token = subject_of(instance, event.body);
    for (auto& [id, incident] : instance.incidents) {
        if (incident.token == token && incident.held && replaces(incident.held->body, event.body)) {
            incident.held = event;
            return incident;
        }
    }
    const Id id = ++instance.last_id;
    return instance.incidents.emplace(id, Incident{.id = id, .token = token, .held = event}).first->second;
}

/// Whether what the step leaves can be read again. A cancelled instance leaves what it had.
Result<void> check_what_is_left(const Graph& graph, const Instance& before, const Instance& after, const std::vector<Command>& commands) {
    if (!after.ended()) {
        return check_weight(graph, before, after, kMostStateWeight);
    }
    for (const auto& command : commands) {
        const auto* ended = std::get_if<Ended>(&command);
        if (ended == nullptr || ended->state == InstanceState::cancelled) {
            continue;
        }
        std::size_t sum = 0;
        for (const auto& [name, value] : ended->variables) {
            sum += name.size() + weight(value, kMostHeldWeight);
        }
        if (sum > kMostHeldWeight) {
            return failed("STATE_SIZE", "The variables that the instance ends with are too large to be kept.");
        }
    }
    return {};
}

}  // namespace

Result<Step> step(const Graph& graph, Instance& instance, const Event& event, const Environment& environment) {
    auto before = instance;
    Run run{graph, instance, event.now, environment};
    auto done = run.carry_out(event.body);
    if (done) {
        Step made{run.take_commands(), false};
        done = check_what_is_left(graph, before, instance, made.commands);
        if (done) {
            return made;
        }
    }
    instance = before;
    if (done.error().code != ErrorCode::failed_precondition) {
        return std::unexpected(std::move(done.error()));
    }
    if (event.refuse_failure) {  // who asked for it has no incident that names the element
        done.error().message = run.at().empty() ? done.error().message : fmt::format("At {}: {}", run.at(), done.error().message);
        return std::unexpected(std::move(done.error()));
    }
    auto& incident = incident_for(instance, event);
    incident.type = type_of(done.error());
    incident.element = run.at();
    incident.message = done.error().message;
    incident.since = event.now;
    if (auto fits = check_weight(graph, before, instance, kMostHeldWeight); !fits) {
        instance = std::move(before);
        return std::unexpected(std::move(done.error()));
    }
    return Step{{RaiseIncident{incident.id, incident.type, incident.token, incident.element, incident.message}}, true};
}

Instance new_instance(std::string id) {
    return Instance{.id = std::move(id)};
}

std::string idempotency_key(std::string_view instance, Id token, std::int32_t loop) {
    constexpr std::string_view alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    const auto digest = crypto::sha256(fmt::format("{}/{}/{}", instance, token, loop));
    std::string key;
    unsigned bits = 0;
    unsigned buffer = 0;
    for (const auto byte : digest) {
        buffer = (buffer << 8) | byte;
        for (bits += 8; bits >= 5 && key.size() < kKeyLength; bits -= 5) {
            key += alphabet[(buffer >> (bits - 5)) & 31];
        }
        if (key.size() == kKeyLength) {
            break;
        }
        buffer &= 0xFFFF;
    }
    return key;
}

}  // namespace slipway::lifecycle
