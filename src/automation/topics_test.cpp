#include <gtest/gtest.h>

#include "automation/sagemaker_topics.hpp"
#include "fakes/automation_world.hpp"
#include "fakes/import_fixture.hpp"

namespace slipway::automation {
namespace {

/// The topics of the built-in process, worked for instances of two groups.
class TopicsTest : public fakes::ImportFixture {
protected:
    TopicsTest() {
        aws_->model("fraud", fakes::kT0);
        aws_->config("own", fakes::kT0 + 21, {"fraud"});
        run("fraud");
        world_ = std::make_unique<World>(store_);
        topics_ = std::make_unique<SageMakerTopics>(world_->engine(), registry_, approvals_, deployer_, DeployModelSettings{}, [] {});
        handlers_ = topics_->handlers();
    }
    ~TopicsTest() override { deployer_.stop(); }

    Outcome work(const std::string& topic, const std::string& group, json::object variables) {
        ExternalTask task{.id = "i:1", .instance_id = "i", .group = group, .idempotency_key = "key" + topic + group};
        task.variables = std::move(variables);
        return handlers_.at(topic)(task);
    }
    std::string only(const store::EntityTable& table) { return all(table).at(0).id; }

    registry::Approvals approvals_{{}};
    sagemaker::Deployer deployer_{registry_, *service_, approvals_, sagemaker::Deployer::Settings{.defaults = {}, .instance = "here"}, *pool_};
    std::unique_ptr<World> world_;
    std::unique_ptr<SageMakerTopics> topics_;
    Handlers handlers_;
};

TEST_F(TopicsTest, ASnapshotOfAnotherGroupIsNotThere) {
    const json::object ids{{"DEPLOYABLE_MODEL_ID", only(registry::deployable_models_table())}, {"STORED_MODEL_ID", only(registry::stored_models_table())}};
    const auto own = work("model.getSnapshot", "risk", ids);
    ASSERT_NE(std::get_if<Done>(&own), nullptr);
    EXPECT_TRUE(std::get<Done>(own).variables.contains("DEPLOYABLE_MODEL"));
    const auto foreign = work("model.getSnapshot", "crm", ids);
    ASSERT_NE(std::get_if<Fault>(&foreign), nullptr);
    EXPECT_EQ(std::get<Fault>(foreign).code, "SNAPSHOT_GONE");
    for (const auto* topic : {"sagemaker.createTransformJob", "sagemaker.createEndpoint"}) {
        const auto outcome = work(topic, "crm", ids);
        EXPECT_NE(std::get_if<Fault>(&outcome), nullptr) << topic;
    }
    EXPECT_TRUE(all(registry::jobs_table()).empty());
    EXPECT_TRUE(all(registry::deployed_models_table()).empty());
}

TEST_F(TopicsTest, ATicketOfAnotherGroupIsLeftAlone) {
    ASSERT_TRUE(store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_CHECK(store::insert(unit, registry::notifications_table(),
                               {.id = {}, .group = "risk", .document = {{"notificationType", "MODEL_APPROVAL_NOTIFICATION"}, {"open", true}}}));
        return {};
    }));
    const json::object ticket{{"TICKET", {{"id", only(registry::notifications_table())}}}, {"REASON", "no"}};
    const auto left = work("ticket.close", "crm", ticket);
    EXPECT_NE(std::get_if<Done>(&left), nullptr);
    EXPECT_FALSE(all(registry::notifications_table()).at(0).document.contains("decision"));
    work("ticket.close", "risk", ticket);
    EXPECT_TRUE(all(registry::notifications_table()).at(0).document.contains("decision"));
}

}  // namespace
}  // namespace slipway::automation
