#pragma once

#include <functional>
#include <memory>
#include <string>

#include "automation/bridge.hpp"
#include "automation/external_tasks.hpp"
#include "automation/instances.hpp"
#include "automation/runner.hpp"
#include "automation/sagemaker_topics.hpp"
#include "automation/user_tasks.hpp"
#include "automation/vendor_topics.hpp"

namespace slipway::serve {

/// The engine of life cycles with all that belongs to it, and the built-in process.
class LifeCycles {
public:
    struct Settings {
        std::string time_zone{"UTC"};
        automation::DeployModelSettings deploy_model{};
        std::string node;  ///< of this process
    };
    LifeCycles(registry::Registry& registry, const registry::Approvals& approvals, sagemaker::Deployer& deployer, sagemaker::JobOutputs& outputs,
               Settings settings, std::function<void()> deploying);

    /// Deploys what comes with the program, unless it is there as it is, and takes up what the process before left. Once, before anything is served.
    Result<void> begin();

    std::unique_ptr<lifecycle::ZoneRules> zones;
    automation::Definitions definitions;
    automation::Engine engine;
    automation::Instances instances;
    automation::SageMakerTopics topics;
    automation::VendorTopics vendor;
    automation::ExternalTasks external_tasks;
    automation::UserTasks user_tasks;

private:
    Result<void> deploy_built_in(store::Unit& unit);

    registry::Registry& registry_;
    Settings settings_;
    WorkerPool pool_;

public:
    automation::Runner runner;
    automation::Bridge bridge;
};

}  // namespace slipway::serve
