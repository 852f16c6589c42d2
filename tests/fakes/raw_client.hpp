#pragma once

#include <arpa/inet.h>
#include <cerrno>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace slipway::fakes {

/// A loopback connection that sends and reads bytes as they are. Waits at most ten seconds for each.
class RawClient {
public:
    explicit RawClient(int port) : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(static_cast<std::uint16_t>(port));
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    ~RawClient() { ::close(fd_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool connected() const { return connected_; }
    /// @return false when the other side had reset the connection.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Until the other side's program has most likely taken what was sent: when its kernel has acknowledged it, and a moment more.
    void wait_until_read() const {
        int unsent = 1;
        for (int i = 0; i < 100 && ::ioctl(fd_, SIOCOUTQ, &unsent) == 0 && unsent > 0; ++i) {
            ::usleep(100);
        }
        ::usleep(300);
    }
    /// Sends nothing more; still reads.
    void finish() { ::shutdown(fd_, SHUT_WR); }
    /// Reads until `mark` has come, and gives all up to its end; what came before an end or a time-out if it never came.
    std::string read_until(std::string_view mark) {
        while (true) {
            if (const auto at = got_.find(mark); at != std::string::npos) {
                auto out = got_.substr(0, at + mark.size());
                got_.erase(0, at + mark.size());
                return out;
            }
            if (!receive()) {
                return std::exchange(got_, {});
            }
        }
    }
    /// Reads to the end of the stream.
    std::string read_all() {
        while (receive()) {
        }
        return std::exchange(got_, {});
    }
    /// One answer with a Content-Length.
    std::string read_answer() {
        auto head = read_until("\r\n\r\n");
        const auto at = head.find("Content-Length: ");
        const auto size = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
        while (got_.size() < size && receive()) {
        }
        head += got_.substr(0, size);
        got_.erase(0, size);
        return head;
    }

private:
    bool receive() {
        pollfd waiting{.fd = fd_, .events = POLLIN, .revents = 0};
        int ready = 0;
        while ((ready = ::poll(&waiting, 1, 10000)) < 0 && errno == EINTR) {  // the clock of a fuzz target
        }
        if (ready != 1) {
            return false;
        }
        char buffer[16384];
        const auto count = ::recv(fd_, buffer, sizeof buffer, 0);
        if (count <= 0) {
            return false;
        }
        got_.append(buffer, static_cast<std::size_t>(count));
        return true;
    }
    int fd_;
    bool connected_{false};
    std::string got_;
};

}  // namespace slipway::fakes
