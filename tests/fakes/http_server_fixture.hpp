#pragma once

#include <atomic>
#include <fmt/format.h>
#include <future>
#include <optional>

#include "fakes/http_service.hpp"
#include "fakes/raw_client.hpp"
#include "fakes/turnstile.hpp"
#include "http/hal.hpp"
#include "http/server.hpp"
#include "http/waiters.hpp"

namespace slipway::fakes {

/// A server on a free loopback port with an echo of sizes and of the peer, a handler that counts, some that wait, one that parks and one that streams.
class HttpServerFixture : public testing::Test {
protected:
    static http::ServerOptions options() {
        http::ServerOptions out;
        out.listen = "127.0.0.1:0";
        out.api_threads = 2;
        out.outbound_threads = 2;
        out.tick = Milliseconds{10};
        return out;
    }
    void start(http::ServerOptions with = options()) {
        server.emplace(service.dispatcher, std::move(with));
        const auto bound = server->start();
        ASSERT_TRUE(bound.has_value()) << bound.error().message;
        port = *bound;
        token = service.token("admin");
    }
    std::string request(std::string_view line, std::string_view more = "", bool signed_in = true) const {
        return fmt::format("{} HTTP/1.1\r\nHost: localhost\r\n{}{}\r\n", line, signed_in ? "Authorization: Bearer " + token + "\r\n" : "", more);
    }

    http::Waiters waiters;
    Turnstile turnstile;
    std::atomic<bool> happened{false};
    std::atomic<int> counted{0};
    std::promise<void> entered;
    std::promise<void> released;
    std::promise<std::shared_ptr<http::EventStream>> streamed;
    HttpService service{{}, {}, more()};
    std::optional<http::Server> server;
    int port{0};
    std::string token;

private:
    std::vector<http::Route> more() {
        using http::Exchange;
        using http::Guard;
        using http::Pool;
        using http::Response;
        return {{"POST", "/size", "size", Guard::signed_in, Pool::api,
                 [](Exchange& exchange) -> Result<Response> { return http::json_response(200, {{"size", exchange.request().body.size()}}); }},
                {"GET", "/count", "count", Guard::signed_in, Pool::outbound,
                 [this](Exchange&) -> Result<Response> { return http::json_response(200, {{"count", ++counted}}); }},
                {"GET", "/peer", "peer", Guard::signed_in, Pool::api,
                 [](Exchange& exchange) -> Result<Response> { return http::json_response(200, {{"peer", exchange.request().peer}}); }},
                {"GET", "/wait", "wait", Guard::signed_in, Pool::outbound,
                 [this](Exchange&) -> Result<Response> {
                     entered.set_value();
                     released.get_future().wait();
                     return http::json_response(200, {{"waited", true}});
                 }},
                {"GET", "/held", "held", Guard::signed_in, Pool::api,
                 [this](Exchange&) -> Result<Response> {
                     turnstile.pass();
                     return http::json_response(200, {{"held", true}});
                 }},
                {"GET", "/stream", "stream", Guard::signed_in, Pool::api,
                 [this](Exchange&) -> Result<Response> {
                     Response response;
                     response.content_type = "text/event-stream";
                     response.stream = [this](std::shared_ptr<http::EventStream> stream) { streamed.set_value(std::move(stream)); };
                     return response;
                 }},
                {"GET", "/parked/{ms}", "parked", Guard::signed_in, Pool::api, [this](Exchange& exchange) -> Result<Response> {
                     const auto ticket = waiters.ticket("thing");
                     if (!happened && !exchange.request().waited) {
                         Response response;
                         response.parking = waiters.wait_for("thing", ticket, Milliseconds{std::stoi(exchange.param("ms"))});
                         return response;
                     }
                     return http::json_response(200, {{"happened", happened.load()}});
                 }}};
    }
};

}  // namespace slipway::fakes
