#pragma once

#include <array>
#include <set>
#include <string>
#include <vector>

#include "sagemaker/fill.hpp"
#include "sagemaker/progress.hpp"
#include "sagemaker/registrar.hpp"
#include "sagemaker/sync_run.hpp"

namespace slipway::sagemaker {

/// Names of the stages of an import, in their order.
inline constexpr std::array<std::string_view, 7> kImportStages{"model",     "tags",    "trainingJobs", "transformJobs", "endpointConfigurations",
                                                               "endpoints", "register"};

/// One import from the moment at which its model is stored: brings the index up to date and registers what belongs to the model, stage by stage.
/// Running it again (after a restart, or as a re-import) repeats listings but no description of what is final, and writes only differences.
class ImportRun {
public:
    /// @param fan for descriptions and tags side by side; @param credential whose reads these are, as reader_name() of it.
    ImportRun(store::Store& store, Index& index, SageMakerApi& api, Progress& progress, FanOut& fan, std::string credential);

    /// For a cycle that keeps a model up to date; of `progress` only counts, problems and cancellation are used.
    ImportRun(store::Store& store, Index& index, SageMakerApi& api, Progress& progress, FanOut& fan, std::string credential, const SyncTarget& target,
              const IndexScope& scope);

    /// Writes what changed of the model. @param filled brought the index up to date, for all models of the account. @param whole compares everything that the
    /// index has of it. @param reconcile looks for training jobs and tags, too. @return as Registrar's calls.
    Result<void> sync(const Filler& filled, bool whole, bool reconcile);
    const Registered& registered() const { return registered_; }

    /// Runs to the end. @param reached whether the credential reaches the account of the model: nothing is asked of another. The operation is COMPLETE (also
    /// with problems), CANCELLED or ERROR afterwards, but RUNNING still when the server stops.
    Result<void> run(const AwsResult<void>& reached);

private:
    Result<void> stages();
    void forget_earlier_run();
    Result<void> training_stage(const store::Entity& model);
    Result<void> transform_stage();
    Result<void> read_transform_jobs();
    Result<void> configuration_stage();
    Result<void> endpoint_stage();
    /// Ends what AWS has ended: runtimes whose endpoint is gone, and deployments on endpoints that serve others now.
    Result<void> settle_endpoints();
    Result<void> settle_overdue(const KnownObjects& known);
    /// @return whether the endpoint is known to serve a configuration that is none of this model's.
    Result<bool> serves_others(const Indexed& endpoint);
    /// Looks after configurations whose tags AWS did not give: they may be gone.
    Result<void> verify_configurations(std::vector<Found>& found);
    /// Brings the index of endpoints up to date, and adds the configurations of those that serve the model as an inference
    /// component: such a configuration names no model.
    Result<void> add_component_configurations();
    Result<bool> has_component_endpoints();
    Result<std::optional<Indexed>> configuration_of(const std::string& endpoint);
    Result<void> register_stage();

    Result<void> register_jobs(const std::vector<Indexed>& jobs, bool training);
    Result<std::vector<Found>> described(const std::vector<Indexed>& objects, std::size_t from, std::size_t count, bool with_tags);
    /// Adds their tags, side by side. Those that cannot be read are left out, and named once.
    Result<void> read_tags(std::span<Found* const> objects);
    /// Endpoints of the configurations that serve the model, as far as the index knows them in full.
    Result<std::vector<Indexed>> linked_endpoints();
    /// Reads their tags and writes them down.
    Result<void> register_endpoints(std::vector<FoundEndpoint>& found);
    /// @return whether tags of others may be read.
    bool take_tags(Found& object, AwsResult<Tags> tags);
    /// @return nothing when it could not be read.
    std::optional<json::array> monitoring_of(const Indexed& endpoint);
    Result<std::optional<FoundEndpoint>> with_configuration(Found endpoint);
    std::vector<Indexed> of_this_model(std::vector<Indexed> objects) const;
    void count(const Registered& registered);
    Result<void> halted() const;
    Result<void> sync_configurations(const Filler& filled, bool whole);
    Result<void> sync_endpoints(const Filler& filled, bool whole);
    Result<void> sync_tags(const store::Entity& model);

    Index& index_;
    Progress& progress_;
    FanOut& fan_;
    Timestamp started_;
    IndexScope scope_;
    Reader reader_;
    Filler filler_;
    Registrar registrar_;
    std::string model_name_;
    std::optional<Timestamp> model_created_;
    std::vector<Indexed> configurations_;
    std::set<std::string> served_;               ///< keys of endpoints that serve the model
    std::set<std::string> by_component_;         ///< keys of those of them that serve the model as a component …
    std::set<std::string> component_endpoints_;  ///< … and the names of the endpoints that do
    bool deep_{false};                           ///< what is older than the model counts, too
    Registered registered_;
    bool may_read_tags_{true};
    bool tags_answered_{false};  ///< in this run: until then one call tries it
    bool may_read_monitoring_{true};
};

}  // namespace slipway::sagemaker
