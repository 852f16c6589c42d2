#include "adapters/kerberos/keeper.hpp"

#include <random>

#include "base/log.hpp"

namespace slipway::kerberos {
namespace {

constexpr Milliseconds kWaitAtStop{2000};
constexpr Milliseconds kAtMostOnceIn{10'000};
constexpr Milliseconds kLookAtKeytab{10'000};
constexpr Milliseconds kWriteAgain{2'000};

double any_fraction() {
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<>{}(random);
}

}  // namespace

struct Keeper::State {
    State(std::unique_ptr<TicketSource> from, const Clock& time, Settings given) : source{std::move(from)}, clock{time}, settings{std::move(given)} {}

    const std::unique_ptr<TicketSource> source;
    const Clock& clock;
    const Settings settings;
    mutable std::mutex mutex;
    std::condition_variable_any changed;
    Schedule schedule;
    std::optional<Ticket> ticket;
    Secret own_cache;  ///< what the cache file is to hold: the ticket, and those for services
    std::string failure;
    std::string keytab_fault;
    Steady obtained{};
    Steady due_at{};               ///< of what is next, so that a wall clock that is set back puts nothing off
    std::optional<Steady> asking;  ///< since then somebody is waited for
    std::string unwritten;         ///< why the ticket is not in the cache file yet; empty when it is
    Copies old_copies{};
    bool hurried{false};
    bool ended{false};
    bool stopping{false};  ///< nobody waits any more: what comes is dropped

    /// What was kept before a restart serves until its end: the Key Distribution Centre may be away.
    void take_up() {
        auto found = source->kept(settings.cache_file);
        const auto now = clock.now();
        if (!found || found->end <= now) {
            return;
        }
        schedule.kept(*found, now);
        plan(now);
        ticket = std::move(*found);
        log::info("kerberos_ticket_kept", {{"principal", settings.principal}, {"ends", to_iso(ticket->end)}});
    }
    void tick() {
        look_at_keytab();
        write_again();
        for (auto act = due(); act; act = due()) {
            set_asking(clock.steady());
            const auto got = *act == Schedule::Act::renew ? source->renew(*ticket) : source->obtain();
            // Who answers now may be away when a service is asked next: a granting ticket alone opens nothing then.
            const auto own = got ? source->with_services(*got, settings.cache_file) : Secret{};
            set_asking(std::nullopt);
            if (got) {
                take(*got, own, *act);
                return;
            }
            fail_with(*act, got.error(), clock.now());  // a try that hung was longer than any pause
        }
    }
    /// What the health says; with the lock held.
    std::string reason() const {
        if (failure.empty() && unwritten.empty()) {
            return keytab_fault;
        }
        return failure + (failure.empty() || unwritten.empty() ? "" : " ") + unwritten;
    }
    void set_asking(std::optional<Steady> since) {
        const std::lock_guard lock{mutex};
        asking = since;
    }
    /// With the lock held, after each change of the schedule.
    void plan(Timestamp now) { due_at = clock.steady() + (schedule.next() - now); }
    Milliseconds until_due() const { return std::min<Milliseconds>(schedule.next() - clock.now(), std::chrono::ceil<Milliseconds>(due_at - clock.steady())); }
    std::optional<Schedule::Act> due() const {
        const std::lock_guard lock{mutex};
        return stopping || until_due().count() > 0 ? std::nullopt : std::optional{schedule.act(clock.now())};
    }
    void look_at_keytab() {
        const auto checked = source->check_keytab();
        const std::lock_guard lock{mutex};
        auto fault = checked ? std::string{} : checked.error().message;
        if (fault != keytab_fault && !fault.empty()) {
            log::warn("kerberos_keytab", {{"principal", settings.principal}, {"reason", fault}});
        }
        keytab_fault = std::move(fault);
    }
    Result<void> write(const Secret& own) const {
        const auto slash = settings.cache_file.rfind('/');
        return write_cache(settings.cache_file.substr(0, slash), settings.cache_file.substr(slash + 1), own);
    }
    /// Copies, or those of `only`, are made of the new ticket.
    void tell(const Secret& cache, const Copies& only) {
        if (!settings.on_ticket) {
            return;
        }
        auto left = settings.on_ticket(cache, only);
        const std::lock_guard lock{mutex};
        old_copies = std::move(left);
    }
    /// What stood in the way may be gone: nobody need be asked for a ticket that is there.
    void write_again() {
        std::optional<Ticket> waiting;
        Secret own;
        bool file = false;
        Copies copies;
        {
            const std::lock_guard lock{mutex};
            file = !unwritten.empty();
            copies = old_copies;
            own = own_cache;
            waiting = (file || !copies.empty()) && !stopping ? ticket : std::nullopt;
        }
        if (!waiting || waiting->end <= clock.now()) {
            return;
        }
        const auto written = file ? write(own) : Result<void>{};
        if (file) {
            const std::lock_guard lock{mutex};
            unwritten = written ? std::string{} : written.error().message;
        }
        if (file && written) {
            log::info("kerberos_ticket", {{"principal", settings.principal}, {"ends", to_iso(waiting->end)}});
        }
        if (!copies.empty()) {  // whether or not our own file can be written: jobs live on theirs
            tell(waiting->cache, copies);
        }
    }
    void take(const Ticket& fresh, const Secret& own, Schedule::Act act) {
        {
            const std::lock_guard lock{mutex};
            if (stopping) {
                return;  // whoever made us may be gone
            }
        }
        const auto written = write(own);
        if (!written) {
            log::warn("kerberos_ticket_unwritten", {{"principal", settings.principal}, {"reason", written.error().message}});
        }
        const auto now = clock.now();
        {
            const std::lock_guard lock{mutex};
            schedule.got(fresh, now, any_fraction());
            plan(now);
            if (!failure.empty() || !ticket) {
                log::info("kerberos_ticket", {{"principal", settings.principal}, {"ends", to_iso(fresh.end)}});
            }
            failure.clear();
            unwritten = written ? std::string{} : written.error().message;
            ticket = fresh;
            own_cache = own;
            obtained = act == Schedule::Act::obtain ? clock.steady() : obtained;
        }
        tell(fresh.cache, {});
        changed.notify_all();
    }
    void fail_with(Schedule::Act act, const Error& error, Timestamp now) {
        const std::lock_guard lock{mutex};
        schedule.failed(act, now);
        plan(now);
        if (act == Schedule::Act::renew) {
            return;  // the keytab is asked next
        }
        if (failure != error.message) {
            log::warn("kerberos_failed", {{"principal", settings.principal}, {"code", error.reason}, {"reason", error.message}, {"detail", error.detail}});
        }
        failure = error.message;
        changed.notify_all();
    }
    void run(const std::stop_token& stop) {
        while (!stop.stop_requested()) {
            {
                const std::lock_guard lock{mutex};
                hurried = false;
            }
            tick();
            std::unique_lock lock{mutex};
            const auto pause = std::clamp<Milliseconds>(until_due(), Milliseconds{1}, unwritten.empty() && old_copies.empty() ? kLookAtKeytab : kWriteAgain);
            changed.wait_for(lock, stop, pause, [this] { return hurried; });
        }
        const std::lock_guard lock{mutex};
        ended = true;
        changed.notify_all();
    }
};

Keeper::Keeper(std::unique_ptr<TicketSource> source, const Clock& clock, Settings settings)
    : state_{std::make_shared<State>(std::move(source), clock, std::move(settings))} {
    state_->take_up();
}

Keeper::~Keeper() {
    stop();
}

void Keeper::tick() {
    state_->tick();
}

void Keeper::start() {
    thread_ = std::jthread{[state = state_](const std::stop_token& stop) { state->run(stop); }};
}

void Keeper::stop() {
    if (!thread_.joinable()) {
        return;
    }
    thread_.request_stop();
    bool ended = false;
    {
        std::unique_lock lock{state_->mutex};
        state_->stopping = true;
        state_->changed.notify_all();
        ended = state_->changed.wait_for(lock, kWaitAtStop, [this] { return state_->ended; });
    }
    if (ended) {
        thread_.join();
    } else {
        thread_.detach();  // libkrb5 waits for an answer and cannot be told to stop
    }
}

bool Keeper::refused() {
    std::unique_lock lock{state_->mutex};
    const auto before = state_->obtained;
    if (state_->clock.steady() - before < kAtMostOnceIn || state_->schedule.failures() > 0 || !thread_.joinable()) {
        return false;
    }
    const auto patience = state_->settings.patience;
    const auto waited = state_->asking ? state_->clock.steady() - *state_->asking : Steady::duration{0};
    if (waited >= patience) {
        return false;
    }
    state_->schedule.doubt();
    state_->due_at = state_->clock.steady();
    state_->hurried = true;
    state_->changed.notify_all();
    state_->changed.wait_for(lock, patience - waited, [&] { return state_->obtained != before || state_->schedule.failures() > 0 || state_->stopping; });
    return state_->obtained != before;
}

Secret Keeper::ticket() const {
    const std::lock_guard lock{state_->mutex};
    return state_->ticket && state_->ticket->end > state_->clock.now() ? state_->ticket->cache : Secret{};
}

Keeper::View Keeper::view() const {
    const std::lock_guard lock{state_->mutex};
    View out{.valid = state_->ticket && state_->ticket->end > state_->clock.now(),
             .reason = state_->reason(),
             .old_copies = state_->old_copies,
             .next = state_->schedule.next()};
    if (state_->ticket) {
        out.ends = state_->ticket->end;
        if (state_->ticket->renewable_until > state_->ticket->end) {
            out.renewable_until = state_->ticket->renewable_until;
        }
    } else if (out.reason.empty()) {
        out.reason = "There is no ticket yet.";
    }
    return out;
}

}  // namespace slipway::kerberos
