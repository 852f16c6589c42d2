#include "http/server.hpp"

#include <deque>

#include "fakes/http_server_fixture.hpp"

namespace slipway::http {
namespace {

using fakes::RawClient;
using ServerTest = fakes::HttpServerFixture;

TEST_F(ServerTest, KeepsConnectionsAndAnswersPipelinedRequestsInOrder) {
    start();
    RawClient client{port};
    ASSERT_TRUE(client.send(request("GET /gocli/session") + request("GET /nowhere") + request("HEAD /gocli/session") +
                            request("POST /size", "Content-Length: 3\r\n") + "abc" + request("GET /gocli/session", "Connection: close\r\n")));
    EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 200 OK"));
    EXPECT_TRUE(client.read_answer().starts_with("HTTP/1.1 404 Not Found"));
    const auto head = client.read_until("\r\n\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK") && !head.contains("Content-Length: 0")) << head;
    EXPECT_TRUE(client.read_answer().ends_with(R"({"size":3})"));
    EXPECT_TRUE(client.read_all().contains("Connection: close"));
}

TEST_F(ServerTest, AnIpv4PeerIsWrittenAsSuchAtAnAddressOfBothKinds) {
    auto both = options();
    both.listen = "[::]:0";
    server.emplace(service.dispatcher, both);
    if (const auto bound = server->start()) {
        port = *bound;
    } else {
        GTEST_SKIP() << "no IPv6 here: " << bound.error().message;
    }
    token = service.token("admin");
    RawClient client{port};
    ASSERT_TRUE(client.send(request("GET /peer")));
    EXPECT_TRUE(client.read_answer().ends_with(R"({"peer":"127.0.0.1"})"));
}

TEST_F(ServerTest, WhoWaitsHoldsNoThread) {
    start();
    std::deque<RawClient> parked;
    for (int i = 0; i < 8; ++i) {
        parked.emplace_back(port);
        ASSERT_TRUE(parked.back().send(request("GET /parked/60000")));
    }
    RawClient other{port};
    ASSERT_TRUE(other.send(request("GET /gocli/session")));
    EXPECT_TRUE(other.read_answer().starts_with("HTTP/1.1 200 OK")) << "eight wait on two threads";
    RawClient late{port};
    ASSERT_TRUE(late.send(request("GET /parked/20")));
    EXPECT_TRUE(late.read_answer().ends_with(R"({"happened":false})")) << "the time is up";
    happened = true;
    waiters.wake("thing");
    for (auto& client : parked) {
        EXPECT_TRUE(client.read_answer().ends_with(R"({"happened":true})"));
    }
    ASSERT_TRUE(parked[0].send(request("GET /gocli/session"))) << "the connection goes on";
    EXPECT_TRUE(parked[0].read_answer().starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, AStopEndsWhoWaits) {
    start();
    RawClient client{port};
    ASSERT_TRUE(client.send(request("GET /parked/20") + request("GET /parked/60000")));
    EXPECT_TRUE(client.read_answer().ends_with(R"({"happened":false})"));
    server->stop();
    EXPECT_EQ(client.read_all(), "");
}

TEST_F(ServerTest, SpeaksHttp10AndAbsoluteForm) {
    start();
    RawClient old{port};
    ASSERT_TRUE(old.send("GET /actuator/health HTTP/1.0\r\n\r\n"));
    const auto answer = old.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("Connection: close")) << answer;
    RawClient proxy{port};
    ASSERT_TRUE(proxy.send("GET http://localhost/actuator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    EXPECT_TRUE(proxy.read_all().starts_with("HTTP/1.1 200 OK"));
}

TEST_F(ServerTest, LargeHeadersGet431) {
    start();
    RawClient fits{port};
    ASSERT_TRUE(fits.send(request("GET /gocli/session", "X-Groups: " + std::string(31000, 'g') + "\r\n")));
    EXPECT_TRUE(fits.read_answer().starts_with("HTTP/1.1 200"));
    RawClient large{port};
    ASSERT_TRUE(large.send(request("GET /gocli/session", "X-Groups: " + std::string(40000, 'g') + "\r\n")));
    const auto answer = large.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 431") && answer.contains("application/problem+json") && answer.contains("HEADERS_TOO_LARGE")) << answer;
    EXPECT_FALSE(answer.contains(R"("requestId":"")")) << answer;
}

TEST_F(ServerTest, LargeBodiesGet413WithoutABrokenPipe) {
    auto small = options();
    small.max_body_bytes = 100000;
    start(std::move(small));
    RawClient client{port};
    ASSERT_TRUE(client.send(request("POST /size", "Content-Length: 20000000\r\n")));
    EXPECT_TRUE(client.send(std::string(20000000, 'x')));
    const auto answer = client.read_all();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413") && answer.contains("Connection: close") && answer.contains("TOO_LARGE")) << answer;
    RawClient chunked{port};
    ASSERT_TRUE(chunked.send(request("POST /size", "Transfer-Encoding: chunked\r\n") + "30d40\r\n" + std::string(200000, 'x') + "\r\n0\r\n\r\n"));
    EXPECT_TRUE(chunked.read_all().starts_with("HTTP/1.1 413"));
    RawClient fits{port};
    ASSERT_TRUE(fits.send(request("POST /size", "Content-Length: 100000\r\n") + std::string(100000, 'x')));
    EXPECT_TRUE(fits.read_answer().ends_with(R"({"size":100000})"));
}

TEST_F(ServerTest, LargeBodiesTogetherAreBounded) {
    auto small = options();
    small.all_body_bytes = 200000;
    start(std::move(small));
    const auto large = request("POST /size", "Content-Length: 100000\r\n") + std::string(100000, 'x');
    RawClient first{port};
    // The 100 Continue says that the server reads this body; sent a little at a time it is all there before the next one comes.
    ASSERT_TRUE(first.send(request("POST /size", "Content-Length: 150001\r\nExpect: 100-continue\r\n")));
    ASSERT_TRUE(first.read_answer().starts_with("HTTP/1.1 100"));
    ASSERT_TRUE(first.send(std::string(150000, 'x')));
    std::string answer;
    for (int i = 0; i < 1000 && !answer.starts_with("HTTP/1.1 503"); ++i) {  // small enough not to drive out the first one before it is counted
        RawClient second{port};
        ASSERT_TRUE(second.send(request("POST /size", "Content-Length: 70001\r\n") + std::string(70001, 'x')));
        answer = second.read_answer();
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 503") && answer.contains("Retry-After")) << answer;
    RawClient little{port};
    ASSERT_TRUE(little.send(request("POST /size", "Content-Length: 3\r\n") + "abc"));
    EXPECT_TRUE(little.read_answer().ends_with(R"({"size":3})"));
    ASSERT_TRUE(first.send("x"));
    EXPECT_TRUE(first.read_answer().ends_with(R"({"size":150001})"));
    {
        RawClient gives_up{port};
        ASSERT_TRUE(gives_up.send(request("POST /size", "Content-Length: 190001\r\n") + std::string(190000, 'x')));
    }
    for (int i = 0; i < 1000; ++i) {  // the room comes back with the answer, and with a client that went away
        RawClient again{port};
        ASSERT_TRUE(again.send(large));
        if (answer = again.read_answer(); answer.starts_with("HTTP/1.1 200")) {
            break;
        }
    }
    EXPECT_TRUE(answer.ends_with(R"({"size":100000})")) << answer;
}

TEST_F(ServerTest, EndlessChunkLinesAreRefused) {
    start();
    RawClient client{port};
    ASSERT_TRUE(client.send(request("POST /size", "Transfer-Encoding: chunked\r\n") + "3;" + std::string(160000, 'e')));
    const auto answer = client.read_answer();
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400") && answer.contains("Connection: close")) << answer;
}

TEST_F(ServerTest, ExpectIsAnsweredAfterTheTokenWasChecked) {
    start();
    RawClient good{port};
    ASSERT_TRUE(good.send(request("POST /size", "Content-Length: 6000000\r\nExpect: 100-continue\r\n")));
    EXPECT_EQ(good.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    ASSERT_TRUE(good.send(std::string(6000000, 'x')));
    EXPECT_TRUE(good.read_answer().ends_with(R"({"size":6000000})"));

    token = "swa_wrong";
    RawClient bad{port};
    ASSERT_TRUE(bad.send(request("POST /size", "Content-Length: 6000000\r\nExpect: 100-continue\r\n")));
    const auto refused = bad.read_all();
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 401") && refused.contains("Connection: close")) << refused;
    RawClient odd{port};
    ASSERT_TRUE(odd.send(request("POST /size", "Content-Length: 6\r\nExpect: magic\r\n")));
    EXPECT_TRUE(odd.read_all().starts_with("HTTP/1.1 417"));
}

TEST_F(ServerTest, BadRequestsAreRefused) {
    start();
    for (const auto& text : {request("POST /size", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n",
                             request("POST /size", "Content-Length: 3\r\nContent-Length: 4\r\n") + "abcd",
                             request("POST /size", "Transfer-Encoding: chunked, identity\r\n") + "0\r\n\r\n",
                             request("POST /size", "Transfer-Encoding: xchunked\r\n") + "0\r\n\r\n", std::string{"nonsense\r\n\r\n"},
                             std::string{"GET / HTTP/1.1\r\n\r\n"}, std::string{"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"}}) {
        RawClient client{port};
        ASSERT_TRUE(client.send(text));
        const auto answer = client.read_answer();
        EXPECT_TRUE(answer.starts_with("HTTP/1.1 400") && answer.contains("application/problem+json")) << text << answer;
        EXPECT_FALSE(answer.contains(R"("requestId":"")") || answer.contains("X-Request-Id: \r\n")) << answer;
    }
}

TEST_F(ServerTest, HalfARequestIsRefusedHoweverItWasCut) {
    start();
    const auto upload = request("POST /size", "Content-Length: 10\r\n") + "abc";
    const auto after_head = request("HEAD /gocli/session") + "GET /a b HTTP/1.1\r\nHost: x";
    for (const auto& [text, cut] : {std::pair{std::string{"GET / HTTP/1.1\r\nHo st: x"}, 8}, std::pair{std::string{"GET / HTTP/1.1\r\nHo st: x"}, 24},
                                    std::pair{std::string{"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Le"}, 20},
                                    std::pair{upload, static_cast<int>(upload.size()) - 1}, std::pair{after_head, static_cast<int>(after_head.size()) - 12}}) {
        RawClient client{port};
        ASSERT_TRUE(client.send(text.substr(0, static_cast<std::size_t>(cut))));
        client.wait_until_read();
        ASSERT_TRUE(client.send(text.substr(static_cast<std::size_t>(cut))));
        client.finish();
        const auto answer = client.read_all();
        EXPECT_TRUE(answer.contains("HTTP/1.1 400") && answer.contains(R"("code":"BAD_REQUEST")")) << text << answer;
    }
    RawClient quiet{port};
    quiet.finish();
    EXPECT_EQ(quiet.read_all(), "") << "nothing was asked";
}

TEST_F(ServerTest, ALongLineBetweenChunksIsTakenHoweverItWasCut) {
    auto small = options();
    small.max_header_bytes = 2048;
    start(std::move(small));
    const auto text = request("POST /size", "Transfer-Encoding: chunked\r\nConnection: close\r\n") + "3;" + std::string(3000, 'e') + "\r\nabc\r\n0\r\n\r\n";
    for (const auto cut : {text.size(), text.size() - 100}) {
        RawClient client{port};
        ASSERT_TRUE(client.send(text.substr(0, cut)));
        client.wait_until_read();
        static_cast<void>(client.send(text.substr(cut)));
        EXPECT_TRUE(client.read_all().ends_with(R"({"size":3})")) << cut;
    }
}

TEST_F(ServerTest, SlowHeadersAndBodiesAreGivenUp) {
    auto quick = options();
    quick.header_timeout = Milliseconds{50};
    quick.body_bytes_per_second = 100000;
    start(std::move(quick));
    RawClient header{port};
    ASSERT_TRUE(header.send("GET / HTTP/1.1\r\nHost: loc"));
    EXPECT_TRUE(header.read_answer().contains("REQUEST_TIMEOUT"));
    RawClient body{port};
    ASSERT_TRUE(body.send(request("POST /size", "Content-Length: 1000\r\n") + "abc"));
    EXPECT_TRUE(body.read_answer().contains("REQUEST_TIMEOUT"));
}

TEST_F(ServerTest, IdleConnectionsEnd) {
    auto quick = options();
    quick.idle_timeout = Milliseconds{30};
    start(std::move(quick));
    RawClient client{port};
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.read_all(), "");
}

TEST_F(ServerTest, TooManyConnectionsGet503) {
    auto few = options();
    few.max_connections = 1;
    start(std::move(few));
    RawClient first{port};
    ASSERT_TRUE(first.send(request("GET /gocli/session")));
    EXPECT_TRUE(first.read_answer().starts_with("HTTP/1.1 200"));
    RawClient second{port};
    const auto refused = second.read_all();
    EXPECT_TRUE(refused.starts_with("HTTP/1.1 503") && refused.contains("application/problem+json") && refused.contains(R"("code":"BUSY")")) << refused;
}

TEST_F(ServerTest, StopLetsARunningRequestEnd) {
    start();
    RawClient idle{port};
    RawClient busy{port};
    ASSERT_TRUE(busy.send(request("GET /wait")));
    entered.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { server->stop(); });
    EXPECT_EQ(idle.read_all(), "");
    released.set_value();
    const auto answer = busy.read_all();
    EXPECT_TRUE(answer.contains(R"({"waited":true})") && answer.contains("Connection: close")) << answer;
    stopped.wait();
    EXPECT_FALSE(RawClient{port}.connected());
}

TEST_F(ServerTest, EventsGoOnBehindTheLastSeen) {
    start();
    RawClient live{port};
    ASSERT_TRUE(live.send(request("GET /model-manage/api/events")));
    EXPECT_TRUE(live.read_until(": open\n\n").contains("text/event-stream"));
    ASSERT_EQ(service.send_as(token, "POST", "/model-manage/api/clients", R"({"clientId":"one"})").status, 201);
    const auto first = live.read_until("\n\n");
    EXPECT_TRUE(first.contains(R"("type":"Client")") && first.contains(R"("kind":"created")")) << first;
    const auto id = first.substr(4, first.find('\n') - 4);
    ASSERT_EQ(service.send_as(token, "POST", "/model-manage/api/clients", R"({"clientId":"two"})").status, 201);
    const auto second = live.read_until("\n\n");

    RawClient resumed{port};
    ASSERT_TRUE(resumed.send(request("GET /model-manage/api/events", "Last-Event-ID: " + id + "\r\n")));
    resumed.read_until(": open\n\n");
    EXPECT_EQ(resumed.read_until("\n\n"), second);
    RawClient kept{port};
    ASSERT_TRUE(kept.send(request("GET /model-manage/api/events?follow=false", "Last-Event-ID: " + id + "\r\n")));
    kept.read_until(": open\n\n");
    EXPECT_EQ(kept.read_all(), second) << "the stream ends behind what is kept";
    RawClient all{port};
    ASSERT_TRUE(all.send(request("GET /model-manage/api/events?follow=false", "Last-Event-ID: 999999\r\n")));
    EXPECT_TRUE(all.read_all().contains(first)) << "who knows nothing of what is kept gets all of it";
    RawClient unsure{port};
    ASSERT_TRUE(unsure.send(request("GET /model-manage/api/events?follow=perhaps")));
    EXPECT_TRUE(unsure.read_answer().contains("?follow"));
    RawClient ahead{port};
    ASSERT_TRUE(ahead.send(request("GET /model-manage/api/events?lastEventId=999999")));
    ahead.read_until(": open\n\n");
    EXPECT_TRUE(ahead.read_until("\n\n").starts_with("event: reset\n"));
    RawClient wrong{port};
    ASSERT_TRUE(wrong.send(request("GET /model-manage/api/events", "Last-Event-ID: x\r\n")));
    EXPECT_TRUE(wrong.read_answer().starts_with("HTTP/1.1 400"));
}

TEST_F(ServerTest, AListenerThatDoesNotReadIsClosed) {
    auto small = options();
    small.stream_bytes = 600'000;
    start(std::move(small));
    const std::string event = "data: " + std::string(400'000, 'x') + "\n\n";
    RawClient client{port};
    ASSERT_TRUE(client.send(request("GET /stream")));
    const auto stream = streamed.get_future().get();
    client.read_until("\r\n\r\n");
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(stream->send(event)) << "who reads is sent everything";
        ASSERT_EQ(client.read_until("\n\n"), event);
    }
    int sent = 0;
    while (sent < 100 && stream->send(event)) {
        ++sent;
    }
    EXPECT_LT(sent, 100) << "40 MB fit into no buffers";
    EXPECT_FALSE(stream->send("data: {}\n\n")) << "it stays closed";
    const auto rest = client.read_all();  // and the connection ends
    EXPECT_EQ(rest.size() % event.size(), 0U) << "whole events only";
    EXPECT_LE(rest.size(), static_cast<std::size_t>(sent) * event.size());
}

TEST_F(ServerTest, EventsKeepToGroupsAndEndWithTheToken) {
    auto beating = options();
    beating.heartbeat = Milliseconds{20};
    start(std::move(beating));
    const auto admin = token;
    token = service.token("ann");
    RawClient ann{port};
    ASSERT_TRUE(ann.send(request("GET /model-manage/api/events")));
    ann.read_until(": open\n\n");
    EXPECT_EQ(ann.read_until("\n\n"), "event: heartbeat\ndata: {\"nextWithin\":20}\n\n");
    ASSERT_EQ(service.send_as(admin, "POST", "/model-manage/api/clients", R"({"clientId":"hidden"})").status, 201);
    ASSERT_EQ(service.send_as(admin, "PATCH", "/model-manage/api/users/ann", R"({"disabled":true})").status, 200);
    const auto rest = ann.read_all();
    EXPECT_FALSE(rest.contains("id:") || rest.contains("hidden")) << rest;
}

}  // namespace
}  // namespace slipway::http
