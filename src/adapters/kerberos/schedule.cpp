#include "adapters/kerberos/schedule.hpp"

#include <algorithm>

namespace slipway::kerberos {
namespace {

constexpr Milliseconds kFirstPause{1000};
constexpr Milliseconds kLongestPause{60'000};
constexpr int kDoublings = 10;
constexpr int kPartOfLife = 8;

}  // namespace

Schedule::Act Schedule::act(Timestamp now) const {
    const bool worthwhile = renewable_ && now < end_ && renewable_until_ - now > life_ / 2;
    return worthwhile ? Act::renew : Act::obtain;
}

void Schedule::kept(const Ticket& ticket, Timestamp now) {
    failures_ = 0;
    end_ = ticket.end;
    renewable_until_ = ticket.renewable_until;
    renewable_ = ticket.renewable_until > ticket.end;
    // A renewed ticket keeps its start: what counts is what is left of it from now on.
    life_ = std::max(Milliseconds{1000}, std::chrono::duration_cast<Milliseconds>(ticket.end - now));
    due_ = now;
}

void Schedule::got(const Ticket& ticket, Timestamp now, double random) {
    kept(ticket, now);
    due_ = now + std::chrono::duration_cast<Milliseconds>(life_ * (0.5 - 0.05 * random));
}

void Schedule::failed(Act act, Timestamp now) {
    if (act == Act::renew) {
        renewable_ = false;
        due_ = now;
        return;
    }
    auto pause = std::min<Milliseconds>(kFirstPause * (1 << std::min(failures_, kDoublings)), kLongestPause);
    if (life_.count() > 0) {
        pause = std::clamp(pause, kFirstPause, std::max(kFirstPause, life_ / kPartOfLife));
    }
    ++failures_;
    due_ = now + pause;
}

void Schedule::doubt() {
    renewable_ = false;
    due_ = {};
}

}  // namespace slipway::kerberos
