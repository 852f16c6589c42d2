#include <atomic>
#include <mutex>

#include "contract/automation_fixture.hpp"

namespace slipway::contract {
namespace {

using lifecycle::EventKind;
using lifecycle::ProcessBuilder;
using namespace std::chrono_literals;

/// What steps of many instances in one transaction must not mix up.
class AutomationBatchContract : public AutomationTest {};

TEST_P(AutomationBatchContract, EachOfManyKeepsItsOwnVariablesAndHistory) {
    auto& w = world();
    for (const auto* topic : {"a", "b"}) {
        w.handlers[topic] = [](const automation::ExternalTask& task) {
            return automation::Done{{{"SUM", task.variables.at("SUM").as_int64() + task.variables.at("N").as_int64()}}};
        };
    }
    w.restart();
    ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.task("b");
    builder.end();
    builder.path({"s", "a", "b", "e"});
    w.deploy(builder.process);
    std::vector<std::string> ids;
    for (int i = 0; i < 90; ++i) {  // more than one statement takes
        ids.push_back(w.start("p", {{"N", i}, {"SUM", 0}}));
    }
    w.run();
    for (int i = 0; i < 90; ++i) {
        const auto& id = ids[static_cast<std::size_t>(i)];
        ASSERT_EQ(w.state(id), "completed");
        ASSERT_EQ(w.variables(id).at("SUM"), json::value(2 * i));
        const auto visits = w.read<std::vector<automation::ActivityInfo>>([&](store::Session& sql) { return w.instances().activity_history(sql, w.ann, id); });
        ASSERT_EQ(visits.size(), 4U);
    }
    EXPECT_EQ(w.rows("lifecycle_tasks"), 0);
}

TEST_P(AutomationBatchContract, ATaskThatIsMadeAndTakenAwayInOneStepLeavesNoRow) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.add(lifecycle::ElementKind::parallel_gateway, "fork");
    builder.task("b");
    builder.end("stop", {}, EventKind::terminate);
    builder.flow("s", "a");
    builder.flow("a", "fork");
    builder.flow("fork", "b");
    builder.flow("fork", "stop");
    builder.end();
    builder.flow("b", "e");
    w.handlers["a"] = [](const automation::ExternalTask&) { return automation::Done{}; };
    w.restart();
    w.deploy(builder.process);
    const auto id = w.start("p");
    w.run();
    EXPECT_EQ(w.state(id), "completed");
    EXPECT_EQ(w.rows("lifecycle_tasks"), 0);
}

TEST_P(AutomationBatchContract, WhatWaitedLongForAThreadIsLookedUpAgain) {
    auto& w = world();
    std::mutex first;
    std::atomic<int> calls{0};
    std::vector<std::string> ids;
    w.handlers["a"] = [&](const automation::ExternalTask& task) {
        const std::scoped_lock lock{first};
        if (++calls == 1) {
            for (const auto& id : ids) {
                if (id != task.instance_id) {
                    EXPECT_TRUE(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, id, "no more"); }));
                }
            }
            clock_.advance(2s);
        }
        return automation::Done{};
    };
    w.restart();
    ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.end();
    builder.path({"s", "a", "e"});
    w.deploy(builder.process);
    for (int i = 0; i < 12; ++i) {
        ids.push_back(w.start("p"));
    }
    w.run();
    EXPECT_LE(calls, 2) << "tasks of cancelled instances were done";  // two threads
    EXPECT_EQ(w.rows("lifecycle_tasks"), 0);
}

TEST_P(AutomationBatchContract, AMessageToOneselfIsNotLost) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.add(lifecycle::ElementKind::parallel_gateway, "fork");
    builder.catching("wait", EventKind::message, "go").properties["mlc.correlationKey"] = "k";
    builder.task("a");
    builder.throwing("tell", EventKind::message, "go").properties["mlc.correlationKey"] = "k";
    builder.add(lifecycle::ElementKind::parallel_gateway, "join");
    builder.end();
    builder.flow("s", "fork");
    builder.flow("fork", "wait");
    builder.flow("fork", "a");
    builder.flow("a", "tell");
    builder.flow("tell", "join");
    builder.flow("wait", "join");
    builder.flow("join", "e");
    w.handlers["a"] = [](const automation::ExternalTask&) { return automation::Done{}; };
    w.restart();
    w.deploy(builder.process);
    const auto id = w.start("p");
    w.run();
    EXPECT_EQ(w.state(id), "completed") << w.waiting(id);
}

/// Waits for what its other branch throws in the same step.
ProcessBuilder to_itself(EventKind kind) {
    ProcessBuilder builder;
    builder.start();
    builder.add(lifecycle::ElementKind::parallel_gateway, "fork");
    builder.throwing("tell", kind, "go");
    builder.catching("wait", kind, "go");
    builder.add(lifecycle::ElementKind::parallel_gateway, "join");
    builder.end();
    builder.path({"s", "fork", "tell", "join", "e"});
    builder.flow("fork", "wait");
    builder.flow("wait", "join");
    return builder;
}

TEST_P(AutomationBatchContract, WhatTheFirstStepThrowsReachesTheInstanceItself) {
    auto& w = world();
    for (const auto kind : {EventKind::signal, EventKind::message}) {
        w.deploy(to_itself(kind).process);
        const auto id = w.start("p");
        w.run();
        EXPECT_EQ(w.state(id), "completed") << w.waiting(id);
        EXPECT_EQ(w.rows("lifecycle_incidents"), 0);
    }
}

TEST_P(AutomationBatchContract, AMessageThatNobodyTakesInTheFirstStepIsCounted) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.throwing("tell", EventKind::message, "nobody");
    builder.task("b");
    builder.end();
    builder.path({"s", "tell", "b", "e"});
    w.deploy(builder.process);
    const auto id = w.start("p");
    EXPECT_EQ(w.waiting(id), "b");
    const auto count = w.read<std::int64_t>([&](store::Session& sql) -> Result<std::int64_t> {
        SW_TRY(const auto rows, sql.query("SELECT incidents + row_incidents FROM lifecycle_instances WHERE id = $1", {id}));
        return rows[0].integer(0);
    });
    EXPECT_EQ(count, 2) << "one, in either column";
}

TEST_P(AutomationBatchContract, AMessageThatNobodyCanTakeIsAnIncidentAndTheStepStands) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.throwing("tell", EventKind::message, "nobody");
    builder.task("b");
    builder.end();
    builder.path({"s", "a", "tell", "b", "e"});
    w.handlers["a"] = [](const automation::ExternalTask&) { return automation::Done{}; };
    w.restart();
    w.deploy(builder.process);
    const auto id = w.start("p");
    w.run();
    EXPECT_EQ(w.waiting(id), "b");
    ASSERT_EQ(w.incidents(id).size(), 1U);
    EXPECT_EQ(w.incidents(id)[0].element, "tell");
}

TEST_P(AutomationBatchContract, AStepGoesOnFromWhatTheDatabaseSays) {
    auto& w = world();
    ProcessBuilder builder;
    builder.start();
    builder.task("a");
    builder.task("b");
    builder.end();
    builder.path({"s", "a", "b", "e"});
    w.deploy(builder.process);
    const auto id = w.start("p", {{"N", 1}});
    const auto task = w.fetch("a").at(0);
    const auto complete = [&](std::int64_t n, bool commits) {
        return w.change([&](store::Unit& unit) -> Result<void> {
            SW_CHECK(w.tasks().complete(unit, w.ann, task.id, "w", {{"N", n}}, {}));
            return commits ? Result<void>{} : fail(ErrorCode::unavailable, "NO", "no");
        });
    };
    EXPECT_FALSE(complete(5, false));
    EXPECT_EQ(w.waiting(id), "a") << "a step that was undone is forgotten";
    EXPECT_EQ(w.variables(id).at("N"), json::value(1));
    SW_OK(complete(2, true));
    SW_OK(w.change([](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET document = replace(document, '\"N\":2', '\"N\":3')"));
        return {};
    }));
    EXPECT_EQ(w.fetch("b").at(0).variables.at("N"), json::value(3)) << "what is remembered is not what is there";
}

SW_ON_ALL_ENGINES(AutomationBatchContract);

}  // namespace
}  // namespace slipway::contract
