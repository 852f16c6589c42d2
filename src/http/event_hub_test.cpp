#include <condition_variable>

#include "fakes/http_service.hpp"
#include "store/outbox.hpp"

namespace slipway::http {
namespace {

/// A client that keeps what it is sent, or breaks when something comes.
class Listener final : public EventStream {
public:
    explicit Listener(bool breaks) : breaks_{breaks} {}
    bool send(std::string text) override {
        const std::lock_guard lock{mutex_};
        if (breaks_ && text.contains("data:")) {
            throw std::runtime_error{"broken"};
        }
        text_ += text;
        changed_.notify_all();
        return true;
    }
    void close() override {
        const std::lock_guard lock{mutex_};
        closed_ = true;
        changed_.notify_all();
    }
    bool wait_until(const std::function<bool(const std::string& text, bool closed)>& holds) {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, std::chrono::seconds{30}, [&] { return holds(text_, closed_); });
    }

private:
    const bool breaks_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string text_;
    bool closed_{false};
};

TEST(EventHub, AStreamThatBreaksEndsAlone) {
    fakes::HttpService service;
    const auto token = service.token("admin");
    const auto listen = [&](bool breaks) {
        auto answer = service.send_as(token, "GET", "/model-manage/api/events");
        EXPECT_TRUE(answer.stream);
        auto stream = std::make_shared<Listener>(breaks);
        answer.stream(stream);
        return stream;
    };
    const auto broken = listen(true);
    const auto sound = listen(false);
    const auto emit = [&](const std::string& id) {
        EXPECT_TRUE(service.store.write({}, [&](store::Unit& unit) {
            return store::emit(unit,
                               {.type = "Job", .id = id, .version = 1, .kind = "created", .group = "risk", .created_by = "a", .payload = {}, .at = unit.now});
        }));
    };
    emit("one");
    EXPECT_TRUE(broken->wait_until([](const std::string&, bool closed) { return closed; }));
    EXPECT_TRUE(sound->wait_until([](const std::string& text, bool) { return text.contains("one"); }));
    emit("two");
    EXPECT_TRUE(sound->wait_until([](const std::string& text, bool closed) { return text.contains("two") && !closed; }));
}

}  // namespace
}  // namespace slipway::http
