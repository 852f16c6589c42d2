// Rules 4 to 9, 13 and 21: boundary events, event sub-processes, errors, savepoints, conditions.
#include <gtest/gtest.h>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"

namespace slipway::lifecycle {
namespace {

/// A sub-process with a waiting join, an external task, a user task, a timer and a called process, and a boundary event `out`.
ProcessBuilder busy_scope(EventKind kind, const std::string& name) {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::sub_process, "sub").outputs.push_back({"never", Binding{.text = "${missing}"}});
    build.boundary("out", "sub", kind, name);
    build.task("after");
    build.end();
    build.end("e2");
    build.start("s2", "sub");
    build.add(ElementKind::parallel_gateway, "fork", "sub");
    build.task("work", "sub");
    build.user("person", "sub");
    build.catching("timer", EventKind::timer, "PT1H", "sub");
    build.add(ElementKind::call_activity, "called", "sub").called_element = "other";
    build.manual("at_once", "sub");
    build.add(ElementKind::parallel_gateway, "join", "sub");
    build.end("e3", "sub");
    build.path({"s", "sub", "e"});
    build.path({"out", "after", "e2"});
    build.path({"s2", "fork", "work", "join", "e3"});
    for (const auto* const branch : {"person", "timer", "called", "at_once"}) {
        build.path({"fork", branch, "join"});
    }
    return build;
}

TEST(Rule4, AnInterruptedScopeLeavesNothingBehind) {
    FakeAutomation run{busy_scope(EventKind::message, "stop").process};
    run.start();
    EXPECT_EQ(run.waiting(), "called join person timer work");
    const auto work = run.task_at("work");
    const auto child = run.children.begin()->first;
    run.deliver("out");
    EXPECT_EQ(run.waiting(), "after");
    EXPECT_TRUE(run.externals.contains(run.task_at("after")) && run.externals.size() == 1 && run.users.empty() && run.timers.empty() &&
                run.subscriptions.empty());
    EXPECT_EQ(run.cancelled_children, std::vector<Id>{child});
    EXPECT_EQ(run.refused(Complete{work, {{"late", true}}, {}}), "GONE") << "a worker that finishes later";
    EXPECT_EQ(run.variable("late"), nullptr);
    for (const auto* const element : {"work", "person", "timer", "called", "sub"}) {
        EXPECT_EQ(run.count(element, HistoryKind::cancelled), 1) << element;
        EXPECT_EQ(run.count(element, HistoryKind::ended), 0) << element;
    }
    const auto place = [&](const std::string& element) {
        return std::ranges::find_if(run.history, [&](const Record& one) { return one.kind == HistoryKind::cancelled && one.element == element; });
    };
    EXPECT_LT(place("work"), place("sub")) << "the innermost first";
}

TEST(Rule21, OutputMappingsOfCancelledActivitiesAreSkipped) {
    FakeAutomation run{busy_scope(EventKind::error, "").process};  // its output mapping would fail
    run.start();
    run.ok(TaskError{run.task_at("work"), "BOOM", "it broke", {}});
    EXPECT_EQ(run.waiting(), "after");
}

ProcessBuilder reminder(const std::string& cycle, bool interrupting = false) {
    ProcessBuilder build;
    build.start();
    build.task("work");
    auto& timer = build.boundary("remind", "work", EventKind::timer, cycle, interrupting);
    timer.event.timer = TimerKind::cycle;
    build.task("reminder");
    build.end();
    build.end("e2");
    build.path({"s", "work", "e"});
    build.path({"remind", "reminder", "e2"});
    return build;
}

TEST(Rule5, ANonInterruptingCycleFiresWhileItsActivityLives) {
    FakeAutomation run{reminder("R3/PT10S").process};
    run.start();
    const auto begun = run.now;
    for (int i = 1; i <= 3; ++i) {
        EXPECT_EQ(run.timers.begin()->second.due, begun + std::chrono::seconds{10 * i});
        run.fire("remind");
        EXPECT_EQ(std::ssize(run.externals), 1 + i) << "a token each time";
    }
    EXPECT_TRUE(run.timers.empty()) << "three times and no more";
    run.complete("work");
    EXPECT_FALSE(run.ended);
    for (int i = 0; i < 3; ++i) {
        run.complete("reminder");
    }
    EXPECT_TRUE(run.ended);
}

TEST(Rule5, ACycleStopsWhenItsActivityEndsAndIsEndlessWithoutANumber) {
    FakeAutomation run{reminder("R/PT10S").process};
    run.start();
    const auto timer = run.timer_at("remind");
    for (int i = 0; i < 5; ++i) {
        run.fire("remind");
    }
    EXPECT_EQ(run.count("remind"), 5);
    run.complete("work");
    EXPECT_TRUE(run.timers.empty());
    EXPECT_EQ(run.refused(TimerDue{timer}), "GONE");
}

TEST(Rule18, AFiringThatIsLateKeepsTheAnchor) {
    FakeAutomation run{reminder("R5/PT10H").process};
    run.start();
    const auto begun = run.now;
    run.now += std::chrono::hours{25};
    run.ok(TimerDue{run.timer_at("remind")});
    EXPECT_EQ(run.count("remind"), 1);
    EXPECT_EQ(run.timers.begin()->second.due, begun + std::chrono::hours{30});
}

TEST(Rule5, AnInterruptingTimerEndsItsActivity) {
    FakeAutomation run{reminder("R3/PT10S", true).process};
    run.start();
    run.fire("remind");
    EXPECT_EQ(run.waiting(), "reminder");
    EXPECT_TRUE(run.timers.empty());
}

/// A process with one task and an event sub-process `handler` with a task.
ProcessBuilder handled(EventKind kind, const std::string& name, bool interrupting) {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::parallel_gateway, "fork");
    build.task("a");
    build.task("b");
    build.end("e1");
    build.end("e2");
    build.path({"s", "fork", "a", "e1"});
    build.path({"fork", "b", "e2"});
    build.event_sub("handler", kind, name, interrupting);
    build.task("handle", "handler");
    build.end("e3", "handler");
    build.path({"handler_start", "handle", "e3"});
    return build;
}

TEST(Rule6, AnInterruptingEventSubProcessTakesOverOnce) {
    FakeAutomation run{handled(EventKind::signal, "alarm", true).process};
    run.start();
    const auto subscription = run.subscription_at("handler_start");
    run.deliver("handler_start", {{"level", 3}});
    EXPECT_EQ(run.waiting(), "handle") << "the siblings are cancelled";
    EXPECT_EQ(run.count("a", HistoryKind::cancelled) + run.count("b", HistoryKind::cancelled), 2);
    EXPECT_EQ(run.refused(Deliver{subscription, {}, {}}), "GONE");
    run.complete("handle");
    ASSERT_TRUE(run.ended) << "the scope ends when the handler ends";
    EXPECT_EQ(run.ended->state, InstanceState::completed);
    EXPECT_EQ(run.ended->variables.at("level"), json::value(3));
}

TEST(Rule6, ANonInterruptingOneMayTriggerAgain) {
    FakeAutomation run{handled(EventKind::message, "alarm", false).process};
    run.start();
    run.deliver("handler_start");
    run.deliver("handler_start");
    EXPECT_EQ(run.waiting(), "a b handle handle");
    for (const auto* const element : {"a", "b", "handle"}) {
        run.complete(element);
    }
    EXPECT_FALSE(run.ended);
    run.complete("handle");
    EXPECT_TRUE(run.ended);
    EXPECT_TRUE(run.subscriptions.empty());
}

TEST(Rule6, EscalationsAndTimersStartThemToo) {
    FakeAutomation timed{handled(EventKind::timer, "PT5M", true).process};
    timed.start();
    timed.fire("handler_start");
    EXPECT_EQ(timed.waiting(), "handle");
    auto build = handled(EventKind::escalation, "high", false);
    build.throwing("escalate", EventKind::escalation, "high");
    build.process.flows[1].to = "escalate";
    build.flow("escalate", "a");
    FakeAutomation escalated{build.process};
    escalated.start();
    EXPECT_EQ(escalated.waiting(), "a b handle") << "who escalates goes on";
}

TEST(Rule6, AHandlerDoesNotCatchItsOwnError) {
    auto build = handled(EventKind::error, "", true);
    build.process.flows.back().to = "e4";
    build.end("e4", "handler", EventKind::error, "AGAIN");
    build.process.elements.erase(std::ranges::find(build.process.elements, "e3", &Element::id));
    FakeAutomation run{build.process};
    run.start();
    run.ok(TaskError{run.task_at("a"), "X", "", {}});
    EXPECT_EQ(run.waiting(), "handle");
    ASSERT_TRUE(run.send(Complete{run.task_at("handle"), {}, {}}));
    EXPECT_EQ(run.incident_type(), "uncaughtError");
}

}  // namespace
}  // namespace slipway::lifecycle
