#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "http/problem.hpp"
#include "http/server_connection.hpp"

namespace slipway::http {

bool OutgoingStream::send(std::string text) {
    {
        const std::lock_guard lock{mutex_};
        if (closed_) {
            return false;
        }
        if (pending_.size() + text.size() > bound_) {
            closed_ = true;  // too slow: it comes again with its Last-Event-ID
            pending_.clear();
        } else {
            pending_ += text;
        }
    }
    wake();
    return !closed();
}

void OutgoingStream::close() {
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    wake();
}

void OutgoingStream::abandon() {
    const std::lock_guard lock{mutex_};
    closed_ = true;
    abandoned_ = true;
    pending_.clear();
    pending_.shrink_to_fit();
}

bool OutgoingStream::closed() const {
    const std::lock_guard lock{mutex_};
    return closed_;
}

std::string OutgoingStream::take() {
    const std::lock_guard lock{mutex_};
    woken_ = false;
    return std::exchange(pending_, {});
}

void OutgoingStream::wake() {
    // Under the lock: once the client is gone the server may go too, with its io context, while the hub still has this stream.
    const std::lock_guard lock{mutex_};
    if (abandoned_ || std::exchange(woken_, true)) {
        return;
    }
    net::post(io_, [connection = connection_] {
        if (const auto alive = connection.lock()) {
            alive->flush_stream();
        }
    });
}

void Connection::run_in_pool() {
    if (call_.pool() == Pool::none) {
        respond(context_.dispatcher.run(call_));
        return;
    }
    queued_ = std::chrono::steady_clock::now();
    const auto turn = ++turn_;
    const bool posted = context_.pool_of(call_.pool()).post([self = shared_from_this(), turn] {
        if (!self->take_turn(turn)) {
            return;  // answered already
        }
        auto response = std::make_shared<Response>(self->context_.dispatcher.run(self->call_));
        net::post(self->context_.io, [self, response] {
            if (response->parking) {
                self->park(*response->parking);
            } else {
                self->respond(std::move(*response));
            }
        });
    });
    if (!posted) {
        take_turn(turn);
        refuse(error_busy());
    }
}

void Connection::park(const Parking& parking) {
    if (state_ == State::closed) {
        give_body_room();
        return;
    }
    state_ = State::parked;
    if (context_.stopping) {
        close();
        return;
    }
    if (!std::exchange(waiting_, true)) {
        deadline_ = in(parking.longest);
    }
    parking.until([connection = weak_from_this(), &io = context_.io] {
        net::post(io, [connection] {
            if (const auto alive = connection.lock()) {
                alive->resume();
            }
        });
    });
}

void Connection::resume() {
    if (state_ == State::parked) {
        state_ = State::running;
        run_in_pool();
    }
}

std::string Connection::header_text(bool with_body) const {
    std::string out;
    out.reserve(512);
    const auto add = [&out](std::string_view name, std::string_view content) { out.append(name).append(": ").append(content).append("\r\n"); };
    out.append("HTTP/1.1 ").append(std::to_string(response_.status)).append(" ").append(status_title(response_.status)).append("\r\n");
    add("Date", context_.date_now());
    if (!response_.content_type.empty()) {
        add("Content-Type", response_.content_type);
    }
    for (const auto& [name, content] : response_.headers) {
        if (content.find_first_of("\r\n") == std::string::npos) {
            add(name, content);
        }
    }
    const bool bodiless = response_.status == 204 || response_.status == 304 || response_.status < 200;
    if (with_body && !bodiless) {
        add("Content-Length", std::to_string(response_.bytes().size()));
    }
    out += keep_alive_ ? (parser_->get().version() == 10 ? "Connection: keep-alive\r\n\r\n" : "\r\n") : "Connection: close\r\n\r\n";
    return out;
}

void Connection::start_stream() {
    state_ = State::streaming;
    deadline_ = Steady::max();
    last_sent_ = std::chrono::steady_clock::now();
    stream_ = std::make_shared<OutgoingStream>(weak_from_this(), context_.io, context_.options.stream_bytes);
    buffer_.consume(buffer_.size());
    read(512);  // sees the client go
    const auto begin = std::exchange(response_, Response{}).stream;
    begin(stream_);
}

void Connection::flush_stream() {
    if (state_ != State::streaming || stream_writing_) {
        return;
    }
    sending_ = stream_->take();
    if (sending_.empty()) {
        if (stream_->closed()) {
            linger();
        }
        return;
    }
    stream_writing_ = true;
    deadline_ = in(context_.options.write_timeout);
    net::async_write(socket_, net::buffer(sending_), [self = shared_from_this()](const boost::system::error_code& problem, std::size_t) {
        self->stream_writing_ = false;
        if (problem) {
            self->close();
        } else if (self->state_ == State::streaming) {
            self->deadline_ = Steady::max();
            self->last_sent_ = std::chrono::steady_clock::now();
            self->flush_stream();
        }
    });
}

void Connection::tick(Steady now) {
    if (state_ == State::streaming && !stream_writing_ && now - last_sent_ >= context_.options.heartbeat) {
        last_sent_ = now;
        // A named event with data and without an id: a comment would stay hidden from scripts in a browser, and an id would move Last-Event-ID.
        stream_->send(fmt::format("event: heartbeat\ndata: {{\"nextWithin\":{}}}\n\n", context_.options.heartbeat.count()));
    }
    if (state_ == State::running) {
        tick_waiting(now);
        return;
    }
    if (state_ == State::admitting || state_ == State::closed || now < deadline_) {
        return;
    }
    if (state_ == State::parked) {
        call_.request.waited = true;
        resume();
        return;
    }
    if (state_ == State::body && body_goes_on(now)) {
        return;
    }
    if (state_ == State::body || state_ == State::header) {
        timed_out_ = true;
        boost::system::error_code ignored;
        socket_.cancel(ignored);  // on_read() answers
        return;
    }
    close();
}

}  // namespace slipway::http
