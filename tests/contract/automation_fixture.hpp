#pragma once

#include "contract/database_fixture.hpp"
#include "fakes/automation_world.hpp"

namespace slipway::contract {

/// A database with all tables and an engine of life cycles on it; what is made on top of the engine must go before `TearDown` of this.
class AutomationTest : public DatabaseTest {
protected:
    void SetUp() override {
        DatabaseTest::SetUp();
        if (database_) {
            migrate();
            world_ = make_world();
        }
    }
    void TearDown() override {
        world_.reset();
        DatabaseTest::TearDown();
    }
    /// The engine that tests talk to: on the plain store unless a test wants to see what reaches it.
    virtual std::unique_ptr<automation::World> make_world() { return std::make_unique<automation::World>(store()); }
    automation::World& world() { return *world_; }

    /// Start, one service task per topic in their order, end.
    static lifecycle::Process line(const std::string& key, std::initializer_list<std::string> tasks, const std::string& cycle = {}) {
        lifecycle::ProcessBuilder builder;
        builder.process.id = key;
        builder.start();
        std::string last = "s";
        for (const auto& task : tasks) {
            builder.task(task).retry_cycle = cycle;
            builder.flow(last, task);
            last = task;
        }
        builder.end();
        builder.flow(last, "e");
        return builder.process;
    }

    std::unique_ptr<automation::World> world_;
};

}  // namespace slipway::contract
