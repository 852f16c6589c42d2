#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/worker_pool.hpp"
#include "registry/approvals.hpp"
#include "registry/registry.hpp"
#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/deploy_run.hpp"
#include "sagemaker/group_limits.hpp"
#include "sagemaker/service.hpp"

namespace slipway::sagemaker {

/// What became of a wish to deploy: an operation, or a ticket that must be approved first.
struct DeployAnswer {
    std::optional<registry::Operation> operation;
    std::string ticket_id;
    std::optional<Error> refused;  ///< with `ticket_id`: what to tell; the ticket stays although the wish was refused
};

/// What people see of a deployment.
struct ShownDeployment {
    store::Entity deployed_model;
    std::vector<DeployRun> runs;  ///< oldest first; the last says where it stands
    std::optional<registry::Operation> operation;
};

/// Puts snapshots on endpoints and takes them off: the one door for REST, CLI, page and life cycles. Each step is stored before it is tried, so that a
/// crash at any moment makes no second endpoint: what was asked for is looked up by its name and our tags. Thread-safe.
class Deployer {
public:
    struct Settings {
        DeployDefaults defaults;
        std::string instance;  ///< of this installation, in the tags of what it makes
        Limits limits{};
    };
    /// @param pool runs the steps; it must outlive the deployer.
    Deployer(registry::Registry& registry, SageMakerService& accounts, const registry::Approvals& approvals, Settings settings, WorkerPool& pool);
    ~Deployer();

    /// Stores what is to be done. Call advance() after the commit.
    /// @return `not_found`, `invalid_argument`, `forbidden`; `conflict`: `ALREADY_RUNNING` (find it with running()), `ALREADY_DEPLOYED`, `DEPLOYMENT_OPEN`,
    /// `ENDPOINT_EXISTS`, `CONFIGURATION_GONE`, `CONFIGURATION_PENDING`, `SIBLING_REJECTED`; `failed_precondition`/`NOT_SAGEMAKER`.
    Result<DeployAnswer> deploy(store::Unit& unit, const identity::Principal& who, const DeployRequest& request);
    /// @return `not_found`, `forbidden`; `conflict`: `ALREADY_RUNNING`, `NOT_DEPLOYED`; `failed_precondition`/`NOT_SAGEMAKER`.
    Result<registry::Operation> undeploy(store::Unit& unit, const identity::Principal& who, const std::string& deployed_model_id, const std::string& reason);
    /// The operation that stands in the way of a deployment or undeployment; none where `who` may not see it.
    Result<std::optional<registry::Operation>> running(store::Session& sql, const identity::Principal& who, const std::string& snapshot_or_deployment_id);
    /// The one that stands in the way of this wish: also another snapshot's, for the name of the endpoint or for a configuration that both stand for.
    Result<std::optional<registry::Operation>> running(store::Session& sql, const identity::Principal& who, const DeployRequest& request);
    /// @return `not_found`.
    Result<ShownDeployment> show(store::Session& sql, const identity::Principal& who, const std::string& deployed_model_id);

    /// Lets all runs take their steps whose time has come. A background task, and after deploy() and undeploy(). Does not wait for AWS.
    Result<void> advance();
    /// Gives up calls under way; runs stay where they are and go on after the next start.
    void halt() { stopping_ = true; }
    /// halt(), and waits until no step is under way.
    void stop();
    /// Waits until no step is under way.
    void wait_idle();

private:
    /// Asks for the approval that is missing. @param subjects as subjects_of(). @param approved_hash of the approval that lets it through, where one is needed.
    /// @return nothing when the way is free.
    Result<std::optional<DeployAnswer>> gate(store::Unit& unit, const identity::Principal& who, const store::Entity& snapshot,
                                             const std::vector<json::object>& subjects, json::object evidence, std::optional<std::string>& approved_hash);
    Result<registry::Operation> start(store::Unit& unit, const store::Entity& snapshot, DeployRun run);
    /// The instances of the configuration are within the limits of the group, whoever made it.
    Result<void> within_limits(const DeployRun& run, const json::object& facts) const;
    void work(const std::string& operation_id);
    /// @return nothing where `who` may not see it.
    Result<std::optional<registry::Operation>> shown(store::Session& sql, const identity::Principal& who, const std::optional<DeployRun>& run);

    registry::Registry& registry_;
    SageMakerService& accounts_;
    const registry::Approvals& approvals_;
    Settings settings_;
    WorkerPool& pool_;

    std::mutex mutex_;
    std::condition_variable idle_;
    std::set<std::string, std::less<>> busy_;
    std::atomic<bool> stopping_{false};
};

/// `DEPLOYED`, `FAILED`, …; empty while it moves.
std::string verdict_of(const DeployRun& run);

}  // namespace slipway::sagemaker
