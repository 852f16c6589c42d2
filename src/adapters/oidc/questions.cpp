#include "adapters/oidc/questions.hpp"

#include <fmt/format.h>

#include "base/peer_address.hpp"

namespace slipway::oidc {

Result<void> Questions::take_turn(Lane& lane, int most_waiting) {
    if (lane.turns.try_acquire()) {
        return {};
    }
    const bool may_wait = lane.waiting.fetch_add(1) < most_waiting;
    const bool got = may_wait && lane.turns.try_acquire_for(longest_queue_);
    --lane.waiting;
    return got ? Result<void>{}
               : fail(ErrorCode::unavailable, "BUSY", "The identity provider is asked about too many tokens at this moment. Try again in a few seconds.");
}

Result<void> Questions::may_ask(const std::string& peer) {
    const auto now = clock_.steady();
    const std::lock_guard lock{mutex_};
    const auto found = good_from_.find(network_of(peer));
    const auto over = found == good_from_.end() ? Steady::duration{0} : found->second - now - kOneMore * (kBadAtOnce - 1);
    if (over <= Steady::duration{0}) {
        return {};
    }
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(over).count();
    return fail(ErrorCode::forbidden, "TOO_MANY_ATTEMPTS", fmt::format("Too many tokens from this address were not good. Try again in {} s.", seconds),
                std::to_string(seconds));
}

void Questions::was_bad(const std::string& peer) {
    const auto now = clock_.steady();
    const auto network = network_of(peer);
    const std::lock_guard lock{mutex_};
    if (good_from_.size() >= kMostPeers && !good_from_.contains(network)) {
        std::erase_if(good_from_, [&](const auto& one) { return one.second <= now; });
        if (good_from_.size() >= kMostPeers) {
            good_from_.clear();  // the lane of strangers bounds them all the same
        }
    }
    auto& until = good_from_[network];
    until = std::max(until, now) + kOneMore;
}

}  // namespace slipway::oidc
