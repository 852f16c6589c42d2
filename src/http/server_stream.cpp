#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

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
    io_ = nullptr;  // whoever keeps the stream may outlive the server
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
    const std::lock_guard lock{mutex_};
    if (io_ == nullptr || std::exchange(woken_, true)) {
        return;
    }
    net::post(*io_, [connection = connection_] {
        if (const auto alive = connection.lock()) {
            alive->flush_stream();
        }
    });
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
