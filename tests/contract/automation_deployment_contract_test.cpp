#include "contract/automation_fixture.hpp"

namespace slipway::contract {
namespace {

using automation::Deployment;
using automation::InstanceInfo;
using lifecycle::ElementKind;
using lifecycle::EventKind;

/// What is deployed, by whom, and what is chosen of it, on each database.
class DeploymentContract : public AutomationTest {
protected:
    /// Begun by `kind` named `go`, then one task.
    static lifecycle::Process begun_by(EventKind kind, const std::string& task, const std::string& what = "go") {
        lifecycle::ProcessBuilder builder;
        builder.event(ElementKind::start_event, "Begin", {}, kind, what);
        builder.task(task);
        builder.end();
        builder.path({"Begin", task, "e"});
        return builder.process;
    }
    Deployment deploy(const lifecycle::Process& process, const identity::Principal& who) {
        auto made = world().try_deploy(process, who);
        EXPECT_TRUE(made) << made.error().message << made.error().detail;
        return made ? *std::move(made) : Deployment{};
    }
    std::string remove(const identity::Principal& who, const std::string& id, bool cascade = false) {
        auto& w = world();
        const auto done = w.change([&](store::Unit& unit) { return w.instances().remove_deployment(unit, who, id, cascade); });
        return done ? "removed" : done.error().reason;
    }
    /// Version of the newest one, 0 where there is none.
    std::int64_t newest(const std::string& key) {
        auto& w = world();
        const auto found = w.read<std::vector<automation::Definition>>(
            [&](store::Session& sql) { return w.definitions().list(sql, w.ann, {.key = key, .latest_only = true}); });
        return found.empty() ? 0 : found[0].version;
    }
    /// Definitions of what runs, in the order of their starts.
    std::vector<std::string> running() {
        auto& w = world();
        std::vector<std::string> out;
        for (const auto& one : w.read<std::vector<InstanceInfo>>([&](store::Session& sql) { return w.instances().list(sql, w.service, {.running = true}); })) {
            out.insert(out.begin(), one.definition_id);
        }
        return out;
    }
    identity::Principal amy_{.name = "amy", .groups = {"risk"}};
    identity::Principal root_{.name = "root", .groups = {}, .admin = true};
};

TEST_P(DeploymentContract, TheVersionBeforeIsTheNewestAgainAndStartsByItself) {
    auto& w = world();
    const auto first = deploy(begun_by(EventKind::signal, "a"), w.ann);
    const auto second = deploy(begun_by(EventKind::message, "b"), w.ann);
    EXPECT_EQ(newest("p"), 2);
    EXPECT_EQ(remove(w.bob, second.id), "NOT_FOUND");
    EXPECT_EQ(remove(amy_, second.id), "FORBIDDEN") << "somebody else deployed it";
    EXPECT_EQ(remove(w.ann, second.id), "removed");
    EXPECT_EQ(newest("p"), 1);
    EXPECT_EQ(remove(w.ann, second.id), "NOT_FOUND");
    SW_OK(w.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(w.instances().signal(unit, w.ann, {.name = "go", .group = "risk"}));
        return {};
    }));
    EXPECT_EQ(running(), std::vector{first.definitions[0].id});
    const auto third = deploy(begun_by(EventKind::signal, "c"), w.ann);
    EXPECT_EQ(third.definitions[0].version, 2);
    EXPECT_EQ(remove(w.ann, first.id), "INSTANCES_RUN");
    EXPECT_EQ(remove(w.ann, first.id, true), "removed");
    EXPECT_EQ(newest("p"), 2) << "an old one goes, the newest stays";
    EXPECT_EQ(w.rows("lifecycle_starts"), 1);
    EXPECT_EQ(remove(root_, third.id), "removed");
    for (const auto* table : {"lifecycle_starts", "lifecycle_definitions", "lifecycle_resources", "lifecycle_deployments"}) {
        EXPECT_EQ(w.rows(table), 0) << table;
    }
}

TEST_P(DeploymentContract, WhatRunsOfItIsEndedAndTold) {
    auto& w = world();
    lifecycle::ProcessBuilder caller;
    caller.process.id = "caller";
    caller.start();
    caller.add(ElementKind::call_activity, "Call").called_element = "p";
    caller.end();
    caller.path({"s", "Call", "e"});
    const auto made = deploy(line("p", {"a"}), w.ann);
    w.deploy(caller.process);
    const auto id = w.start("p");
    const auto outer = w.start("caller");
    EXPECT_EQ(remove(w.ann, made.id), "INSTANCES_RUN");
    EXPECT_EQ(w.state(id), "active");
    EXPECT_EQ(remove(w.ann, made.id, true), "removed");
    EXPECT_EQ(w.state(id), "cancelled");
    EXPECT_EQ(w.info(id).reason, "Its deployment p (" + made.id + ") was deleted.");
    EXPECT_EQ(w.info(id).outcome, "CANCELLED");
    EXPECT_EQ(w.rows("lifecycle_tasks"), 0);
    ASSERT_EQ(w.incidents(outer).size(), 1U) << "what called it waits for a person";
    const auto audited = w.read<std::int64_t>([&](store::Session& sql) -> Result<std::int64_t> {
        SW_TRY(const auto rows, sql.query("SELECT count(*) FROM audit_records WHERE entity_type = 'LifeCycleDeployment' AND entity_id = $1", {made.id}));
        return rows[0].integer(0);
    });
    EXPECT_EQ(audited, 1);
    w.restart();
    const auto history = w.read<std::vector<automation::ActivityInfo>>([&](store::Session& sql) { return w.instances().activity_history(sql, w.ann, id); });
    ASSERT_FALSE(history.empty()) << "what it went through is still told";
    EXPECT_EQ(history[0].element, "s");
}

TEST_P(DeploymentContract, WhatCameWithSlipwayStays) {
    auto& w = world();
    const auto built_in = deploy(line("p", {"a"}), w.service);
    EXPECT_EQ(remove(root_, built_in.id, true), "BUILT_IN");
    const auto own = deploy(line("p", {"b"}), root_);
    EXPECT_EQ(own.definitions[0].version, 2);
    EXPECT_EQ(remove(w.ann, own.id), "FORBIDDEN") << "everybody's: administrators alone";
    EXPECT_EQ(remove(root_, own.id), "removed");
    EXPECT_EQ(newest("p"), 1);
}

TEST_P(DeploymentContract, OfOneKeyAGroupHasItsOwnProcessAndNotEverybodys) {
    auto& w = world();
    for (const bool own_first : {true, false}) {
        const auto key = own_first ? "first" : "second";
        for (const auto kind : {EventKind::signal, EventKind::message, EventKind::conditional}) {
            auto process = begun_by(kind, "a", kind == EventKind::conditional ? "${X == 1}" : "go");
            process.id = fmt::format("{}{}", key, static_cast<int>(kind));
            const auto one = deploy(process, own_first ? w.ann : w.service).definitions[0];
            const auto other = deploy(process, own_first ? w.service : w.ann).definitions[0];
            const auto& own = own_first ? one : other;
            SW_OK(w.change([&](store::Unit& unit) -> Result<void> {
                if (kind == EventKind::signal) {
                    SW_CHECK(w.instances().signal(unit, w.service, {.name = "go", .group = "risk"}));
                } else if (kind == EventKind::message) {
                    SW_CHECK(w.instances().correlate(unit, w.service, {.name = "go", .group = "risk", .all = true}));
                } else {
                    SW_CHECK(w.instances().evaluate(unit, w.service, {.variables = {{"X", 1}}, .group = "risk"}));
                }
                return {};
            }));
            EXPECT_EQ(running(), std::vector{own.id}) << process.id;
            for (const auto& deployment : {one.deployment_id, other.deployment_id}) {
                SW_OK(w.change([&](store::Unit& unit) -> Result<void> {
                    SW_TRY(const auto there, w.definitions().deployment(unit.sql, w.service, deployment));
                    SW_CHECK(unit.sql.execute("UPDATE lifecycle_instances SET state = 'completed'"));
                    return w.definitions().remove(unit, there);
                }));
            }
        }
    }
}

TEST_P(DeploymentContract, AnotherGroupStillHasEverybodys) {
    auto& w = world();
    deploy(begun_by(EventKind::signal, "a"), w.ann);
    const auto shared = deploy(begun_by(EventKind::signal, "a"), w.service).definitions[0];
    SW_OK(w.change([&](store::Unit& unit) -> Result<void> {
        SW_CHECK(w.instances().signal(unit, w.bob, {.name = "go"}));
        return {};
    }));
    EXPECT_EQ(running(), std::vector{shared.id});
}

TEST_P(DeploymentContract, WhatIsStartedAnewDidNotExist) {
    auto& w = world();
    auto process = line("p", {"a"});
    process.properties["mlc.startOnce"] = "true";
    w.deploy(process);
    const auto start = [&] {
        const auto started = w.write<automation::Started>(
            [&](store::Unit& unit) { return w.instances().start(unit, w.ann, {.key = "p", .business_key = "k", .variables = {}, .group = "risk"}); });
        EXPECT_TRUE(started) << started.error().message;
        return started ? std::pair{started->instance.id, started->existing} : std::pair{std::string{}, false};
    };
    const auto [first, existed] = start();
    EXPECT_FALSE(existed);
    EXPECT_EQ(start(), (std::pair{first, true}));
    SW_OK(w.change([&](store::Unit& unit) { return w.instances().cancel(unit, w.ann, first, "no more"); }));
    const auto [second, existing] = start();
    EXPECT_NE(second, first);
    EXPECT_FALSE(existing);
}

TEST_P(DeploymentContract, OfSeveralFilesEachIsToldWhatIsWrongInIt) {
    auto& w = world();
    const auto first = line("p", {"a"});
    w.deploy(first);  // its content is known as p#1
    std::vector<automation::RefusedFile> refused;
    const auto deploy = [&](std::vector<automation::Resource> files) {
        const auto made =
            w.write<Deployment>([&](store::Unit& unit) { return w.definitions().deploy(unit, w.service, {.name = "n", .resources = files}, &refused); });
        return made ? Error{} : made.error();
    };
    auto error = deploy({{"a.bpmn", "p#1"}, {"b.bpmn", "none"}, {"c.dmn", "none"}});
    EXPECT_EQ(error.reason, "BPMN");
    EXPECT_EQ(error.message, "b.bpmn: This is no process. 1 more of the files cannot run either.");
    ASSERT_EQ(refused.size(), 2U);
    EXPECT_EQ(refused[1].resource, "c.dmn");
    ASSERT_EQ(error.faults.size(), 2U);
    EXPECT_EQ(error.faults[0].pointer, "b.bpmn");
    error = deploy({{"a.bpmn", "p#1"}, {"b.bpmn", "p#1"}});
    EXPECT_EQ(error.reason, "DUPLICATE_KEY");
    EXPECT_EQ(error.faults.at(0).pointer, "b.bpmn#p");
    EXPECT_EQ(refused.at(0).error.faults.at(0).pointer, "p");
    EXPECT_EQ(deploy({{"a.bpmn", "none"}}).message, "This is no process.");
    EXPECT_TRUE(deploy({{"a.bpmn", "p#1"}}).reason.empty());
    EXPECT_TRUE(refused.empty());
}

SW_ON_ALL_ENGINES(DeploymentContract);

}  // namespace
}  // namespace slipway::contract
