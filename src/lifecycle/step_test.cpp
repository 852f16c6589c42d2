// Starts, calls, links, decisions, ends, changes by hand, and the state's text.
#include "lifecycle/step.hpp"

#include <gtest/gtest.h>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"
#include "lifecycle/starts.hpp"

namespace slipway::lifecycle {
namespace {

ProcessBuilder one_task() {
    ProcessBuilder build;
    build.start();
    build.task("work");
    build.end();
    build.path({"s", "work", "e"});
    return build;
}

TEST(Step, RunsFromStartToEnd) {
    FakeAutomation run{one_task().process};
    run.start({{"x", 1}});
    EXPECT_EQ(run.waiting(), "work");
    run.complete("work", {{"y", 2}});
    ASSERT_TRUE(run.ended);
    EXPECT_EQ(run.ended->state, InstanceState::completed);
    EXPECT_EQ(json::write(run.ended->variables), R"({"x":1,"y":2})");
    EXPECT_EQ(run.count("s") + run.count("work") + run.count("e"), 3);
    EXPECT_EQ(run.count("work", HistoryKind::started), 1);
    EXPECT_EQ(run.count("s_work", HistoryKind::flow_taken) + run.count("work_e", HistoryKind::flow_taken), 2);
    EXPECT_EQ(run.refused(Complete{2, {}, {}}), "ENDED");
}

TEST(Step, AnEventForNothingChangesNothing) {
    FakeAutomation run{one_task().process};
    EXPECT_EQ(run.refused(Complete{2, {}, {}}), "STARTED");
    EXPECT_EQ(run.refused(SetVariables{}), "STARTED");
    run.start();
    const auto before = write_instance(run.graph, run.instance);
    EXPECT_EQ(run.refused(Complete{99, {}, {}}), "GONE");
    EXPECT_EQ(run.refused(Complete{1, {}, {}}), "GONE") << "a scope is nothing to complete";
    EXPECT_EQ(run.refused(Deliver{99, {}, {}}), "GONE");
    EXPECT_EQ(run.refused(TimerDue{99}), "GONE");
    EXPECT_EQ(run.refused(Continue{run.task_at("work")}), "GONE");
    EXPECT_EQ(run.refused(ChildEnded{run.task_at("work"), {}}), "GONE");
    EXPECT_EQ(run.refused(SetVariables{99, {}, {}}), "GONE");
    EXPECT_EQ(run.refused(Start{}), "STARTED");
    EXPECT_EQ(write_instance(run.graph, run.instance), before);
}

ProcessBuilder many_starts() {
    auto build = one_task();
    build.event(ElementKind::start_event, "by_signal", "", EventKind::signal, "snapshot.created").event.in.push_back({.source = "SNAPSHOT_ID", .target = "ID"});
    build.event(ElementKind::start_event, "by_condition", "", EventKind::conditional, "${STORED_MODEL.type == 'SAGEMAKER'}").initiator = "who";
    build.flow("by_signal", "work");
    build.flow("by_condition", "work");
    build.process.properties["mlc.businessKey"] = "${SNAPSHOT_ID}";
    return build;
}

TEST(Start, TakesTheElementThatIsNamed) {
    FakeAutomation run{many_starts().process};
    ASSERT_EQ(run.graph.starts().size(), 3U);
    run.ok(Start{.element = "by_signal", .variables = {{"SNAPSHOT_ID", "s-1"}, {"OTHER", 1}}});
    EXPECT_EQ(run.instance.business_key, "s-1");
    EXPECT_EQ(*run.variable("ID"), json::value("s-1"));
    EXPECT_EQ(run.variable("OTHER"), nullptr) << "its camunda:in says what it takes";
    FakeAutomation other{many_starts().process};
    EXPECT_EQ(other.refused(Start{.element = "work"}), "INVALID");
    EXPECT_EQ(other.refused(Start{.element = "by_signal"}), "EXPRESSION") << "no business key without its variable";
    other.ok(Start{.element = "by_condition", .business_key = "k", .started_by = "ann"});
    EXPECT_EQ(other.instance.business_key, "k");
    EXPECT_EQ(*other.variable("who"), json::value("ann"));
}

TEST(Start, OneThatFailedCanBeCancelled) {
    FakeAutomation run{many_starts().process};
    ASSERT_TRUE(run.send(Start{.element = "by_signal"}));
    EXPECT_EQ(run.incident_type(), "expression");
    run.ok(Cancel{"mistaken"});
    EXPECT_EQ(run.ended->state, InstanceState::cancelled);
    EXPECT_TRUE(run.incidents.empty());
}

TEST(Start, ConditionsAreAskedFor) {
    const auto graph = FakeAutomation::compiled(many_starts().process);
    const auto start = graph.find_node("by_condition");
    EXPECT_EQ(graph.start_condition(start, {{"STORED_MODEL", json::object{{"type", "SAGEMAKER"}}}}), true);
    EXPECT_EQ(graph.start_condition(start, {{"STORED_MODEL", json::object{{"type", "PYTHON"}}}}), false);
    EXPECT_EQ(graph.start_condition(start, {}), false);
    EXPECT_FALSE(graph.start_condition(graph.find_node("s"), {}));
    const auto triggers = start_triggers(graph).value();
    ASSERT_EQ(triggers.size(), 3U);
    EXPECT_EQ(triggers[1].kind, EventKind::signal);
    EXPECT_EQ(triggers[1].name, "snapshot.created");
    EXPECT_EQ(triggers[2].node, start);
}

ProcessBuilder caller() {
    ProcessBuilder build;
    build.start();
    auto& call = build.add(ElementKind::call_activity, "call");
    call.called_element = "${which}";
    call.called_binding = "version";
    call.called_version = "3";
    call.in = {{.source = "MODEL", .target = "model"},
               {.source = "${1 + 1}", .target = "two"},
               {.source = "absent", .target = "absent"},
               {.business_key = true, .source = "${MODEL}-test"}};
    call.out = {{.source = "result", .target = "RESULT"}, {.source = "${result == 'ok'}", .target = "GOOD"}};
    build.task("after");
    build.end();
    build.path({"s", "call", "after", "e"});
    return build;
}

TEST(CallActivity, PassesInAndOut) {
    FakeAutomation run{caller().process};
    run.start({{"which", "test-model"}, {"MODEL", "m-1"}});
    ASSERT_EQ(run.children.size(), 1U);
    const auto child = run.children.begin()->second;
    EXPECT_EQ(child.process, "test-model");
    EXPECT_EQ(child.binding, "version");
    EXPECT_EQ(child.version, "3");
    EXPECT_EQ(child.business_key, "m-1-test");
    EXPECT_EQ(json::write(child.variables), R"({"model":"m-1","two":2,"absent":null})");
    run.ok(ChildEnded{child.token, {{"result", "ok"}, {"secret", 1}}});
    EXPECT_EQ(run.waiting(), "after");
    EXPECT_EQ(*run.variable("RESULT"), json::value("ok"));
    EXPECT_EQ(*run.variable("GOOD"), json::value(true));
    EXPECT_EQ(run.variable("secret"), nullptr);
}

TEST(CallActivity, OneThatCannotBeStartedIsAnIncidentAndCanBeStartedAgain) {
    FakeAutomation run{caller().process};
    run.start({{"which", "missing"}, {"MODEL", "m-1"}});
    const auto token = run.children.begin()->first;
    run.ok(ChildFailed{token, "There is no process 'missing'."});
    EXPECT_EQ(run.incident_type(), "failedJob");
    run.ok(SetVariables{0, {{"which", "test-model"}}, {}});
    run.ok(Retry{run.incidents.begin()->first});
    EXPECT_EQ(run.children.at(token).process, "test-model");
    EXPECT_TRUE(run.incidents.empty());
}

TEST(CallActivity, IsCancelledWithItsInstance) {
    FakeAutomation run{caller().process};
    run.start({{"which", "p"}, {"MODEL", "m"}});
    run.ok(Cancel{"no longer wanted"});
    EXPECT_EQ(run.cancelled_children.size(), 1U);
    ASSERT_TRUE(run.ended);
    EXPECT_EQ(run.ended->state, InstanceState::cancelled);
    EXPECT_EQ(run.ended->reason, "no longer wanted");
}

TEST(Events, LinksLeadOn) {
    ProcessBuilder build;
    build.start();
    build.throwing("from", EventKind::link, "there");
    build.catching("to", EventKind::link, "there");
    build.task("work");
    build.end();
    build.path({"s", "from"});
    build.path({"to", "work", "e"});
    FakeAutomation run{build.process};
    run.start();
    EXPECT_EQ(run.waiting(), "work");
}

TEST(Events, TerminateEndsItsScopeAlone) {
    ProcessBuilder build;
    build.start();
    build.add(ElementKind::sub_process, "sub");
    build.start("s2", "sub");
    build.add(ElementKind::parallel_gateway, "fork", "sub");
    build.task("slow", "sub");
    build.task("quick", "sub");
    build.end("stop", "sub", EventKind::terminate);
    build.end("e2", "sub");
    build.task("after");
    build.end("stop_all", "", EventKind::terminate);
    build.path({"s", "sub", "after", "stop_all"});
    build.path({"s2", "fork", "slow", "e2"});
    build.path({"fork", "quick", "stop"});
    FakeAutomation run{build.process};
    run.start();
    run.complete("quick");
    EXPECT_EQ(run.waiting(), "after");
    EXPECT_EQ(run.count("slow", HistoryKind::cancelled), 1);
    run.complete("after");
    EXPECT_TRUE(run.ended);
}

TEST(Events, EndsMayMapOutputs) {
    for (const auto kind : {EventKind::none, EventKind::terminate, EventKind::error}) {
        auto build = one_task();
        build.process.properties["mlc.uncaughtError"] = "end";
        auto& end = build.element("e");
        end.event = {.kind = kind, .name = "X"};
        end.outputs.push_back({"OUTCOME", Binding{.text = "DONE"}});
        FakeAutomation run{build.process};
        run.start();
        run.complete("work");
        ASSERT_TRUE(run.ended);
        EXPECT_EQ(json::write(run.ended->variables), R"({"OUTCOME":"DONE"})");
    }
}

TEST(Events, TimersOfAProcessUseItsZone) {
    auto build = one_task();
    build.catching("wait", EventKind::timer, "2026-07-01T10:00:00").event.timer = TimerKind::date;
    build.process.flows[1].to = "wait";
    build.flow("wait", "e");
    build.process.properties["mlc.timeZone"] = "+02:00";
    FakeAutomation run{build.process};
    run.start();
    run.complete("work");
    EXPECT_EQ(to_iso(run.timers.begin()->second.due), "2026-07-01T08:00:00.000Z");
    run.fire("wait");
    EXPECT_TRUE(run.ended);
}

TEST(Tasks, ScriptsListenersAndExpressionsSetVariables) {
    auto build = one_task();
    auto& script = build.script("script", "A", "${x + 1}");
    script.script.push_back({"B", Binding{.text = "${A * 2}"}});
    script.script.push_back({"C", Binding{.text = "never"}, "A > 100"});
    script.on_start.push_back({"started", Binding{.text = "yes"}});
    auto& expression = build.add(ElementKind::service_task, "expression");
    expression.expression = "${B + 1}";
    expression.result_variable = "D";
    build.process.flows[0].to = "script";
    build.path({"script", "expression", "work"});
    FakeAutomation run{build.process};
    run.start({{"x", 1}});
    EXPECT_EQ(json::write(visible_variables(run.instance, 1)), R"({"x":1,"started":"yes","A":2,"B":4,"D":5})");
}

TEST(Tasks, DecisionsAnswerAndAmbiguousOnesAreIncidents) {
    const auto decision = Decision::compile({.id = "passes",
                                             .hit_policy = HitPolicy::collect,
                                             .inputs = {{.expression = "score"}},
                                             .outputs = {{.name = "passes"}},
                                             .rules = {{.inputs = {"> 0.5"}, .outputs = {"true"}}, {.inputs = {"> 0.9"}, .outputs = {"true"}}}});
    ASSERT_TRUE(decision) << decision.error().message;
    auto build = one_task();
    auto& rule = build.add(ElementKind::business_rule_task, "decide");
    rule.decision = "passes";
    rule.result_variable = "PASSES";
    rule.decision_result = "singleEntry";
    build.process.flows[0].to = "decide";
    build.flow("decide", "work");
    const auto with_score = [&](double score) {
        FakeAutomation run{build.process};
        run.environment.decision = [&](const DecisionReference& wanted) { return wanted.id == "passes" ? &*decision : nullptr; };
        EXPECT_TRUE(run.send(Start{.variables = {{"score", score}}}));
        return run.incidents.empty() ? json::write(*run.variable("PASSES")) : run.incident_type();
    };
    EXPECT_EQ(with_score(0.7), "true");
    EXPECT_EQ(with_score(0.1), "null") << "no rule is no pass";
    EXPECT_EQ(with_score(0.95), "expression") << "two rules where one is taken";
    FakeAutomation nowhere{build.process};
    EXPECT_EQ(nowhere.refused(Start{.variables = {{"score", 0.7}}}), "DECISION");
}

ProcessBuilder with_sub() {
    ProcessBuilder build;
    build.start();
    build.task("first");
    build.add(ElementKind::sub_process, "sub");
    build.boundary("stop", "sub", EventKind::message, "stop");
    build.start("s2", "sub");
    build.task("a", "sub");
    build.task("b", "sub");
    build.end("e2", "sub");
    build.end();
    build.path({"s", "first", "sub", "e"});
    build.path({"stop", "e"});
    build.path({"s2", "a", "b", "e2"});
    return build;
}

TEST(Modify, MovesATokenIntoAScopeThatItOpens) {
    FakeAutomation run{with_sub().process};
    run.start();
    run.ok(Modify{{"b"}, {run.task_at("first")}, {{"why", "by hand"}}});
    EXPECT_EQ(run.waiting(), "b");
    EXPECT_EQ(run.subscriptions.size(), 1U) << "the scope has its boundary event";
    run.ok(Modify{{"a"}, {}, {}});
    EXPECT_EQ(run.waiting(), "a b") << "in the scope that runs";
    run.complete("b");
    run.ok(Modify{{}, {run.task_at("a")}, {}});
    EXPECT_TRUE(run.ended);
}

TEST(Modify, RefusesWhatCannotBe) {
    FakeAutomation run{with_sub().process};
    run.start();
    EXPECT_EQ(run.refused(Modify{{"nowhere"}, {}, {}}), "INVALID");
    EXPECT_EQ(run.refused(Modify{{"stop"}, {}, {}}), "INVALID");
    EXPECT_EQ(run.refused(Modify{{"b"}, {77}, {}}), "GONE");
    EXPECT_EQ(run.waiting(), "first") << "all or nothing";
}

TEST(Rule22, AStateBelongsToItsProcess) {
    FakeAutomation run{one_task().process};
    run.start({{"x", 1}});
    const auto text = write_instance(run.graph, run.instance);
    auto build = one_task();
    build.element("work").id = "renamed";
    build.process.flows[0].to = "renamed";
    build.process.flows[1].from = "renamed";
    const auto other = read_instance(FakeAutomation::compiled(build.process), text);
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().reason, "STATE");
    EXPECT_TRUE(other.error().message.contains("work"));
    build.process.id = "q";
    EXPECT_FALSE(read_instance(FakeAutomation::compiled(build.process), text));
    for (const auto* const bad : {"", "[]", "{}", R"({"v":2,"p":"p"})", R"({"v":1,"p":"p","s":"odd"})", R"({"v":1,"p":"p","s":"active","t":[7]})",
                                  R"({"v":1,"p":"p","s":"active","t":[{"i":1,"e":"work","k":"dancing"}]})",
                                  R"({"v":1,"p":"p","s":"active","t":[{"i":1,"e":"work","k":"user","f":"nowhere"}]})"}) {
        const auto read = read_instance(run.graph, bad);
        ASSERT_FALSE(read) << bad;
        EXPECT_EQ(read.error().reason, "STATE");
    }
}

TEST(State, ValuesSurviveExactly) {
    FakeAutomation run{one_task().process};
    const auto values = json::parse(R"({"double":1.0,"large":9007199254740993,"text":"ü\"\n\u0000","null":null,"deep":[[{"a":[]}]],"small":5e-324})").value();
    run.start({{"values", values}});
    const auto read = read_instance(run.graph, write_instance(run.graph, run.instance));
    ASSERT_TRUE(read);
    EXPECT_EQ(*read->find(1, "values"), values);
    EXPECT_TRUE(read->find(1, "values")->at("double").is_double());
}

TEST(State, EveryEventSurvives) {
    const std::vector<EventBody> bodies{Start{"s", {{"a", 1}}, "key", "ann", true},
                                        Complete{1, {{"a", 1}}, {{"b", 2}}},
                                        TaskError{2, "C", "m", {{"a", 1}}},
                                        Deliver{3, {{"a", 1}}, {{"b", 2}}},
                                        TimerDue{4},
                                        Continue{5},
                                        ChildEnded{6, {{"a", 1}}},
                                        ChildError{7, "C", "m"},
                                        ChildFailed{8, "m"},
                                        SetVariables{9, {{"a", 1}}, {"gone"}},
                                        Cancel{"why"},
                                        Retry{10},
                                        Modify{{"x"}, {11, 12}, {{"a", 1}}},
                                        TaskFailed{13, "m", "d", 2}};
    ASSERT_EQ(bodies.size(), std::variant_size_v<EventBody>);
    for (const auto& body : bodies) {
        const auto written = write_event({from_epoch_ms(123), body, true});
        const auto read = read_event(json::parse_object(json::write(written)).value());
        ASSERT_TRUE(read) << json::write(written);
        EXPECT_EQ(json::write(write_event(*read)), json::write(written));
        EXPECT_EQ(read->body.index(), body.index());
        EXPECT_GE(written.size(), 4U) << json::write(written);
    }
    EXPECT_FALSE(read_event({{"kind", "dance"}}));
    EXPECT_FALSE(read_event({{"kind", "timer"}, {"timer", "x"}}));
}

TEST(State, OrphansAreFound) {
    FakeAutomation run{with_sub().process};
    run.start();
    run.complete("first");
    auto broken = run.instance;
    EXPECT_TRUE(find_orphans(run.graph, broken).empty());
    broken.tokens.erase(run.token_at("sub"));
    EXPECT_EQ(find_orphans(run.graph, broken).size(), 3U) << "a task without its scope, a subscription without its token, a process without tokens";
}

}  // namespace
}  // namespace slipway::lifecycle
