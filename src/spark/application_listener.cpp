#include "spark/application_listener.hpp"

#include <fmt/format.h>

#include "base/log.hpp"

namespace slipway::spark {

std::string_view to_string(Standing standing) {
    switch (standing) {
        case Standing::unknown: return "UNKNOWN";
        case Standing::enrolled: return "ENROLLED";
        case Standing::offline: return "OFFLINE";
        case Standing::removed: return "REMOVED";
        case Standing::name_in_use: return "NAME_IN_USE";
        case Standing::refused: return "REFUSED";
        case Standing::unreachable: return "UNREACHABLE";
    }
    return {};
}

ApplicationListener::ApplicationListener(Ports ports, Enrolment enrolment, Milliseconds heartbeat)
    : ports_{std::move(ports)}, enrolment_{std::move(enrolment)}, heartbeat_{heartbeat} {}

void ApplicationListener::tick() {
    probe();
    tell();
}

void ApplicationListener::probe() {
    auto facts = ports_.cluster.probe();
    const std::lock_guard lock{mutex_};
    const bool before = health_.up();
    if (facts) {
        health_.well(std::move(*facts), ports_.clock.steady());
    } else {
        health_.ill(facts.error().message, ports_.clock.steady());
    }
    if (before != health_.up()) {
        log::write(health_.up() ? log::Level::info : log::Level::warn, health_.up() ? "cluster_up" : "cluster_lost",
                   {{"manager", ports_.cluster.manager()}, {"reason", health_.reason()}});
    }
}

/// Without the lock: model-manage may take long, and health must not wait for it. Only one thread comes here, and leave() when it has ended.
void ApplicationListener::tell() {
    const auto seen = view();
    const auto now = ports_.clock.steady();
    if (!seen.cluster_known) {
        return;
    }
    const auto told = [&] {
        const std::lock_guard lock{mutex_};
        return told_;
    }();
    const auto fault = trouble();
    const std::string state = !fault.empty() ? "OFFLINE" : seen.cluster_up ? "ONLINE" : ports_.in_flight() > 0 ? "OFFLINE" : "REMOVED";
    // While jobs are taken nothing is told of a probe that failed once: it would read as the reason why none is.
    const auto obstacle = this->obstacle();
    const auto reason = !fault.empty() ? fault : state == "ONLINE" ? obstacle : seen.cluster_reason;
    if (!is_due(state, told, !obstacle.empty(), now)) {
        return state == "REMOVED" && told == state ? give_back() : void();
    }
    next_heartbeat_ = now + heartbeat_;
    if (state == "ONLINE" && told != "ONLINE" && !enrol()) {
        return;
    }
    if (told.empty() && state != "ONLINE") {
        return;  // never enrolled: there is nothing to take out
    }
    auto done = ports_.registry.heartbeat(enrolment_, state, seen.cluster_facts, reason);
    if (!done && done.error().code == ErrorCode::not_found && state == "ONLINE" && enrol()) {
        done = ports_.registry.heartbeat(enrolment_, state, seen.cluster_facts, reason);
    }
    const std::lock_guard lock{mutex_};
    if (!done) {
        standing_ = standing_of(done.error(), "heartbeat_failed");
        told_ = standing_ == Standing::unreachable ? told_ : "";
        return;
    }
    heard();
    standing_ = state == "ONLINE" ? Standing::enrolled : state == "OFFLINE" ? Standing::offline : Standing::removed;
    told_ = state;
    told_obstructed_ = !obstacle.empty();
}

void ApplicationListener::heard() {
    registry_reason_.clear();
    pauses_.worked();
    faults_.over();
    heard_ = ports_.clock.steady();
}

bool ApplicationListener::is_due(std::string_view state, std::string_view told, bool obstructed, Steady now) const {
    const bool known = (state == told && obstructed == told_obstructed_ && now < next_heartbeat_) ||
                       (told == "REMOVED" && state == "REMOVED");  // nobody waits for what is not there
    return !known && !pauses_.rests(now);
}

void ApplicationListener::give_back() const {
    if (ports_.left) {
        ports_.left();
    }
}

bool ApplicationListener::enrol() {
    auto engine = ports_.registry.enrol(enrolment_);
    const std::lock_guard lock{mutex_};
    if (!engine) {
        standing_ = standing_of(engine.error(), "enrolment_failed");
        return false;
    }
    if (standing_ != Standing::enrolled) {
        log::info("enrolled", {{"runtime", enrolment_.name}, {"group", enrolment_.group}, {"id", enrolment_.runtime_id}});
    }
    engine_ = std::move(*engine);
    return true;
}

Standing ApplicationListener::standing_of(const Error& error, const char* event) {
    const auto now = ports_.clock.steady();
    registry_reason_ = error.message;
    if (const auto times = faults_.told(now, error.reason)) {
        log::warn(event, {{"runtime", enrolment_.name}, {"code", error.reason}, {"message", error.message}, {"times", *times}});
    }
    pauses_.failed(now, any_fraction());
    if (error.reason == "NAME_IN_USE") {
        return Standing::name_in_use;
    }
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout || error.code == ErrorCode::internal ? Standing::unreachable
                                                                                                                         : Standing::refused;
}

void ApplicationListener::leave() {
    std::string told;
    {
        const std::lock_guard lock{mutex_};
        told = told_;
    }
    if (told.empty() || told == "REMOVED") {
        return;
    }
    const auto done = ports_.registry.heartbeat(enrolment_, "REMOVED", {}, "The service was stopped.");
    {
        const std::lock_guard lock{mutex_};
        if (!done) {
            registry_reason_ = done.error().message;
            log::warn("leave_failed", {{"runtime", enrolment_.name}, {"message", done.error().message}});
            return;
        }
        standing_ = Standing::removed;
        told_ = "REMOVED";
    }
    give_back();
}

bool ApplicationListener::may_claim() const {
    const bool able = trouble().empty() && obstacle().empty();
    const std::lock_guard lock{mutex_};
    return able && health_.up() && standing_ == Standing::enrolled;
}

json::object ApplicationListener::engine() const {
    const std::lock_guard lock{mutex_};
    return engine_;
}

ApplicationListener::View ApplicationListener::view() const {
    const std::lock_guard lock{mutex_};
    const auto unheard = std::chrono::duration_cast<std::chrono::seconds>(ports_.clock.steady() - heard_);
    // The question that is under way may be waited for for half a minute yet: two signs of life are overdue.
    const bool hangs = (standing_ == Standing::enrolled || standing_ == Standing::offline) && unheard >= 2 * heartbeat_;
    return {.cluster_up = health_.up(),
            .cluster_reason = health_.reason(),
            .cluster_facts = health_.facts(),
            .standing = hangs ? Standing::unreachable : standing_,
            .registry_reason = hangs ? fmt::format("It has not answered for {} s.", unheard.count()) : registry_reason_,
            .cluster_known = health_.known()};
}

}  // namespace slipway::spark
