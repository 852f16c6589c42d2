#pragma once

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace slipway::fakes {

/// Answers on loopback with what a function makes of each request; counts connections.
class LoopbackServer {
public:
    using Answer = std::function<std::string(const std::string& request)>;  ///< empty: close without an answer

    explicit LoopbackServer(Answer answer) : answer_{std::move(answer)}, listener_{::socket(AF_INET, SOCK_STREAM, 0)} {
        sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
        socklen_t size = sizeof address;
        if (::bind(listener_, as_base(address), size) != 0 || ::listen(listener_, 16) != 0 || ::getsockname(listener_, as_base(address), &size) != 0) {
            throw std::runtime_error{"no loopback socket"};
        }
        port_ = ntohs(address.sin_port);
        acceptor_ = std::jthread{[this] { accept_all(); }};
    }
    ~LoopbackServer() {
        ::shutdown(listener_, SHUT_RDWR);
        acceptor_.join();
        {
            const std::lock_guard lock{mutex_};
            for (const int peer : open_) {
                ::shutdown(peer, SHUT_RDWR);
            }
        }
        peers_.clear();
        ::close(listener_);
    }
    std::string url(const std::string& path = "/") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
    int connections() const { return connections_; }

private:
    static sockaddr* as_base(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

    void accept_all() {
        for (int peer = 0; (peer = ::accept(listener_, nullptr, nullptr)) >= 0;) {
            ++connections_;
            const std::lock_guard lock{mutex_};
            open_.push_back(peer);
            peers_.emplace_back([this, peer] { serve(peer); });
        }
    }

    void serve(int peer) {
        std::string pending;
        std::array<char, 4096> buffer{};
        for (;;) {
            const auto head = pending.find("\r\n\r\n");
            const auto length_at = pending.find("Content-Length: ");
            const std::size_t body = head != std::string::npos && length_at < head ? std::stoul(pending.substr(length_at + 16)) : 0;
            if (head == std::string::npos || pending.size() < head + 4 + body) {
                const auto got = ::recv(peer, buffer.data(), buffer.size(), 0);
                if (got <= 0) {
                    break;
                }
                pending.append(buffer.data(), static_cast<std::size_t>(got));
                continue;
            }
            const auto reply = answer_(pending.substr(0, head + 4 + body));
            pending.erase(0, head + 4 + body);
            if (reply.empty() || ::send(peer, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) {
                break;
            }
        }
        ::shutdown(peer, SHUT_RDWR);
    }

    Answer answer_;
    int listener_;
    int port_{0};
    std::atomic<int> connections_{0};
    std::mutex mutex_;
    std::vector<int> open_;
    std::vector<std::jthread> peers_;
    std::jthread acceptor_;
};

}  // namespace slipway::fakes
