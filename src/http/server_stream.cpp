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
    auto& pool = call_.pool() == Pool::outbound ? context_.outbound : context_.api;
    const bool posted = pool.post([self = shared_from_this()] {
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
        refuse({ErrorCode::unavailable, "BUSY", "The server is busy. Try again in a second.", {}, {}});
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
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\nDate: {}\r\n", response_.status, status_title(response_.status), context_.date_now());
    if (!response_.content_type.empty()) {
        fmt::format_to(std::back_inserter(out), "Content-Type: {}\r\n", response_.content_type);
    }
    for (const auto& [name, content] : response_.headers) {
        if (content.find_first_of("\r\n") == std::string::npos) {
            fmt::format_to(std::back_inserter(out), "{}: {}\r\n", name, content);
        }
    }
    const bool bodiless = response_.status == 204 || response_.status == 304 || response_.status < 200;
    if (with_body && !bodiless) {
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response_.bytes().size());
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
        stream_->send(": still here\n\n");
    }
    if (state_ == State::running || state_ == State::admitting || state_ == State::closed || now < deadline_) {
        return;
    }
    if (state_ == State::parked) {
        call_.request.waited = true;
        resume();
        return;
    }
    if (state_ == State::body) {
        const auto ms = static_cast<std::size_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now - body_started_).count());
        if (body_received_ * 1000 >= context_.options.body_bytes_per_second * ms) {
            return;
        }
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
