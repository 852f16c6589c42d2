#include "adapters/eureka/client.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/back_off.hpp"
#include "base/log.hpp"

namespace slipway::eureka {
namespace {

constexpr Milliseconds kWaitForLast{4000};
/// Of all servers together, and of each at least.
constexpr Milliseconds kWaitForRemoval{4000};
constexpr Milliseconds kLeastForRemoval{2000};
constexpr Milliseconds kLookAround{5000};

std::int64_t remembered(const std::string& file) {
    std::ifstream in{file};
    std::int64_t value = 0;
    return in >> value && value > 0 ? value : 0;
}

/// Best effort: where it cannot be kept, a wall clock that goes back between two lives is the only harm.
void remember(const std::string& file, std::int64_t value) {
    if (file.empty()) {
        return;
    }
    const auto fresh = file + ".new";
    {
        std::ofstream out{fresh, std::ios::trunc};
        out << value << '\n';
        if (!out.flush()) {
            return;
        }
    }
    std::rename(fresh.c_str(), file.c_str());
}

}  // namespace

Client::Client(Settings settings, HttpTransport& transport, TokenSource* tokens, const Clock& clock, Metrics& metrics)
    : settings_{std::move(settings)},
      clock_{clock},
      servers_{settings_.servers, transport, tokens},
      discovery_{servers_, clock, settings_.fetch_interval, TrustedHosts{settings_.trusted_hosts}},
      metrics_{metrics} {}

Client::~Client() {
    stop();
}

void Client::set_status(Status status) {
    if (settings_.register_with && registrar_->set_status(status)) {
        log::info("eureka_status", {{"app", registrar_->instance().app}, {"status", to_string(status)}});
        wake();
    }
}

void Client::wake() {
    const std::lock_guard lock{mutex_};
    hurried_ = true;
    changed_.notify_all();
}

void Client::start(Instance instance) {
    auto made = std::make_unique<Registrar>(Registrar::Ports{.servers = servers_,
                                                             .clock = clock_,
                                                             .metrics = metrics_,
                                                             .random = any_fraction,
                                                             .keep = [this](std::int64_t dirty) { remember(settings_.memory_file, dirty); }},
                                            std::move(instance), remembered(settings_.memory_file));
    {
        const std::lock_guard lock{mutex_};
        registrar_ = std::move(made);
    }
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void Client::run(const std::stop_token& stop) {
    for (;;) {
        {
            // stop() waits for who has begun here: asked before, the stop could come in between, and a registration leave behind the removal.
            const std::lock_guard lock{mutex_};
            if (stop.stop_requested()) {
                return;
            }
            hurried_ = false;
            idle_ = false;
        }
        const auto renewal = registrar_->tick(&cancelled_);
        if (!stop.stop_requested()) {
            registrar_->look(&cancelled_);
        }
        const auto fetch = stop.stop_requested() ? std::nullopt : discovery_.refresh(&cancelled_);
        std::unique_lock lock{mutex_};
        idle_ = true;
        changed_.notify_all();
        // A service that somebody wants for the first time is asked for by who wants it: it is enough to look around now and then.
        auto until = clock_.steady() + kLookAround;
        until = std::min({until, renewal.value_or(until), fetch.value_or(until)});
        changed_.wait_until(lock, stop, until, [this] { return hurried_; });
    }
}

void Client::stop() {
    if (stopped_ || !thread_.joinable()) {
        return;
    }
    stopped_ = true;
    thread_.request_stop();
    {
        // A registration under way that the server still carries out would come after the removal: it gets its time to end.
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, kWaitForLast, [this] { return idle_; });
    }
    cancelled_ = true;
    thread_.join();
    const auto servers = static_cast<std::int64_t>(std::max<std::size_t>(settings_.servers.urls.size(), 1));
    registrar_->leave(std::max(kLeastForRemoval, kWaitForRemoval / servers));
}

Registrar* Client::registrar() const {
    const std::lock_guard lock{mutex_};
    return registrar_.get();
}

Registrar::View Client::registration() const {
    const auto* made = registrar();
    return made != nullptr ? made->view() : Registrar::View{};
}

json::object Client::view() const {
    json::object out{{"server", servers_.current()}, {"services", discovery_.view()}};
    const auto* made = registrar();
    if (!settings_.register_with || made == nullptr) {
        return out;
    }
    const auto seen = made->view();
    out["application"] = made->instance().app;
    out["instanceId"] = made->instance().id;
    out["status"] = seen.status ? to_string(*seen.status) : "UNKNOWN";
    if (!seen.there.empty()) {
        out["statusAtServer"] = seen.there;
        if (seen.there != out["status"].as_string()) {
            out["reason"] =
                fmt::format("{} has it as {}: somebody set that there, and others go by it until it is taken back.", servers_.current(), seen.there);
        }
    }
    out["state"] = to_string(seen.standing);
    out["visible"] = seen.visible;
    out["renewalIntervalInSecs"] = made->instance().renewal.count() / 1000;
    if (seen.last_heard) {
        out["lastHeard"] = to_iso(*seen.last_heard);
    }
    if (!seen.reason.empty()) {
        out["reason"] = seen.reason;
    }
    return out;
}

}  // namespace slipway::eureka
