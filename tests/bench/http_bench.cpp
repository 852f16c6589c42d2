// Reads per second at 32 connections: an object of the registry through our server, beside a bare Beast server with the same bytes.
//
//   slipway_http_bench [CONNECTIONS] [SECONDS]     prints one JSON object
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/db/db.hpp"
#include "base/log.hpp"
#include "bench/http_bench_bare.hpp"
#include "http/routes_identity.hpp"
#include "http/server.hpp"
#include "store/migrate.hpp"

namespace {

using namespace slipway;

int connect_to(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        std::perror("connect");
        std::exit(1);
    }
    return fd;
}

void send_to(int fd, const std::string& request) {
    if (::send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) {
        std::exit(1);
    }
}

/// One thread with epoll keeps one request under way on each connection. @return answers per second.
double measure(int port, const std::string& request, std::size_t answer_size, int connections, double seconds) {
    const int poll = ::epoll_create1(0);
    std::map<int, std::size_t> got;
    for (int i = 0; i < connections; ++i) {
        const int fd = connect_to(port);
        epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
        ::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
        got[fd] = 0;
        send_to(fd, request);
    }
    std::int64_t answers = 0;
    std::array<char, 65536> buffer{};
    std::array<epoll_event, 64> events{};
    const auto start = std::chrono::steady_clock::now();
    const auto end = start + std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds));
    while (std::chrono::steady_clock::now() < end) {
        const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 100);
        for (int i = 0; i < count; ++i) {
            const int fd = events[static_cast<std::size_t>(i)].data.fd;
            const auto received = ::recv(fd, buffer.data(), buffer.size(), 0);
            if (received <= 0) {
                std::cerr << "a connection was lost\n";
                std::exit(1);
            }
            got[fd] += static_cast<std::size_t>(received);
            if (got[fd] >= answer_size) {
                got[fd] -= answer_size;
                ++answers;
                send_to(fd, request);
            }
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    for (const auto& [fd, bytes] : got) {
        ::close(fd);
    }
    ::close(poll);
    return static_cast<double>(answers) / took.count();
}

/// One answer, to know its size.
std::string ask(int port, const std::string& request) {
    const int fd = connect_to(port);
    send_to(fd, request);
    std::string out;
    std::array<char, 65536> buffer{};
    while (true) {
        const auto head = out.find("\r\n\r\n");
        const auto length = out.find("Content-Length: ");
        if (head != std::string::npos && length != std::string::npos && out.size() >= head + 4 + std::stoul(out.substr(length + 16))) {
            break;
        }
        const auto received = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (received <= 0) {
            break;
        }
        out.append(buffer.data(), static_cast<std::size_t>(received));
    }
    ::close(fd);
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    const int connections = argc > 1 ? std::atoi(argv[1]) : 32;
    const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
    log::set_level(log::Level::error);
    const auto folder = std::filesystem::temp_directory_path() / ("slipway-http-bench-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    {
        const SystemClock clock;
        RandomIds ids;
        const auto database = db::open_sqlite({.path = folder / "bench.db"}).value();
        store::migrate(*database, [] { return Result<void>{}; }).value();
        store::Store store{*database, clock, ids};
        identity::Tokens tokens{store};
        identity::Accounts accounts{store, tokens};
        accounts.ensure_administrator(Secret{"benchmark"}).value();
        const auto pair = accounts.sign_in("admin", Secret{"benchmark"}, "127.0.0.1").value();
        http::Gate gate{tokens, tokens, {}};
        const identity::Access access;
        const http::Router router{http::identity_routes(accounts, tokens, gate, access)};
        Metrics metrics;
        http::Dispatcher dispatcher{router, gate, store, metrics, {.access_log = argc > 3}};
        http::Server server{dispatcher, {.listen = "127.0.0.1:0"}};
        const int port = server.start().value();
        const auto id = store::read<std::string>(*database, [](store::Session& sql) -> Result<std::string> {
                            SW_TRY(const auto rows, sql.query("SELECT id FROM users"));
                            return rows.at(0).text(0);
                        }).value();
        const std::string request =
            fmt::format("GET /model-manage/api/users/{} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n", id, pair.access.reveal());
        const auto answer = ask(port, request);
        const bench::BareServer bare{answer.substr(answer.find("\r\n\r\n") + 4)};
        const auto bare_answer = ask(bare.port(), request);
        const double ours = measure(port, request, answer.size(), connections, seconds);
        const double theirs = measure(bare.port(), request, bare_answer.size(), connections, seconds);
        std::cout << fmt::format("{{\"readsPerSecond\":{:.0f},\"bareBeastPerSecond\":{:.0f},\"ratio\":{:.2f},\"connections\":{}}}\n", ours, theirs,
                                 ours / theirs, connections);
    }
    std::filesystem::remove_all(folder);
    return 0;
}
