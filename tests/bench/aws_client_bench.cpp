// Signed and parsed SageMaker calls per second against a stub on loopback.
//
//   slipway_aws_client_bench serve                     the stub alone, prints its address, ends with standard input
//   slipway_aws_client_bench URL [CONNECTIONS] [S]     calls it with so many threads (16) for so many seconds (5), prints JSON
//
// The stub answers every POST with one DescribeTransformJob answer of about 1 KB. It uses poll() in one process of its own, so that it takes
// as little of the machine as it can from either client.
#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "adapters/aws/gateway.hpp"
#include "adapters/http_client/http_client.hpp"

namespace {

using namespace slipway;

const std::string kBody =
    R"({"TransformJobName":"churn-2026-11-25-19-00-04","TransformJobArn":"arn:aws:sagemaker:eu-west-1:123456789012:transform-job/churn-2026-11-25-19-00-04",)"
    R"("TransformJobStatus":"Completed","ModelName":"churn-xgboost-2026-11-01","MaxConcurrentTransforms":4,"ModelClientConfig":{"InvocationsTimeoutInSeconds":600,)"
    R"("InvocationsMaxRetries":3},"MaxPayloadInMB":6,"BatchStrategy":"MultiRecord","Environment":{"SAGEMAKER_PROGRAM":"inference.py","LOG_LEVEL":"20"},)"
    R"("TransformInput":{"DataSource":{"S3DataSource":{"S3DataType":"S3Prefix","S3Uri":"s3://example-bucket/churn/in/2026-11-25/"}},"ContentType":"text/csv",)"
    R"("CompressionType":"None","SplitType":"Line"},"TransformOutput":{"S3OutputPath":"s3://example-bucket/churn/out/2026-11-25/","Accept":"text/csv",)"
    R"("AssembleWith":"Line","KmsKeyId":""},"TransformResources":{"InstanceType":"ml.m5.xlarge","InstanceCount":2},"CreationTime":1795329655.848,)"
    R"("TransformStartTime":1795329755.848,"TransformEndTime":1795330055.848,"DataProcessing":{"InputFilter":"$[1:]","OutputFilter":"$","JoinSource":"None"}})";

int listen_on_loopback(int& port) {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    socklen_t size = sizeof address;
    auto* const base = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, base, size) != 0 || ::listen(listener, 128) != 0 || ::getsockname(listener, base, &size) != 0) {
        std::perror("listen");
        std::exit(1);
    }
    port = ntohs(address.sin_port);
    return listener;
}

/// Answers whole requests in `pending`. @return false when the peer is gone.
bool serve_peer(int peer, std::string& pending) {
    static const std::string kAnswer =
        "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\nx-amzn-RequestId: 0b1c2d3e-0000-4000-8000-000000000000\r\nContent-Length: " +
        std::to_string(kBody.size()) + "\r\n\r\n" + kBody;
    std::array<char, 16384> buffer{};
    const auto got = ::recv(peer, buffer.data(), buffer.size(), 0);
    if (got <= 0) {
        return false;
    }
    pending.append(buffer.data(), static_cast<std::size_t>(got));
    for (auto head = pending.find("\r\n\r\n"); head != std::string::npos; head = pending.find("\r\n\r\n")) {
        const auto length = pending.find("Content-Length: ");
        const std::size_t body = length < head ? std::stoul(pending.substr(length + 16, 12)) : 0;
        if (pending.size() < head + 4 + body) {
            return true;
        }
        pending.erase(0, head + 4 + body);
        if (::send(peer, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL) < 0) {
            return false;
        }
    }
    return true;
}

int serve() {
    int port = 0;
    std::vector<pollfd> polled{{.fd = listen_on_loopback(port), .events = POLLIN, .revents = 0}, {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
    std::map<int, std::string> pending;
    std::cout << "http://127.0.0.1:" << port << std::endl;
    while (::poll(polled.data(), polled.size(), -1) >= 0 && polled[1].revents == 0) {
        for (std::size_t i = 2; i < polled.size(); ++i) {
            if (polled[i].revents != 0 && !serve_peer(polled[i].fd, pending[polled[i].fd])) {
                ::close(polled[i].fd);
                pending.erase(polled[i].fd);
                polled[i].fd = -1;
            }
        }
        std::erase_if(polled, [](const pollfd& entry) { return entry.fd < 0; });
        if (polled[0].revents != 0) {
            const int peer = ::accept(polled[0].fd, nullptr, nullptr);
            const int on = 1;
            ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            polled.push_back({.fd = peer, .events = POLLIN, .revents = 0});
        }
    }
    return 0;
}

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int measure(const std::string& url, int connections, int seconds) {
    const SystemClock clock;
    aws::SystemWaiter waiter;
    const auto transport = make_http_client({.proxy_from_environment = false});
    const auto gateway = aws::make_aws_gateway(*transport, clock, waiter, {.service_endpoint_url = url, .region = "eu-west-1"});
    sagemaker::Credential credential;
    credential.id = "bench";
    credential.access_key_id = "AKIAIOSFODNN7EXAMPLE";
    credential.secret_access_key = Secret{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
    const auto client = gateway->connect(credential, "");
    const json::object request{{"TransformJobName", "churn-2026-11-25-19-00-04"}};
    std::atomic<std::int64_t> calls{0};
    std::atomic<std::int64_t> failures{0};
    const auto began = clock.steady();
    const auto until = began + std::chrono::seconds{seconds};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < connections; ++i) {
            threads.emplace_back([&] {
                while (clock.steady() < until) {
                    const auto answer = client->call("DescribeTransformJob", request, {});
                    ++(answer && json::text_of(*answer, "ModelName") == "churn-xgboost-2026-11-01" ? calls : failures);
                }
            });
        }
    }
    const double took = std::chrono::duration<double>(clock.steady() - began).count();
    const auto done = static_cast<double>(calls.load());
    std::cout << json::write(json::object{{"client", "slipway"},
                                          {"connections", connections},
                                          {"callsPerSecond", std::round(done / took)},
                                          {"cpuMicrosecondsPerCall", std::round(cpu_seconds() * 1e6 / done)},
                                          {"failures", failures.load()}})
              << std::endl;
    return failures == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "usage: slipway_aws_client_bench serve | URL [CONNECTIONS] [SECONDS]\n";
        return 2;
    }
    const std::string what = argv[1];
    return what == "serve" ? serve() : measure(what, argc > 2 ? std::atoi(argv[2]) : 16, argc > 3 ? std::atoi(argv[3]) : 5);
}
