#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/worker_pool.hpp"
#include "identity/identity_provider.hpp"

namespace slipway::identity {

/// Renewals that are passed through for the command line and for scripts, which keep their tokens themselves. A request waits a few seconds; what was sent goes
/// on as long as its answer may still come. Whoever brings the same refresh token again meanwhile asks nobody anew, and gets that answer, once, when it is
/// there: the provider may have used the token up. Kept in memory alone. Thread-safe.
class PassedRenewals {
public:
    /// That go on behind the requests: in all, and of one network (an IPv6 address counts as its /64). Beyond that one is asked with a few seconds to answer.
    static constexpr int kMost = 32;
    static constexpr int kMostOfOne = 4;
    /// Answers that nobody has fetched yet, and for how long.
    static constexpr std::size_t kMostKept = 256;
    static constexpr Milliseconds kKept = std::chrono::hours{1};

    PassedRenewals(IdentityProvider& provider, const Clock& clock) : provider_{provider}, clock_{clock} {}
    /// Breaks off what is under way.
    ~PassedRenewals();

    /// As IdentityProvider::by_refresh() of the command line; `unavailable`/`IDENTITY_AWAY` while the answer is late. `expires_in` counts from now.
    Result<ProviderSignIn> renew(const Secret& token, const std::string& peer) { return renew(token, peer, true); }

private:
    struct Renewal;
    using Key = std::string;  ///< SHA-256 of the refresh token
    Result<ProviderSignIn> renew(const Secret& token, const std::string& peer, bool again);
    std::shared_ptr<Renewal> begin(const Key& key, const Secret& token, const std::string& network);
    Result<ProviderSignIn> fetch(const Key& key, const Secret& token, Renewal& renewal);
    void ask(const Key& key, const Secret& token, Renewal& renewal);
    void forget_old();

    IdentityProvider& provider_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::unordered_map<Key, std::shared_ptr<Renewal>> renewals_;
    std::unordered_map<std::string, int> under_way_;  ///< by network
    int all_under_way_{0};
    std::atomic<bool> stopping_{false};
    WorkerPool pool_{"passed", kMost, 0};
};

}  // namespace slipway::identity
