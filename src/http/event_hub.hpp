#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "base/worker_pool.hpp"
#include "http/exchange.hpp"
#include "http/gate.hpp"
#include "identity/access.hpp"

namespace slipway::http {

/// Sends the outbox to the clients of `GET /model-manage/api/events`: each sees what its groups allow, goes on behind its Last-Event-ID, and is
/// closed when its token ends. One thread, which sleeps while nobody listens and asks nobody but the database: whether a session or a token of a provider still
/// counts is found out by a few others, and until then what is known goes on. Thread-safe.
class EventHub {
public:
    static constexpr std::size_t kMostStreams = 256;
    static constexpr std::size_t kMostOfOne = 32;  ///< of one person or client
    static constexpr Milliseconds kTick{5000};     ///< finds what other replicas wrote, and tokens that ended
    static constexpr std::size_t kAskers = 4;      ///< threads that wait for the provider
    /// Who listens by a token goes on that long while it is found out whether it still counts; a session says so itself.
    static constexpr Milliseconds kOverdue = std::chrono::seconds{15};

    EventHub(store::Store& store, const identity::Access& access, Gate& gate);
    /// stop(), and joins.
    ~EventHub();
    /// Closes all streams and begins no more questions. Quick, idempotent.
    void stop();

    /// Something was written or revoked: for Store::on_events() and Tokens::on_forget(). Quick.
    void wake();
    /// The handler of the route. @return `invalid_argument` for a bad Last-Event-ID, `unavailable` with too many streams.
    Result<Response> open(Exchange& exchange);

private:
    class Places;
    struct Standing;
    struct Listener {
        std::shared_ptr<EventStream> stream;
        std::shared_ptr<void> place;  ///< one of `places_`, given back with it
        Request credentials;          ///< only what Gate reads
        std::shared_ptr<Standing> standing;
        std::int64_t seq{0};
        bool follow{true};  ///< false: the stream ends behind what is kept
    };
    void run(const std::stop_token& stop);
    void serve(std::vector<Listener>& listeners, const std::stop_token& stop);
    /// @return false when its stream has ended.
    bool serve_listener(Listener& listener, const std::stop_token& stop);
    /// @return nothing while it must be found out first; an error when whoever listens may no longer.
    Result<std::optional<identity::Principal>> who(const Listener& listener);
    void ask(const Listener& listener);
    void find_out(const Request& credentials, Standing& standing);
    static Request credentials_of(const Request& request);

    store::Store& store_;
    const identity::Access& access_;
    Gate& gate_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Listener> arrived_;
    std::shared_ptr<Places> places_;
    bool woken_{false};
    std::atomic<bool> stopping_{false};
    WorkerPool askers_{"event_askers", kAskers, kMostStreams};
    std::jthread thread_;
};

}  // namespace slipway::http
