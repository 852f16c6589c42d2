// Reads per second at 32 connections: a business model through our server as it is configured by default, with its access log (to /dev/null), beside
// a bare Beast server with the same bytes; and the same without the log.
//
//   slipway_http_bench [CONNECTIONS] [SECONDS]     prints one JSON object
#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "adapters/db/db.hpp"
#include "bench/http_bench_bare.hpp"
#include "http/routes_registry.hpp"
#include "http/server.hpp"
#include "identity/accounts.hpp"
#include "registry/registry.hpp"
#include "registry/tables.hpp"
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

/// Standard error, where the log goes, leads to /dev/null as long as this lives.
class LogToNowhere {
public:
    LogToNowhere() : kept_{::dup(STDERR_FILENO)} {
        const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(nowhere, STDERR_FILENO);
        ::close(nowhere);
    }
    ~LogToNowhere() {
        ::dup2(kept_, STDERR_FILENO);
        ::close(kept_);
    }
    LogToNowhere(const LogToNowhere&) = delete;
    LogToNowhere& operator=(const LogToNowhere&) = delete;

private:
    int kept_;
};

/// The product from its database to its routes, with an administrator and one model.
class Product {
public:
    explicit Product(const std::filesystem::path& folder) : database_{db::open_sqlite({.path = folder / "bench.db"}).value()} {
        store::migrate(*database_, [] { return Result<void>{}; }).value();
        accounts_.ensure_administrator(Secret{"benchmark"}).value();
        const auto pair = accounts_.sign_in("admin", Secret{"benchmark"}, "127.0.0.1").value();
        const auto made = json::parse_object(R"({"modelMetaData":{"name":"churn-classifier-v3","description":"Who leaves within a quarter","type":"PYSPARK",)"
                                             R"("modelStage":"PRODUCTION","tags":["team=risk","quarterly"]},)"
                                             R"("modelAssets":[{"assetType":"SOURCE_CODE","name":"score.py","primaryModelSource":true,"sourceCode":"pass"}]})");
        std::string id;
        store_
            .write({},
                   [&](store::Unit& unit) -> Result<void> {
                       SW_TRY(const auto model, store::insert(unit, registry::stored_models_table(), {.id = {}, .group = "risk", .document = made.value()}));
                       id = model.id;
                       return {};
                   })
            .value();
        request_ =
            fmt::format("GET /model-manage/api/storedModels/{} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n", id, pair.access.reveal());
    }
    const std::string& request() const { return request_; }
    /// What `work` returns for the port of a server on it.
    double serve(bool access_log, const std::function<double(int)>& work) {
        http::Dispatcher dispatcher{router_, gate_, store_, metrics_, {.access_log = access_log}};
        http::Server server{dispatcher, {.listen = "127.0.0.1:0"}};
        return work(server.start().value());
    }

private:
    const SystemClock clock_;
    RandomIds ids_;
    std::unique_ptr<store::Database> database_;
    store::Store store_{*database_, clock_, ids_};
    identity::Tokens tokens_{store_};
    identity::Accounts accounts_{store_, tokens_};
    http::Gate gate_{tokens_, tokens_, {}};
    const identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Registry registry_{registry::Foundation{.store = store_, .access = access_, .sealer = sealer_, .default_group = "modelop"}};
    const http::Router router_{http::registry_routes(registry_)};
    Metrics metrics_;
    std::string request_;
};

/// One JSON object with the rates of the product, with its log and without, and of the bare server.
std::string compare(Product& product, int connections, double seconds) {
    const auto& request = product.request();
    std::string answer;
    const auto rate = [&](bool access_log) {
        return product.serve(access_log, [&](int port) {
            answer = ask(port, request);
            return measure(port, request, answer.size(), connections, seconds);
        });
    };
    const double ours = rate(true);
    const double silent = rate(false);
    const bench::BareServer bare{answer.substr(answer.find("\r\n\r\n") + 4)};
    const double theirs = measure(bare.port(), request, ask(bare.port(), request).size(), connections, seconds);
    return fmt::format(R"({{"readsPerSecond":{:.0f},"withoutLogPerSecond":{:.0f},"bareBeastPerSecond":{:.0f},"ratio":{:.2f},"connections":{}}})", ours, silent,
                       theirs, ours / theirs, connections);
}

}  // namespace

int main(int argc, char** argv) {
    const int connections = argc > 1 ? std::atoi(argv[1]) : 32;
    const double seconds = argc > 2 ? std::atof(argv[2]) : 5;
    const auto folder = std::filesystem::temp_directory_path() / ("slipway-http-bench-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    {
        const LogToNowhere quiet;
        Product product{folder};
        std::cout << compare(product, connections, seconds) << '\n';
    }
    std::filesystem::remove_all(folder);
    return 0;
}
