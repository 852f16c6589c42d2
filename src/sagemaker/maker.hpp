#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/worker_pool.hpp"
#include "registry/aws_maker.hpp"
#include "registry/registry.hpp"
#include "sagemaker/creation.hpp"
#include "sagemaker/group_limits.hpp"
#include "sagemaker/job_plan.hpp"
#include "sagemaker/service.hpp"

namespace slipway::sagemaker {

/// Makes transform jobs, training jobs and endpoint configurations in AWS and follows jobs to their end. What is to be made is stored before it is asked
/// for and looked up by its name and our tags, so that a crash or a lost answer at any moment makes nothing twice. Thread-safe.
class Maker final : public registry::AwsMaker {
public:
    struct Settings {
        DeployDefaults defaults;
        Limits limits;
        std::string instance;  ///< of this installation, in the tags of what it makes
    };
    /// @param pool runs the steps; it must outlive the maker.
    Maker(registry::Registry& registry, SageMakerService& accounts, Settings settings, WorkerPool& pool);
    ~Maker() override;

    Result<json::object> plan_job(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body) override;
    Result<bool> stop_job(store::Unit& unit, const store::Entity& job) override;
    Result<json::object> plan_snapshot(store::Unit& unit, const identity::Principal& who, const store::Entity& model, const std::string& id,
                                       const json::object& posted) override;

    /// What a form for a job of the model begins with: the request body as it would be filled, without a name. @return `not_found`, `failed_precondition`.
    Result<json::object> defaults_for(store::Session& sql, const identity::Principal& who, const std::string& stored_model_id, CreationKind kind);

    /// Lets all that is due take its steps. A background task, and after something was planned. Does not wait for AWS.
    Result<void> advance();
    /// Gives up calls under way; everything stays where it is and goes on after the next start.
    void halt() { stopping_ = true; }
    /// halt(), and waits until no step is under way.
    void stop();
    /// Waits until no step is under way.
    void wait_idle();

private:
    struct Planned;
    Result<JobSources> sources_of(store::Session& sql, const store::Entity& model, CreationKind kind, const json::object& job);
    Result<void> insert_planned(store::Unit& unit, const Planned& planned, const json::object& request);
    /// Runs `work` on the pool under a key that is not busy.
    void post(const std::string& key, std::function<Result<void>()> work);
    void tell_damaged(const std::vector<std::string>& ids);

    registry::Registry& registry_;
    SageMakerService& accounts_;
    Settings settings_;
    WorkerPool& pool_;

    std::mutex mutex_;
    std::set<std::string> told_damaged_;  ///< of creations that cannot be read, those that the log has
    std::condition_variable idle_;
    std::set<std::string, std::less<>> busy_;
    std::atomic<bool> stopping_{false};
};

}  // namespace slipway::sagemaker
