#include "adapters/eureka/client.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <gtest/gtest.h>
#include <unistd.h>

#include "fakes/fake_transport.hpp"

namespace slipway::eureka {
namespace {

const Instance kInstance{.app = "A", .id = "i", .host_name = "h", .ip_address = "192.0.2.1", .port = 1};

class ClientTest : public testing::Test {
protected:
    ClientTest() : file{std::filesystem::temp_directory_path() / fmt::format("eureka-{}-{}", ::getpid(), testing::UnitTest::GetInstance()->random_seed())} {}
    ~ClientTest() override { std::filesystem::remove(file); }
    std::unique_ptr<Client> make() {
        Settings settings{.memory_file = file};
        settings.servers.urls.emplace_back("http://e1:8761/eureka/");
        return std::make_unique<Client>(std::move(settings), transport, nullptr, clock, metrics);
    }
    std::vector<std::string> methods() const {
        std::vector<std::string> out;
        for (const auto& request : transport.requests()) {
            out.push_back(request.method);
        }
        return out;
    }

    const std::filesystem::path file;
    SystemClock clock;
    Metrics metrics;
    fakes::FakeTransport transport;
};

TEST_F(ClientTest, TheRemovalComesBehindARegistrationThatIsUnderWay) {
    std::promise<void> asked;
    std::promise<void> released;
    std::atomic<bool> answered{false};
    bool in_order = false;
    transport.then([&](const HttpRequest&) -> Result<HttpResponse> {
        asked.set_value();
        released.get_future().wait();
        answered = true;
        return HttpResponse{.status = 204, .headers = {}, .body = {}};
    });
    transport.then([&](const HttpRequest& request) -> Result<HttpResponse> {
        in_order = answered && request.method == "DELETE";
        return HttpResponse{.status = 200, .headers = {}, .body = {}};
    });
    const auto client = make();
    client->start(kInstance);
    client->set_status(Status::up);
    asked.get_future().wait();
    std::jthread stopping{[&] { client->stop(); }};
    released.set_value();
    stopping.join();
    EXPECT_TRUE(in_order);
    client->stop();
    EXPECT_EQ(methods(), (std::vector<std::string>{"POST", "DELETE"}));
}

TEST_F(ClientTest, ASecondLifeTellsALargerTimestampThanTheFirst) {
    std::ofstream{file} << to_epoch_ms(clock.now()) + 3'600'000 << '\n';
    std::promise<std::string> body;
    transport.then([&](const HttpRequest& request) -> Result<HttpResponse> {
        body.set_value(request.body);
        return HttpResponse{.status = 204, .headers = {}, .body = {}};
    });
    const auto floor = to_epoch_ms(clock.now()) + 3'000'000;
    const auto client = make();
    client->start(kInstance);
    client->set_status(Status::up);
    const auto sent = json::parse_object(body.get_future().get()).value();
    client->stop();
    EXPECT_GT(std::stoll(boost::json::value_to<std::string>(sent.at("instance").at("lastDirtyTimestamp"))), floor);
    std::int64_t kept = 0;
    std::ifstream{file} >> kept;
    EXPECT_GT(kept, floor);
}

TEST_F(ClientTest, ASlowServerHasFourSecondsForTheRemoval) {
    std::promise<void> registered;
    transport.then([&](const HttpRequest&) -> Result<HttpResponse> {
        registered.set_value();
        return HttpResponse{.status = 204, .headers = {}, .body = {}};
    });
    transport.then([](const HttpRequest&) -> Result<HttpResponse> { return HttpResponse{.status = 200, .headers = {}, .body = {}}; });
    const auto client = make();
    client->start(kInstance);
    client->set_status(Status::up);
    registered.get_future().wait();
    client->stop();
    EXPECT_EQ(transport.requests().back().method, "DELETE");
    EXPECT_EQ(transport.requests().back().timeout, Milliseconds{4000});
}

TEST_F(ClientTest, WithoutAStatusNothingIsSaid) {
    const auto client = make();
    client->start(kInstance);
    client->stop();
    EXPECT_EQ(transport.calls(), 0U);
}

}  // namespace
}  // namespace slipway::eureka
