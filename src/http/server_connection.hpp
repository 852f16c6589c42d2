#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <mutex>
#include <unordered_map>

#include "http/server.hpp"

namespace slipway::http {

namespace net = boost::asio;
namespace beast = boost::beast;

class Connection;

/// A body above this is read only once it is known who sends it.
inline constexpr std::size_t kUnseenBody = 64U << 10;
/// 503 with Retry-After.
Error error_busy();

/// What all connections of a server share; on the io thread, but for the pools.
struct ServerContext {
    Dispatcher& dispatcher;
    const ServerOptions& options;
    net::io_context& io;
    WorkerPool& api;
    WorkerPool& outbound;
    WorkerPool& passwords;
    WorkerPool& sign_in;
    /// The one that runs such routes.
    WorkerPool& pool_of(Pool kind) { return kind == Pool::outbound ? outbound : kind == Pool::passwords ? passwords : kind == Pool::sign_in ? sign_in : api; }
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections{};
    std::unordered_map<std::string, std::size_t> by_address{};
    std::size_t body_bytes{0};  ///< that large bodies hold, read or being read
    bool stopping{false};
    std::int64_t date_second{0};
    std::string date{};

    /// The Date header's value, made once a second.
    const std::string& date_now();
};

/// Text on its way to a client of an event stream. Thread-safe.
class OutgoingStream final : public EventStream, public std::enable_shared_from_this<OutgoingStream> {
public:
    OutgoingStream(std::weak_ptr<Connection> connection, net::io_context& io, std::size_t bound) : connection_{std::move(connection)}, io_{io}, bound_{bound} {}
    bool send(std::string text) override;
    void close() override;
    /// All unsent text. On the io thread.
    std::string take();
    bool closed() const;
    /// The client is gone.
    void abandon();

private:
    void wake();
    std::weak_ptr<Connection> connection_;
    net::io_context& io_;
    const std::size_t bound_;
    mutable std::mutex mutex_;
    std::string pending_;
    bool closed_{false};
    bool abandoned_{false};
    bool woken_{false};
};

/// One client connection: a state machine on the io thread. While `running`, `call_` belongs to a pool once that has begun.
class Connection : public std::enable_shared_from_this<Connection> {
public:
    Connection(ServerContext& context, net::ip::tcp::socket socket);
    void start();
    /// Time-outs and heartbeats.
    void tick(Steady now);
    /// The server stops: end at the next good moment.
    void end_soon();
    void close();
    /// Sends what the stream has.
    void flush_stream();

private:
    enum class State { idle, header, admitting, body, running, parked, writing, streaming, lingering, closed };
    using Parser = beast::http::request_parser<beast::http::string_body>;

    void read(std::size_t room);
    void on_read(const boost::system::error_code& problem, std::size_t count);
    void next_request();
    void read_header();
    void on_header();
    RequestHead head_of() const;
    void on_admitted(bool expects);
    void send_continue();
    void read_body();
    std::size_t most_body() const;
    void run();
    void run_in_pool();
    /// Waits for `parking` without a thread.
    void park(const Parking& parking);
    void resume();
    bool take_turn(std::uint64_t turn);
    bool client_is_gone();
    void tick_waiting(Steady now);
    bool body_goes_on(Steady now);
    bool take_body_room();
    void give_body_room();
    void refuse(const Error& error);
    void respond(Response response);
    void write_answer(bool with_body);
    void on_written();
    void start_stream();
    void linger();
    std::string header_text(bool with_body) const;
    Steady in(Milliseconds time) const;

    ServerContext& context_;
    net::ip::tcp::socket socket_;
    beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    Call call_;
    Response response_;
    std::string header_;
    std::string sending_;
    std::shared_ptr<OutgoingStream> stream_;
    State state_{State::idle};
    Steady deadline_{};
    Steady body_started_{};
    Steady last_sent_{};
    Steady queued_{};
    std::atomic<std::uint64_t> turn_{1};  ///< even: the call waits for a thread of its pool; odd: it has begun, or was given up
    std::size_t body_received_{0};
    std::size_t body_seen_{0};  ///< of body_received_ at the last deadline
    std::size_t body_room_{0};  ///< our part of the context's body_bytes
    std::size_t lingered_{0};
    std::string peer_;
    bool keep_alive_{true};
    bool head_only_{false};
    bool stream_writing_{false};
    bool reading_{false};
    bool waiting_{false};  ///< the call has parked already: its deadline stands
    bool timed_out_{false};
};

}  // namespace slipway::http
