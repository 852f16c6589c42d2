#include <atomic>

#include "contract/automation_fixture.hpp"

namespace slipway::contract {
namespace {

using lifecycle::EventKind;
using lifecycle::ProcessBuilder;
using namespace std::chrono_literals;

/// What goes wrong in life cycles, on each database.
class AutomationFailureContract : public AutomationTest {};

lifecycle::Process calling(const std::string& key, const std::string& called) {
    ProcessBuilder builder;
    builder.process.id = key;
    builder.start();
    const auto id = called.starts_with("$") ? std::string{"calls"} : "calls_" + called;
    auto& call = builder.add(lifecycle::ElementKind::call_activity, id);
    call.called_element = called;
    call.in.push_back({.all = true});
    builder.end();
    builder.path({"s", id, "e"});
    return builder.process;
}

TEST_P(AutomationFailureContract, ProcessesThatCallOneAnotherInACircleAreRefusedWithTheElement) {
    auto& w = world();
    const auto refused = [&](const lifecycle::Process& process) {
        const auto made = w.try_deploy(process, w.ann);
        EXPECT_FALSE(made) << process.id;
        return made ? std::string{} : made.error().reason + " " + made.error().faults.at(0).pointer;
    };
    EXPECT_EQ(refused(calling("self", "self")), "CYCLE calls_self");
    SW_OK(w.try_deploy(calling("one", "two"), w.ann));
    SW_OK(w.try_deploy(calling("two", "three"), w.ann));
    EXPECT_EQ(refused(calling("three", "one")), "CYCLE calls_one");
    SW_OK(w.try_deploy(line("three", {"a"}), w.ann));
    SW_OK(w.try_deploy(calling("above", "one"), w.ann));  // leads into no circle
}

TEST_P(AutomationFailureContract, AProcessThatIsCalledAndNotThereYetIsNamedAtDeploy) {
    auto& w = world();
    const auto missing = [&](const lifecycle::Process& process) {
        const auto made = w.try_deploy(process, w.ann);
        EXPECT_TRUE(made) << process.id;
        std::string out;
        for (const auto& remark : made ? made->remarks : std::vector<automation::Remark>{}) {
            out += remark.rule == "CALLED_PROCESS" ? remark.resource + " " + remark.element : "";
        }
        return out;
    };
    EXPECT_EQ(missing(calling("one", "two")), "one.bpmn calls_two");
    EXPECT_EQ(missing(line("two", {"a"})), "");
    EXPECT_EQ(missing(calling("one", "two")), "");
    EXPECT_EQ(missing(calling("any", "${NEXT}")), "") << "which one is said by its variables";
}

TEST_P(AutomationFailureContract, AnExpressionThatCallsItsOwnProcessIsAnIncidentOfTheCaller) {
    auto& w = world();
    w.deploy(calling("loop", "${NEXT}"));
    const auto id = w.start("loop", {{"NEXT", "loop"}});
    w.run();
    EXPECT_EQ(w.state(id), "active");
    ASSERT_EQ(w.incidents(id).size(), 1U);
    EXPECT_NE(w.incidents(id)[0].message.find("call itself again"), std::string::npos) << w.incidents(id)[0].message;
    EXPECT_EQ(w.rows("lifecycle_instances"), 1);
}

TEST_P(AutomationFailureContract, AStepThatFailsIsAnsweredToTheWorkerAndLeavesTheTask) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.script("calc", "R", "${MISSING + 1}");
    builder.end();
    builder.path({"s", "a", "calc", "e"});
    w.deploy(builder.process);
    const auto id = w.start("p");
    const auto task = w.fetch("a");
    const auto done = w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, task.at(0).id, "w", {}, {}); });
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().reason, "EXPRESSION");
    EXPECT_EQ(w.waiting(id), "a");
    SW_OK(w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, task.at(0).id, "w", {{"MISSING", 1}}, {}); }));
    EXPECT_EQ(w.state(id), "completed");
}

TEST_P(AutomationFailureContract, AHandlersEndThatCannotGoOnIsKeptAndNotWorkedTwice) {
    auto& w = world();
    std::atomic<int> calls{0};
    ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.script("calc", "R", "${MISSING + 1}");
    builder.end();
    builder.path({"s", "a", "calc", "e"});
    w.handlers["a"] = [&](const automation::ExternalTask&) -> automation::Outcome {
        ++calls;
        return automation::Done{};
    };
    w.restart();
    w.deploy(builder.process);
    const auto id = w.start("p");
    w.run();
    clock_.advance(24h);
    w.restart();
    w.run();
    EXPECT_EQ(calls, 1);
    ASSERT_EQ(w.incidents(id).size(), 1U);
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().set_variables(unit, w.ann, id, {{"MISSING", 1}}, {}); }));
    const auto incident = w.incidents(id)[0].id;
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().retry_incident(unit, w.ann, incident); }));
    EXPECT_EQ(w.state(id), "completed");
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(w.rows("lifecycle_tasks"), 0);
}

TEST_P(AutomationFailureContract, ManyInstancesGoOnTogether) {
    auto& w = world();
    w.handlers["a"] = [](const automation::ExternalTask&) { return automation::Done{}; };
    w.restart();
    w.deploy(line("p", {"a"}));
    std::vector<std::string> ids;
    for (int i = 0; i < 150; ++i) {
        ids.push_back(w.start("p"));
    }
    w.run();
    for (const auto& id : ids) {
        ASSERT_EQ(w.state(id), "completed");
    }
}

TEST_P(AutomationFailureContract, ALockThatIsLostAgainAndAgainIsAnIncident) {
    auto& w = world();
    w.deploy(line("p", {"a"}));
    const auto id = w.start("p");
    const auto lose = [&](int times) {
        for (int i = 0; i < times; ++i) {
            EXPECT_EQ(w.fetch("a", "slow", 1000ms).size(), 1U) << i;
            clock_.advance(2s);
        }
    };
    lose(4);
    const auto word = w.fetch("a", "slow", 1000ms);
    ASSERT_EQ(word.size(), 1U);
    EXPECT_EQ(word[0].losses, 4);
    SW_OK(w.change([&](store::Unit& unit) { return w.tasks().extend_lock(unit, w.ann, word[0].id, "slow", 1s); }));
    clock_.advance(2s);
    lose(4);  // a word of the worker begins the count anew
    EXPECT_TRUE(w.incidents(id).empty());
    EXPECT_TRUE(w.fetch("a", "slow", 1000ms).empty()) << "a sixth worker would lose it too";
    const auto incidents = w.incidents(id);
    ASSERT_EQ(incidents.size(), 1U);
    EXPECT_EQ(incidents[0].type, "failedJob");
    EXPECT_NE(incidents[0].message.find("slow"), std::string::npos);
    EXPECT_NE(incidents[0].message.find("extendLock"), std::string::npos);
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().retry_incident(unit, w.ann, incidents[0].id); }));
    EXPECT_TRUE(w.incidents(id).empty());
    lose(4);
}

TEST_P(AutomationFailureContract, ATaskThatIsGivenUpMayEndItsInstanceInTheMiddleOfAFetch) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    for (const auto* id : {"one", "two"}) {
        auto& task = builder.task(id);
        task.topic = "a";
        task.errors.push_back({"LOST", "${true}"});
        builder.flow("s", id);
        builder.boundary(std::string{"lost_"} + id, id, EventKind::error, {});
        builder.flow(std::string{"lost_"} + id, "stop");
        builder.flow(id, "e");
    }
    builder.end();
    builder.end("stop", {}, EventKind::terminate);
    w.deploy(builder.process);
    const auto id = w.start("p");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(w.fetch("a", "slow", 1000ms).size(), 2U) << i;
        clock_.advance(2s);
    }
    w.deploy(line("other", {"a"}));
    const auto other = w.start("other");
    const auto fetched = w.fetch("a");
    ASSERT_EQ(fetched.size(), 1U);
    EXPECT_EQ(fetched[0].instance_id, other);
    EXPECT_EQ(w.state(id), "completed");
    EXPECT_EQ(w.rows("lifecycle_tasks"), 1);
}

TEST_P(AutomationFailureContract, ATaskThatIsGivenUpTakesNoTaskOfAnEarlierTopicOutOfTheHandsOfAWorker) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.task("kept");
    auto& lost = builder.task("lost");
    lost.errors.push_back({"LOST", "${true}"});
    builder.boundary("gone", "lost", EventKind::error, {});
    builder.end();
    builder.end("stop", {}, EventKind::terminate);
    builder.path({"s", "kept", "e"});
    builder.path({"s", "lost", "e"});
    builder.flow("gone", "stop");
    w.deploy(builder.process);
    const auto id = w.start("p");
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(w.fetch("lost", "slow", 1000ms).size(), 1U) << i;
        clock_.advance(2s);
    }
    w.deploy(line("other", {"kept"}));
    const auto other = w.start("other");
    const auto fetched = w.write<std::vector<automation::ExternalTask>>([&](store::Unit& unit) {
        return w.tasks().fetch(
            unit, w.ann,
            {.worker = "w", .most = 10, .topics = {{.name = "kept", .lock_for = 60s}, {.name = "lost", .lock_for = 60s}, {.name = "kept", .lock_for = 60s}}});
    });
    SW_OK(fetched);
    ASSERT_EQ(fetched->size(), 1U) << "a task that is no more was handed out, or one twice";
    EXPECT_EQ(fetched->at(0).instance_id, other);
    EXPECT_EQ(w.state(id), "completed");
    SW_OK(w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, fetched->at(0).id, "w", {}, {}); }));
    EXPECT_EQ(w.state(other), "completed");
}

TEST_P(AutomationFailureContract, ATaskThatTakesTheServerWithItIsAnIncident) {
    auto& w = world();
    std::atomic<int> calls{0};
    w.handlers["a"] = [&](const automation::ExternalTask&) -> automation::Outcome {
        ++calls;
        return automation::Done{};
    };
    w.deploy(line("p", {"a"}));
    const auto id = w.start("p");
    for (int i = 0; i < 10; ++i) {
        SW_OK(w.change([](store::Unit& unit) -> Result<void> {
            SW_CHECK(unit.sql.execute("UPDATE lifecycle_tasks SET worker = 'slipway:dead', free_at = 9000000000000000"));
            return {};
        }));
        w.restart();
    }
    w.run();
    EXPECT_EQ(calls, 0);
    const auto incidents = w.incidents(id);
    ASSERT_EQ(incidents.size(), 1U);
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().retry_incident(unit, w.ann, incidents[0].id); }));
    w.run();
    EXPECT_EQ(w.state(id), "completed");
}

SW_ON_ALL_ENGINES(AutomationFailureContract);

}  // namespace
}  // namespace slipway::contract
