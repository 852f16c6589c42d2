#include "adapters/eureka/lease.hpp"

#include <algorithm>

namespace slipway::eureka {
namespace {

constexpr Milliseconds kFirstPause{1000};
constexpr int kDoublings = 10;

Steady::duration scaled(Milliseconds period, double factor) {
    return std::chrono::duration_cast<Steady::duration>(period * factor);
}

}  // namespace

bool Lease::want(Status status, Timestamp now) {
    if (wanted_ == status) {
        return false;
    }
    wanted_ = status;
    registered_ = false;
    due_ = {};
    bump(now);
    return true;
}

std::optional<Lease::Step> Lease::due(Steady now) const {
    if (!wanted_ || now < due_) {
        return std::nullopt;
    }
    return Step{.act = registered_ ? Act::renew : Act::enrol, .status = *wanted_, .dirty = dirty_};
}

std::optional<Steady> Lease::next() const {
    return wanted_ ? std::optional{due_} : std::nullopt;
}

void Lease::answered(const Step& step, Outcome outcome, Steady now, Timestamp wall, double random) {
    if (step.dirty != dirty_) {
        return;  // something else is wanted meanwhile, and due
    }
    if (outcome == Outcome::accepted) {
        registered_ = true;
        failures_ = 0;
        due_ = now + scaled(renewal_, 1 - 0.1 * random);
        return;
    }
    if (outcome == Outcome::unknown && step.act == Act::renew) {
        registered_ = false;
        bump(wall);
        due_ = now;
        return;
    }
    const auto pause = std::min<Milliseconds>(kFirstPause * (1 << std::min(failures_, kDoublings)), renewal_);
    ++failures_;
    due_ = now + scaled(pause, 1 - 0.1 * random);
}

void Lease::bump(Timestamp wall) {
    dirty_ = std::max(to_epoch_ms(wall), dirty_ + 1);
}

}  // namespace slipway::eureka
