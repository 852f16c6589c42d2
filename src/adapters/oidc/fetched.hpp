#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/worker_pool.hpp"
#include "identity/provider_waits.hpp"

namespace slipway::oidc {

/// Something of a provider that is fetched now and then and kept: its description, its keys. One fetch at a time for any number of callers; who comes
/// meanwhile waits for it where there is nothing yet, but no more than a few, and none beyond ProviderWaits. After a failure nobody asks again for a few
/// seconds (a quarter of a minute where it hung), and what is known goes on for a day. Thread-safe.
template <typename T>
class Fetched {
public:
    using Value = std::shared_ptr<const T>;
    static constexpr Milliseconds kFresh = std::chrono::minutes{5};
    static constexpr Milliseconds kStale = std::chrono::hours{24};
    static constexpr Milliseconds kPause = std::chrono::seconds{5};
    static constexpr Milliseconds kLongestWait = std::chrono::seconds{6};
    /// Since it began, of a fetch that others wait for who have something already.
    static constexpr Milliseconds kPatience = std::chrono::seconds{3};
    /// Who waits holds a thread of the server, and by tokens anybody can come: the others go on with what is known.
    static constexpr int kMostWaiting = 8;
    /// A fetch that hung is followed by a pause of so many times its length.
    static constexpr int kRestAfterHanging = 3;

    /// What stands.
    struct Facts {
        bool known{false};
        Milliseconds age{0};
        std::string trouble;          ///< why the last fetch failed; empty after a good one
        Milliseconds trouble_age{0};  ///< since then
    };

    Fetched(identity::ProviderWaits& waits, const Clock& clock, std::function<Result<T>()> fetch) : waits_{waits}, clock_{clock}, fetch_{std::move(fetch)} {}

    /// What is known, else what a fetch gives. @return its error.
    Result<Value> get() {
        std::unique_lock lock{mutex_};
        if (auto value = usable()) {
            return value;
        }
        return fetch_unless_in_vain(lock, Who::request);
    }
    /// As get(), but fetches anew: for who found that what is known does not do. At most once in `pause`; 0: whenever it is asked for, even after a failure,
    /// and who does waits for another's fetch however many wait.
    /// @return what is known then.
    Result<Value> renew(Milliseconds pause) {
        std::unique_lock lock{mutex_};
        if (!fetching_ && pause.count() > 0) {
            const auto now = clock_.steady();
            if ((renewed_ && now - *renewed_ < pause) || rests(now)) {
                return known();
            }
            renewed_ = now;
        }
        return fetch(lock, pause.count() > 0 ? Who::request : Who::must);
    }
    /// How many wait for another's fetch.
    int waiting() const {
        const std::lock_guard lock{mutex_};
        return waiting_;
    }
    /// What is kept, and when the fetch that gave it began.
    struct Kept {
        Value value;
        Steady as_of{};
    };
    Kept kept() const {
        const std::lock_guard lock{mutex_};
        return {.value = value_, .as_of = as_of_};
    }
    /// How long renew() with that pause still fetches nothing.
    Milliseconds until_renewal(Milliseconds pause) const {
        const std::lock_guard lock{mutex_};
        if (fetching_) {
            return Milliseconds{0};  // it is there in a moment
        }
        const auto now = clock_.steady();
        const auto bound = renewed_ ? *renewed_ + pause : now;
        return std::chrono::duration_cast<Milliseconds>(std::max({now, bound, trouble_.empty() ? now : tried_ + pause_}) - now);
    }
    /// Fetches what is no longer fresh. For a background task.
    Result<Value> refresh() {
        std::unique_lock lock{mutex_};
        if (value_ && trouble_.empty() && clock_.steady() - fetched_at_ < kFresh) {
            return value_;
        }
        return fetch_unless_in_vain(lock, Who::must);
    }
    Facts facts() const {
        const std::lock_guard lock{mutex_};
        return {.known = usable() != nullptr,
                .age = value_ ? std::chrono::duration_cast<Milliseconds>(clock_.steady() - fetched_at_) : Milliseconds{0},
                .trouble = trouble_,
                .trouble_age = std::chrono::duration_cast<Milliseconds>(clock_.steady() - tried_)};
    }

private:
    /// A request, which is one of many, or whose like are few.
    enum class Who { request, must };
    /// Begins and ends with `lock`, and gives it free between, also where something is thrown: else nobody would fetch any more.
    class Fetching {
    public:
        Fetching(Fetched& all, std::unique_lock<std::mutex>& lock, Steady began) : all_{all}, lock_{lock}, began_{began} {
            all_.fetching_ = true;
            all_.tried_ = began;
            lock_.unlock();
        }
        ~Fetching() {
            lock_.lock();
            all_.fetching_ = false;
            all_.tried_ = all_.clock_.steady();  // the pause begins when the fetch is over: a slow one would fill it
            all_.pause_ = std::max<Milliseconds>(kPause, std::chrono::duration_cast<Milliseconds>(all_.tried_ - began_) * kRestAfterHanging);
            if (broke_off) {
                all_.trouble_ = "It broke off.";
            }
            all_.done_.notify_all();
        }
        Fetching(const Fetching&) = delete;
        Fetching& operator=(const Fetching&) = delete;

        bool broke_off{true};

    private:
        Fetched& all_;
        std::unique_lock<std::mutex>& lock_;
        const Steady began_;
    };
    Value usable() const { return value_ && clock_.steady() - fetched_at_ < kStale ? value_ : nullptr; }
    Result<Value> known() const {
        if (auto value = usable()) {
            return value;
        }
        return fail(ErrorCode::unavailable, "IDENTITY_AWAY", "The identity provider cannot be reached. Try again in a few seconds.", trouble_);
    }
    Result<Value> fetch_unless_in_vain(std::unique_lock<std::mutex>& lock, Who who) {
        return !fetching_ && rests(clock_.steady()) ? known() : fetch(lock, who);
    }
    bool rests(Steady now) const { return !trouble_.empty() && now - tried_ < pause_; }
    Result<Value> wait_for_it(std::unique_lock<std::mutex>& lock, Who who) {
        if (who == Who::must || waiting_ < kMostWaiting) {
            const WorkerPool::Waiting others_run;
            const auto patience = usable() ? kPatience - (clock_.steady() - tried_) : Steady::duration{kLongestWait};
            ++waiting_;
            done_.wait_for(lock, patience, [this] { return !fetching_; });
            --waiting_;
        }
        return known();
    }
    Result<Value> fetch(std::unique_lock<std::mutex>& lock, Who who) {
        const auto place = who == Who::must ? Result<identity::ProviderWaits::Place>{waits_.enter_anyway()} : waits_.enter();
        if (!place) {
            auto value = usable();
            return value ? Result<Value>{std::move(value)} : std::unexpected(place.error());
        }
        if (fetching_) {
            return wait_for_it(lock, who);
        }
        const auto began = clock_.steady();
        auto fetched = [&] {
            Fetching fetching{*this, lock, began};
            const WorkerPool::Waiting waiting;
            auto answer = fetch_();
            fetching.broke_off = false;
            return answer;
        }();
        if (fetched) {
            value_ = std::make_shared<const T>(std::move(*fetched));
            fetched_at_ = clock_.steady();
            as_of_ = began;
            trouble_.clear();
        } else {
            trouble_ = fetched.error().message + (fetched.error().detail.empty() ? "" : " " + fetched.error().detail);
        }
        return known();
    }

    identity::ProviderWaits& waits_;
    const Clock& clock_;
    const std::function<Result<T>()> fetch_;
    mutable std::mutex mutex_;
    std::condition_variable done_;
    Value value_;
    Steady fetched_at_{};
    Steady as_of_{};
    Steady tried_{};
    Milliseconds pause_{kPause};  ///< after what has failed
    std::optional<Steady> renewed_;
    std::string trouble_;
    bool fetching_{false};
    int waiting_{0};
};

}  // namespace slipway::oidc
