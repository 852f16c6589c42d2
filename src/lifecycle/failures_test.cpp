// Rules 7, 8, 9 and 23: errors, savepoints, incidents.
#include <gtest/gtest.h>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"

namespace slipway::lifecycle {
namespace {

/// Two nested sub-processes around a task; boundary events of the inner one catch code A, of the outer one anything.
ProcessBuilder nested() {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::sub_process, "outer");
    build.start("s1", "outer");
    build.add(ElementKind::sub_process, "inner", "outer");
    build.start("s2", "inner");
    build.task("work", "inner");
    build.end("e2", "inner");
    build.boundary("only_a", "inner", EventKind::error, "A", true, "outer").event.code_variable = "CODE";
    build.boundary("any", "outer", EventKind::error, "").event.message_variable = "MESSAGE";
    build.task("handle_a", "outer");
    build.task("handle_any");
    build.end("e1", "outer");
    build.end();
    build.path({"s", "outer", "e"});
    build.path({"s1", "inner", "e1"});
    build.path({"s2", "work", "e2"});
    build.path({"only_a", "handle_a", "e1"});
    build.path({"any", "handle_any", "e"});
    return build;
}

TEST(Rule7, TheNearestMatchingCodeCatches) {
    FakeAutomation run{nested().process};
    run.start();
    run.ok(TaskError{run.task_at("work"), "A", "", {{"detail", 1}}});
    EXPECT_EQ(run.waiting(), "handle_a");
    EXPECT_EQ(*run.variable("CODE"), json::value("A"));
    EXPECT_EQ(*run.variable("detail"), json::value(1));
}

TEST(Rule7, AnotherCodeGoesOnUpToWhatCatchesAll) {
    FakeAutomation run{nested().process};
    run.start();
    run.ok(TaskError{run.task_at("work"), "B", "no room", {}});
    EXPECT_EQ(run.waiting(), "handle_any");
    EXPECT_EQ(*run.variable("MESSAGE"), json::value("no room"));
    EXPECT_EQ(run.count("outer", HistoryKind::cancelled), 1);
}

TEST(Rule7, AnExactCodeComesBeforeOneThatCatchesAll) {
    auto build = nested();
    build.boundary("first", "work", EventKind::error, "", true, "inner");
    build.boundary("second", "work", EventKind::error, "A", true, "inner");
    build.end("e3", "inner");
    build.task("exact", "inner");
    build.path({"first", "e3"});
    build.path({"second", "exact", "e3"});
    FakeAutomation run{build.process};
    run.start();
    run.ok(TaskError{run.task_at("work"), "A", "", {}});
    EXPECT_EQ(run.waiting(), "exact");
}

ProcessBuilder throwing_end() {
    ProcessBuilder build;
    build.start();
    build.task("work");
    build.end("e", "", EventKind::error, "BAD");
    build.path({"s", "work", "e"});
    return build;
}

TEST(Rule7, AnUncaughtErrorIsAnIncidentAndTheTaskIsStillThere) {
    FakeAutomation run{throwing_end().process};
    run.start();
    const auto token = run.task_at("work");
    const auto step = run.send(Complete{token, {{"x", 1}}, {}});
    ASSERT_TRUE(step);
    EXPECT_TRUE(step->failed);
    EXPECT_EQ(run.incident_type(), "uncaughtError");
    EXPECT_EQ(run.incidents.begin()->second.element, "e");
    EXPECT_EQ(run.waiting(), "work");
    EXPECT_EQ(run.variable("x"), nullptr) << "nothing of the step is left";
}

TEST(Rule7, WhatNothingCatchesIsNotThrownOnceMoreByARetry) {
    FakeAutomation run{throwing_end().process};
    run.start();
    ASSERT_TRUE(run.send(TaskError{run.task_at("work"), "OTHER", "", {}})->failed);
    EXPECT_EQ(run.incident_type(), "uncaughtError");
    run.ok(Retry{run.incidents.begin()->first});
    EXPECT_TRUE(run.incidents.empty());
    EXPECT_EQ(run.waiting(), "work");

    ProcessBuilder build;
    build.start();
    build.add(ElementKind::call_activity, "call").called_element = "child";
    build.end();
    build.path({"s", "call", "e"});
    FakeAutomation parent{build.process};
    parent.start();
    const auto first = parent.children.begin()->first;
    ASSERT_TRUE(parent.send(ChildError{first, "BAD", ""})->failed);
    parent.children.clear();
    parent.ok(Retry{parent.incidents.begin()->first});
    EXPECT_TRUE(parent.incidents.empty());
    EXPECT_EQ(parent.children.size(), 1U) << "the child is started again";
}

TEST(Rule7, CamundasSilentEndCanBeChosen) {
    auto build = throwing_end();
    build.process.properties["mlc.uncaughtError"] = "end";
    FakeAutomation run{build.process};
    run.start();
    run.complete("work");
    ASSERT_TRUE(run.ended);
    EXPECT_EQ(run.ended->state, InstanceState::completed);
    FakeAutomation reported{build.process};
    reported.start();
    reported.ok(TaskError{reported.task_at("work"), "OTHER", "", {}});
    EXPECT_TRUE(reported.ended);
}

TEST(Rule7, ErrorsGoUpOverCallActivities) {
    FakeAutomation child{throwing_end().process};
    child.ok(Start{.called = true});
    child.complete("work");
    ASSERT_TRUE(child.ended);
    EXPECT_EQ(child.ended->state, InstanceState::failed);
    EXPECT_EQ(child.ended->error_code, "BAD");

    ProcessBuilder build;
    build.start();
    build.add(ElementKind::call_activity, "call").called_element = "child";
    build.boundary("caught", "call", EventKind::error, "BAD").event.code_variable = "CODE";
    build.end();
    build.task("handle");
    build.path({"s", "call", "e"});
    build.path({"caught", "handle", "e"});
    FakeAutomation parent{build.process};
    parent.start();
    parent.ok(ChildError{parent.children.begin()->first, child.ended->error_code, child.ended->error_message});
    EXPECT_EQ(parent.waiting(), "handle");
    EXPECT_TRUE(parent.cancelled_children.empty()) << "it is gone already";
}

TEST(Rule7, AnEscalationThatNobodyCatchesIsForgotten) {
    ProcessBuilder build;
    build.start();
    build.end("e", "", EventKind::escalation, "HIGH");
    build.path({"s", "e"});
    FakeAutomation run{build.process};
    run.start();
    EXPECT_TRUE(run.ended);
}

TEST(Rule8, AFailureIsNoBpmnErrorUntilARuleSaysSo) {
    auto build = nested();
    build.element("work").errors.push_back({"A", "${externalTask.getErrorMessage() == 'quota'}"});
    FakeAutomation run{build.process};
    run.start();
    run.ok(TaskFailed{run.task_at("work"), "network", "", 2});
    EXPECT_EQ(run.waiting(), "work") << "the boundary event that catches all catches errors, not failures";
    EXPECT_TRUE(run.incidents.empty());
    run.ok(TaskFailed{run.task_at("work"), "network", "", 0});
    run.ok(TaskFailed{run.task_at("work"), "network again", "", 0});
    ASSERT_EQ(run.incidents.size(), 1U) << "one for the job";
    EXPECT_EQ(run.incident_type(), "failedJob");
    EXPECT_EQ(run.incidents.begin()->second.message, "network again");
    run.ok(Retry{run.incidents.begin()->first});
    EXPECT_TRUE(run.incidents.empty());
    EXPECT_EQ(run.waiting(), "work");
    run.ok(TaskFailed{run.task_at("work"), "quota", "", 2});
    EXPECT_EQ(run.waiting(), "handle_a");
}

ProcessBuilder condition_after_user() {
    ProcessBuilder build;
    build.start();
    build.user("person");
    build.add(ElementKind::exclusive_gateway, "which");
    build.task("yes");
    build.task("no");
    build.end();
    build.path({"s", "person", "which"});
    build.flow("which", "yes", "${answer == 'y'}");
    build.flow("which", "no", "${answer == 'n'}");
    build.path({"yes", "e"});
    build.path({"no", "e"});
    return build;
}

TEST(Rule9, AFailureInTheStepAfterAUserTaskLeavesTheTaskOpen) {
    FakeAutomation run{condition_after_user().process};
    run.start();
    EXPECT_EQ(run.refused(Complete{run.task_at("person"), {}, {}}), "EXPRESSION");
    EXPECT_EQ(run.waiting(), "person");
    EXPECT_TRUE(run.incidents.empty()) << "who waits for the answer gets it";
    EXPECT_EQ(run.users.size(), 1U);
}

TEST(Rule9, ContinuationsAreSavepoints) {
    auto build = condition_after_user();
    build.element("which").async_before = true;
    FakeAutomation run{build.process};
    run.start();
    run.complete("person");
    ASSERT_EQ(run.continuations.size(), 1U);
    EXPECT_TRUE(run.continuations.begin()->second.before);
    const auto step = run.send(Continue{run.continuations.begin()->first});
    EXPECT_TRUE(step && step->failed);
    EXPECT_EQ(run.waiting(), "which") << "what was done before the savepoint stays done";
    EXPECT_EQ(run.incident_type(), "expression");
}

TEST(Rule9, WaitsThatDoNotOutliveTheStepAreNeverSeen) {
    ProcessBuilder build;
    build.start();
    build.manual("quick");
    build.boundary("timer", "quick", EventKind::timer, "PT1H");
    build.end();
    build.end("e2");
    build.path({"s", "quick", "e"});
    build.flow("timer", "e2");
    FakeAutomation run{build.process};
    const auto step = run.send(Start{});
    ASSERT_TRUE(step);
    for (const auto& command : step->commands) {
        EXPECT_FALSE(std::holds_alternative<CreateTimer>(command) || std::holds_alternative<Remove>(command));
    }
    EXPECT_TRUE(run.ended);
}

TEST(Rule9, AsyncAfterComesBehindOutputsAndBeforeTheFlow) {
    auto build = condition_after_user();
    build.element("person").async_after = true;
    build.element("person").outputs.push_back({"answer", Binding{.text = "${said}"}});
    build.boundary("late", "person", EventKind::timer, "PT1H");
    build.flow("late", "e");
    FakeAutomation run{build.process};
    run.start();
    run.complete("person", {{"said", "y"}});
    EXPECT_EQ(run.count("person"), 1);
    EXPECT_TRUE(run.timers.empty()) << "the activity is over, its boundary events are gone";
    EXPECT_FALSE(run.continuations.begin()->second.before);
    run.ok(Continue{run.continuations.begin()->first});
    EXPECT_EQ(run.waiting(), "yes");
}

TEST(Rule23, AnUnknownVariableInAConditionIsAnIncidentNotFalse) {
    FakeAutomation run{condition_after_user().process};
    run.start();
    const auto step = run.send(Complete{run.task_at("person"), {}, {}});
    ASSERT_TRUE(step && step->failed);
    ASSERT_EQ(run.incident_type(), "expression");
    const auto& incident = run.incidents.begin()->second;
    EXPECT_EQ(incident.element, "which");
    EXPECT_EQ(incident.token, run.task_at("person"));
    EXPECT_TRUE(incident.message.contains("answer"));
}

TEST(Rule23, NoConditionTrueAndNoDefaultIsAnIncident) {
    FakeAutomation run{condition_after_user().process};
    run.start();
    ASSERT_TRUE(run.send(Complete{run.task_at("person"), {{"answer", "?"}}, {}}));
    EXPECT_EQ(run.incident_type(), "expression");
    EXPECT_EQ(run.waiting(), "person");
}

TEST(Rule23, AConditionThatIsNeitherTrueNorFalseIsAnIncident) {
    auto build = condition_after_user();
    build.process.flows[2].condition = "${answer}";
    FakeAutomation run{build.process};
    run.start();
    ASSERT_TRUE(run.send(Complete{run.task_at("person"), {{"answer", "true"}}, {}}));
    EXPECT_EQ(run.incident_type(), "expression");
}

TEST(Incident, RetryTakesTheHeldEventUpAgain) {
    FakeAutomation run{condition_after_user().process};
    run.start();
    ASSERT_TRUE(run.send(Complete{run.task_at("person"), {{"note", "kept"}}, {}}));
    const auto incident = run.incidents.begin()->first;
    const auto again = run.send(Retry{incident});
    EXPECT_TRUE(again && again->failed);
    ASSERT_EQ(run.incidents.size(), 1U) << "one incident however often it is tried";
    EXPECT_EQ(run.incidents.begin()->first, incident);
    run.ok(SetVariables{0, {{"answer", "n"}}, {}});
    run.ok(Retry{incident});
    EXPECT_EQ(run.waiting(), "no");
    EXPECT_EQ(*run.variable("note"), json::value("kept"));
    EXPECT_TRUE(run.incidents.empty());
    EXPECT_EQ(run.refused(Retry{incident}), "GONE");
}

TEST(Incident, AnotherEventThatGoesThroughResolvesIt) {
    FakeAutomation run{condition_after_user().process};
    run.start();
    ASSERT_TRUE(run.send(Complete{run.task_at("person"), {}, {}}));
    ASSERT_TRUE(run.send(Complete{run.task_at("person"), {{"answer", "?"}}, {}}));
    EXPECT_EQ(run.incidents.size(), 1U);
    run.complete("person", {{"answer", "y"}});
    EXPECT_EQ(run.waiting(), "yes");
    EXPECT_TRUE(run.incidents.empty());
}

TEST(Incident, AStartThatFailsIsKeptAndCanBeRetried) {
    ProcessBuilder build;
    build.start();
    build.script("copy", "b", "${a}");
    build.task("work");
    build.end();
    build.path({"s", "copy", "work", "e"});
    FakeAutomation run{build.process};
    EXPECT_EQ(run.refused(Start{}), "EXPRESSION");
    const auto step = run.send(Start{.variables = {{"c", 1}}});
    ASSERT_TRUE(step && step->failed);
    EXPECT_EQ(run.instance.state, InstanceState::created);
    run.ok(SetVariables{0, {{"a", 7}}, {}});
    run.ok(Retry{run.incidents.begin()->first});
    EXPECT_EQ(run.waiting(), "work");
    EXPECT_EQ(*run.variable("b"), json::value(7));
}

TEST(Incident, EachTimerAndEachMessageOfATaskIsKeptForItself) {
    ProcessBuilder build;
    build.start();
    build.task("work");
    build.end();
    build.path({"s", "work", "e"});
    const std::pair<const char*, EventKind> events[]{
        {"soon", EventKind::timer}, {"late", EventKind::timer}, {"called", EventKind::message}, {"told", EventKind::message}};
    for (const auto& [name, kind] : events) {
        const std::string which = std::string{name} + "_which";
        build.boundary(name, "work", kind, kind == EventKind::timer ? "PT1H" : name, false);
        build.add(ElementKind::exclusive_gateway, which);
        build.task(std::string{name} + "_task");
        build.flow(name, which);
        build.flow(which, std::string{name} + "_task", "${allowed}");
        build.flow(std::string{name} + "_task", "e");
    }
    FakeAutomation run{build.process};
    run.start();
    for (const auto* timer : {"soon", "late"}) {
        ASSERT_TRUE(run.send(TimerDue{run.timer_at(timer)}));
    }
    for (const auto* message : {"called", "told"}) {
        ASSERT_TRUE(run.send(Deliver{run.subscription_at(message), {{message, true}}, {}}));
    }
    ASSERT_TRUE(run.send(Deliver{run.subscription_at("told"), {{"twice", true}}, {}}));
    ASSERT_TRUE(run.send(TimerDue{run.timer_at("soon")})) << "once more: the same timer has one incident";
    ASSERT_EQ(run.incidents.size(), 5U);
    run.ok(SetVariables{0, {{"allowed", true}}, {}});
    for (const auto& [id, incident] : std::map{run.incidents}) {
        run.ok(Retry{id});
    }
    EXPECT_EQ(run.waiting(), "called_task late_task soon_task told_task told_task work");
    EXPECT_TRUE(run.incidents.empty());
}

TEST(LoopLimit, ACircleWithoutAWaitIsAnIncidentAndChangesNothing) {
    ProcessBuilder build;
    build.start();
    build.task("work");
    build.add(ElementKind::exclusive_gateway, "merge");
    build.script("count", "n", "${n + 1}");
    build.add(ElementKind::exclusive_gateway, "again");
    build.end();
    build.element("again").default_flow = "again_e";
    build.path({"s", "work", "merge", "count", "again", "e"});
    build.flow("again", "merge", "${n < limit}");
    FakeAutomation run{build.process};
    run.start({{"n", 0}, {"limit", 1000}});
    run.complete("work");
    EXPECT_TRUE(run.ended) << "a thousand rounds are fine";
    FakeAutomation endless{build.process};
    endless.start({{"n", 0}, {"limit", 1'000'000}});
    const auto step = endless.send(Complete{endless.task_at("work"), {}, {}});
    ASSERT_TRUE(step && step->failed);
    EXPECT_EQ(step->commands.size(), 1U);
    EXPECT_EQ(endless.incident_type(), "loopLimit");
    EXPECT_EQ(endless.waiting(), "work");
    EXPECT_EQ(*endless.variable("n"), json::value(0));
}

}  // namespace
}  // namespace slipway::lifecycle
