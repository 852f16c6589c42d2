#include "apps/cli/redirect_listener.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <fmt/format.h>
#include <netinet/in.h>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/secret.hpp"
#include "http/target.hpp"

namespace slipway::cli {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMostConnections = 8;
constexpr std::size_t kMostBytes = 16384;
constexpr Milliseconds kStep{100};

/// A browser's connection, and what it has said so far. Some are opened ahead and say nothing.
struct Peer {
    UniqueFd fd;
    std::string said;
};

std::string value_of(const Fields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &std::pair<std::string, std::string>::first);
    return found == fields.end() ? std::string{} : found->second;
}

void answer(const Peer& peer, std::string_view status, std::string_view words) {
    const auto page =
        fmt::format("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Slipway</title></head><body><p>{}</p></body></html>\n", words);
    const auto text = fmt::format(
        "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
        "Content-Security-Policy: default-src 'none'\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{}",
        status, page.size(), page);
    // As much as a socket's buffer takes at once: nobody is waited for.
    static_cast<void>(::send(peer.fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    ::shutdown(peer.fd.get(), SHUT_WR);
}

/// What a whole request brings that belongs to this sign-in; anything else is answered.
std::optional<Fields> fields_of(const Peer& peer, const std::string& path, const std::string& state) {
    const std::string_view line{peer.said.data(), peer.said.find("\r\n")};
    const auto end = line.rfind(" HTTP/1.");
    if (!line.starts_with("GET ") || end == std::string_view::npos || end < 4) {
        answer(peer, "405 Method Not Allowed", "This is the command line of Slipway, which waits for a sign-in.");
        return std::nullopt;
    }
    const auto target = line.substr(4, end - 4);
    const auto mark = std::min(target.find('?'), target.size());
    auto fields = http::parse_query(target.substr(std::min(mark + 1, target.size())));
    if (target.substr(0, mark) != path || !fields) {
        answer(peer, "404 Not Found", "This is the command line of Slipway, which waits for a sign-in.");
        return std::nullopt;
    }
    if (!equal_in_constant_time(value_of(*fields, "state"), state)) {
        answer(peer, "400 Bad Request", "This belongs to another sign-in. The command line still waits for its own.");
        return std::nullopt;
    }
    answer(peer, "200 OK",
           value_of(*fields, "code").empty() ? "Nobody was signed in; the command line says why. You may close this window."
                                             : "Back to the command line: it says whether you are signed in. You may close this window.");
    return std::move(*fields);
}

/// Reads what is there. @return whether the connection has more to say.
bool read_on(Peer& peer) {
    std::array<char, 4096> buffer{};
    const auto got = ::recv(peer.fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) {
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    }
    peer.said.append(buffer.data(), static_cast<std::size_t>(got));
    return peer.said.size() <= kMostBytes;
}

/// One look at all connections.
std::optional<Fields> look(int listener, std::vector<Peer>& peers, const std::string& path, const std::string& state) {
    std::vector<pollfd> waits{{.fd = listener, .events = POLLIN, .revents = 0}};
    for (const auto& peer : peers) {
        waits.push_back({.fd = peer.fd.get(), .events = POLLIN, .revents = 0});
    }
    if (::poll(waits.data(), waits.size(), static_cast<int>(kStep.count())) <= 0) {
        return std::nullopt;
    }
    std::optional<Fields> found;
    std::vector<Peer> left;
    for (std::size_t at = 0; at < peers.size(); ++at) {
        auto& peer = peers[at];
        bool stays = waits[at + 1].revents == 0 || read_on(peer);
        if (stays && peer.said.contains("\r\n\r\n")) {
            found = found ? found : fields_of(peer, path, state);
            stays = false;
        }
        if (stays) {
            left.push_back(std::move(peer));
        }
    }
    peers = std::move(left);
    if (waits.front().revents != 0) {
        if (peers.size() >= kMostConnections) {
            peers.erase(peers.begin());  // the oldest that has said nothing whole: the browser's must get in
        }
        if (UniqueFd fd{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)}; fd.get() >= 0) {
            peers.push_back({.fd = std::move(fd), .said = {}});
        }
    }
    return found;
}

}  // namespace

Result<RedirectListener> RedirectListener::open(std::uint16_t port) {
    UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    auto* base = reinterpret_cast<sockaddr*>(&address);
    const int yes = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd.get() < 0 || ::bind(fd.get(), base, size) != 0 || ::listen(fd.get(), static_cast<int>(kMostConnections)) != 0 ||
        ::getsockname(fd.get(), base, &size) != 0) {
        return fail(ErrorCode::conflict, "PORT_TAKEN",
                    fmt::format("Port {} of 127.0.0.1 is not free for the browser to come back to. Free it, or sign in by a code: --device.", port));
    }
    return RedirectListener{std::move(fd), ntohs(address.sin_port)};
}

Result<Fields> RedirectListener::wait(const std::string& path, const std::string& state, Milliseconds most, const std::atomic<bool>* interrupted) {
    std::vector<Peer> peers;
    const auto ends = std::chrono::steady_clock::now() + most;
    while (std::chrono::steady_clock::now() < ends) {
        if (interrupted != nullptr && *interrupted) {
            return fail(ErrorCode::unavailable, "CANCELLED", "Interrupted: nobody was signed in.");
        }
        if (auto found = look(listener_.get(), peers, path, state)) {
            return std::move(*found);
        }
    }
    return fail(ErrorCode::unauthenticated, "SIGN_IN_EXPIRED", "No browser came back in time. Run slipway login again.");
}

}  // namespace slipway::cli
