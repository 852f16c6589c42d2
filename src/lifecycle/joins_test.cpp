// Rules 1 to 3 of the semantics that engines get wrong: gateways.
#include <gtest/gtest.h>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"

namespace slipway::lifecycle {
namespace {

/// s → or → a, b → join → after → e; an error at b leads to an end of its own.
ProcessBuilder inclusive() {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::inclusive_gateway, "or").default_flow = "or_a";
    build.task("a");
    build.task("b");
    build.boundary("failed", "b", EventKind::error, "");
    build.end("diverted");
    build.add(ElementKind::inclusive_gateway, "join");
    build.task("after");
    build.end();
    build.flow("s", "or");
    build.flow("or", "a");
    build.flow("or", "b", "${both}");
    build.path({"a", "join", "after", "e"});
    build.flow("b", "join");
    build.flow("failed", "diverted");
    return build;
}

TEST(Rule1, InclusiveJoinWaitsForWhatCanStillCome) {
    FakeAutomation run{inclusive().process};
    run.start({{"both", true}});
    // The default flow is taken only when no other is.
    EXPECT_EQ(run.waiting(), "b");
    run.complete("b");
    EXPECT_EQ(run.waiting(), "after");
    run.complete("after");
    EXPECT_TRUE(run.ended);
}

ProcessBuilder two_branches() {
    auto build = inclusive();
    build.element("or").default_flow.clear();
    for (auto& flow : build.process.flows) {
        if (flow.id == "or_a") {
            flow.condition = "${true}";
        }
    }
    return build;
}

TEST(Rule1, InclusiveJoinFiresOnceBothCame) {
    FakeAutomation run{two_branches().process};
    run.start({{"both", true}});
    run.complete("a");
    EXPECT_EQ(run.waiting(), "b join");
    run.complete("b");
    EXPECT_EQ(run.waiting(), "after");
}

TEST(Rule1, InclusiveJoinFiresWhenTheAwaitedTokenIsDiverted) {
    FakeAutomation run{two_branches().process};
    run.start({{"both", true}});
    run.complete("a");
    EXPECT_EQ(run.waiting(), "b join");
    run.ok(TaskError{run.task_at("b"), "X", "", {}});
    EXPECT_EQ(run.waiting(), "after") << "nothing can reach the second flow any more";
    EXPECT_EQ(run.count("join"), 1);
    run.complete("after");
    EXPECT_TRUE(run.ended);
}

TEST(Rule1, TwoTokensOverOneFlowBothFinish) {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::parallel_gateway, "fork");
    build.task("x");
    build.task("y");
    build.add(ElementKind::exclusive_gateway, "merge");
    build.add(ElementKind::inclusive_gateway, "join");
    build.task("never");
    build.task("after");
    build.end();
    build.add(ElementKind::inclusive_gateway, "or").default_flow = "or_fork";
    build.flow("s", "or");
    build.flow("or", "fork");
    build.flow("or", "never", "${false}");
    build.path({"fork", "x", "merge", "join", "after", "e"});
    build.path({"fork", "y", "merge"});
    build.flow("never", "join");
    FakeAutomation run{build.process};
    run.start();
    run.complete("x");
    run.complete("y");
    EXPECT_EQ(run.waiting(), "after after");
    run.complete("after");
    run.complete("after");
    EXPECT_TRUE(run.ended);
    EXPECT_EQ(run.count("join"), 2);
}

TEST(Rule1, ATokenThatCanEquallyReachAFilledFlowDoesNotBlock) {
    // A loop before the join: the token in `again` could come over both flows.
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::parallel_gateway, "fork");
    build.task("x");
    build.task("again");
    build.add(ElementKind::exclusive_gateway, "which").default_flow = "which_join2";
    build.add(ElementKind::inclusive_gateway, "join");
    build.manual("join2");
    build.task("after");
    build.end();
    build.path({"s", "fork", "x", "join", "after", "e"});
    build.path({"fork", "again", "which"});
    build.flow("which", "x", "${back}");
    build.path({"which", "join2", "join"});
    FakeAutomation run{build.process};
    run.start({{"back", false}});
    run.complete("x");
    EXPECT_EQ(run.waiting(), "after again") << "it can reach the filled flow by x as well as the empty one";
    run.complete("again");
    EXPECT_EQ(run.waiting(), "after after");
}

TEST(Rule1, InclusiveJoinInsideASubProcessMindsItsScopeAlone) {
    auto build = ProcessBuilder{};
    build.start();
    build.add(ElementKind::parallel_gateway, "fork");
    build.task("outside");
    build.add(ElementKind::sub_process, "sub");
    build.start("s2", "sub");
    build.add(ElementKind::inclusive_gateway, "or", "sub");
    build.task("a", "sub");
    build.task("b", "sub");
    build.add(ElementKind::inclusive_gateway, "join", "sub");
    build.end("e2", "sub");
    build.end();
    build.end("e3");
    build.path({"s", "fork", "sub", "e"});
    build.path({"fork", "outside", "e3"});
    build.path({"s2", "or"});
    build.flow("or", "a", "${true}");
    build.flow("or", "b", "${false}");
    build.path({"a", "join", "e2"});
    build.flow("b", "join");
    FakeAutomation run{build.process};
    run.start();
    run.complete("a");
    EXPECT_EQ(run.waiting(), "outside");
    EXPECT_EQ(run.count("sub"), 1);
}

TEST(Rule1, ATokenBeforeTheJoinsContinuationCounts) {
    auto build = two_branches();
    build.element("join").async_before = true;
    FakeAutomation run{build.process};
    run.start({{"both", true}});
    run.complete("a");
    run.complete("b");
    EXPECT_EQ(run.waiting(), "join join");
    run.ok(Continue{run.continuations.begin()->first});
    EXPECT_EQ(run.waiting(), "join join") << "the other one has not come to its flow yet";
    run.ok(Continue{run.continuations.begin()->first});
    EXPECT_EQ(run.waiting(), "after");
}

TEST(Rule2, ParallelJoinTakesOneTokenOfEachFlow) {
    // a goes round once: two tokens come over a_join before one comes over b_join.
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::parallel_gateway, "fork");
    build.task("a");
    build.add(ElementKind::parallel_gateway, "twice");
    build.add(ElementKind::exclusive_gateway, "merge");
    build.task("b");
    build.add(ElementKind::parallel_gateway, "join");
    build.task("after");
    build.end();
    build.path({"s", "fork", "a", "twice", "merge", "join", "after", "e"});
    build.flow("twice", "merge").id = "twice_merge_again";
    build.path({"fork", "b", "join"});
    FakeAutomation run{build.process};
    run.start();
    run.complete("a");
    EXPECT_EQ(run.waiting(), "b join join") << "two tokens of one flow are no two flows";
    run.complete("b");
    EXPECT_EQ(run.waiting(), "after join") << "the surplus token stays";
    EXPECT_EQ(run.count("join"), 1);
    EXPECT_TRUE(run.incidents.empty());
    run.complete("after");
    EXPECT_EQ(run.waiting(), "join");
    EXPECT_FALSE(run.ended);
    EXPECT_EQ(run.incident_type(), "orphanToken") << "a person hears of what can go on never by itself";
    run.ok(Modify{{}, {run.token_at("join")}, {}});
    EXPECT_TRUE(run.ended);
}

/// `a` and `b` side by side in `scope`, of which `b` may not come to the join.
void half_join(ProcessBuilder& build, const std::string& scope) {
    build.start("half", scope);
    build.add(ElementKind::parallel_gateway, "fork", scope);
    build.task("a", scope);
    build.task("b", scope);
    build.add(ElementKind::exclusive_gateway, "which", scope);
    build.add(ElementKind::parallel_gateway, "join", scope);
    build.end("out", scope);
    build.end("end", scope);
    build.path({"half", "fork", "a", "join", "end"});
    build.path({"fork", "b", "which", "out"});
    build.element("which").default_flow = "which_out";
    build.flow("which", "join").condition = "${comes}";
}

TEST(StuckJoins, AStuckJoinIsToldThoughAReminderGoesOn) {
    ProcessBuilder build;
    half_join(build, {});
    build.event_sub("remind", EventKind::timer, "PT1H", false);
    build.task("told", "remind");
    build.end("remind_end", "remind");
    build.path({"remind_start", "told", "remind_end"});
    FakeAutomation run{build.process};
    run.start({{"comes", false}});
    run.complete("a");
    EXPECT_TRUE(run.incidents.empty());
    run.complete("b");
    EXPECT_EQ(run.waiting(), "join");
    EXPECT_EQ(run.incident_type(), "orphanToken") << "the reminder brings nothing to the join";
}

TEST(StuckJoins, AJoinThatATimeOutEndsIsNotStuck) {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::sub_process, "sub");
    half_join(build, "sub");
    build.boundary("late", "sub", EventKind::timer, "PT1H");
    build.end();
    build.path({"s", "sub", "e"});
    build.flow("late", "e");
    FakeAutomation run{build.process};
    run.start({{"comes", false}});
    run.complete("a");
    run.complete("b");
    EXPECT_EQ(run.waiting(), "join");
    EXPECT_TRUE(run.incidents.empty());
    run.fire("late");
    EXPECT_TRUE(run.ended);
}

ProcessBuilder event_gateway() {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::event_based_gateway, "first");
    build.catching("in_time", EventKind::message, "answer").properties["mlc.correlationKey"] = "${order}";
    build.catching("too_late", EventKind::timer, "PT1H");
    build.task("good");
    build.task("bad");
    build.end("e1");
    build.end("e2");
    build.path({"s", "first", "in_time", "good", "e1"});
    build.path({"first", "too_late", "bad", "e2"});
    return build;
}

TEST(Rule3, TheFirstEventWinsAndTheOthersAreGone) {
    for (const bool message_first : {true, false}) {
        FakeAutomation run{event_gateway().process};
        run.start({{"order", 17}});
        ASSERT_EQ(run.subscriptions.size(), 1U);
        EXPECT_EQ(run.subscriptions.begin()->second.correlation_key, "17");
        const auto subscription = run.subscriptions.begin()->first;
        const auto timer = run.timers.begin()->first;
        run.now = run.timers.begin()->second.due;
        EXPECT_EQ(run.refused(message_first ? EventBody{Deliver{subscription, {}, {}}} : EventBody{TimerDue{timer}}), "");
        EXPECT_EQ(run.waiting(), message_first ? "good" : "bad");
        EXPECT_TRUE(run.subscriptions.empty() && run.timers.empty()) << "in the same step";
        EXPECT_EQ(run.refused(message_first ? EventBody{TimerDue{timer}} : EventBody{Deliver{subscription, {}, {}}}), "GONE");
        EXPECT_EQ(run.waiting(), message_first ? "good" : "bad") << "never a second branch";
    }
}

TEST(Rule3, AReceiveTaskMayBeOneOfTheEvents) {
    auto build = event_gateway();
    auto& task = build.element("in_time");
    task.kind = ElementKind::receive_task;
    task.outputs.push_back({"ANSWER", Binding{.text = "${text}"}});
    FakeAutomation run{build.process};
    run.start({{"order", "x"}});
    run.ok(Deliver{run.subscription_at("in_time"), {}, {{"text", "yes"}}});
    EXPECT_EQ(run.waiting(), "good");
    EXPECT_EQ(*run.variable("ANSWER"), json::value("yes"));
    EXPECT_EQ(run.variable("text"), nullptr) << "what is local stays with the activity";
}

}  // namespace
}  // namespace slipway::lifecycle
