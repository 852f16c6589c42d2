#include "identity/provider_waits.hpp"

namespace slipway::identity {
namespace {

/// Of this thread: who renews a session may have to fetch keys for it.
thread_local const ProviderWaits* holds = nullptr;

}  // namespace

ProviderWaits::Place::~Place() {
    if (waits_ != nullptr) {
        waits_->waiting_ -= counts_;
        holds = nullptr;
    }
}

Result<ProviderWaits::Place> ProviderWaits::enter() {
    if (holds == this) {
        return Place{nullptr};
    }
    if (waiting_.fetch_add(1) >= kMost) {
        --waiting_;
        return fail(ErrorCode::unavailable, "BUSY",
                    "The identity provider does not answer fast enough: as many requests wait for it as may, and this one was not begun. Try again in a few "
                    "seconds.");
    }
    holds = this;
    return Place{this};
}

ProviderWaits::Place ProviderWaits::enter_anyway() {
    if (holds == this) {
        return Place{nullptr};
    }
    ++waiting_;
    holds = this;
    return Place{this};
}

ProviderWaits::Place ProviderWaits::aside() {
    if (holds == this) {
        return Place{nullptr};
    }
    holds = this;
    return Place{this, 0};
}

}  // namespace slipway::identity
