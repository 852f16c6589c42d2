#pragma once

#include <functional>
#include <string>

#include "automation/comparator.hpp"
#include "automation/deploy_model_settings.hpp"
#include "automation/engine.hpp"
#include "automation/handler.hpp"
#include "automation/instances.hpp"
#include "registry/approvals.hpp"
#include "registry/registry.hpp"
#include "sagemaker/deployer.hpp"
#include "sagemaker/job_outputs.hpp"

namespace slipway::automation {

/// Key of the built-in process.
inline constexpr std::string_view kDeployModel = "SageMaker_Deploy_Model";

/// The topics of `lifecycles/sagemaker-deploy-model.bpmn`: each is a use case of the registry, the deployer or the desk. Thread-safe.
class SageMakerTopics {
public:
    /// @param deploying is called after a deployment was stored that can begin.
    SageMakerTopics(Engine& engine, registry::Registry& registry, const registry::Approvals& approvals, sagemaker::Deployer& deployer,
                    sagemaker::JobOutputs& outputs, DeployModelSettings settings, std::function<void()> deploying)
        : engine_{engine},
          registry_{registry},
          approvals_{approvals},
          deployer_{deployer},
          outputs_{outputs},
          settings_{std::move(settings)},
          deploying_{std::move(deploying)} {}

    /// By topic; this object must outlive them.
    Handlers handlers();

    /// Starts the process of a snapshot anew: what waits is cancelled and its ticket closed.
    /// @return `not_found`; `forbidden`; `conflict`/`UNDER_WAY` once it is on its way to an endpoint; `invalid_argument` without a reason.
    Result<Started> restart(store::Unit& unit, const identity::Principal& who, const std::string& snapshot_id, const std::string& reason);

private:
    // topics_model.cpp
    Outcome get_snapshot(const ExternalTask& task);
    Outcome no_snapshot(const std::string& id, const std::string& group);
    Outcome verify_assets(const ExternalTask& task);
    Outcome record_decision(const ExternalTask& task);
    json::object process_settings() const;
    // topics_test_result.cpp
    Outcome record_test_result(const ExternalTask& task);
    Result<std::optional<Verdict>> verdict_on_test(const ExternalTask& task, const store::Entity& job, json::object& result);
    struct Comparator {
        std::string file;
        std::string content;
    };
    struct Comparators {
        std::vector<Comparator> tables;   ///< in the order in which they are asked
        std::vector<std::string> rivals;  ///< what the model has now, where they are several and nothing says which one counts
    };
    Result<Comparators> comparators_of(const ExternalTask& task);
    std::string unreadable_comparator(const ExternalTask& task);
    // topics_sagemaker.cpp
    Outcome create_transform_job(const ExternalTask& task);
    Result<std::string> test_job(const ExternalTask& task, int attempt);
    Result<bool> waits_for_aws(const store::Entity& job);
    Outcome describe_transform_job(const ExternalTask& task);
    Outcome stop_transform_job(const ExternalTask& task);
    Outcome create_endpoint(const ExternalTask& task);
    Outcome describe_endpoint(const ExternalTask& task);
    Outcome look_at_endpoint(const ExternalTask& task);
    Outcome register_runtime(const ExternalTask& task);
    Result<json::object> deploy(store::Unit& unit, const ExternalTask& task);
    Result<json::object> adopted(store::Unit& unit, const ExternalTask& task);
    // topics_ticket.cpp
    Outcome create_approval(const ExternalTask& task);
    Outcome create_notification(const ExternalTask& task);
    Outcome close_ticket(const ExternalTask& task);
    Outcome expire_ticket(const ExternalTask& task);
    Outcome comment_ticket(const ExternalTask& task);
    Result<json::object> ask(store::Unit& unit, const ExternalTask& task);
    Result<void> cancel_waiting(store::Unit& unit, const store::Entity& snapshot, const std::string& reason);
    Result<void> close(store::Unit& unit, const std::optional<store::Entity>& ticket, const std::string& reason) const;
    Result<Outcome> expired(store::Unit& unit, const ExternalTask& task);

    std::string endpoint_name(const json::object& variables) const;
    store::Store& store() const { return registry_.foundation().store; }
    /// One of the task's own group, or nothing.
    Result<std::optional<store::Entity>> find(const ExternalTask& task, const store::EntityTable& table, const std::string& id);

    Engine& engine_;
    registry::Registry& registry_;
    const registry::Approvals& approvals_;
    sagemaker::Deployer& deployer_;
    sagemaker::JobOutputs& outputs_;
    DeployModelSettings settings_;
    std::function<void()> deploying_;
};

/// What handlers may touch for an instance of `group`: ids come out of variables, which people set, and handlers have the rights of the service. An instance
/// without group is an administrator's, and sees all.
store::Scope scope_of(const std::string& group);

/// Refuses work for an instance that was cancelled meanwhile, and holds its row: a cancellation comes before this, or finds what is made here.
/// @return `conflict`/`ENDED`.
Result<void> hold_live(store::Unit& unit, const ExternalTask& task);

/// What was decided on the ticket that the instance asked for: DECISION, DECIDED_BY, DECISION_COMMENT, null where nobody has decided. Never what variables
/// say. Nothing for an instance that has asked for none.
Result<std::optional<json::object>> decision_on(store::Session& sql, const ExternalTask& task);

/// Names of the endpoints in service with the snapshot's configuration on them.
Result<json::array> served_by(store::Session& sql, const store::Entity& snapshot);

/// Who started the instance, with the rights of the service. Never what a variable says: those can be set.
identity::Principal requester(const ExternalTask& task);

/// `variable` of the task as text, or the text member `key` of it; empty where there is none.
std::string variable(const ExternalTask& task, std::string_view variable, std::string_view key = {});
/// `the snapshot churn-3`; its name is left out as long as the life cycle has not read it.
std::string snapshot_of(const ExternalTask& task);

}  // namespace slipway::automation
