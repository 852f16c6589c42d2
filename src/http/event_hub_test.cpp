#include <atomic>
#include <condition_variable>
#include <optional>

#include "fakes/http_service.hpp"
#include "fakes/login_fixture.hpp"
#include "fakes/turnstile.hpp"
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
    std::string text() {
        const std::lock_guard lock{mutex_};
        return text_ + (closed_ ? "closed" : "");
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

/// Notes behind which number the outbox is searched.
class Watched final : public store::Database {
public:
    explicit Watched(store::Database& inner) : inner_{inner} {}
    Result<void> transact(const store::Work& work) override { return inner_.transact(work); }
    Result<void> read(const store::Work& work) override {
        return inner_.read([&](store::Session& sql) {
            Session watched{sql, *this};
            return work(watched);
        });
    }
    store::Dialect dialect() const override { return inner_.dialect(); }
    std::string description() const override { return inner_.description(); }

    /// Waits until the outbox was searched behind `seq`, or behind what came later.
    bool wait_until_searched_behind(std::int64_t seq) {
        std::unique_lock lock{mutex_};
        return searched_.wait_for(lock, std::chrono::seconds{30}, [&] { return searched_behind_ >= seq; });
    }

private:
    void note(std::int64_t seq) {
        const std::lock_guard lock{mutex_};
        searched_behind_ = seq;
        searched_.notify_all();
    }

    class Session final : public store::Session {
    public:
        Session(store::Session& inner, Watched& watched) : inner_{inner}, watched_{watched} {}
        Result<store::Rows> query(std::string_view sql, const store::Values& parameters) override {
            if (sql.contains("FROM outbox WHERE seq >")) {
                watched_.note(std::get<std::int64_t>(parameters.at(0)));
            }
            return inner_.query(sql, parameters);
        }
        Result<std::int64_t> execute(std::string_view sql, const store::Values& parameters) override { return inner_.execute(sql, parameters); }
        store::Dialect dialect() const override { return inner_.dialect(); }

    private:
        store::Session& inner_;
        Watched& watched_;
    };
    store::Database& inner_;
    std::mutex mutex_;
    std::condition_variable searched_;
    std::int64_t searched_behind_{-1};
};

TEST(EventHub, WhatAListenerMayNotSeeIsLookedAtOnce) {
    fakes::HttpService service;
    Watched watched{*service.database};
    store::Store store{watched, service.clock, service.ids};
    EventHub hub{store, service.access, service.gate};
    Router router{event_routes(hub)};
    Dispatcher dispatcher{router, service.gate, store, service.metrics, {.access_log = false}};
    auto answer = dispatcher.handle({.method = "GET",
                                     .target = "/model-manage/api/events",
                                     .headers = {{"host", "localhost:8080"}, {"authorization", "Bearer " + service.token("ann")}},
                                     .peer = "192.0.2.7"},
                                    {});
    ASSERT_TRUE(answer.stream);
    auto stream = std::make_shared<Listener>(false);
    answer.stream(stream);
    const auto emit = [&](const std::string& group) {
        EXPECT_TRUE(store.write({}, [&](store::Unit& unit) {
            return store::emit(unit,
                               {.type = "Job", .id = group, .version = 1, .kind = "created", .group = group, .created_by = "b", .payload = {}, .at = unit.now});
        }));
    };
    for (int i = 0; i < 20; ++i) {
        emit("strangers");
    }
    emit("risk");
    hub.wake();
    ASSERT_TRUE(stream->wait_until([](const std::string& text, bool) { return text.contains("risk"); }));
    const auto newest = [&] { return store::read<store::EventRange>(watched, [](store::Session& sql) { return store::event_range(sql); })->last; };
    const auto seen = newest();
    for (int i = 0; i < 20; ++i) {
        emit("strangers");
    }
    hub.wake();
    ASSERT_TRUE(watched.wait_until_searched_behind(seen));
    // Nothing was sent of it; the next look begins behind it.
    hub.wake();
    EXPECT_TRUE(watched.wait_until_searched_behind(newest()));
}

TEST(EventHub, APlaceIsTakenWhenItIsGrantedAndFreeAgainWithItsAnswer) {
    fakes::HttpService service;
    const auto token = service.token("ann");
    const auto open = [&] { return service.send_as(token, "GET", "/model-manage/api/events"); };
    std::vector<Response> granted;
    for (std::size_t i = 0; i < EventHub::kMostOfOne; ++i) {
        granted.push_back(open());
        ASSERT_TRUE(granted.back().stream) << i;
    }
    EXPECT_EQ(open().status, 503) << "none of them has begun yet, and there is no place left";
    EXPECT_TRUE(service.send_as(service.token("admin"), "GET", "/model-manage/api/events").stream);
    granted.pop_back();
    auto next = open();
    ASSERT_TRUE(next.stream) << "the client went before its stream began";
    auto stream = std::make_shared<Listener>(false);
    next.stream(stream);
    next = {};
    EXPECT_EQ(open().status, 503) << "a stream that runs holds its place";
}

/// A hub whose listeners a provider knows.
class EventHubOfAProvider : public fakes::LoginRoutesTest {
protected:
    EventHubOfAProvider() {
        hub.emplace(store, access, gate);
        router.emplace(event_routes(*hub));
        events.emplace(*router, gate, store, metrics, Dispatcher::Options{.public_url = {}, .trusted_proxies = {}, .access_log = false});
        store.on_events([this] { wake(); });
        sessions.on_end([this] { wake(); });
    }
    ~EventHubOfAProvider() override {
        turnstile.open();
        hub.reset();
    }
    void wake() {
        if (hub) {
            hub->wake();
        }
    }
    std::shared_ptr<Listener> listen(std::pair<std::string, std::string> credentials) {
        auto answer = events->handle(
            {.method = "GET", .target = "/model-manage/api/events", .headers = {{"host", "localhost:8080"}, std::move(credentials)}, .peer = peer}, {});
        EXPECT_TRUE(answer.stream) << answer.body;
        auto stream = std::make_shared<Listener>(false);
        answer.stream(stream);
        return stream;
    }
    std::shared_ptr<Listener> listen_by_session() {
        const auto cookie = sessions.open(provider.sign_in("ana"), peer).value();
        return listen({"cookie", "slipway_session=" + std::string{cookie.reveal()}});
    }
    void emit(const std::string& id) {
        EXPECT_TRUE(store.write({}, [&](store::Unit& unit) {
            return store::emit(unit,
                               {.type = "Job", .id = id, .version = 1, .kind = "created", .group = "risk", .created_by = "a", .payload = {}, .at = unit.now});
        }));
    }

    /// Emits it, and returns when whoever listened before `other` was looked at since.
    void emit_and_look(Listener& other, const std::string& id) {
        for (const auto& one : {id, id + "-more"}) {  // the first may come in the midst of a round
            emit(one);
            ASSERT_TRUE(other.wait_until([&](const std::string& text, bool) { return text.contains(one); }));
        }
    }

    fakes::Turnstile turnstile;  ///< of a provider that does not answer
    std::optional<EventHub> hub;
    std::optional<Router> router;
    std::optional<Dispatcher> events;
};

TEST_F(EventHubOfAProvider, NobodyWaitsForAProviderThatDoesNotAnswer) {
    std::vector<std::shared_ptr<Listener>> streams;
    for (int i = 0; i < 30; ++i) {
        streams.push_back(listen_by_session());
    }
    provider.on_refresh = [this] { turnstile.pass(); };
    clock.advance(std::chrono::seconds{31});  // all of them are to be renewed
    emit("news");
    ASSERT_TRUE(turnstile.wait_for(1));
    for (const auto& stream : streams) {
        ASSERT_TRUE(stream->wait_until([](const std::string& text, bool) { return text.contains("news"); }));
    }
    ASSERT_TRUE(turnstile.wait_for(EventHub::kAskers));
    hub->stop();
    for (const auto& stream : streams) {
        EXPECT_TRUE(stream->wait_until([](const std::string&, bool closed) { return closed; })) << "it stops while the provider does not answer";
    }
    const auto asked = turnstile.came();
    EXPECT_EQ(asked, EventHub::kAskers);
    turnstile.open();
    hub.reset();
    EXPECT_EQ(turnstile.came(), asked) << "who stops asks nothing more";
}

TEST_F(EventHubOfAProvider, WhomTheProviderRefusesIsSentNoMore) {
    const auto stream = listen_by_session();
    ASSERT_TRUE(stream->wait_until([](const std::string& text, bool) { return text.contains("open"); }));
    provider.refused = true;
    clock.advance(std::chrono::seconds{31});
    hub->wake();
    EXPECT_TRUE(stream->wait_until([](const std::string&, bool closed) { return closed; }));
}

TEST_F(EventHubOfAProvider, ASessionWhoseTokenHasEndedIsSentNothingUntilItIsRenewed) {
    const auto stream = listen_by_session();
    provider.on_refresh = [this] { turnstile.pass(); };
    clock.advance(std::chrono::minutes{6});
    const auto other = listen_by_session();  // a fresh one, behind it in each round
    emit_and_look(*other, "news");
    ASSERT_TRUE(turnstile.wait_for(1));
    EXPECT_FALSE(stream->text().contains("news")) << stream->text();
    EXPECT_FALSE(stream->text().contains("closed"));
    turnstile.open();
    EXPECT_TRUE(stream->wait_until([](const std::string& text, bool) { return text.contains("news"); }));
}

TEST_F(EventHubOfAProvider, ATokenIsAskedAboutElsewhere) {
    std::atomic<bool> answers{true};
    provider.on_authenticate = [&] {
        if (!answers) {
            turnstile.pass();
        }
    };
    const auto stream = listen({"authorization", "Bearer access-ana"});
    const auto other = listen_by_session();  // behind it in each round
    answers = false;
    emit("one");
    ASSERT_TRUE(turnstile.wait_for(1));
    EXPECT_TRUE(stream->wait_until([](const std::string& text, bool) { return text.contains("one"); })) << "it counted a moment ago";
    clock.advance(std::chrono::seconds{16});
    emit_and_look(*other, "two");
    EXPECT_FALSE(stream->text().contains("two")) << stream->text();
    turnstile.open();
    EXPECT_TRUE(stream->wait_until([](const std::string& text, bool) { return text.contains("two"); }));
    provider.refused = true;
    hub->wake();
    EXPECT_TRUE(stream->wait_until([](const std::string&, bool closed) { return closed; }));
    hub.reset();  // it asks no more
}

}  // namespace
}  // namespace slipway::http
