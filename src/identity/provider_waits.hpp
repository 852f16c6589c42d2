#pragma once

#include <atomic>
#include <utility>

#include "base/error.hpp"

namespace slipway::identity {

/// How many threads wait for the OpenID provider, or for one that asks it, counted together whatever they ask about: sessions, tokens, keys. Each of them may
/// be one of the 32 of the API, of which some must be left for those who need no provider, however long it hangs. A thread counts once. Thread-safe.
class ProviderWaits {
public:
    /// Together. The bounds of SessionTurns, Questions and Fetched, each for itself, come to more than the API has.
    static constexpr int kMost = 20;

    /// The right to wait, for the thread that took it, which gives it back.
    class Place {
    public:
        Place(Place&& other) noexcept : waits_{std::exchange(other.waits_, nullptr)}, counts_{other.counts_} {}
        Place& operator=(Place&&) = delete;
        ~Place();

    private:
        friend class ProviderWaits;
        explicit Place(ProviderWaits* waits, int counts = 1) : waits_{waits}, counts_{counts} {}
        ProviderWaits* waits_;  ///< nullptr: the thread has one already
        int counts_;
    };

    /// For a request. Never waits. @return `unavailable`/`BUSY` while kMost wait.
    Result<Place> enter();
    /// For a thread that must ask, and whose like are few. Counts all the same.
    Place enter_anyway();
    /// For a thread that nobody else needs, and whose number is bounded elsewhere: it does not count, whatever else it fetches.
    Place aside();
    /// How many wait.
    int now() const { return waiting_; }

private:
    std::atomic<int> waiting_{0};
};

}  // namespace slipway::identity
