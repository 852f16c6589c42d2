// A Beast server as its own examples write it: one io thread, one fixed answer, nothing behind it. What our server is measured against.
#include "bench/http_bench_bare.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <thread>

namespace slipway::bench {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

class BareSession : public std::enable_shared_from_this<BareSession> {
public:
    BareSession(net::ip::tcp::socket socket, const std::string& body) : stream_{std::move(socket)}, body_{body} {
        stream_.socket().set_option(net::ip::tcp::no_delay{true});
    }
    void read() {
        request_ = {};
        stream_.expires_after(std::chrono::seconds{30});
        http::async_read(stream_, buffer_, request_, [self = shared_from_this()](beast::error_code problem, std::size_t) {
            if (!problem) {
                self->write();
            }
        });
    }

private:
    void write() {
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::content_type, "application/json");
        response_.keep_alive(request_.keep_alive());
        response_.body() = body_;
        response_.prepare_payload();
        http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code problem, std::size_t) {
            if (!problem) {
                self->read();
            }
        });
    }
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
    const std::string& body_;
};

}  // namespace

struct BareServer::Impl {
    explicit Impl(std::string answer) : body{std::move(answer)} {}
    std::string body;
    net::io_context io{1};
    net::ip::tcp::acceptor acceptor{io, {net::ip::address_v4::loopback(), 0}};
    std::thread thread;

    void accept() {
        acceptor.async_accept([this](beast::error_code problem, net::ip::tcp::socket socket) {
            if (!problem) {
                std::make_shared<BareSession>(std::move(socket), body)->read();
                accept();
            }
        });
    }
};

BareServer::BareServer(std::string body) : impl_{std::make_unique<Impl>(std::move(body))} {
    impl_->accept();
    impl_->thread = std::thread{[this] { impl_->io.run(); }};
}

BareServer::~BareServer() {
    impl_->io.stop();
    impl_->thread.join();
}

int BareServer::port() const {
    return impl_->acceptor.local_endpoint().port();
}

}  // namespace slipway::bench
