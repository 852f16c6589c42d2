#include <gtest/gtest.h>
#include <random>

#include "adapters/eureka/registrar.hpp"
#include "fakes/fake_clock.hpp"

namespace slipway::eureka {
namespace {

using std::chrono::seconds;

/// The registry of a server as its source keeps it: of two registrations the one with the larger dirty timestamp stays, a renewal with a larger one than
/// the server's is answered 404, and what is not renewed is swept.
class ServerModel final : public HttpTransport {
public:
    explicit ServerModel(fakes::FakeClock& time) : clock{time} {}

    Result<HttpResponse> send(const HttpRequest& request) override {
        EXPECT_FALSE(busy) << "two requests side by side";
        busy = true;
        const auto answer = act(request);
        busy = false;
        if (lose_answer) {
            return fail(ErrorCode::timeout, "TIMEOUT", "late");
        }
        return HttpResponse{.status = away ? 503 : answer, .headers = {}, .body = {}};
    }
    void sweep() {
        if (dirty && clock.steady() - renewed > seconds{10}) {
            dirty.reset();
        }
    }

    fakes::FakeClock& clock;
    bool away{false};         ///< nothing is done
    bool lose_answer{false};  ///< everything is done, and nobody hears of it
    bool busy{false};
    std::optional<std::int64_t> dirty;
    std::string status;
    std::int64_t last_told{0};
    Steady renewed{};

private:
    int act(const HttpRequest& request) {
        if (away) {
            return 503;
        }
        if (request.method == "DELETE") {
            dirty.reset();
            return 200;
        }
        if (request.method == "PUT") {
            const auto told = std::stoll(request.url.substr(request.url.rfind('=') + 1));
            if (!dirty || told > *dirty) {
                return 404;
            }
            renewed = clock.steady();
            return 200;
        }
        const auto body = json::parse_object(request.body).value();
        const auto& instance = body.at("instance").as_object();
        const auto told = std::stoll(std::string{json::text_of(instance, "lastDirtyTimestamp")});
        EXPECT_GE(told, last_told);
        last_told = told;
        renewed = clock.steady();
        if (!dirty || told >= *dirty) {
            dirty = told;
            status = json::text_of(instance, "status");
        }
        return 204;
    }
};

/// Netflix/eureka#1174: whatever happens, within one renewal after it is quiet the server has what we want.
TEST(RegistryModelTest, AfterAnyStormTheServerHasOurStatusWithinARenewal) {
    std::mt19937 random{20261126};  // NOLINT(cert-msc51-cpp): the same storm each time
    fakes::FakeClock clock;
    ServerModel server{clock};
    Metrics metrics;
    Servers::Settings settings;
    settings.urls.emplace_back("http://e1:8761/eureka/");
    Servers servers{std::move(settings), server, nullptr};
    Registrar registrar{{.servers = servers, .clock = clock, .metrics = metrics, .random = [] { return 0.5; }, .keep = [](std::int64_t) {}},
                        {.app = "A", .id = "i", .host_name = "h", .ip_address = "192.0.2.1", .port = 1, .renewal = seconds{1}, .expiration = seconds{5}},
                        0};
    const auto one_of = [&](int count) { return static_cast<int>(random() % static_cast<unsigned>(count)); };
    constexpr std::array kAll{Status::starting, Status::up, Status::down};
    for (int round = 0; round < 400; ++round) {
        Status wanted{};
        for (int event = one_of(6); event >= 0; --event) {
            server.away = one_of(4) == 0;
            server.lose_answer = one_of(4) == 0;
            if (one_of(5) == 0) {
                server.dirty.reset();  // it starts empty
            }
            if (one_of(5) == 0) {
                clock.jump(seconds{one_of(7200) - 3600});
            }
            wanted = kAll.at(static_cast<std::size_t>(one_of(3)));
            registrar.set_status(wanted);
            clock.advance(Milliseconds{one_of(12'000)});
            server.sweep();
            registrar.tick();
        }
        server.away = server.lose_answer = false;
        for (int step = 0; step < 25; ++step) {
            clock.advance(Milliseconds{50});
            registrar.tick();
        }
        ASSERT_TRUE(server.dirty.has_value()) << round;
        ASSERT_EQ(server.status, to_string(wanted)) << round;
    }
    registrar.leave(seconds{1});
    EXPECT_FALSE(server.dirty.has_value());
}

}  // namespace
}  // namespace slipway::eureka
