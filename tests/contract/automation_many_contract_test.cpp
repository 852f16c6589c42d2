#include <atomic>

#include "contract/automation_fixture.hpp"

namespace slipway::contract {
namespace {

using automation::World;
using lifecycle::EventKind;
using lifecycle::ProcessBuilder;
using namespace std::chrono_literals;

/// A database that tells how much one transaction did at most.
class CountingDatabase final : public store::Database {
public:
    explicit CountingDatabase(store::Database& database) : database_{database} {}
    Result<void> transact(const store::Work& work) override {
        ++transactions;
        return database_.transact(work);
    }
    Result<void> read(const store::Work& work) override { return database_.read(work); }
    store::Dialect dialect() const override { return database_.dialect(); }
    std::string description() const override { return database_.description(); }

    std::atomic<int> transactions{0};

private:
    store::Database& database_;
};

/// One event that many wait for, and one step that makes many.
class AutomationManyContract : public AutomationTest {
protected:
    std::unique_ptr<World> make_world() override {
        counting_ = std::make_unique<CountingDatabase>(database());
        return std::make_unique<World>(store::Store{*counting_, clock_, ids_});
    }
    void TearDown() override {
        world_.reset();
        counting_.reset();
        AutomationTest::TearDown();
    }
    std::atomic<int>& transactions() { return counting_->transactions; }

    static lifecycle::Process waiting(const std::string& key, EventKind kind) {
        ProcessBuilder builder;
        builder.process.id = key;
        builder.start();
        builder.catching("wait", kind, "news");
        builder.end();
        builder.path({"s", "wait", "e"});
        return builder.process;
    }
    /// A caller of `count` instances of "child", and that.
    void deploy_callers(const std::string& count) {
        ProcessBuilder child;
        child.process.id = "child";
        child.start();
        child.task("a");
        child.end();
        child.path({"s", "a", "e"});
        world().deploy(child.process);
        ProcessBuilder parent;
        parent.process.id = "parent";
        parent.start();
        auto& call = parent.add(lifecycle::ElementKind::call_activity, "call");
        call.called_element = "child";
        call.loop.push_back({.cardinality = count});
        parent.end();
        parent.path({"s", "call", "e"});
        world().deploy(parent.process);
    }
    std::int64_t children() {
        return world().read<std::int64_t>(
            [&](store::Session& sql) { return world().instances().count(sql, world().ann, {.definition_key = "child", .running = true}); });
    }
    Result<automation::MessageAnswer> send(const identity::Principal& who, const automation::MessageRequest& request) {
        return world().write<automation::MessageAnswer>([&](store::Unit& unit) { return world().instances().correlate(unit, who, request); });
    }

    const identity::Principal both_{.name = "cleo", .groups = {"fraud", "risk"}};

private:
    std::unique_ptr<CountingDatabase> counting_;
};

TEST_P(AutomationManyContract, OneSignalWakesAllInTransactionsOfAFewHundred) {
    constexpr int kWaiting = 1300;
    auto& w = world();
    w.deploy(waiting("p", EventKind::signal));
    SW_OK(w.change([&](store::Unit& unit) -> Result<void> {
        for (int i = 0; i < kWaiting; ++i) {
            SW_CHECK(w.instances().start(unit, w.ann, {.key = "p", .group = "risk"}));
        }
        return {};
    }));
    transactions() = 0;
    const auto thrown =
        w.write<automation::SignalAnswer>([&](store::Unit& unit) { return w.instances().signal(unit, w.ann, {.name = "news", .variables = {{"V", 1}}}); });
    SW_OK(thrown);
    EXPECT_EQ(thrown->receivers, kWaiting);
    EXPECT_EQ(transactions(), 1) << "it is answered once it is kept";
    EXPECT_EQ(w.rows("lifecycle_payloads"), 1) << "what it carries is kept once for all";
    const auto running = [&] {
        return w.read<std::int64_t>([&](store::Session& sql) { return w.instances().count(sql, w.ann, {.definition_key = "p", .running = true}); });
    };
    EXPECT_EQ(running(), kWaiting);
    transactions() = 0;
    w.restart();  // what was thrown is not in memory
    w.run();
    EXPECT_EQ(running(), 0);
    EXPECT_EQ(w.rows("lifecycle_jobs"), 0);
    EXPECT_GE(transactions(), 4) << "512 in one transaction at most";
}

TEST_P(AutomationManyContract, AMessageReachesOnlyGroupsThatTheCallerMayExecuteIn) {
    auto& w = world();
    w.deploy(waiting("p", EventKind::message));
    const auto start = [&](const identity::Principal& who, const std::string& group) {
        const auto started = w.write<automation::Started>([&](store::Unit& unit) { return w.instances().start(unit, who, {.key = "p", .group = group}); });
        return started ? started->instance.id : std::string{};
    };
    const auto risk = start(w.ann, "risk");
    const auto fraud = start(w.bob, "fraud");
    const auto two = send(both_, {.name = "news"});
    ASSERT_FALSE(two);
    EXPECT_EQ(two.error().reason, "AMBIGUOUS");
    SW_OK(send(both_, {.name = "news", .group = "fraud"}));
    EXPECT_EQ(w.state(fraud), "completed");
    EXPECT_EQ(w.state(risk), "active");
    EXPECT_EQ(send(w.bob, {.name = "news"}).error().reason, "NO_RECEIVER") << "it is another group's";
    EXPECT_EQ(send(w.bob, {.name = "news", .group = "risk"}).error().reason, "NO_RECEIVER");
    SW_OK(send(w.ann, {.name = "news"}));
    EXPECT_EQ(w.state(risk), "completed");
}

TEST_P(AutomationManyContract, AMessageThatStartsProcessesOfTwoGroupsSaysWhose) {
    auto& w = world();
    ProcessBuilder builder;
    builder.event(lifecycle::ElementKind::start_event, "s", {}, EventKind::message, "news");
    builder.task("a");
    builder.end();
    builder.path({"s", "a", "e"});
    SW_OK(w.try_deploy(builder.process, w.ann));
    SW_OK(w.try_deploy(builder.process, w.bob));
    const auto two = send(both_, {.name = "news"});
    ASSERT_FALSE(two);
    EXPECT_EQ(two.error().reason, "AMBIGUOUS");
    const auto one = send(both_, {.name = "news", .group = "fraud"});
    SW_OK(one);
    EXPECT_EQ(w.info(one->instance_id).group, "fraud");
    const auto all = send(both_, {.name = "news", .all = true});
    SW_OK(all);
    EXPECT_EQ(all->all_started.size(), 2U);
}

TEST_P(AutomationManyContract, WhatEverybodyHasStartsOnlyWhereTheCallerMayExecute) {
    auto& w = world();
    const auto started_by = [](EventKind kind, const std::string& id) {
        ProcessBuilder builder;
        builder.process.id = id;
        builder.event(lifecycle::ElementKind::start_event, "s", {}, kind, "news");
        builder.task("a");
        builder.end();
        builder.path({"s", "a", "e"});
        return builder.process;
    };
    const auto shared = [&](EventKind kind, const std::string& id) {
        const identity::Principal admin{.name = "root", .groups = {}, .admin = true};
        SW_OK(w.try_deploy(started_by(kind, id), admin));
    };
    const auto all = [&] { return w.rows("lifecycle_instances"); };
    shared(EventKind::signal, "on-signal");
    shared(EventKind::message, "on-message");
    EXPECT_EQ(send(w.ann, {.name = "news", .group = "fraud"}).error().reason, "NO_RECEIVER");
    SW_OK(w.write<automation::SignalAnswer>([&](store::Unit& unit) { return w.instances().signal(unit, w.ann, {.name = "news", .group = "fraud"}); }));
    EXPECT_EQ(all(), 0);
    SW_OK(send(w.bob, {.name = "news", .group = "fraud"}));
    SW_OK(w.write<automation::SignalAnswer>([&](store::Unit& unit) { return w.instances().signal(unit, w.bob, {.name = "news", .group = "fraud"}); }));
    EXPECT_EQ(all(), 2);
    shared(EventKind::message, "on-message-too");
    EXPECT_EQ(send(w.bob, {.name = "news"}).error().reason, "AMBIGUOUS") << "two of everybody's";
    EXPECT_EQ(all(), 2);
}

TEST_P(AutomationManyContract, AMessageToAllReachesAllAndNobodyIsNoFault) {
    auto& w = world();
    w.deploy(waiting("p", EventKind::message));
    const auto one = w.start("p");
    const auto two = w.start("p");
    SW_OK(send(w.bob, {.name = "news", .all = true}));
    const auto sent = send(w.ann, {.name = "news", .all = true, .variables = {{"V", 7}}});
    SW_OK(sent);
    EXPECT_EQ(sent->reached, (std::vector<std::string>{one, two}));
    w.run();
    EXPECT_EQ(w.state(one) + w.state(two), "completedcompleted");
    EXPECT_EQ(w.variables(two).at("V"), json::value(7));
    EXPECT_EQ(w.rows("lifecycle_jobs"), 0);
}

TEST_P(AutomationManyContract, ALargeCallIsMadeInChunks) {
    deploy_callers("450");
    auto& w = world();
    const auto id = w.start("parent");
    EXPECT_GT(children(), 0);
    EXPECT_LE(children(), 200) << "one step made them all";
    w.restart();
    w.run();
    EXPECT_EQ(children(), 450);
    EXPECT_TRUE(w.incidents(id).empty());
    EXPECT_EQ(w.rows("lifecycle_jobs"), 0);
    while (!w.fetch("a").empty()) {
    }
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, id, "enough"); }));
    w.run();
    EXPECT_EQ(children(), 0);
}

TEST_P(AutomationManyContract, WhatACancelledCallHadNotMadeYetIsNotMade) {
    deploy_callers("450");
    auto& w = world();
    const auto id = w.start("parent");
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, id, "no more"); }));
    w.run();
    EXPECT_EQ(children(), 0);
    EXPECT_EQ(w.rows("lifecycle_jobs"), 0);
}

TEST_P(AutomationManyContract, InstancesStayWithTheVersionThatTheyBeganWith) {
    auto& w = world();
    ProcessBuilder old;
    old.start();
    old.task("a");
    old.task("b");
    old.end();
    old.path({"s", "a", "b", "e"});
    const auto first = w.deploy(old.process);
    const auto before = w.start("p");
    ProcessBuilder changed;
    changed.start();
    changed.task("a");
    changed.task("c");
    changed.end();
    changed.path({"s", "a", "c", "e"});
    const auto second = w.deploy(changed.process);
    w.restart();
    const auto after = w.start("p");
    EXPECT_EQ(w.info(before).definition_id, first.id);
    EXPECT_EQ(w.info(after).definition_id, second.id);
    for (const auto& task : w.fetch("a")) {
        SW_OK(w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, task.id, "w", {}, {}); }));
    }
    EXPECT_EQ(w.waiting(before), "b");
    EXPECT_EQ(w.waiting(after), "c");
}

TEST_P(AutomationManyContract, AConditionStartsWhereItHolds) {
    auto& w = world();
    ProcessBuilder builder;
    builder.event(lifecycle::ElementKind::start_event, "s", {}, EventKind::conditional, "${DRIFT > 0.5}");
    builder.task("a");
    builder.end();
    builder.path({"s", "a", "e"});
    SW_OK(w.try_deploy(builder.process, w.ann));
    auto named = builder.process;
    named.id = "named";
    named.elements.front().event.variable = "OTHER";
    SW_OK(w.try_deploy(named, w.ann));
    const auto ask = [&](const identity::Principal& who, json::object variables, const std::string& definition = {}) {
        return w.write<std::vector<std::string>>(
            [&](store::Unit& unit) { return w.instances().evaluate(unit, who, {.variables = variables, .business_key = "k", .definition_id = definition}); });
    };
    const auto started = ask(w.ann, {{"DRIFT", 0.7}});
    SW_OK(started);
    ASSERT_EQ(started->size(), 1U);
    EXPECT_EQ(w.info(started->front()).definition_key, "p");
    EXPECT_EQ(w.info(started->front()).business_key, "k");
    EXPECT_EQ(w.variables(started->front()).at("DRIFT"), json::value(0.7));
    EXPECT_EQ(ask(w.ann, {{"DRIFT", 0.7}, {"OTHER", 1}})->size(), 2U) << "a condition with a variable's name is asked where that is given";
    EXPECT_TRUE(ask(w.ann, {{"DRIFT", 0.1}})->empty());
    EXPECT_TRUE(ask(w.ann, {})->empty()) << "a variable that is not there";
    EXPECT_TRUE(ask(w.bob, {{"DRIFT", 0.7}})->empty());
    EXPECT_EQ(ask(w.bob, {{"DRIFT", 0.7}}, w.info(started->front()).definition_id).error().code, ErrorCode::not_found);
}

SW_ON_ALL_ENGINES(AutomationManyContract);

}  // namespace
}  // namespace slipway::contract
