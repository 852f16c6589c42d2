#include "adapters/http_client/http_client.hpp"

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <thread>

#include "fakes/loopback_server.hpp"

namespace slipway {
namespace {

using namespace std::chrono_literals;
using fakes::LoopbackServer;

std::string reply(const std::string& body, const std::string& head = "HTTP/1.1 200 OK\r\n") {
    return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

HttpClientOptions direct() {
    return {.proxy_from_environment = false};
}

TEST(HttpClient, SendsWhatItIsGivenAndNothingElse) {
    std::string seen;
    LoopbackServer server{[&](const std::string& request) {
        seen = request;
        return reply("pong", "HTTP/1.1 400 Bad\r\nX-Amzn-RequestId:  r1 \r\nX-Two: a\r\n");
    }};
    const auto client = make_http_client(direct());
    const auto response =
        client->send({.method = "POST", .url = server.url("/a//b/../c?q=%2F"), .headers = {{"X-Amz-Target", "T"}, {"X-Empty", ""}}, .body = "ping"});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->status, 400);
    EXPECT_EQ(response->body, "pong");
    EXPECT_EQ(response->header("x-amzn-requestid"), "r1");
    EXPECT_TRUE(seen.starts_with("POST /a//b/../c?q=%2F HTTP/1.1\r\n")) << seen;
    EXPECT_NE(seen.find("\r\nX-Amz-Target: T\r\n"), std::string::npos) << seen;
    EXPECT_NE(seen.find("\r\nX-Empty:\r\n"), std::string::npos) << seen;
    EXPECT_TRUE(seen.ends_with("\r\n\r\nping")) << seen;
    EXPECT_EQ(seen.find("Content-Type"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("Expect"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("Accept"), std::string::npos) << seen;
}

TEST(HttpClient, UsesOneConnectionAgain) {
    LoopbackServer server{[](const std::string&) { return reply("x"); }};
    const auto client = make_http_client(direct());
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(client->send({.url = server.url()}));
    }
    EXPECT_EQ(server.connections(), 1);
}

TEST(HttpClient, ForgetsTheRequestBefore) {
    std::string seen;
    LoopbackServer server{[&](const std::string& request) {
        seen = request;
        return reply("");
    }};
    const auto client = make_http_client(direct());
    ASSERT_TRUE(client->send({.method = "POST", .url = server.url(), .headers = {{"Authorization", "secret"}}, .body = "b"}));
    ASSERT_TRUE(client->send({.url = server.url("/next")}));
    EXPECT_TRUE(seen.starts_with("GET /next ")) << seen;
    EXPECT_EQ(seen.find("secret"), std::string::npos) << seen;
}

TEST(HttpClient, TellsOnceThatAnAnswerIsLateAndWaitsOn) {
    std::promise<void> late;
    LoopbackServer server{[&](const std::string&) {
        late.get_future().wait();
        return reply("x");
    }};
    int told = 0;
    const auto response = make_http_client(direct())->send({.url = server.url(),
                                                            .on_late =
                                                                [&] {
                                                                    ++told;
                                                                    late.set_value();
                                                                },
                                                            .late_after = 1ms});
    ASSERT_TRUE(response) << response.error().message;
    EXPECT_EQ(response->body, "x");
    EXPECT_EQ(told, 1);
}

TEST(HttpClient, DoesNotFollowRedirects) {
    LoopbackServer server{[](const std::string&) { return reply("", "HTTP/1.1 302 Found\r\nLocation: /other\r\n"); }};
    const auto response = make_http_client(direct())->send({.url = server.url()});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 302);
}

TEST(HttpClient, TakesTheLastOfSeveralAnswers) {
    LoopbackServer server{[](const std::string&) { return "HTTP/1.1 103 Early\r\nX-Early: 1\r\n\r\n" + reply("x"); }};
    const auto response = make_http_client(direct())->send({.url = server.url()});
    ASSERT_TRUE(response);
    EXPECT_EQ(response->header("x-early"), "");
    EXPECT_EQ(response->status, 200);
}

TEST(HttpClient, StopsAnAnswerThatIsTooLarge) {
    LoopbackServer server{[](const std::string&) { return reply(std::string(1001, 'x')); }};
    const auto client = make_http_client(direct());
    const auto response = client->send({.url = server.url(), .max_response_bytes = 1000});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().reason, "ANSWER_TOO_LARGE");
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(client->send({.url = server.url(), .max_response_bytes = 1001}));
}

TEST(HttpClient, SaysWhenNobodyListensOrTheConnectionBreaks) {
    int port_owner = 0;
    std::string dead;
    {
        LoopbackServer gone{[](const std::string&) { return ""; }};
        dead = gone.url();
        const auto broken = make_http_client(direct())->send({.url = gone.url()});
        ASSERT_FALSE(broken);
        EXPECT_EQ(broken.error().code, ErrorCode::unavailable);
        EXPECT_EQ(broken.error().reason, "NO_ANSWER");
        port_owner = gone.connections();
    }
    EXPECT_EQ(port_owner, 1);
    const auto refused = make_http_client(direct())->send({.url = dead});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, "NO_CONNECTION");
}

TEST(HttpClient, SaysThatWhatAnswersIsNoHttpServer) {
    LoopbackServer other{[](const std::string&) { return std::string{"220 mail.example.com ESMTP\r\n"}; }};
    const auto answer = make_http_client(direct())->send({.url = other.url()});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
    EXPECT_EQ(answer.error().reason, "NO_HTTP");
}

TEST(HttpClient, GivesUpAtItsTimeOut) {
    std::atomic<bool> over{false};
    LoopbackServer server{[&](const std::string&) {
        over.wait(false);
        return std::string{};
    }};
    const auto response = make_http_client(direct())->send({.url = server.url(), .timeout = 50ms});
    over = true;
    over.notify_all();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, ErrorCode::timeout);
}

TEST(HttpClient, IsCancelledWhileItWaits) {
    std::atomic<bool> cancelled{false};
    std::atomic<bool> over{false};
    LoopbackServer server{[&](const std::string&) {
        cancelled = true;
        over.wait(false);
        return std::string{};
    }};
    const auto response = make_http_client(direct())->send({.url = server.url(), .cancelled = &cancelled});
    over = true;
    over.notify_all();
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().reason, "CANCELLED");
    EXPECT_EQ(response.error().code, ErrorCode::unavailable);
    EXPECT_EQ(make_http_client(direct())->send({.url = server.url(), .cancelled = &cancelled}).error().reason, "CANCELLED");
    EXPECT_EQ(server.connections(), 1) << "a cancelled call makes no connection";
}

TEST(HttpClient, RefusesOtherProtocolsAndLineBreaksInHeaders) {
    const auto client = make_http_client(direct());
    for (const auto* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "not a url"}) {
        const auto response = client->send({.url = url});
        ASSERT_FALSE(response) << url;
        EXPECT_EQ(response.error().reason, "BAD_URL") << url << response.error().detail;
    }
    EXPECT_EQ(client->send({.url = "http://127.0.0.1:1/", .headers = {{"A", "b\r\nX: y"}}}).error().reason, "BAD_HEADER");
}

TEST(HttpClient, ShowsNoUserOrQueryInErrors) {
    const auto response = make_http_client(direct())->send({.url = "http://user:pw@127.0.0.1:1/x?token=t"});
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().message.find("pw"), std::string::npos) << response.error().message;
    EXPECT_EQ((response.error().message + response.error().detail).find("token=t"), std::string::npos) << response.error().message;
}

TEST(HttpClient, SaysThatTheAuthorityFileIsWrong) {
    const auto response = make_http_client({.ca_file = "/nonexistent.pem", .proxy_from_environment = false})->send({.url = "https://127.0.0.1:1/"});
    ASSERT_FALSE(response);
    EXPECT_TRUE(response.error().reason == "TLS" || response.error().reason == "NO_CONNECTION") << response.error().detail;
}

TEST(HttpClient, ServesManyThreads) {
    LoopbackServer server{[](const std::string& request) { return reply(request.substr(0, request.find(" HTTP"))); }};
    const auto client = make_http_client(direct());
    std::atomic<int> good{0};
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 50; ++i) {
                    const auto path = "/" + std::to_string(t) + "-" + std::to_string(i);
                    const auto response = client->send({.url = server.url(path)});
                    good += response && response->body == "GET " + path ? 1 : 0;
                }
            });
        }
    }
    EXPECT_EQ(good, 400);
    EXPECT_LE(server.connections(), 8);
}

TEST(HttpClient, WhatMustBeSentOnceIsSentOnce) {
    std::atomic<int> posts{0};
    LoopbackServer server{[&](const std::string& request) { return request.starts_with("GET") ? reply("x") : (++posts, std::string{}); }};
    const auto client = make_http_client(direct());
    ASSERT_TRUE(client->send({.url = server.url()}));  // leaves a connection that the next one could take
    EXPECT_EQ(client->send({.method = "POST", .url = server.url(), .body = "x", .once = true}).error().code, ErrorCode::unavailable);
    EXPECT_EQ(posts, 1);
}

TEST(HttpClient, AuthoritiesAreTakenFromWhereTheMachineKeepsThem) {
    const auto folder = std::filesystem::path{::testing::TempDir()} / "authorities";
    std::filesystem::create_directories(folder);
    const auto bundle = (folder / "bundle.pem").string();
    std::ofstream{bundle} << "x";
    const std::array<std::string_view, 3> places{"/nowhere/bundle.pem", "/", bundle};
    EXPECT_EQ(machine_authorities(places), bundle);
    EXPECT_EQ(machine_authorities(std::span{places}.first(2)), "") << "a folder is none";
    std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace slipway
