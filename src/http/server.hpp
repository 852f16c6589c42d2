#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "base/worker_pool.hpp"
#include "http/dispatcher.hpp"

namespace slipway::http {

/// How the server listens and what it bears.
struct ServerOptions {
    std::string listen{"127.0.0.1:8080"};  ///< `address:port`, `[v6]:port` or `localhost:port`; port 0 takes a free one
    std::size_t max_connections{1024};     ///< further ones get 503
    std::size_t max_per_address{768};      ///< of them from one address, so that one client does not shut the others out
    std::size_t api_threads{32};           ///< at most; each may wait for one commit, and what waits together is committed together
    std::size_t api_running{std::max(4U, std::thread::hardware_concurrency() + 2)};  ///< that run at once: more would only take the CPU from each other
    std::size_t outbound_threads{8};
    std::size_t sign_in_threads{8};  ///< of which one address has half at most: AddressShare
    std::size_t password_threads{2};
    std::size_t queue{256};            ///< waiting requests of each pool; a full queue is 503
    std::size_t password_queue{32};    ///< the same of the pool that hashes
    Milliseconds queue_timeout{5000};  ///< a request that did not begin by then, or whose client has gone, is 503
    std::size_t max_header_bytes{32U << 10};
    std::size_t max_body_bytes{24U << 20};
    std::size_t all_body_bytes{256U << 20};  ///< of large bodies under way together; what goes above it is 503
    std::size_t stream_bytes{256U << 10};    ///< unsent text of an event stream, above it the stream is closed
    std::size_t open_body_bytes{64U << 10};  ///< of routes that take no token
    std::size_t body_bytes_per_second{64};   ///< a body that comes slower than this in any header_timeout is given up
    Milliseconds header_timeout{10000};
    Milliseconds body_timeout{std::chrono::minutes{15}};  ///< for a whole body
    Milliseconds idle_timeout{60000};
    Milliseconds write_timeout{30000};
    Milliseconds linger_timeout{10000};  ///< how long what a refused client still sends is read away
    Milliseconds heartbeat{15000};
    Milliseconds stop_timeout{10000};
    Milliseconds tick{500};  ///< how often time-outs are looked at
};

/// HTTP/1.1 and 1.0 over Boost.Beast: one io thread that never waits, and pools that run the routes.
class Server {
public:
    Server(Dispatcher& dispatcher, ServerOptions options);
    /// Stops.
    ~Server();

    /// Takes the address; who connects waits until start(). @return the port, or `unavailable`/`CANNOT_LISTEN`.
    Result<int> bind();
    /// bind(), if that was not done, and serves. @return the port.
    Result<int> start();
    /// Takes no more connections, lets running requests end (at most stop_timeout), closes streams, joins. Idempotent.
    void stop();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace slipway::http
