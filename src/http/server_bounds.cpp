#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

#include "http/server_connection.hpp"

/// What keeps one client from using up what all share: time in a queue, time and size of a body.
namespace slipway::http {

Error error_busy() {
    return {ErrorCode::unavailable, "BUSY", "The server is busy. Try again in a second.", {}, {}};
}

/// Whoever comes first has the call: a thread of the pool, or the io thread that gives it up.
bool Connection::take_turn(std::uint64_t turn) {
    return turn_.compare_exchange_strong(turn, turn + 1);
}

/// True when the client has closed its side; asked only while nothing is read.
bool Connection::client_is_gone() {
    char next = 0;
    const auto count = ::recv(socket_.native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

/// What did not begin in time does not begin at all: its client has other plans by then.
void Connection::tick_waiting(Steady now) {
    const auto turn = turn_.load();
    const bool waits = turn % 2 == 0;
    if (waits && (now - queued_ >= context_.options.queue_timeout || client_is_gone()) && take_turn(turn)) {
        refuse(error_busy());
    }
}

std::size_t Connection::most_body() const {
    const bool open = call_.route != nullptr && call_.route->guard == Guard::open;
    return open ? std::min(context_.options.open_body_bytes, context_.options.max_body_bytes) : context_.options.max_body_bytes;
}

/// A body must go on in each window of time, however much of it came before.
bool Connection::body_goes_on(Steady now) {
    const auto window = static_cast<std::size_t>(context_.options.header_timeout.count());
    const auto came = body_received_ - std::exchange(body_seen_, body_received_);
    if (came * 1000 < context_.options.body_bytes_per_second * window || now - body_started_ >= context_.options.body_timeout) {
        return false;
    }
    deadline_ = in(context_.options.header_timeout);
    return true;
}

/// Small bodies are bounded by the number of connections; a large one counts by what has come of it.
bool Connection::take_body_room() {
    const auto size = parser_->get().body().size();
    if (size <= kUnseenBody || size <= body_room_) {
        return true;
    }
    const auto more = size - body_room_;
    if (context_.body_bytes + more > context_.options.all_body_bytes) {
        return false;
    }
    context_.body_bytes += more;
    body_room_ += more;
    return true;
}

void Connection::give_body_room() {
    context_.body_bytes -= std::exchange(body_room_, 0);
}

}  // namespace slipway::http
