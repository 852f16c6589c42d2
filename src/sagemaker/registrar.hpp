#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "registry/registry.hpp"
#include "registry/snapshot_origin.hpp"
#include "sagemaker/index.hpp"
#include "sagemaker/mapping.hpp"

namespace slipway::sagemaker {

/// A found AWS object, ready to be written.
struct Found {
    Indexed object;
    json::object description;  ///< masked
    std::optional<Tags> tags;  ///< absent: could not be read
};

/// An endpoint with what belongs to it.
struct FoundEndpoint {
    Found endpoint;
    std::optional<Indexed> configuration;  ///< the one it serves
    std::optional<json::object> configuration_description;
    std::optional<json::array> monitoring;  ///< absent: could not be read
};

/// What a batch came to.
struct Registered {
    std::int64_t written{0};
    std::int64_t unchanged{0};
};

/// Writes what an import found of one model into the registry: rows found by
/// ARN and creation time, nothing written where nothing changed. Each call is
/// one transaction. Not thread-safe.
class Registrar {
public:
    /// @param stored_model_id all rows go into its group. @param origin of
    /// snapshots that come in.
    Registrar(store::Store& store, store::Actor actor, std::string stored_model_id, Place place, registry::SnapshotOrigin origin)
        : store_{store}, actor_{std::move(actor)}, stored_model_id_{std::move(stored_model_id)}, place_{std::move(place)}, origin_{std::move(origin)} {}

    /// @return `not_found`/`MODEL_REMOVED` when somebody deleted the model
    /// meanwhile; so all calls below.
    Result<store::Entity> model();
    Result<Registered> training_jobs(const std::vector<Found>& jobs);
    /// Links the model to its training jobs.
    Result<Registered> link_training_jobs(const std::vector<domain::AwsReference>& jobs);
    Result<Registered> transform_jobs(const std::vector<Found>& jobs);
    Result<Registered> configurations(const std::vector<Found>& configurations);
    Result<Registered> endpoints(const std::vector<FoundEndpoint>& endpoints);
    /// Endpoints of this account and region that the group knows as runtimes and
    /// that were not gone at the last import.
    struct KnownRuntime {
        std::string id;
        std::string arn;
        std::optional<Timestamp> created;
        bool serves_model;  ///< a deployment of the model on it has not ended
    };
    Result<std::vector<KnownRuntime>> runtimes();
    /// The model's own tags as they are now.
    Result<Registered> model_tags(const Tags& tags);
    /// AWS no longer has the model: its row says so.
    Result<Registered> model_gone();
    /// AWS no longer has them: they are REMOVED, and nothing is deployed on them.
    Result<Registered> runtimes_gone(const std::vector<std::string>& ids);
    /// They serve other models now: the deployments of this model on them have
    /// ended.
    Result<Registered> runtimes_left(const std::vector<std::string>& ids);
    /// A deployment of the model that its run gave up, and for whose endpoint there is no row.
    struct Overdue {
        std::string id;
        std::string endpoint_name;
        Timestamp given_up{};
    };
    Result<std::vector<Overdue>> overdue();
    /// AWS has no endpoint of theirs: they have FAILED.
    Result<Registered> never_made(const std::vector<std::string>& ids);
    /// One snapshot without configuration, when the model has no snapshot of AWS
    /// at all.
    Result<Registered> generated_snapshot();

private:
    Result<Registered> jobs(const std::vector<Found>& jobs, bool training);
    /// A person deleted the snapshot of this configuration, and nobody imports it again: it is not brought back.
    Result<bool> is_left_out(store::Unit& unit, const Indexed& configuration);
    using CountedWork = std::function<Result<void>(store::Unit&, const store::Entity& model, Registered& count)>;
    Result<Registered> counted(const CountedWork& work);
    /// @param of_model id; empty: of all models.
    static Result<void> end_deployments(store::Unit& unit, const std::string& runtime_id, std::string_view of_model, Registered& count);
    Result<void> deployment(store::Unit& unit, const store::Entity& model, const store::Entity& runtime, const FoundEndpoint& found, Registered& count);
    /// True when a deployment of ours made, or is making, the endpoint: it is that one, and while its run lives the run alone says what becomes of it.
    /// One whose run gave up waiting comes to the end that AWS shows.
    Result<bool> is_own_deployment(store::Unit& unit, const store::Entity& snapshot, const store::Entity& runtime, const Found& endpoint, Registered& count);

    store::Store& store_;
    store::Actor actor_;
    std::string stored_model_id_;
    Place place_;
    registry::SnapshotOrigin origin_;
};

/// Lays what AWS says of a job over its row: an end stays as it is, a failure
/// is told. @param fresh without tags.
Result<store::Entity> lay_over_job(store::Unit& unit, const store::Entity& before, json::object fresh, const std::string& stored_model_id);

/// The entity of an AWS object among those of its ARN; creation times cut to
/// seconds match.
std::optional<store::Entity> same_object(std::vector<store::Entity> entities, std::optional<Timestamp> created);

}  // namespace slipway::sagemaker
