#pragma once

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "automation/bridge.hpp"
#include "fakes/automation_world.hpp"
#include "fakes/test_store.hpp"
#include "registry/tables.hpp"

namespace slipway::fakes {

using automation::InstanceInfo;
using lifecycle::EventKind;
using lifecycle::ProcessBuilder;

/// A registry and life cycles on a store in memory, with the bridge between the two, which has read on to the beginning of the test.
class BridgeFixture : public ::testing::Test {
protected:
    BridgeFixture() { pass(); }

    /// Lets life cycles hear what the registry has told since.
    void pass() {
        const auto done = bridge_.run({});
        ASSERT_TRUE(done) << done.error().message << done.error().detail;
    }
    store::Entity insert(const store::EntityTable& table, std::string_view document) {
        const auto made = world_.write<store::Entity>(
            [&](store::Unit& unit) { return store::insert(unit, table, {.id = {}, .group = "risk", .document = *json::parse_object(document)}); });
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    std::vector<InstanceInfo> of(const std::string& key) {
        return world_.read<std::vector<InstanceInfo>>(
            [&](store::Session& sql) { return world_.instances().list(sql, world_.service, {.definition_key = key}); });
    }
    /// A process that a signal starts and that waits.
    static lifecycle::Process started_by(const std::string& key, const std::string& signal) {
        ProcessBuilder builder;
        builder.process.id = key;
        builder.event(lifecycle::ElementKind::start_event, "s", {}, EventKind::signal, signal);
        builder.task("a");
        builder.end();
        builder.path({"s", "a", "e"});
        return builder.process;
    }
    /// One that waits for a message about its variable `KEY`, or for a signal.
    static lifecycle::Process waiting_for(const std::string& key, EventKind kind, const std::string& name) {
        ProcessBuilder builder;
        builder.process.id = key;
        builder.start();
        auto& wait = builder.catching("wait", kind, name);
        if (kind == EventKind::message) {
            wait.properties["mlc.correlationKey"] = "${KEY}";
        }
        builder.end();
        builder.path({"s", "wait", "e"});
        return builder.process;
    }
    static lifecycle::Process waiting_for(const std::string& key, const std::string& message) { return waiting_for(key, EventKind::message, message); }

    TestStore store_;
    identity::Access access_;
    crypto::Sealer sealer_{Secret{std::string(32, 'k')}};
    registry::Registry registry_{{.store = *store_, .access = access_, .sealer = sealer_}};
    automation::World world_{*store_};
    automation::Bridge bridge_{world_.engine(), registry_};
};

}  // namespace slipway::fakes
