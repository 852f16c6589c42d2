#include "http/server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>
#include <fmt/format.h>
#include <thread>

#include "base/log.hpp"
#include "base/peer_address.hpp"
#include "http/problem.hpp"
#include "http/server_connection.hpp"

namespace slipway::http {

namespace {

using net::ip::tcp;

Result<tcp::endpoint> endpoint_of(std::string_view listen) {
    const auto bad = [&] {
        return fail(ErrorCode::invalid_argument, "BAD_LISTEN", fmt::format("server.listen must be address:port such as 127.0.0.1:8080, not {}.", listen));
    };
    const auto colon = listen.rfind(':');
    if (colon == std::string_view::npos) {
        return bad();
    }
    auto host = listen.substr(0, colon);
    const auto port_text = listen.substr(colon + 1);
    std::uint16_t port = 0;
    const auto [end, problem] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
    if (problem != std::errc{} || end != port_text.data() + port_text.size()) {
        return bad();
    }
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    if (host == "localhost") {
        host = "127.0.0.1";
    } else if (host.empty() || host == "*") {
        host = "0.0.0.0";
    }
    boost::system::error_code unreadable;
    const auto address = net::ip::make_address(std::string{host}, unreadable);
    if (unreadable) {
        return bad();
    }
    return tcp::endpoint{address, port};
}

/// Told at once and not waited for: who does not take it gets nothing.
void turn_away(tcp::socket& socket) {
    const Error busy{ErrorCode::unavailable, "BUSY", "Too many connections are open. Try again in a second.", {}, {}};
    const auto body = json::write(problem_document(busy, ""));
    const auto answer = fmt::format(
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Type: application/problem+json\r\nContent-Length: {}\r\n"
        "Connection: close\r\n\r\n{}",
        body.size(), body);
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    socket.send(net::buffer(answer), 0, ignored);
}

}  // namespace

const std::string& ServerContext::date_now() {
    const auto now = std::chrono::system_clock::now();
    const auto second = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    if (second != date_second) {
        date_second = second;
        const std::time_t time = std::chrono::system_clock::to_time_t(now);
        std::tm parts{};
        ::gmtime_r(&time, &parts);
        static constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        date = fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                           kMonths.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
    }
    return date;
}

/// Members die in reverse order: the pools are joined before what their work refers to goes.
struct Server::Impl {
    ServerOptions options;
    net::io_context io{1};
    tcp::acceptor acceptor{io};
    net::steady_timer ticker{io};
    net::steady_timer accept_again{io};
    std::optional<net::executor_work_guard<net::io_context::executor_type>> work;
    ServerContext context;
    Steady stop_at{Steady::max()};
    std::jthread thread;
    WorkerPool outbound;
    WorkerPool passwords;
    WorkerPool sign_in;
    WorkerPool api;

    Impl(Dispatcher& dispatcher, ServerOptions given)
        : options{std::move(given)},
          context{.dispatcher = dispatcher, .options = options, .io = io, .api = api, .outbound = outbound, .passwords = passwords, .sign_in = sign_in},
          outbound{"outbound", options.outbound_threads, options.queue},
          passwords{"passwords", options.password_threads, options.password_queue},
          sign_in{"sign_in", options.sign_in_threads, options.queue},
          api{"api", {.threads = options.api_threads, .capacity = options.queue, .running = options.api_running}} {}

    void accept();
    void on_accepted(const boost::system::error_code& problem, tcp::socket socket);
    void tick();
    void begin_stop();
};

void Server::Impl::accept() {
    acceptor.async_accept([this](const boost::system::error_code& problem, tcp::socket socket) { on_accepted(problem, std::move(socket)); });
}

void Server::Impl::on_accepted(const boost::system::error_code& problem, tcp::socket socket) {
    if (problem) {
        if (context.stopping || !acceptor.is_open()) {
            return;
        }
        // Out of descriptors, mostly: a pause lets some go.
        accept_again.expires_after(std::chrono::milliseconds{100});
        accept_again.async_wait([this](const boost::system::error_code& cancelled) {
            if (!cancelled) {
                accept();
            }
        });
        return;
    }
    boost::system::error_code gone;
    const auto peer = socket.remote_endpoint(gone);
    const auto own = gone ? context.by_address.end() : context.by_address.find(plain_address(peer.address().to_string()));
    if (context.connections.size() >= options.max_connections || (own != context.by_address.end() && own->second >= options.max_per_address)) {
        turn_away(socket);
    } else {
        auto connection = std::make_shared<Connection>(context, std::move(socket));
        context.connections.emplace(connection.get(), connection);
        connection->start();
    }
    accept();
}

void Server::Impl::tick() {
    const auto now = std::chrono::steady_clock::now();
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(context.connections.size());
    for (const auto& [raw, connection] : context.connections) {
        all.push_back(connection);
    }
    for (const auto& connection : all) {
        if (now >= stop_at) {
            connection->close();
        } else {
            connection->tick(now);
        }
    }
    auto& metrics = context.dispatcher.metrics();
    metrics.gauge("http_server_connections", {}, static_cast<double>(context.connections.size()));
    metrics.gauge("pool_queue_size", {{"pool", "api"}}, static_cast<double>(api.queued()));
    metrics.gauge("pool_queue_size", {{"pool", "outbound"}}, static_cast<double>(outbound.queued()));
    metrics.gauge("pool_queue_size", {{"pool", "passwords"}}, static_cast<double>(passwords.queued()));
    metrics.gauge("pool_queue_size", {{"pool", "sign_in"}}, static_cast<double>(sign_in.queued()));
    if (context.stopping && context.connections.empty()) {
        work.reset();
        io.stop();
        return;
    }
    ticker.expires_after(context.stopping ? std::min(options.tick, Milliseconds{10}) : options.tick);
    ticker.async_wait([this](const boost::system::error_code&) { tick(); });
}

void Server::Impl::begin_stop() {
    context.stopping = true;
    stop_at = std::chrono::steady_clock::now() + options.stop_timeout;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    accept_again.cancel();
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(context.connections.size());
    for (const auto& [raw, connection] : context.connections) {
        all.push_back(connection);
    }
    for (const auto& connection : all) {
        connection->end_soon();
    }
    ticker.cancel();  // tick() runs now, and often from here on
}

Server::Server(Dispatcher& dispatcher, ServerOptions options) : impl_{std::make_unique<Impl>(dispatcher, std::move(options))} {}

Server::~Server() {
    stop();
}

Result<int> Server::bind() {
    SW_TRY(const auto endpoint, endpoint_of(impl_->options.listen));
    boost::system::error_code problem;
    auto& acceptor = impl_->acceptor;
    acceptor.open(endpoint.protocol(), problem);
    if (!problem) {
        acceptor.set_option(tcp::acceptor::reuse_address{true}, problem);
        acceptor.bind(endpoint, problem);
    }
    if (!problem) {
        acceptor.listen(net::socket_base::max_listen_connections, problem);
    }
    if (problem) {
        boost::system::error_code ignored;
        acceptor.close(ignored);
        return fail(ErrorCode::unavailable, "CANNOT_LISTEN",
                    fmt::format("Slipway cannot listen on {}: {}. Is another server running there?", impl_->options.listen, problem.message()));
    }
    return acceptor.local_endpoint(problem).port();
}

Result<int> Server::start() {
    if (!impl_->acceptor.is_open()) {
        SW_CHECK(bind());
    }
    boost::system::error_code ignored;
    const int port = impl_->acceptor.local_endpoint(ignored).port();
    impl_->work.emplace(impl_->io.get_executor());
    impl_->accept();
    impl_->tick();
    impl_->thread = std::jthread{[this] {
        while (true) {
            try {
                impl_->io.run();
                return;
            } catch (const std::exception& e) {
                log::error("io_thread", {{"message", e.what()}});
            }
        }
    }};
    return port;
}

void Server::stop() {
    if (!impl_->thread.joinable()) {
        return;
    }
    net::post(impl_->io, [this] { impl_->begin_stop(); });
    impl_->thread.join();
    impl_->api.close();
    impl_->outbound.close();
    impl_->passwords.close();
    impl_->sign_in.close();
}

}  // namespace slipway::http
