#include "contract/automation_fixture.hpp"
#include "store/migrate.hpp"

namespace slipway::embedded {
std::span<const EmbeddedFile> migrations();
}

namespace slipway::contract {
namespace {

using lifecycle::EventKind;
using lifecycle::ProcessBuilder;

/// What called instances are stuck on, as their callers tell it.
class AutomationCallsContract : public AutomationTest {
protected:
    /// top calls mid at "call_mid", mid calls leaf at "call_leaf", leaf works on "a".
    void deploy_three() {
        world().deploy(line("leaf", {"a"}));
        world().deploy(calling("mid", "leaf"));
        world().deploy(calling("top", "mid"));
    }
    static lifecycle::Process calling(const std::string& key, const std::string& called, const std::string& count = {}) {
        ProcessBuilder builder;
        builder.process.id = key;
        builder.start();
        auto& call = builder.add(lifecycle::ElementKind::call_activity, "call_" + called);
        call.called_element = called;
        if (!count.empty()) {
            call.loop.push_back({.cardinality = count});
        }
        builder.end();
        builder.path({"s", "call_" + called, "e"});
        return builder.process;
    }
    /// Fails all that waits at "a", for good.
    void break_all(const std::string& why = "dead") {
        for (const auto& task : world().fetch("a")) {
            SW_OK(world().change([&](store::Unit& unit) { return world().tasks().failure(unit, world().ann, task.id, "w", {.message = why, .retries = 0}); }));
        }
    }
    std::string called_by(const std::string& id) {
        const auto found = called_of(id);
        return found.size() == 1 ? found[0] : std::string{};
    }
    std::vector<std::string> called_of(const std::string& id) {
        std::vector<std::string> out;
        const auto found = list([&](auto& filters) { return filters.add(automation::past_rules(), "superProcessInstanceId", {id}); });
        for (const auto& one : found) {
            out.push_back(one.id);
        }
        return out;
    }
    template <typename Add>
    std::vector<automation::InstanceInfo> list(const Add& add) {
        automation::Instances::Query query;
        EXPECT_TRUE(add(query.filters));
        return world().read<std::vector<automation::InstanceInfo>>([&](store::Session& sql) { return world().instances().list(sql, world().ann, query); });
    }
    std::vector<automation::IncidentInfo> past(const std::string& id) {
        return world().read<std::vector<automation::IncidentInfo>>(
            [&](store::Session& sql) { return world().instances().incidents(sql, world().ann, {.instance_id = id, .resolved_too = true}); });
    }
    /// Definitions of the instances that a list of what is stuck has.
    std::string stuck() {
        std::string out;
        for (const auto& one : list([](auto& filters) { return filters.add(automation::running_rules(), "withIncident", {"true"}); })) {
            out += (out.empty() ? "" : " ") + one.definition_key;
        }
        return out;
    }
    void retry(const std::string& incident) {
        SW_OK(world().change([&](store::Unit& unit) { return world().instances().retry_incident(unit, world().ann, incident); }));
    }
};

TEST_P(AutomationCallsContract, EachCallerHasAnIncidentThatPointsToTheOneItIsStuckOn) {
    auto& w = world();
    deploy_three();
    const auto top = w.start("top");
    const auto mid = called_by(top);
    const auto leaf = called_by(mid);
    EXPECT_TRUE(w.incidents(top).empty());
    break_all();
    w.restart();  // nothing of it is in memory
    const auto own = w.incidents(leaf);
    ASSERT_EQ(own.size(), 1U);
    EXPECT_EQ(own[0].cause_id, own[0].id);
    EXPECT_EQ(own[0].root_id, own[0].id);
    const auto middle = w.incidents(mid);
    const auto outer = w.incidents(top);
    ASSERT_EQ(middle.size(), 1U);
    ASSERT_EQ(outer.size(), 1U);
    EXPECT_EQ(middle[0].cause_id, own[0].id);
    EXPECT_EQ(middle[0].root_id, own[0].id);
    EXPECT_EQ(outer[0].cause_id, middle[0].id);
    EXPECT_EQ(outer[0].root_id, own[0].id);
    EXPECT_EQ(outer[0].element, "call_mid");
    EXPECT_EQ(outer[0].definition_key, "top");
    EXPECT_EQ(outer[0].type, "failedJob");
    EXPECT_EQ(outer[0].message, "") << "as in Camunda: the cause has it";
    EXPECT_EQ(outer[0].job_id, "");
    EXPECT_EQ(outer[0].root_instance_id, leaf);
    EXPECT_EQ(outer[0].root_element, "a");
    EXPECT_EQ(outer[0].root_message, "dead");
    EXPECT_EQ(outer[0].called_id, mid);
    EXPECT_EQ(w.info(top).incidents, 1);
    EXPECT_EQ(stuck(), "leaf mid top");
}

TEST_P(AutomationCallsContract, ARetryAtTheCallerIsOneOfWhatItIsStuckOn) {
    auto& w = world();
    deploy_three();
    const auto top = w.start("top");
    break_all();
    const auto shown = w.incidents(top);
    ASSERT_EQ(shown.size(), 1U);
    const auto refused = w.change([&](store::Unit& unit) { return w.instances().retry_incident(unit, w.bob, shown[0].id); });
    EXPECT_FALSE(refused);
    const auto strange = shown[0].id.substr(0, 36) + ":" + shown[0].root_id.substr(0, 37) + "99";
    EXPECT_FALSE(w.change([&](store::Unit& unit) { return w.instances().retry_incident(unit, w.ann, strange); }));
    retry(shown[0].id);
    EXPECT_TRUE(w.incidents(top).empty());
    EXPECT_EQ(w.info(top).incidents, 0);
    EXPECT_EQ(stuck(), "");
    ASSERT_EQ(past(top).size(), 1U);
    EXPECT_TRUE(past(top)[0].resolved);
    const auto task = w.fetch("a");
    ASSERT_EQ(task.size(), 1U);
    SW_OK(w.change([&](store::Unit& unit) { return w.tasks().complete(unit, w.ann, task[0].id, "w", {}, {}); }));
    EXPECT_EQ(w.state(top), "completed");
    ASSERT_EQ(past(top).size(), 1U);
    EXPECT_EQ(past(top)[0].element, "call_mid") << "it is told of one that ended as well";
}

TEST_P(AutomationCallsContract, OfSeveralThatAreStuckEachIsTold) {
    auto& w = world();
    w.deploy(line("leaf", {"a"}));
    w.deploy(calling("top", "leaf", "${3}"));
    const auto top = w.start("top");
    break_all();
    const auto shown = w.incidents(top);
    ASSERT_EQ(shown.size(), 3U);
    std::set<std::string> called;
    std::set<std::int64_t> tokens;
    for (const auto& one : shown) {
        called.insert(one.called_id);
        tokens.insert(one.token);
    }
    EXPECT_EQ(called.size(), 3U);
    const auto live = w.read<std::vector<automation::ActivityInfo>>([&](store::Session& sql) { return w.instances().activities(sql, w.ann, top); });
    std::size_t named = 0;
    for (const auto& visit : live) {
        if (!visit.called_id.empty()) {
            ++named;
            EXPECT_TRUE(called.contains(visit.called_id));
            EXPECT_TRUE(tokens.contains(visit.token)) << "which of them it is";
        }
    }
    EXPECT_EQ(named, 3U);
    EXPECT_EQ(w.info(top).incidents, 3);
    retry(shown[1].id);
    EXPECT_EQ(w.incidents(top).size(), 2U);
}

TEST_P(AutomationCallsContract, WhatTheCallerLeavesTakesItsIncidentAlong) {
    auto& w = world();
    w.deploy(line("leaf", {"a"}));
    auto process = calling("top", "leaf");
    ProcessBuilder builder;
    builder.process = process;
    builder.boundary("enough", "call_leaf", EventKind::message, "enough");
    builder.task("late");
    builder.flow("enough", "late");
    builder.flow("late", "e");
    w.deploy(builder.process);
    const auto left = w.start("top");
    const auto cancelled = w.start("top");
    break_all();
    SW_OK(w.write<automation::MessageAnswer>([&](store::Unit& unit) { return w.instances().correlate(unit, w.ann, {.name = "enough", .instance_id = left}); }));
    EXPECT_EQ(w.waiting(left), "late");
    EXPECT_TRUE(w.incidents(left).empty());
    EXPECT_EQ(w.info(left).incidents, 0);
    ASSERT_EQ(w.incidents(cancelled).size(), 1U);
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, cancelled, "no more"); }));
    EXPECT_TRUE(w.incidents(cancelled).empty());
    EXPECT_EQ(stuck(), "");
    EXPECT_EQ(past(cancelled).size(), 1U);
}

TEST_P(AutomationCallsContract, ACalledInstanceThatIsCancelledLeavesTheCallersOwnIncident) {
    auto& w = world();
    w.deploy(line("leaf", {"a"}));
    w.deploy(calling("top", "leaf"));
    const auto top = w.start("top");
    const auto first = called_by(top);
    break_all();
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, first, "wrong one"); }));
    const auto own = w.incidents(top);
    ASSERT_EQ(own.size(), 1U);
    EXPECT_EQ(own[0].cause_id, own[0].id) << "it is stuck on the call itself now";
    retry(own[0].id);
    const auto live = w.read<std::vector<automation::ActivityInfo>>([&](store::Session& sql) { return w.instances().activities(sql, w.ann, top); });
    const auto call = std::ranges::find(live, "call_leaf", &automation::ActivityInfo::element);
    ASSERT_NE(call, live.end());
    EXPECT_NE(call->called_id, "");
    EXPECT_NE(call->called_id, first) << "the one that it waits for now";
}

TEST_P(AutomationCallsContract, HistoryNamesWhatEachVisitCalledAndTheRootOfAll) {
    auto& w = world();
    deploy_three();
    // Both are called at once, by one token after the other.
    w.deploy(line("at_once", {}));
    ProcessBuilder builder;
    builder.process.id = "two";
    builder.start();
    builder.add(lifecycle::ElementKind::call_activity, "first").called_element = "at_once";
    builder.add(lifecycle::ElementKind::call_activity, "second").called_element = "at_once";
    builder.end();
    builder.path({"s", "first", "second", "e"});
    w.deploy(builder.process);
    const auto two = w.start("two");
    const auto visits = w.read<std::vector<automation::ActivityInfo>>([&](store::Session& sql) { return w.instances().activity_history(sql, w.ann, two); });
    std::set<std::string> called;
    for (const auto& visit : visits) {
        EXPECT_EQ(visit.called_id.empty(), visit.type != "callActivity") << visit.element;
        called.insert(visit.called_id);
    }
    EXPECT_EQ(called.size(), 3U) << "two, and none";
    const auto top = w.start("top");
    const auto mid = called_by(top);
    const auto leaf = called_by(mid);
    const auto get = [&](const std::string& id) { return w.info(id).root_id; };
    EXPECT_EQ(get(leaf), top);
    EXPECT_EQ(get(mid), top);
    EXPECT_EQ(get(top), top);
}

TEST_P(AutomationCallsContract, ListsFindCallersByWhatTheyAreStuckOn) {
    auto& w = world();
    deploy_three();
    const auto top = w.start("top");
    w.start("top");
    SW_OK(w.change([&](store::Unit& unit) -> Result<void> {
        SW_TRY(const auto tasks, w.tasks().fetch(unit, w.ann, {.worker = "w", .most = 1, .topics = {{.name = "a", .lock_for = Milliseconds{1000}}}}));
        return w.tasks().failure(unit, w.ann, tasks.at(0).id, "w", {.message = "dead", .retries = 0});
    }));
    const auto shown = w.incidents(top);
    ASSERT_EQ(shown.size(), 1U);
    const auto found = [&](const std::string& filter, const std::string& value) {
        std::string out;
        for (const auto& one : list([&](auto& filters) { return filters.add(automation::running_rules(), filter, {value}); })) {
            out += (out.empty() ? "" : " ") + one.definition_key;
        }
        return out;
    };
    EXPECT_EQ(found("incidentId", shown[0].id), "top");
    EXPECT_EQ(found("incidentId", shown[0].root_id), "leaf");
    EXPECT_EQ(found("incidentType", "failedJob"), "leaf mid top");
    EXPECT_EQ(found("incidentMessage", "dead"), "leaf");
    const auto by = [&](const std::string& filter, const std::string& value) {
        automation::Instances::IncidentQuery query;
        EXPECT_TRUE(query.filters.add(automation::incident_rules(), filter, {value}));
        return w.read<std::vector<automation::IncidentInfo>>([&](store::Session& sql) { return w.instances().incidents(sql, w.ann, query); }).size();
    };
    EXPECT_EQ(by("rootCauseIncidentId", shown[0].root_id), 3U);
    EXPECT_EQ(by("causeIncidentId", shown[0].root_id), 2U) << "its own, and that of who called it";
    EXPECT_EQ(by("incidentId", shown[0].id), 1U);
    EXPECT_EQ(by("processInstanceId", top), 1U);
    EXPECT_EQ(by("activityId", "call_mid"), 1U);
    EXPECT_EQ(by("configuration", w.incidents(shown[0].root_instance_id).at(0).job_id), 1U);
}

TEST_P(AutomationCallsContract, CallsFromBeforeTheUpgradeAreNamedAsWell) {
    auto& w = world();
    deploy_three();
    const auto top = w.start("top");
    const auto mid = called_by(top);
    break_all();
    SW_OK(w.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(unit.sql.execute("DROP INDEX lifecycle_incidents_open"));
        SW_CHECK(unit.sql.execute("ALTER TABLE lifecycle_instances DROP COLUMN parent_element"));
        return {};
    }));
    const auto files = embedded::migrations();
    const auto file = std::ranges::find_if(files, [](const EmbeddedFile& one) { return one.name.starts_with("0037"); });
    ASSERT_NE(file, files.end());
    const std::array again{EmbeddedFile{"9999_again.sql", file->content}};
    SW_OK(store::migrate(database(), again, {}));
    w.restart();
    ASSERT_EQ(w.incidents(top).size(), 1U);
    EXPECT_EQ(w.incidents(top)[0].element, "call_mid");
    EXPECT_EQ(w.incidents(mid).at(0).element, "call_leaf");
}

SW_ON_ALL_ENGINES(AutomationCallsContract);

}  // namespace
}  // namespace slipway::contract
