#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/json_codec.hpp"
#include "store/entity.hpp"
#include "store/unit.hpp"

namespace slipway::sagemaker {

enum class DeployKind { DEPLOY, UNDEPLOY };
BOOST_DESCRIBE_ENUM(DeployKind, DEPLOY, UNDEPLOY)

/// Where a run stands (reference/sagemaker.md 9.4); each is stored before the next step is tried. The last six are verdicts. Updates of endpoints, which
/// may also be ROLLED_BACK, come later.
enum class DeployState { PLANNED, CONFIG_READY, REQUESTED, WAITING, DEPLOYED, FAILED, CONFLICT, TIMED_OUT, CANCELLED, UNDEPLOYED };
BOOST_DESCRIBE_ENUM(DeployState, PLANNED, CONFIG_READY, REQUESTED, WAITING, DEPLOYED, FAILED, CONFLICT, TIMED_OUT, CANCELLED, UNDEPLOYED)
/// False for a verdict.
bool is_live(DeployState state);

struct DeployTransition {
    std::string state;
    Timestamp at{};
    std::optional<std::string> note;
};
BOOST_DESCRIBE_STRUCT(DeployTransition, (), (state, at, note))

/// A model in AWS, by its identity.
struct ServedModel {
    std::string name;
    std::string arn;
    std::optional<Timestamp> created;
};
BOOST_DESCRIBE_STRUCT(ServedModel, (), (name, arn, created))

/// What a run is to do and what it has seen.
struct DeployDetail {
    DeployKind kind{DeployKind::DEPLOY};
    std::string account;
    std::string region;
    std::string credential_id;
    std::string stored_model_id;
    std::string model_name;  ///< AWS's
    std::string endpoint_name;
    std::string configuration_name;
    std::optional<Timestamp> configuration_created;  ///< identity of the configuration meant; empty: it is made
    bool make_configuration{false};
    std::optional<std::vector<ServedModel>> models;  ///< of the configuration, as far as they are imported: what is served must be these
    std::optional<json::array> production_variants;  ///< of a configuration that is made
    std::optional<json::object> deployment_config;
    std::string request_hash;
    std::optional<std::string> approved_hash;  ///< of the approval that let it through; none where none is needed
    std::string requested_by;
    std::optional<std::string> reason;          ///< why a person wants it
    std::optional<std::string> runtime_id;      ///< of an undeployment
    std::optional<std::string> state_before;    ///< of an undeployment: what becomes of the deployment when it is refused
    std::optional<Timestamp> endpoint_created;  ///< identity of the endpoint to be removed
    std::vector<DeployTransition> transitions;
    std::optional<std::string> aws_state;
    std::optional<std::string> why;  ///< of the verdict, or why it still waits
    std::int64_t looks{0};
    std::int64_t failures{0};               ///< calls in a row that brought no answer
    std::optional<Timestamp> requested_at;  ///< when AWS was asked; later, when it said that it has it
    std::optional<Timestamp> deadline;
    std::optional<Timestamp> waits_since;           ///< since when AWS gives no answer
    std::optional<Timestamp> wait_told;             ///< people were told of that wait
    std::optional<std::string> wait_reason;         ///< see reason_of_wait()
    std::optional<Timestamp> configuration_missed;  ///< when AWS first did not show it; a second look decides
    std::optional<std::string> reached_by;          ///< reader_name() of the credential whose account was found to be the right one
};
BOOST_DESCRIBE_STRUCT(DeployDetail, (),
                      (kind, account, region, credential_id, stored_model_id, model_name, endpoint_name, configuration_name, configuration_created,
                       make_configuration, models, production_variants, deployment_config, request_hash, approved_hash, requested_by, reason, runtime_id,
                       state_before, endpoint_created, transitions, aws_state, why, looks, failures, requested_at, deadline, waits_since, wait_told,
                       wait_reason, configuration_missed, reached_by))

/// A row of `deploy_runs`.
struct DeployRun {
    std::string operation_id;
    std::string deployed_model_id;
    std::string deployable_model_id;
    std::string group;
    DeployState state{DeployState::PLANNED};
    Timestamp next_at{};
    DeployDetail detail;

    /// `account/region/name` in lower case: AWS compares names of endpoints so.
    std::string endpoint_key() const;
    /// Goes to `next` and writes it into the history.
    void enter(DeployState next, Timestamp at, std::string note = {});
    /// A deployment whose endpoint AWS was not asked for, or did not take: it can be given up.
    bool made_nothing() const;
    /// For who wants something of what it is at: which operation that is, what it waits for, and how to give it up.
    std::string told_as_busy() const;
    /// AWS was asked for the endpoint and has made none: each try is no part of the history.
    void step_back();
};

/// @return `conflict`/`ALREADY_EXISTS` when the snapshot or the endpoint has a live run.
Result<void> insert_run(store::Unit& unit, const DeployRun& run);
Result<void> save_run(store::Unit& unit, const DeployRun& run);
/// A live run of that operation, if there is one, is due now.
Result<void> hurry_run(store::Unit& unit, const std::string& operation_id);
/// @return `not_found`.
Result<DeployRun> run_of_operation(store::Session& sql, const std::string& operation_id);
/// The newest run of a deployment.
Result<std::optional<DeployRun>> last_run(store::Session& sql, const std::string& deployed_model_id);
/// The run that asked for the endpoint of a deployment, whatever came behind it; none where the endpoint was found in AWS.
Result<std::optional<DeployRun>> deploying_run(store::Session& sql, const std::string& deployed_model_id);
/// All runs of a deployment, oldest first.
Result<std::vector<DeployRun>> runs_of(store::Session& sql, const std::string& deployed_model_id);
/// What became of a deployment in all of its runs: `[{kind, state, at, note?}]`, oldest first.
json::array history_of(const std::vector<DeployRun>& runs);
/// The run that asked for the endpoint of a deployment and gave up before AWS came to an end, where nothing has told since what became of it: the deployment
/// is DEPLOYING, and nothing is being done with it. It may be followed by attempts to remove it that were refused.
Result<std::optional<DeployRun>> given_up_run(store::Session& sql, const store::Entity& deployment);
/// The live run of that endpoint, else of that snapshot.
Result<std::optional<DeployRun>> live_run(store::Session& sql, const std::string& endpoint_key, const std::string& deployable_model_id);
/// The newest run of the snapshot that made the configuration which AWS created then.
Result<std::optional<DeployRun>> run_that_made(store::Session& sql, const std::string& deployable_model_id, Timestamp created);
/// A live run that makes an endpoint for the snapshot.
Result<std::optional<DeployRun>> live_deployment(store::Session& sql, const std::string& deployable_model_id);
/// True where a live run of the group asks AWS for a configuration of that name and does not know yet that it is there.
Result<bool> makes_configuration(store::Session& sql, const std::string& group, const std::string& account, const std::string& region, const std::string& name);
/// Operations of live runs whose time has come, as is_due().
Result<std::vector<std::string>> due_runs(store::Session& sql, Timestamp now, std::size_t limit);

}  // namespace slipway::sagemaker
