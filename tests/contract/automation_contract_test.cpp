#include <atomic>

#include "contract/automation_fixture.hpp"

namespace slipway::contract {
namespace {

using lifecycle::EventKind;
using lifecycle::ProcessBuilder;
using namespace std::chrono_literals;

/// Life cycles on each database: what they promise must not depend on it.
class AutomationContract : public AutomationTest {};

TEST_P(AutomationContract, ARunGoesFromTopicToTopicAndKeepsItsVariables) {
    auto& w = world();
    w.handlers["a"] = [](const automation::ExternalTask& task) { return automation::Done{{{"A", task.variables.at("IN")}}}; };
    w.handlers["b"] = [](const automation::ExternalTask& task) { return automation::Done{{{"OUTCOME", task.variables.at("A")}}}; };
    w.restart();
    w.deploy(line("p", {"a", "b"}));
    const auto id = w.start("p", {{"IN", "x"}});
    w.run();
    EXPECT_EQ(w.state(id), "completed");
    EXPECT_EQ(w.info(id).outcome, "x");
    EXPECT_EQ(json::text_of(w.variables(id), "OUTCOME"), "x");
    const auto history = w.read<std::vector<automation::ActivityInfo>>([&](store::Session& sql) { return w.instances().activity_history(sql, w.ann, id); });
    ASSERT_FALSE(history.empty());
    EXPECT_TRUE(std::ranges::all_of(history, [](const auto& one) { return one.ended.has_value(); }));
    EXPECT_EQ(w.rows("lifecycle_tasks"), 0);
}

TEST_P(AutomationContract, AWorkerThatLostItsLockChangesNothing) {
    auto& w = world();
    w.deploy(line("p", {"a"}));
    const auto id = w.start("p");
    const auto first = w.fetch("a", "slow", 1000ms);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_TRUE(w.fetch("a", "quick").empty());
    clock_.advance(2s);
    const auto second = w.fetch("a", "quick");
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].idempotency_key, first[0].idempotency_key);
    const auto late = w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, first[0].id, "slow", {}, {}); });
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().reason, "NOT_LOCKED");
    EXPECT_EQ(w.state(id), "active");
    SW_OK(w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, second[0].id, "quick", {{"X", 1}}, {}); }));
    EXPECT_EQ(w.state(id), "completed");
}

TEST_P(AutomationContract, AnotherGroupSeesAndMovesNothing) {
    auto& w = world();
    w.deploy(line("p", {"a"}));
    const auto id = w.start("p");
    const auto list = w.read<std::vector<automation::InstanceInfo>>([&](store::Session& sql) { return w.instances().list(sql, w.bob, {}); });
    EXPECT_TRUE(list.empty());
    const auto cancelled = w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.bob, id, "no"); });
    ASSERT_FALSE(cancelled);
    EXPECT_EQ(cancelled.error().code, ErrorCode::not_found);
    const auto fetched = w.write<std::vector<automation::ExternalTask>>(
        [&](store::Unit& unit) { return w.tasks().fetch(unit, w.bob, {.worker = "w", .topics = {{.name = "a", .lock_for = 1s}}}); });
    SW_OK(fetched);
    EXPECT_TRUE(fetched->empty());
}

TEST_P(AutomationContract, RetriesComeAtTheirTimesThenOneIncidentAndAPersonGoesOn) {
    auto& w = world();
    std::atomic<int> calls{0};
    std::atomic<bool> fails{true};
    w.handlers["a"] = [&](const automation::ExternalTask&) -> automation::Outcome {
        ++calls;
        return fails ? automation::Outcome{automation::Trouble{"The peer is away."}} : automation::Outcome{automation::Done{}};
    };
    w.restart();
    w.deploy(line("p", {"a"}, "PT10S,PT1M"));
    const auto id = w.start("p");
    w.run();
    EXPECT_EQ(calls, 1);
    clock_.advance(9s);
    w.run();
    EXPECT_EQ(calls, 1);
    clock_.advance(2s);
    w.run();
    EXPECT_EQ(calls, 2);
    EXPECT_TRUE(w.incidents(id).empty());
    clock_.advance(61s);
    w.run();
    EXPECT_EQ(calls, 3);
    const auto incidents = w.incidents(id);
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].type, "failedJob");
    EXPECT_EQ(incidents[0].message, "The peer is away.");
    clock_.advance(24h);
    w.run();
    EXPECT_EQ(calls, 3);
    fails = false;
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().retry_incident(unit, w.ann, incidents[0].id); }));
    w.run();
    EXPECT_EQ(w.state(id), "completed");
    EXPECT_TRUE(w.incidents(id).empty());
}

TEST_P(AutomationContract, ATimerFiresAtItsTimeAlsoAfterARestart) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.catching("wait", EventKind::timer, "PT1H");
    builder.end();
    builder.path({"s", "wait", "e"});
    w.deploy(builder.process);
    const auto id = w.start("p");
    clock_.advance(59min);
    w.run();
    EXPECT_EQ(w.state(id), "active");
    w.restart();
    clock_.advance(2min);
    w.run();
    EXPECT_EQ(w.state(id), "completed");
    EXPECT_EQ(w.rows("lifecycle_jobs"), 0);
}

TEST_P(AutomationContract, ACrashInAHandlerGivesTheTaskToTheNextProcess) {
    auto& w = world();
    std::atomic<int> calls{0};
    w.deploy(line("p", {"a"}));
    const auto id = w.start("p");
    // What a process leaves that was killed in its handler: a lock of its own.
    SW_OK(w.write<std::int64_t>(
        [](store::Unit& unit) { return unit.sql.execute("UPDATE lifecycle_tasks SET worker = 'slipway:dead', free_at = 9000000000000000"); }));
    w.handlers["a"] = [&](const automation::ExternalTask&) -> automation::Outcome {
        ++calls;
        return automation::Done{};
    };
    w.restart();
    w.run();
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(w.state(id), "completed");
}

TEST_P(AutomationContract, AnEffectHappensOnce) {
    auto& w = world();
    automation::ExternalTask task;
    task.idempotency_key = "k";
    int made = 0;
    const auto make = [&] {
        return automation::once(w.store(), task, "ticket", [&](store::Unit&) -> Result<json::object> { return json::object{{"id", ++made}}; });
    };
    EXPECT_EQ(json::write(*make()), R"({"id":1})");
    EXPECT_EQ(json::write(*make()), R"({"id":1})");
    const auto other = automation::once(w.store(), task, "job", [](store::Unit&) -> Result<json::object> { return fail(ErrorCode::conflict, "NO", "No."); });
    EXPECT_FALSE(other);
    SW_OK(automation::once(w.store(), task, "job", [](store::Unit&) -> Result<json::object> { return json::object{}; }));
}

lifecycle::Process receiving(const std::string& key) {
    ProcessBuilder builder;
    builder.process.id = key;
    builder.start();
    builder.catching("wait", EventKind::message, "news").properties["mlc.correlationKey"] = "${KEY}";
    builder.end();
    builder.path({"s", "wait", "e"});
    return builder.process;
}

TEST_P(AutomationContract, AMessageThatComesFirstIsKeptAndOneThatComesTwiceIsOne) {
    auto& w = world();
    w.deploy(receiving("p"));
    const auto send = [&](const std::string& key, const std::string& dedup, std::optional<Milliseconds> keep) {
        return w.write<automation::MessageAnswer>([&](store::Unit& unit) {
            return w.instances().correlate(unit, w.ann, {.name = "news", .correlation_key = key, .variables = {{"V", 1}}, .dedup_id = dedup, .keep_for = keep});
        });
    };
    const auto nobody = send("k1", "", {});
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().reason, "NO_RECEIVER");
    SW_OK(send("k1", "m1", 1h));
    const auto first = w.start("p", {{"KEY", "k1"}});
    EXPECT_EQ(w.state(first), "completed");
    EXPECT_EQ(w.variables(first).at("V").as_int64(), 1);
    SW_OK(send("k1", "m1", 1h));
    const auto second = w.start("p", {{"KEY", "k1"}});
    EXPECT_EQ(w.state(second), "active") << "the same message came twice";
    SW_OK(send("k2", "m2", 1h));
    clock_.advance(2h);
    EXPECT_EQ(w.state(w.start("p", {{"KEY", "k2"}})), "active") << "it was kept too long";
}

TEST_P(AutomationContract, AMessageForTwoIsForNobody) {
    auto& w = world();
    w.deploy(receiving("p"));
    const auto one = w.start("p", {{"KEY", "k"}});
    const auto two = w.start("p", {{"KEY", "k"}});
    const auto sent =
        w.write<automation::MessageAnswer>([&](store::Unit& unit) { return w.instances().correlate(unit, w.ann, {.name = "news", .correlation_key = "k"}); });
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().reason, "AMBIGUOUS");
    SW_OK(w.write<automation::MessageAnswer>(
        [&](store::Unit& unit) { return w.instances().correlate(unit, w.ann, {.name = "news", .correlation_key = "k", .instance_id = two}); }));
    EXPECT_EQ(w.state(one) + w.state(two), "activecompleted");
}

lifecycle::Process by_signal(const std::string& key, bool once) {
    ProcessBuilder builder;
    builder.process.id = key;
    if (once) {
        builder.process.properties = {{"mlc.startOnce", "true"}, {"mlc.businessKey", "${ID}"}};
    }
    builder.event(lifecycle::ElementKind::start_event, "s", {}, EventKind::signal, "snapshot.created");
    builder.task("a");
    builder.end();
    builder.path({"s", "a", "e"});
    return builder.process;
}

TEST_P(AutomationContract, ASignalStartsEachProcessAndTheSameKeyOnce) {
    auto& w = world();
    w.deploy(by_signal("once", true));
    w.deploy(by_signal("often", false));
    const auto throw_it = [&](const std::string& id) {
        return w.write<automation::SignalAnswer>([&](store::Unit& unit) {
            return w.engine().signal(unit, store::Scope::all(),
                                     {.name = "com.modelop.mlc.definitions.Signals_deployable_model_created",
                                      .variables = {{"ID", id}},
                                      .group = "risk",
                                      .started_by = "ann",
                                      .automatic = true});
        });
    };
    EXPECT_EQ(throw_it("x")->started.size(), 2U);
    EXPECT_EQ(throw_it("x")->started.size(), 1U);
    EXPECT_EQ(throw_it("y")->started.size(), 2U);
    const auto found = w.read<std::vector<automation::InstanceInfo>>(
        [&](store::Session& sql) { return w.instances().list(sql, w.ann, {.definition_key = "once", .business_key = "x"}); });
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].group, "risk");
    // Not even after it has ended, but a person may.
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, found[0].id, "wrong"); }));
    EXPECT_EQ(throw_it("x")->started.size(), 1U);
    EXPECT_NE(w.start("once", {{"ID", "x"}}), found[0].id);
    EXPECT_EQ(w.info(found[0].id).reason, "wrong");
}

TEST_P(AutomationContract, ANewVersionTakesTheStartsOverAndOldInstancesStay) {
    auto& w = world();
    w.deploy(by_signal("p", false));
    const auto old = w.write<automation::SignalAnswer>(
        [&](store::Unit& unit) { return w.engine().signal(unit, store::Scope::all(), {.name = "snapshot.created", .group = "risk"}); });
    auto process = line("p", {"b"});
    const auto second = w.deploy(process);
    EXPECT_EQ(second.version, 2);
    const auto none = w.write<automation::SignalAnswer>(
        [&](store::Unit& unit) { return w.engine().signal(unit, store::Scope::all(), {.name = "snapshot.created", .group = "risk"}); });
    EXPECT_TRUE(none->started.empty());
    EXPECT_EQ(w.waiting(old->started.at(0)), "a");
    EXPECT_EQ(w.waiting(w.start("p")), "b");
}

TEST_P(AutomationContract, ASignalReachesAllThatWaitAndOneThatFailsKeepsNoneFromIt) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.catching("wait", EventKind::signal, "go");
    builder.script("calc", "R", "${N + 1}");
    builder.end();
    builder.path({"s", "wait", "calc", "e"});
    w.deploy(builder.process);
    const auto one = w.start("p", {{"N", 1}});
    const auto two = w.start("p", {});
    const auto three = w.start("p", {{"N", 3}});
    const auto sent = w.write<automation::SignalAnswer>([&](store::Unit& unit) { return w.instances().signal(unit, w.ann, {.name = "go"}); });
    SW_OK(sent);
    EXPECT_EQ(sent->receivers, 3);
    w.run();
    EXPECT_EQ(w.state(one), "completed");
    EXPECT_EQ(w.state(three), "completed");
    EXPECT_EQ(w.state(two), "active");
    ASSERT_EQ(w.incidents(two).size(), 1U);
    EXPECT_EQ(w.incidents(two)[0].type, "expression");
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().set_variables(unit, w.ann, two, {{"N", 2}}, {}); }));
    const auto incident = w.incidents(two)[0].id;
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().retry_incident(unit, w.ann, incident); }));
    EXPECT_EQ(w.state(two), "completed");
}

TEST_P(AutomationContract, ACalledInstanceEndsIntoItsCallerAndIsCancelledWithIt) {
    auto& w = world();
    w.deploy(line("child", {"a"}));
    ProcessBuilder builder;
    builder.process.id = "parent";
    builder.start();
    auto& call = builder.add(lifecycle::ElementKind::call_activity, "call");
    call.called_element = "child";
    call.in.push_back({.all = true});
    call.out.push_back({.all = true});
    builder.end();
    builder.path({"s", "call", "e"});
    w.deploy(builder.process);
    const auto id = w.start("parent", {{"IN", "x"}});
    const auto task = w.fetch("a");
    ASSERT_EQ(task.size(), 1U);
    EXPECT_EQ(json::text_of(task[0].variables, "IN"), "x");
    SW_OK(w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, task[0].id, "w", {{"OUT", "y"}}, {}); }));
    EXPECT_EQ(w.state(id), "completed");
    EXPECT_EQ(json::text_of(w.variables(id), "OUT"), "y");
    const auto other = w.start("parent");
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, other, "no more"); }));
    EXPECT_EQ(w.rows("lifecycle_tasks"), 0);
    const auto children = w.read<std::vector<automation::InstanceInfo>>(
        [&](store::Session& sql) { return w.instances().list(sql, w.ann, {.definition_key = "child", .running = true}); });
    EXPECT_TRUE(children.empty());
}

TEST_P(AutomationContract, TheSameFilesAgainAreTheSameDeployment) {
    auto& w = world();
    const auto process = line("p", {"a"});
    const auto first = w.try_deploy(process, w.ann, true);
    const auto second = w.try_deploy(process, w.ann, true);
    SW_OK(second);
    EXPECT_TRUE(second->existing);
    EXPECT_EQ(second->id, first->id);
    EXPECT_EQ(first->group, "risk");
    ASSERT_EQ(first->remarks.size(), 1U);
    EXPECT_EQ(first->remarks[0].resource, "p.bpmn");
    const auto seen = w.read<std::vector<automation::Definition>>([&](store::Session& sql) { return w.definitions().list(sql, w.bob, {}); });
    EXPECT_TRUE(seen.empty());
    const auto file = w.read<automation::Resource>([&](store::Session& sql) { return w.definitions().resource(sql, w.ann, first->definitions[0].id); });
    EXPECT_EQ(file.content, "p");
}

SW_ON_ALL_ENGINES(AutomationContract);

}  // namespace
}  // namespace slipway::contract
