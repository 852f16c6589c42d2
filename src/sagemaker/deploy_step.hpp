#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "registry/approvals.hpp"
#include "registry/registry.hpp"
#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/deploy_run.hpp"
#include "sagemaker/reader.hpp"
#include "sagemaker/service.hpp"

namespace slipway::sagemaker {

/// One activation of one run: takes steps until it must wait for AWS or has its verdict. Used by one thread.
class DeployStep {
public:
    DeployStep(registry::Registry& registry, SageMakerService& accounts, const registry::Approvals& approvals, std::string operation_id, std::string instance,
               const std::atomic<bool>& stopping)
        : registry_{registry},
          accounts_{accounts},
          approvals_{approvals},
          operation_id_{std::move(operation_id)},
          instance_{std::move(instance)},
          stopping_{stopping} {}

    /// @return an error of our own (the database); what AWS says becomes the state of the run.
    Result<void> run();

private:
    static constexpr std::size_t kEndpointStage = 2;  ///< of the operation
    static constexpr std::string_view kCancelled = "Cancelled before AWS made an endpoint.";

    Result<void> load();
    Result<void> take_step();
    Result<void> connect();
    Result<void> deploy_step();
    Result<void> undeploy_step();

    Result<void> check();
    Result<void> make_configuration();
    Result<void> note_configuration(const json::object& answer);
    Result<void> look_before_creating();
    Result<void> create_endpoint();
    /// The models are still the ones that are meant; else the run has ended or waits. @param first nothing was asked for before.
    Result<bool> models_stand(bool first);
    Result<void> ask_for_endpoint(bool first);
    /// It is not to be deployed any more: the end, unless what was asked for before may be there and hidden.
    Result<void> forbidden(bool first, std::string why);
    Result<void> wait_for_endpoint();
    Result<void> found_endpoint(const json::object& answer);
    Result<void> confirm_configuration(const json::object& endpoint);
    Result<void> register_endpoint(const json::object& answer);
    Result<void> remove_endpoint();
    bool is_under_way();
    Result<void> wait_for_removal();
    Result<void> register_removal(store::Unit& unit);

    AwsResult<json::object> describe_endpoint();
    /// Whether the configuration is still the one that is meant; else the run has ended or waits.
    Result<bool> configuration_stands(bool first);
    /// Waits as long as the variants of the configuration may take.
    void allow_time(const json::object& configuration);
    /// Something may be there in AWS that this run asked for: it is looked for until the deadline, whatever stands in the way.
    bool has_asked() const;
    /// Whether an object with these tags was made by this run.
    AwsResult<bool> is_ours(const std::string& arn, const std::string& request_hash);
    Ownership owner(std::string request_hash) const;
    std::string configuration_hash() const;

    /// What becomes of the run when a call failed.
    /// @param final_ends true: nothing is there that this run asked for, and a definite refusal is the verdict, or is waited for where time and people mend
    /// it; false: it is waited on in any case.
    Result<void> troubled(const AwsError& error, bool final_ends = true);
    /// AWS has made nothing, and may make it later: it is asked again with all that comes before, and may be given up meanwhile.
    Result<void> park(const AwsError& error);
    Milliseconds growing_pause();
    /// @param reason see reason_of_wait(): AWS keeps it from going on, rather than still doing what it was asked for.
    Result<void> look_again(Milliseconds in, std::string why = {}, std::string reason = {});
    Result<void> go_to(DeployState next, std::size_t stage_done, std::string note = {});
    Result<void> end(DeployState verdict, std::string why, const AwsError* error = nullptr);
    Result<void> end_deployment(store::Unit& unit, DeployState verdict, const std::string& why);
    Result<void> note_lost_configuration(store::Unit& unit);
    /// In the transaction that saves it: people hear of a wait that lasts, and of its end.
    Result<void> tell_of_wait(store::Unit& unit, bool lasts, bool told) const;
    Result<void> save(const std::function<Result<void>(store::Unit&)>& more = {});
    void count_calls();
    /// Whoever follows the operation reads in its stage what AWS keeps it waiting for.
    void note_wait();
    IndexScope scope() const { return {.account = run_.detail.account, .region = run_.detail.region}; }
    Timestamp now() const { return registry_.foundation().store.clock().now(); }

    registry::Registry& registry_;
    SageMakerService& accounts_;
    const registry::Approvals& approvals_;
    const std::string operation_id_;
    const std::string instance_;
    const std::atomic<bool>& stopping_;

    DeployRun run_;
    registry::Operation operation_;
    std::optional<SageMakerService::Reach> reach_;
    std::optional<Reader> reader_;
    CallLedger ledger_;
    CallLedger::Totals counted_;
    bool halted_{false};
    bool just_looked_{false};         ///< the endpoint was not there a moment ago
    bool just_checked_{false};        ///< the configuration was the right one a moment ago
    bool configuration_lost_{false};  ///< AWS has it no more, or another one under its name
};

}  // namespace slipway::sagemaker
