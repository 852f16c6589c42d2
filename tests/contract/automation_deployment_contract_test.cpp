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
