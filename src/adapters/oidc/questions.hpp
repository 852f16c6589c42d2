#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "identity/provider_waits.hpp"

namespace slipway::oidc {

/// Bounds what the provider is asked about tokens: so many questions at a time, in a lane of its own for tokens of which nothing is known, which anybody can
/// make up; and so many of those from one address as turned out bad. Thread-safe.
class Questions {
public:
    static constexpr int kOfKnown = 4;
    static constexpr int kOfStrangers = 2;
    static constexpr std::chrono::seconds kLongestQueue{2};
    /// Who waits holds a thread of the server; what all who wait for the provider come to is bounded by ProviderWaits.
    static constexpr int kMostKnownWaiting = 12;
    static constexpr int kMostStrangersWaiting = 8;
    /// Bad ones at once, and one more each second.
    static constexpr int kBadAtOnce = 20;
    static constexpr Milliseconds kOneMore = std::chrono::seconds{1};
    static constexpr std::size_t kMostPeers = 4096;

    Questions(identity::ProviderWaits& waits, const Clock& clock, std::chrono::seconds longest_queue = kLongestQueue)
        : waits_{waits}, clock_{clock}, longest_queue_{longest_queue} {}

    /// Runs `question`, whose answer `unauthenticated` counts as bad. `stranger`: the token's signature was not checked here, nor was it good before.
    /// @return `forbidden`/`TOO_MANY_ATTEMPTS`, whose detail is the number of seconds to wait; `unavailable`/`BUSY`.
    template <typename Question>
    auto ask(bool stranger, const std::string& peer, Question question) -> decltype(question()) {
        if (stranger) {
            SW_CHECK(may_ask(peer));
        }
        SW_TRY(const auto place, waits_.enter());
        auto& lane = stranger ? strangers_ : known_;
        SW_CHECK(take_turn(lane, stranger ? kMostStrangersWaiting : kMostKnownWaiting));
        const std::unique_ptr<Lane, void (*)(Lane*)> turn{&lane, [](Lane* taken) { taken->turns.release(); }};  // also where something is thrown
        auto answer = question();
        if (stranger && !answer && answer.error().code == ErrorCode::unauthenticated) {
            was_bad(peer);
        }
        return answer;
    }

    int strangers_waiting() const { return strangers_.waiting; }

private:
    struct Lane {
        std::counting_semaphore<kOfKnown> turns;
        std::atomic<int> waiting{0};
    };
    Result<void> take_turn(Lane& lane, int most_waiting);
    Result<void> may_ask(const std::string& peer);
    void was_bad(const std::string& peer);

    identity::ProviderWaits& waits_;
    const Clock& clock_;
    const std::chrono::seconds longest_queue_;
    Lane known_{.turns = std::counting_semaphore<kOfKnown>{kOfKnown}};
    Lane strangers_{.turns = std::counting_semaphore<kOfKnown>{kOfStrangers}};
    std::mutex mutex_;
    std::unordered_map<std::string, Steady> good_from_;  ///< by network_of(peer): when all its bad ones are forgotten, each for kOneMore
};

}  // namespace slipway::oidc
