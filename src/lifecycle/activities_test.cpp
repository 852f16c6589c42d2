// Rules 10, 12, 13, 16, 17, 20: what single activities and events do.
#include <gtest/gtest.h>
#include <set>

#include "fakes/fake_automation.hpp"
#include "fakes/process_builder.hpp"

namespace slipway::lifecycle {
namespace {

Element& repeated(Element& element, MultiInstance loop) {
    element.loop.push_back(std::move(loop));
    return element;
}

ProcessBuilder loop_of(MultiInstance loop) {
    ProcessBuilder build;
    build.start();
    repeated(build.task("each"), std::move(loop)).outputs.push_back({"last", Binding{.text = "${item}"}});
    build.task("after");
    build.end();
    build.path({"s", "each", "after", "e"});
    return build;
}

json::value items(int count) {
    json::array list;
    for (int i = 0; i < count; ++i) {
        list.emplace_back("item" + std::to_string(i));
    }
    return json::value(std::move(list));
}

TEST(Rule20, ZeroOneAndFiveItemsInParallel) {
    for (const int count : {0, 1, 5}) {
        FakeAutomation run{loop_of({.collection = "list", .element_variable = "item"}).process};
        run.start({{"list", items(count)}});
        EXPECT_EQ(std::ssize(run.externals), count == 0 ? 1 : count);
        std::set<std::string> seen;
        for (int i = 0; i < count; ++i) {
            const auto& task = run.externals.at(run.task_at("each"));
            seen.emplace(task.inputs.at("item").as_string());
            EXPECT_EQ(task.inputs.at("loopCounter"), json::value(i));
            EXPECT_EQ(*run.instance.find(task.token, "nrOfInstances"), json::value(count));
            EXPECT_EQ(*run.instance.find(task.token, "nrOfCompletedInstances"), json::value(i));
            EXPECT_EQ(*run.instance.find(task.token, "nrOfActiveInstances"), json::value(count - i));
            run.complete("each");
        }
        EXPECT_EQ(std::ssize(seen), count);
        EXPECT_EQ(run.waiting(), "after");
        EXPECT_EQ(run.variable("nrOfInstances"), nullptr) << "the counters are scoped";
        EXPECT_EQ(run.variable("item"), nullptr);
        EXPECT_EQ(run.variable("last") != nullptr, count != 0);
    }
}

TEST(Rule20, SequentialOnesComeOneByOneAndTheCountIsFixedOnEntry) {
    FakeAutomation run{loop_of({.sequential = true, .collection = "${list}", .element_variable = "item"}).process};
    run.start({{"list", items(3)}});
    for (int i = 0; i < 3; ++i) {
        ASSERT_EQ(run.externals.size(), 1U);
        EXPECT_EQ(run.externals.begin()->second.inputs.at("item"), json::value("item" + std::to_string(i)));
        run.complete("each", {{"list", items(9)}});
    }
    EXPECT_EQ(run.waiting(), "after");
}

TEST(Rule20, TheCompletionConditionCancelsTheRest) {
    FakeAutomation run{loop_of({.cardinality = "5", .completion_condition = "${nrOfCompletedInstances / nrOfInstances >= 0.6}"}).process};
    auto build = loop_of({.cardinality = "5", .completion_condition = "${nrOfCompletedInstances / nrOfInstances >= 0.6}"});
    build.element("each").outputs.clear();
    FakeAutomation five{build.process};
    five.start();
    five.complete("each");
    five.complete("each");
    EXPECT_EQ(five.externals.size(), 3U);
    five.complete("each");
    EXPECT_EQ(five.waiting(), "after");
    EXPECT_EQ(five.count("each", HistoryKind::cancelled), 2);
}

TEST(Rule20, AsyncIsOfEachRepetitionAndOfTheLoopOnItsOwn) {
    auto build = loop_of({.cardinality = "2", .async_before = true, .async_after = true});
    build.element("each").outputs.clear();
    build.element("each").async_before = true;
    build.element("each").async_after = true;
    FakeAutomation run{build.process};
    const auto go_on = [&] {
        ASSERT_FALSE(run.continuations.empty());
        run.ok(Continue{run.continuations.begin()->first});
    };
    run.start();
    ASSERT_EQ(run.continuations.size(), 1U) << "before all of them";
    go_on();
    ASSERT_EQ(run.continuations.size(), 2U) << "before each";
    go_on();
    go_on();
    ASSERT_EQ(run.externals.size(), 2U);
    run.complete("each");
    EXPECT_EQ(run.continuations.size(), 1U) << "after the one that is done";
    go_on();
    EXPECT_EQ(run.externals.size(), 1U);
    run.complete("each");
    go_on();
    EXPECT_EQ(run.continuations.size(), 1U) << "after all of them";
    EXPECT_EQ(run.waiting(), "each");
    go_on();
    EXPECT_EQ(run.waiting(), "after");
}

TEST(Rule20, AnErrorOfOneEndsThemAll) {
    auto build = loop_of({.cardinality = "${n}"});
    build.element("each").outputs.clear();
    build.boundary("failed", "each", EventKind::error, "");
    build.flow("failed", "after");
    FakeAutomation run{build.process};
    run.start({{"n", 4}});
    run.ok(TaskError{run.task_at("each"), "X", "", {}});
    EXPECT_EQ(run.waiting(), "after");
}

TEST(Rule20, ARefusedStartNamesTheElementThatFailed) {
    FakeAutomation run{loop_of({.collection = "list"}).process};
    const auto refused = run.send(Start{.variables = {{"list", "a,b"}}}, true);
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().message.starts_with("At each: ")) << refused.error().message;
}

TEST(Rule20, ACollectionThatIsNoListIsAnIncident) {
    FakeAutomation run{loop_of({.collection = "list"}).process};
    EXPECT_EQ(run.refused(Start{.variables = {{"list", "a,b"}}}), "EXPRESSION");
    FakeAutomation many{loop_of({.cardinality = "20000"}).process};
    EXPECT_EQ(many.refused(Start{}), "LOOP_LIMIT");
    FakeAutomation negative{loop_of({.cardinality = "-1"}).process};
    EXPECT_EQ(negative.refused(Start{}), "EXPRESSION");
}

TEST(Rule20, ARepeatedSubProcessHasAScopeEach) {
    ProcessBuilder build;
    build.start();
    repeated(build.add(ElementKind::sub_process, "each"), {.collection = "list", .element_variable = "item"});
    build.start("s2", "each");
    build.task("inner", "each").inputs.push_back({"name", Binding{.text = "model ${item}"}});
    build.end("e2", "each");
    build.end();
    build.path({"s", "each", "e"});
    build.path({"s2", "inner", "e2"});
    build.event_sub("oops", EventKind::error, "", true, "each");
    build.end("e3", "oops");
    build.path({"oops_start", "e3"});
    FakeAutomation run{build.process};
    run.start({{"list", items(3)}});
    EXPECT_EQ(run.waiting(), "inner inner inner");
    EXPECT_EQ(run.externals.begin()->second.inputs.at("name"), json::value("model item0"));
    run.ok(TaskError{run.task_at("inner"), "X", "", {}});
    EXPECT_EQ(run.waiting(), "inner inner") << "each repetition handles its own error";
    run.complete("inner");
    run.complete("inner");
    EXPECT_TRUE(run.ended);
}

TEST(Rule17, TheKeyOfAnEffectIsTheSameAtEachAttempt) {
    EXPECT_EQ(idempotency_key("i-1", 7, -1), idempotency_key("i-1", 7, -1));
    std::set<std::string> keys;
    for (Id token = 1; token < 50; ++token) {
        for (int loop = -1; loop < 5; ++loop) {
            keys.insert(idempotency_key("i-1", token, loop));
        }
    }
    EXPECT_EQ(keys.size(), 49U * 6U);
    for (const auto& key : keys) {
        EXPECT_EQ(key.size(), 26U);
        EXPECT_EQ(key.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
    }
    EXPECT_EQ(idempotency_key("i-1", 2, -1), "bo66xquhrm26nxppozra34iz5o") << "names of effects outside stay what they are from release to release";
}

TEST(Rule16, ExternalTasksSayWhatTheirWorkersNeed) {
    ProcessBuilder build;
    build.start();
    auto& task = build.task("work");
    task.topic = "${prefix}.create";
    task.retry_cycle = "R3/PT${minutes}M";
    task.priority = "${10 + 5}";
    task.exclusive = false;
    task.inputs.push_back({"plain", Binding{.text = "text"}});
    task.inputs.push_back({"list", Binding{.kind = Binding::Kind::list, .parts = {{"", Binding{.text = "${minutes}"}}, {"", Binding{.text = "b"}}}}});
    task.inputs.push_back({"map", Binding{.kind = Binding::Kind::map, .parts = {{"k", Binding{.text = "${prefix}"}}}}});
    build.end();
    build.path({"s", "work", "e"});
    FakeAutomation run{build.process};
    run.start({{"prefix", "model"}, {"minutes", 5}});
    const auto& row = run.externals.begin()->second;
    EXPECT_EQ(row.topic, "model.create");
    EXPECT_EQ(row.retry_cycle, "R3/PT5M");
    EXPECT_EQ(row.priority, 15);
    EXPECT_FALSE(row.exclusive);
    EXPECT_EQ(json::write(row.inputs), R"({"plain":"text","list":[5,"b"],"map":{"k":"model"}})");
    EXPECT_EQ(row.idempotency_key, idempotency_key("i-1", row.token, -1));
    EXPECT_EQ(json::write(visible_variables(run.instance, row.token)), R"({"plain":"text","list":[5,"b"],"map":{"k":"model"},"prefix":"model","minutes":5})");
}

TEST(Mappings, InputsAreLocalAndOutputsGoOut) {
    ProcessBuilder build;
    build.start();
    auto& task = build.task("work");
    task.inputs.push_back({"JOB", Binding{.text = "${'new'}"}});
    task.outputs.push_back({"RESULT", Binding{.text = "${JOB}"}});
    build.task("after");
    build.end();
    build.path({"s", "work", "after", "e"});
    FakeAutomation run{build.process};
    run.start({{"JOB", "old"}});
    run.complete("work", {{"JOB", "done"}, {"other", 1}});
    EXPECT_EQ(*run.variable("JOB"), json::value("old")) << "the input hides it: it must be mapped out";
    EXPECT_EQ(*run.variable("RESULT"), json::value("done"));
    EXPECT_EQ(*run.variable("other"), json::value(1)) << "what is nowhere yet belongs to the instance";
}

TEST(UserTasks, SayWhoMayDoThem) {
    ProcessBuilder build;
    build.start();
    auto& task = build.user("approve");
    task.name = "Approve";
    task.assignee = "${REQUESTED_BY}";
    task.candidate_groups = "risk, ${team}";
    task.candidate_users = "${people}";
    task.due_date = "P2D";
    task.form_key = "approval";
    task.documentation = "Costs ${what} it costs.";
    build.end();
    build.path({"s", "approve", "e"});
    FakeAutomation run{build.process};
    run.start({{"REQUESTED_BY", "ann"}, {"team", "mrm"}, {"people", json::array{"bob", "eve"}}});
    const auto& row = run.users.begin()->second;
    EXPECT_EQ(row.name, "Approve");
    EXPECT_EQ(row.assignee, "ann");
    EXPECT_EQ(row.candidate_groups, (std::vector<std::string>{"risk", "mrm"}));
    EXPECT_EQ(row.candidate_users, (std::vector<std::string>{"bob", "eve"}));
    EXPECT_EQ(row.due, run.now + std::chrono::days{2});
    EXPECT_EQ(row.priority, 50);
    EXPECT_EQ(row.description, "Costs ${what} it costs.") << "words for people, none for the engine";
}

TEST(UserTasks, WhoseNameIsTooLongToBeLookedForIsAnIncident) {
    for (const auto* which : {"assignee", "candidate user", "candidate group"}) {
        ProcessBuilder build;
        build.start();
        build.task("before");
        auto& task = build.user("approve");
        (which == std::string_view{"assignee"}         ? task.assignee
         : which == std::string_view{"candidate user"} ? task.candidate_users
                                                       : task.candidate_groups) = "${who}";
        build.end();
        build.path({"s", "before", "approve", "e"});
        FakeAutomation run{build.process};
        run.start({{"who", std::string(256, 'x')}});
        const auto step = run.send(Complete{run.task_at("before"), {}, {}});
        ASSERT_TRUE(step && step->failed) << which;
        ASSERT_EQ(run.incidents.size(), 1U) << which;
        EXPECT_EQ(run.incidents.begin()->second.element, "approve");
        EXPECT_NE(run.incidents.begin()->second.message.find(which), std::string::npos) << run.incidents.begin()->second.message;
        EXPECT_TRUE(run.users.empty());
    }
    ProcessBuilder build;
    build.start();
    build.user("approve").candidate_groups = std::string(255, 'g') + "," + std::string(255, 'h');
    build.end();
    build.path({"s", "approve", "e"});
    FakeAutomation run{build.process};
    run.start({});
    EXPECT_EQ(run.users.size(), 1U) << "of names as long as may be";
}

ProcessBuilder watched(bool interrupting, const std::string& variable = {}) {
    ProcessBuilder build;
    build.start();
    build.task("work");
    auto& boundary = build.boundary("drift", "work", EventKind::conditional, "${drift > 0.5}", interrupting);
    boundary.event.variable = variable;
    build.task("handle");
    build.end();
    build.end("e2");
    build.path({"s", "work", "e"});
    build.path({"drift", "handle", "e2"});
    return build;
}

TEST(Rule13, ConditionsAreLookedAtWhenTheScopeStarts) {
    FakeAutomation run{watched(true).process};
    run.start({{"drift", 0.9}});
    EXPECT_EQ(run.waiting(), "handle");
}

TEST(Rule13, AndAfterEachChange) {
    FakeAutomation run{watched(true).process};
    run.start();
    EXPECT_EQ(run.waiting(), "work") << "a variable that is not there yet makes no incident here";
    run.ok(SetVariables{0, {{"drift", 0.2}}, {}});
    EXPECT_EQ(run.waiting(), "work");
    run.ok(SetVariables{0, {{"drift", 0.7}}, {}});
    EXPECT_EQ(run.waiting(), "handle");
    EXPECT_TRUE(run.subscriptions.empty());
}

TEST(Rule13, NonInterruptingOnesMayFireAgainAndFiltersCount) {
    FakeAutomation run{watched(false, "drift").process};
    run.start({{"drift", 0.1}});
    run.ok(SetVariables{0, {{"drift", 0.7}}, {}});
    run.ok(SetVariables{0, {{"other", 1}}, {}});
    EXPECT_EQ(run.waiting(), "handle work") << "another variable is none of its business";
    run.ok(SetVariables{0, {{"drift", 0.8}}, {}});
    EXPECT_EQ(run.waiting(), "handle handle work");
    auto build = watched(false, "drift");
    build.element("drift").event.variable_events = "create, delete";
    FakeAutomation created{build.process};
    created.start({{"drift", 0.1}});
    created.ok(SetVariables{0, {{"drift", 0.7}}, {}});
    EXPECT_EQ(created.waiting(), "work") << "an update is neither";
}

TEST(Rule13, AValueBetweenTwoScriptsIsSeen) {
    ProcessBuilder build;
    build.start();
    build.script("up", "x", "${5}");
    build.script("down", "x", "${0}");
    build.task("never");
    build.end();
    build.path({"s", "up", "down", "never", "e"});
    build.event_sub("high", EventKind::conditional, "${x > 3}");
    build.task("handle", "high");
    build.end("e2", "high");
    build.path({"high_start", "handle", "e2"});
    FakeAutomation run{build.process};
    run.start({{"x", 0}});
    EXPECT_EQ(run.waiting(), "handle");
    EXPECT_EQ(*run.variable("x"), json::value(5)) << "what was on its way was cancelled";
}

TEST(Rule13, OuterConditionsComeFirst) {
    ProcessBuilder build;
    build.start();
    build.catching("inner", EventKind::conditional, "${drift > 0.5}");
    build.end();
    build.path({"s", "inner", "e"});
    build.event_sub("whole", EventKind::conditional, "${drift > 0.5}");
    build.task("handle", "whole");
    build.end("e2", "whole");
    build.path({"whole_start", "handle", "e2"});
    FakeAutomation run{build.process};
    run.start({{"drift", 0.1}});
    run.ok(SetVariables{0, {{"drift", 0.7}}, {}});
    EXPECT_EQ(run.waiting(), "handle");
    EXPECT_EQ(run.count("inner"), 0) << "what is interrupted is not looked at any more";
    EXPECT_EQ(run.count("inner", HistoryKind::cancelled), 1);
}

TEST(Rule10, ThrownSignalsAndMessagesAreCommands) {
    ProcessBuilder build;
    build.start();
    auto& signal = build.throwing("tell", EventKind::signal, "model.${what}");
    signal.event.in.push_back({.source = "MODEL_ID", .target = "id"});
    signal.event.in.push_back({.source = "${what}", .target = "kind"});
    signal.event.in.push_back({.business_key = true, .source = "${MODEL_ID}"});
    auto& message = build.end("send", "", EventKind::message, "done");
    message.event.in.push_back({.all = true});
    message.properties["mlc.correlationKey"] = "${MODEL_ID}";
    build.path({"s", "tell", "send"});
    FakeAutomation run{build.process};
    run.start({{"MODEL_ID", "m-1"}, {"what", "changed"}});
    ASSERT_EQ(run.signals.size(), 1U);
    EXPECT_EQ(run.signals[0].name, "model.changed");
    EXPECT_EQ(json::write(run.signals[0].variables), R"({"id":"m-1","kind":"changed"})");
    EXPECT_EQ(run.signals[0].business_key, "m-1");
    ASSERT_EQ(run.messages.size(), 1U);
    EXPECT_EQ(run.messages[0].correlation_key, "m-1");
    EXPECT_EQ(run.messages[0].variables.size(), 2U);
    EXPECT_TRUE(run.ended);
}

TEST(Rule12, TheCorrelationKeyIsEvaluatedOnceWhenTheSubscriptionIsMade) {
    ProcessBuilder build;
    build.start();
    build.catching("wait", EventKind::message, "finished").properties["mlc.correlationKey"] = "${JOB.name}";
    build.end();
    build.path({"s", "wait", "e"});
    FakeAutomation run{build.process};
    run.start({{"JOB", json::object{{"name", "mlc-1"}}}});
    run.ok(SetVariables{0, {{"JOB", json::object{{"name", "mlc-2"}}}}, {}});
    EXPECT_EQ(run.subscriptions.begin()->second.correlation_key, "mlc-1");
    run.deliver("wait", {{"status", "Completed"}});
    EXPECT_EQ(run.ended->variables.at("status"), json::value("Completed"));
    FakeAutomation nameless{build.process};
    EXPECT_EQ(nameless.refused(Start{.variables = {{"JOB", json::object{}}}}), "EXPRESSION") << "an empty key would find every other empty one";
}

}  // namespace
}  // namespace slipway::lifecycle
