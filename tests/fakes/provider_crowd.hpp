#pragma once

#include <thread>
#include <vector>

#include "fakes/turnstile.hpp"
#include "identity/provider_waits.hpp"

namespace slipway::fakes {

/// As many threads as may wait for a provider that hangs, as long as it lives.
class ProviderCrowd {
public:
    explicit ProviderCrowd(identity::ProviderWaits& waits, int count = identity::ProviderWaits::kMost) {
        for (int i = 0; i < count; ++i) {
            threads_.emplace_back([this, &waits] {
                const auto place = waits.enter();
                turnstile_.pass();
            });
        }
        turnstile_.wait_for(count);
    }
    ~ProviderCrowd() {
        turnstile_.open();
        threads_.clear();
    }
    ProviderCrowd(const ProviderCrowd&) = delete;
    ProviderCrowd& operator=(const ProviderCrowd&) = delete;

private:
    Turnstile turnstile_;
    std::vector<std::jthread> threads_;
};

}  // namespace slipway::fakes
