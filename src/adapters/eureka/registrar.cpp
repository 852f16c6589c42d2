#include "adapters/eureka/registrar.hpp"

#include <utility>

#include "base/log.hpp"

namespace slipway::eureka {
namespace {

constexpr std::size_t kShownBody = 200;
constexpr Milliseconds kPatience{2000};
constexpr std::size_t kLongestStatus = 40;

const char* outcome_name(Lease::Outcome outcome) {
    return outcome == Lease::Outcome::accepted ? "success" : outcome == Lease::Outcome::unknown ? "not_found" : "error";
}

/// Of the document of one instance; empty for anything else.
std::string status_in(const std::string& body) {
    const auto read = json::parse_object(body);
    const auto* instance = read ? json::object_of(*read, "instance") : nullptr;
    return instance == nullptr ? std::string{} : std::string{json::text_of(*instance, "status")}.substr(0, kLongestStatus);
}

}  // namespace

std::string_view to_string(Standing standing) {
    switch (standing) {
        case Standing::unregistered: return "UNREGISTERED";
        case Standing::registered: return "REGISTERED";
        case Standing::refused: return "REFUSED";
        case Standing::away: return "AWAY";
    }
    return {};
}

Registrar::Registrar(Ports ports, Instance instance, std::int64_t floor)
    : ports_{std::move(ports)}, instance_{std::move(instance)}, lease_{instance_.renewal, floor} {}

bool Registrar::set_status(Status status) {
    const std::lock_guard lock{mutex_};
    return lease_.want(status, ports_.clock.now());
}

std::optional<Steady> Registrar::tick(const std::atomic<bool>* cancelled) {
    std::optional<Lease::Step> step;
    {
        const std::lock_guard lock{mutex_};
        step = lease_.due(ports_.clock.steady());
    }
    if (step) {
        const auto outcome = perform(*step, cancelled);
        ports_.metrics.count(step->act == Lease::Act::renew ? "eureka_heartbeat_total" : "eureka_registration_total", {{"outcome", outcome_name(outcome)}});
        const std::lock_guard lock{mutex_};
        lease_.answered(*step, outcome, ports_.clock.steady(), ports_.clock.now(), ports_.random());
    }
    const std::lock_guard lock{mutex_};
    return lease_.next();
}

Lease::Outcome Registrar::perform(const Lease::Step& step, const std::atomic<bool>* cancelled) {
    if (step.act == Lease::Act::renew) {
        return judge(step,
                     ports_.servers.ask({.method = "PUT",
                                         .path = fmt::format("{}?status={}&lastDirtyTimestamp={}", path_of(instance_), to_string(step.status), step.dirty),
                                         .cancelled = cancelled}));
    }
    ports_.keep(step.dirty);
    {
        const std::lock_guard lock{mutex_};
        may_be_there_ = true;
    }
    const auto path = path_of(instance_);
    return judge(step, ports_.servers.ask({.method = "POST",
                                           .path = path.substr(0, path.rfind('/')),
                                           .body = json::write(document(instance_, step.status, step.dirty)),
                                           .cancelled = cancelled}));
}

Lease::Outcome Registrar::judge(const Lease::Step& step, const Result<HttpResponse>& response) {
    if (!response) {
        note(response.error().code == ErrorCode::unauthenticated ? Standing::refused : Standing::away, response.error().message);
        return Lease::Outcome::failed;
    }
    if (response->status < 300) {
        {
            const std::lock_guard lock{mutex_};
            last_heard_ = ports_.clock.now();
            heard_at_ = ports_.clock.steady();
            renewed_ = step.act == Lease::Act::renew;
        }
        note(Standing::registered, {});
        return Lease::Outcome::accepted;
    }
    if (response->status == 404 && step.act == Lease::Act::renew) {
        {
            const std::lock_guard lock{mutex_};
            forgotten_ = true;
            there_.clear();
        }
        log::info("eureka_forgotten", {{"server", ports_.servers.current()}, {"instance", instance_.id}});
        return Lease::Outcome::unknown;
    }
    note(Standing::refused,
         fmt::format("{} answers {} to a {}: {}", ports_.servers.current(), response->status, step.act == Lease::Act::renew ? "heartbeat" : "registration",
                     response->status == 404 ? "check its address, which usually ends with /eureka/." : response->body.substr(0, kShownBody)));
    return Lease::Outcome::failed;
}

/// The first word of a change goes into the log, its repetitions do not.
void Registrar::note(Standing standing, std::string reason) {
    const std::lock_guard lock{mutex_};
    if (standing != standing_ || (forgotten_ && standing == Standing::registered)) {
        log::write(standing == Standing::registered ? log::Level::info : log::Level::warn,
                   standing == Standing::registered ? "eureka_registered"
                   : standing == Standing::refused  ? "eureka_refused"
                                                    : "eureka_away",
                   {{"server", ports_.servers.current()}, {"app", instance_.app}, {"instance", instance_.id}, {"reason", reason}});
    }
    forgotten_ = forgotten_ && standing != Standing::registered;
    standing_ = standing;
    reason_ = std::move(reason);
    if (standing != Standing::registered) {
        there_.clear();
    }
}

void Registrar::look(const std::atomic<bool>* cancelled) {
    std::string_view told;
    std::int64_t dirty = 0;
    {
        const std::lock_guard lock{mutex_};
        if (!std::exchange(renewed_, false) || !lease_.registered()) {
            return;
        }
        told = to_string(*lease_.wanted());
        dirty = lease_.dirty();
    }
    const auto response = ports_.servers.ask({.path = path_of(instance_), .timeout = kPatience, .cancelled = cancelled});
    auto there = response && response->status == 200 ? status_in(response->body) : std::string{};
    const std::lock_guard lock{mutex_};
    if (lease_.dirty() != dirty) {
        return;  // something else is wanted meanwhile
    }
    if (!there.empty() && (there != told) != overridden_) {
        overridden_ = there != told;
        log::write(overridden_ ? log::Level::warn : log::Level::info, overridden_ ? "eureka_status_overridden" : "eureka_status_as_told",
                   {{"server", ports_.servers.current()}, {"instance", instance_.id}, {"told", told}, {"status", there}});
    }
    there_ = std::move(there);
}

void Registrar::leave(Milliseconds timeout) {
    {
        const std::lock_guard lock{mutex_};
        if (!may_be_there_) {
            return;
        }
    }
    const auto response = ports_.servers.ask({.method = "DELETE", .path = path_of(instance_), .timeout = timeout});
    const bool gone = response && (response->status < 300 || response->status == 404);
    const std::lock_guard lock{mutex_};
    if (gone) {
        may_be_there_ = false;
        standing_ = Standing::unregistered;
        reason_.clear();
        return;
    }
    reason_ = response ? fmt::format("{} answers {} to the removal.", ports_.servers.current(), response->status) : response.error().message;
    log::warn("eureka_leave_failed", {{"instance", instance_.id}, {"reason", reason_}});
}

Registrar::View Registrar::view() const {
    const std::lock_guard lock{mutex_};
    return {.standing = standing_,
            .status = lease_.wanted(),
            .reason = reason_,
            .last_heard = last_heard_,
            .there = there_,
            .visible = may_be_there_ && heard_at_ && ports_.clock.steady() - *heard_at_ <= instance_.expiration};
}

}  // namespace slipway::eureka
