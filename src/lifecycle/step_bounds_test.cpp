// What one step may cost, and how much an instance may hold.
#include <gmock/gmock.h>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"

namespace slipway::lifecycle {
namespace {

TEST(StepBounds, AllExpressionsOfAStepHaveOneFuel) {
    ProcessBuilder build;
    build.start();
    auto& script = build.script("look", "found", "${LIST.contains(-1)}");
    script.script.resize(130, script.script[0]);
    build.task("work");
    build.path({"s", "look", "work"});
    json::array list;
    for (int i = 0; i < 100'000; ++i) {
        list.emplace_back(i);
    }
    FakeAutomation run{build.process};
    EXPECT_EQ(run.refused(Start{.variables = {{"LIST", std::move(list)}}}), "EXPRESSION");
}

/// `work` goes around with a script behind it that puts the list `LOG` into another one.
Process log() {
    ProcessBuilder build;
    build.start();
    build.task("work");
    build.add(ElementKind::script_task, "log")
        .script.push_back({"LOG", Binding{.kind = Binding::Kind::list, .text = {}, .parts = {{"", {.text = "${LOG}"}}, {"", {.text = "again"}}}}});
    build.path({"s", "work", "log", "work"});
    return build.process;
}

TEST(StepBounds, AListThatGoesDeeperEachRoundStopsTheInstanceWhileItCanBeRead) {
    FakeAutomation run{log()};
    run.start({{"LOG", json::array{}}});
    int rounds = 0;
    while (rounds < 200 && !run.send(Complete{run.task_at("work"), {}, {}})->failed) {
        ++rounds;
    }
    EXPECT_EQ(rounds, 99);
    ASSERT_EQ(run.incidents.size(), 1U);
    EXPECT_THAT(run.incidents.begin()->second.message, testing::HasSubstr("more than 100 deep"));
    EXPECT_TRUE(read_instance(run.graph, write_instance(run.graph, run.instance)));
    run.ok(Cancel{"enough"});
    ASSERT_TRUE(run.ended);
    EXPECT_EQ(run.ended->state, InstanceState::cancelled);
}

TEST(StepBounds, AnInstanceIsGivenNoMoreThanCanBeReadAgain) {
    FakeAutomation run{log(), false};
    run.start();
    const std::string large(12U << 20, 'x');
    run.ok(SetVariables{.variables = {{"A", large}}});
    run.ok(SetVariables{.variables = {{"B", large}}});
    EXPECT_EQ(run.refused(SetVariables{.variables = {{"C", large}}}), "STATE_SIZE");
    EXPECT_EQ(run.variable("C"), nullptr);
    run.ok(SetVariables{.variables = {{"B", "small"}}});
    run.ok(SetVariables{.variables = {{"C", large}}});
    EXPECT_EQ(run.refused(SetVariables{.variables = {{"D", large}, {"E", large}, {"F", large}}}), "STATE_SIZE");
}

}  // namespace
}  // namespace slipway::lifecycle
