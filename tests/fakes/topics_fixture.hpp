#pragma once

#include <algorithm>
#include <gtest/gtest.h>

#include "automation/sagemaker_topics.hpp"
#include "fakes/automation_world.hpp"
#include "fakes/fake_endpoints.hpp"
#include "fakes/import_fixture.hpp"

namespace slipway::automation {

/// The topics of the built-in process, worked for instances of two groups.
class TopicsTest : public fakes::ImportFixture {
protected:
    TopicsTest() {
        aws_->model("fraud", fakes::kT0);
        aws_->config("own", fakes::kT0 + 21, {"fraud"});
        run("fraud");
        world_ = std::make_unique<World>(store_);
        topics_ = std::make_unique<SageMakerTopics>(world_->engine(), registry_, approvals_, deployer_, outputs_, DeployModelSettings{}, [] {});
        handlers_ = topics_->handlers();
    }
    ~TopicsTest() override { deployer_.stop(); }

    Outcome work(const std::string& topic, const std::string& group, json::object variables, const std::string& instance = "i") {
        ExternalTask task{.id = "i:1", .instance_id = instance, .group = group, .idempotency_key = "key" + topic + group};
        std::ranges::replace(task.idempotency_key, '.', '-');  // it becomes part of names in AWS
        task.variables = std::move(variables);
        return handlers_.at(topic)(task);
    }
    std::string only(const store::EntityTable& table) { return all(table).at(0).id; }

    registry::Approvals approvals_{{}};
    sagemaker::Deployer deployer_{registry_, *service_, approvals_, sagemaker::Deployer::Settings{.defaults = {}, .instance = "here"}, *pool_};
    sagemaker::JobOutputs outputs_{registry_, *service_, {}};
    std::unique_ptr<World> world_;
    std::unique_ptr<SageMakerTopics> topics_;
    Handlers handlers_;
};

}  // namespace slipway::automation
