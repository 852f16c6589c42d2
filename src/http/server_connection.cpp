#include "http/server_connection.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/peer_address.hpp"
#include "http/problem.hpp"

namespace slipway::http {

namespace {

constexpr std::size_t kHeaderRoom = 4096;
constexpr std::size_t kBodyRoom = 64U << 10;
constexpr std::size_t kMostLingered = 1U << 30;

Error too_large(std::size_t most) {
    return {ErrorCode::invalid_argument, "TOO_LARGE", fmt::format("The body is too large; at most {} bytes are accepted.", most), {}, {}};
}

Error error_of(const boost::system::error_code& problem, const ServerOptions& options, std::size_t most_body) {
    if (problem == beast::http::error::header_limit) {
        return {ErrorCode::invalid_argument, "HEADERS_TOO_LARGE", fmt::format("All headers together may have {} bytes.", options.max_header_bytes), {}, {}};
    }
    if (problem == beast::http::error::body_limit) {
        return too_large(most_body);
    }
    return {ErrorCode::invalid_argument, "BAD_REQUEST", "The request is no valid HTTP: " + problem.message() + ".", {}, {}};
}

Error half_a_request(bool too_late) {
    if (too_late) {
        return {ErrorCode::timeout, "REQUEST_TIMEOUT", "The request came too slowly.", {}, {}};
    }
    return {ErrorCode::invalid_argument, "BAD_REQUEST", "The request is no valid HTTP: it ended before it was complete.", {}, {}};
}

/// Beast takes a coding it does not know for no body at all: the body would be the next request.
template <typename Message>
bool known_framing(const Message& message) {
    const auto count = message.count(beast::http::field::transfer_encoding);
    return count == 0 || (count == 1 && message.version() >= 11 && ascii_lower(message[beast::http::field::transfer_encoding]) == "chunked");
}

}  // namespace

Connection::Connection(ServerContext& context, net::ip::tcp::socket socket) : context_{context}, socket_{std::move(socket)} {
    boost::system::error_code ignored;
    socket_.set_option(net::ip::tcp::no_delay{true}, ignored);
    if (const auto endpoint = socket_.remote_endpoint(ignored); !ignored) {
        peer_ = plain_address(endpoint.address().to_string());
    }
}

Steady Connection::in(Milliseconds time) const {
    return std::chrono::steady_clock::now() + time;
}

void Connection::start() {
    ++context_.by_address[peer_];
    next_request();
}

void Connection::close() {
    if (state_ == State::closed) {
        return;
    }
    if (state_ != State::running) {
        give_body_room();  // else the pool still has the body: respond() gives it back
    }
    state_ = State::closed;
    if (stream_) {
        stream_->abandon();
    }
    boost::system::error_code ignored;
    socket_.shutdown(net::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
    if (const auto own = context_.by_address.find(peer_); own != context_.by_address.end() && --own->second == 0) {
        context_.by_address.erase(own);
    }
    context_.connections.erase(this);
}

void Connection::end_soon() {
    keep_alive_ = false;
    if (state_ == State::idle || state_ == State::streaming || state_ == State::header || state_ == State::parked) {
        close();
    }
}

void Connection::read(std::size_t room) {
    reading_ = true;
    socket_.async_read_some(buffer_.prepare(room),
                            [self = shared_from_this()](const boost::system::error_code& problem, std::size_t count) { self->on_read(problem, count); });
}

void Connection::on_read(const boost::system::error_code& problem, std::size_t count) {
    if (state_ == State::closed) {
        return;
    }
    reading_ = false;
    const bool too_late = problem == net::error::operation_aborted && std::exchange(timed_out_, false);
    // Whether the parser has met a fault by then depends on how TCP cut the bytes; the answer must not.
    const bool cut_short = problem == net::error::eof && (state_ == State::header || state_ == State::body);
    if (too_late || cut_short) {
        keep_alive_ = false;
        if (state_ == State::header) {
            call_ = Call{};
            call_.started = std::chrono::steady_clock::now();
        }
        refuse(half_a_request(too_late));
        return;
    }
    timed_out_ = false;
    if (problem) {
        close();
        return;
    }
    buffer_.commit(count);
    switch (state_) {
        case State::idle:
        case State::header: read_header(); break;
        case State::body:
            body_received_ += count;
            read_body();
            break;
        case State::lingering: lingered_ += count; [[fallthrough]];
        case State::streaming:
            buffer_.consume(buffer_.size());
            if (lingered_ > kMostLingered) {
                close();
            } else {
                read(state_ == State::streaming ? 512 : kBodyRoom);
            }
            break;
        default: close(); break;
    }
}

void Connection::next_request() {
    parser_.emplace();
    head_only_ = false;  // until this one says so
    parser_->header_limit(static_cast<std::uint32_t>(context_.options.max_header_bytes));
    parser_->body_limit(boost::none);
    state_ = State::idle;
    deadline_ = in(context_.options.idle_timeout);
    if (buffer_.size() == 0) {
        if (buffer_.capacity() > 2 * kHeaderRoom) {
            buffer_.shrink_to_fit();  // an idle connection costs little
        }
        read(kHeaderRoom);
    } else {
        read_header();
    }
}

void Connection::read_header() {
    if (state_ == State::idle) {
        state_ = State::header;
        deadline_ = in(context_.options.header_timeout);
    }
    boost::system::error_code problem;
    buffer_.consume(parser_->put(buffer_.data(), problem));
    if (parser_->is_header_done()) {
        on_header();
    } else if (!problem || problem == beast::http::error::need_more) {
        read(kHeaderRoom);
    } else {
        keep_alive_ = false;
        call_ = Call{};
        call_.started = std::chrono::steady_clock::now();
        refuse(error_of(problem, context_.options, most_body()));
    }
}

RequestHead Connection::head_of() const {
    const auto& message = parser_->get();
    RequestHead head{.method = std::string{message.method_string()}, .target = std::string{message.target()}, .headers = {}, .peer = peer_};
    bool host = false;
    for (const auto& field : message) {
        auto name = ascii_lower(field.name_string());
        host = host || name == "host";
        head.headers.emplace_back(std::move(name), field.value());
    }
    if (!host && message.version() == 10) {
        // HTTP/1.0 needs no Host: the address that was called is the name.
        boost::system::error_code ignored;
        const auto local = socket_.local_endpoint(ignored);
        head.headers.emplace_back("host", local.address().is_v6() ? fmt::format("[{}]:{}", local.address().to_string(), local.port())
                                                                  : fmt::format("{}:{}", local.address().to_string(), local.port()));
    }
    return head;
}

void Connection::on_header() {
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive() && !context_.stopping;
    head_only_ = message.method() == beast::http::verb::head;
    call_ = context_.dispatcher.begin(head_of());
    if (!known_framing(message)) {
        // RFC 9112 section 6.3: nobody can tell where this request ends.
        keep_alive_ = false;
        refuse({ErrorCode::invalid_argument, "BAD_REQUEST", "Of Transfer-Encoding only chunked is understood, in HTTP/1.1.", {}, {}});
        return;
    }
    const auto length = parser_->content_length();
    const auto expectation = ascii_lower(call_.request.header("expect"));
    const bool expects = message.version() >= 11 && expectation == "100-continue";
    if (call_.refused) {
        refuse(*call_.refused);
    } else if (!expectation.empty() && expectation != "100-continue") {
        refuse({ErrorCode::invalid_argument, "EXPECTATION_FAILED", "Only Expect: 100-continue is understood.", {}, {}});
    } else if (length && *length > most_body()) {
        refuse(too_large(most_body()));
    } else if (parser_->is_done()) {
        run();
    } else if (!expects && length && *length <= kUnseenBody) {
        on_admitted(false);
    } else if (context_.dispatcher.admit_known(call_)) {
        on_admitted(expects);
    } else {
        state_ = State::admitting;
        const bool posted = context_.api.post([self = shared_from_this(), expects] {
            self->context_.dispatcher.admit(self->call_);
            net::post(self->context_.io, [self, expects] { self->on_admitted(expects); });
        });
        if (!posted) {
            refuse(error_busy());
        }
    }
}

void Connection::on_admitted(bool expects) {
    if (state_ == State::closed) {
        return;
    }
    if (call_.refused) {
        refuse(*call_.refused);
        return;
    }
    // Beast counts the limit down, so that it is given again for the body alone.
    parser_->body_limit(most_body());
    state_ = State::body;
    body_started_ = std::chrono::steady_clock::now();
    body_received_ = buffer_.size();
    body_seen_ = 0;
    deadline_ = in(context_.options.header_timeout);
    if (expects && buffer_.size() == 0) {
        send_continue();
    } else {
        read_body();
    }
}

void Connection::send_continue() {
    header_ = "HTTP/1.1 100 Continue\r\n\r\n";
    net::async_write(socket_, net::buffer(header_), [self = shared_from_this()](const boost::system::error_code& problem, std::size_t) {
        if (problem) {
            self->close();
        } else if (self->state_ == State::body) {
            self->read(kBodyRoom);
        }
    });
}

void Connection::read_body() {
    boost::system::error_code problem;
    while (!parser_->is_done() && buffer_.size() > 0) {
        const auto used = parser_->put(buffer_.data(), problem);
        buffer_.consume(used);
        if (problem || used == 0) {
            break;
        }
    }
    if (problem && problem != beast::http::error::need_more) {
        refuse(error_of(problem, context_.options, most_body()));
    } else if (!take_body_room()) {
        refuse({ErrorCode::unavailable, "BUSY", "Too many large requests are under way. Try again in a second.", {}, {}});
    } else if (parser_->is_done()) {
        run();
    } else if (buffer_.size() > kBodyRoom + context_.options.max_header_bytes) {
        // The parser takes all but an unfinished line: the size of a chunk, or a trailer. More than one read may hold, so that it does not matter how it came.
        refuse({ErrorCode::invalid_argument, "BAD_REQUEST", "The request is no valid HTTP: a line between chunks is too long.", {}, {}});
    } else {
        read(kBodyRoom);
    }
}

void Connection::run() {
    state_ = State::running;
    call_.request.body = std::move(parser_->get().body());
    waiting_ = false;
    run_in_pool();
}

void Connection::refuse(const Error& error) {
    // A body that was not read would be taken for the next request.
    keep_alive_ = keep_alive_ && parser_->is_done();
    respond(context_.dispatcher.refuse(call_, error));
}

void Connection::respond(Response response) {
    call_.request.body = std::string{};
    if (!parser_->is_done()) {
        parser_->get().body() = std::string{};
    }
    give_body_room();
    if (state_ == State::closed) {
        return;
    }
    response_ = std::move(response);
    keep_alive_ = keep_alive_ && !context_.stopping;
    if (response_.stream && !head_only_) {
        keep_alive_ = false;
        write_answer(false);
    } else {
        response_.stream = nullptr;
        write_answer(true);
    }
}

void Connection::write_answer(bool with_body) {
    state_ = State::writing;
    const auto body = response_.bytes();
    deadline_ = in(context_.options.write_timeout + Milliseconds{body.size() / 64});
    header_ = header_text(with_body);
    const bool send_body = with_body && !head_only_ && response_.status != 204 && response_.status != 304;
    const std::array<net::const_buffer, 2> parts{net::buffer(header_), net::buffer(send_body ? body.data() : "", send_body ? body.size() : 0)};
    net::async_write(socket_, parts, [self = shared_from_this()](const boost::system::error_code& problem, std::size_t) {
        if (self->state_ == State::closed) {
            return;
        }
        if (problem) {
            self->close();
        } else {
            self->on_written();
        }
    });
}

void Connection::on_written() {
    if (response_.stream) {
        start_stream();
        return;
    }
    response_ = Response{};
    if (keep_alive_ && !context_.stopping) {
        call_ = Call{};
        next_request();
    } else {
        linger();
    }
}

void Connection::linger() {
    state_ = State::lingering;
    deadline_ = in(context_.options.linger_timeout);
    boost::system::error_code ignored;
    socket_.shutdown(net::ip::tcp::socket::shutdown_send, ignored);
    if (context_.stopping) {
        close();
    } else if (!reading_) {
        buffer_.consume(buffer_.size());
        read(kBodyRoom);
    }
}

}  // namespace slipway::http
