#include <deque>
#include <thread>

#include "fakes/http_server_fixture.hpp"
#include "identity/provider_waits.hpp"

/// What one client cannot take from all others.
namespace slipway::http {
namespace {

using fakes::RawClient;
using ServerBounds = fakes::HttpServerFixture;

TEST_F(ServerBounds, AProviderThatHangsLeavesThreadsToThoseWhoNeedNone) {
    const ServerOptions usual;
    EXPECT_GE(usual.api_threads, static_cast<std::size_t>(identity::ProviderWaits::kMost) + 12);
}

TEST_F(ServerBounds, ABodyThatStallsIsGivenUpHoweverMuchCame) {
    auto quick = options();
    quick.header_timeout = Milliseconds{50};
    quick.body_bytes_per_second = 1000;
    start(std::move(quick));
    RawClient body{port};
    ASSERT_TRUE(body.send(request("POST /size", "Content-Length: 400000\r\n") + std::string(300000, 'x')));
    EXPECT_TRUE(body.read_answer().contains("REQUEST_TIMEOUT"));
}

TEST_F(ServerBounds, ABodyThatGoesOnForEverIsGivenUp) {
    auto quick = options();
    quick.header_timeout = Milliseconds{20};
    quick.body_timeout = Milliseconds{100};
    quick.body_bytes_per_second = 1;
    quick.linger_timeout = Milliseconds{20};
    start(std::move(quick));
    RawClient trickle{port};
    ASSERT_TRUE(trickle.send(request("POST /size", "Content-Length: 20000000\r\n")));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (std::chrono::steady_clock::now() < until && trickle.send("x")) {
        std::this_thread::yield();
    }
    EXPECT_LT(std::chrono::steady_clock::now(), until);
}

TEST_F(ServerBounds, WhoHasNoTokenSendsLittle) {
    start();
    RawClient large{port};
    ASSERT_TRUE(large.send(request("POST /gocli/token", "Content-Length: 70000\r\n", false)));
    EXPECT_TRUE(large.read_answer().starts_with("HTTP/1.1 413"));
    RawClient chunked{port};
    ASSERT_TRUE(chunked.send(request("POST /gocli/token", "Transfer-Encoding: chunked\r\n", false) + "11170\r\n" + std::string(70000, 'x')));
    EXPECT_TRUE(chunked.read_answer().starts_with("HTTP/1.1 413"));
    RawClient fits{port};
    const std::string form = "username=admin&password=correct+horse";
    ASSERT_TRUE(fits.send(request("POST /gocli/token", fmt::format("Content-Length: {}\r\n", form.size()), false) + form));
    EXPECT_TRUE(fits.read_answer().starts_with("HTTP/1.1 200"));
}

TEST_F(ServerBounds, WhatWaitsTooLongIsRefusedAndSignInGoesOn) {
    auto narrow = options();
    narrow.outbound_threads = 1;
    narrow.queue_timeout = Milliseconds{30};
    start(std::move(narrow));
    RawClient busy{port};
    ASSERT_TRUE(busy.send(request("GET /wait")));
    entered.get_future().wait();
    RawClient late{port};
    ASSERT_TRUE(late.send(request("GET /count")));
    const auto refused = late.read_answer();
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 503") && refused.contains("Retry-After: 1") && refused.contains("BUSY")) << refused;
    RawClient other{port};
    const std::string form = "username=ann&password=correct+horse";
    ASSERT_TRUE(other.send(request("POST /gocli/token", fmt::format("Content-Length: {}\r\n", form.size()), false) + form));
    EXPECT_TRUE(other.read_answer().starts_with("HTTP/1.1 200")) << "passwords do not wait for AWS";
    RawClient asking{port};
    ASSERT_TRUE(asking.send(request("GET /gocli/login", {}, false)));
    EXPECT_TRUE(asking.read_answer().starts_with("HTTP/1.1 200")) << "nor does who asks how to sign in";
    ASSERT_TRUE(late.send(request("GET /gocli/session"))) << "the connection goes on";
    EXPECT_TRUE(late.read_answer().starts_with("HTTP/1.1 200"));
    released.set_value();
    EXPECT_TRUE(busy.read_answer().contains(R"({"waited":true})"));
    ASSERT_TRUE(busy.send(request("GET /count")));
    EXPECT_TRUE(busy.read_answer().ends_with(R"({"count":1})")) << "what was refused never began";
}

TEST_F(ServerBounds, WhoHasGoneIsNotWorkedFor) {
    auto narrow = options();
    narrow.outbound_threads = 1;
    start(std::move(narrow));
    RawClient busy{port};
    ASSERT_TRUE(busy.send(request("GET /wait")));
    entered.get_future().wait();
    {
        RawClient gone{port};
        ASSERT_TRUE(gone.send(request("GET /count")));
    }
    RawClient watching{port};
    bool noticed = false;
    for (int i = 0; i < 10000 && !noticed; ++i) {
        ASSERT_TRUE(watching.send(request("GET /actuator/prometheus")));
        noticed = watching.read_answer().contains(R"(operation="count",status="503")");
    }
    EXPECT_TRUE(noticed);
    released.set_value();
    EXPECT_TRUE(busy.read_answer().contains(R"({"waited":true})"));
    ASSERT_TRUE(busy.send(request("GET /count")));
    EXPECT_TRUE(busy.read_answer().ends_with(R"({"count":1})"));
}

TEST_F(ServerBounds, WhetherItLivesIsAnsweredWhateverThePoolsDo) {
    start();
    RawClient one{port};
    RawClient other{port};
    ASSERT_TRUE(one.send(request("GET /held")));
    ASSERT_TRUE(other.send(request("GET /held")));
    EXPECT_TRUE(turnstile.wait_for(2)) << "all threads of the pool wait";
    RawClient kubelet{port};
    EXPECT_TRUE(kubelet.send(request("GET /actuator/health/liveness", "", false)));
    EXPECT_TRUE(kubelet.read_answer().ends_with(R"({"status":"UP"})"));
    EXPECT_TRUE(
        kubelet.send(request("GET /actuator/health/liveness", "Authorization: Bearer of-nobody\r\nExpect: 100-continue\r\nContent-Length: 1\r\n", false)));
    EXPECT_TRUE(kubelet.read_until("100 Continue\r\n\r\n").contains("100 Continue"));
    EXPECT_TRUE(kubelet.send("x"));
    EXPECT_TRUE(kubelet.read_answer().ends_with(R"({"status":"UP"})"));
    turnstile.open();
    EXPECT_TRUE(one.read_answer().contains("held"));
    EXPECT_TRUE(other.read_answer().contains("held"));
}

TEST_F(ServerBounds, OneAddressCannotTakeAllConnections) {
    auto few = options();
    few.max_per_address = 1;
    start(std::move(few));
    {
        RawClient first{port};
        ASSERT_TRUE(first.send(request("GET /gocli/session")));
        EXPECT_TRUE(first.read_answer().starts_with("HTTP/1.1 200"));
        RawClient second{port};
        EXPECT_TRUE(second.read_all().starts_with("HTTP/1.1 503"));
    }
    std::string answer;
    for (int i = 0; i < 1000 && !answer.starts_with("HTTP/1.1 200"); ++i) {  // the place is free again once the server has seen the end
        RawClient next{port};
        (void)next.send(request("GET /gocli/session"));
        answer = next.read_answer();
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << answer;
}

TEST_F(ServerBounds, OnePersonCannotTakeAllStreams) {
    start();
    std::deque<RawClient> open;
    for (std::size_t i = 0; i < EventHub::kMostOfOne; ++i) {
        open.emplace_back(port);
        ASSERT_TRUE(open.back().send(request("GET /model-manage/api/events")));
        ASSERT_TRUE(open.back().read_until(": open\n\n").contains("200 OK")) << i;
    }
    RawClient more{port};
    ASSERT_TRUE(more.send(request("GET /model-manage/api/events")));
    EXPECT_TRUE(more.read_answer().starts_with("HTTP/1.1 503"));
    token = service.token("ann");
    RawClient other{port};
    ASSERT_TRUE(other.send(request("GET /model-manage/api/events")));
    EXPECT_TRUE(other.read_until(": open\n\n").contains("200 OK"));
}

}  // namespace
}  // namespace slipway::http
