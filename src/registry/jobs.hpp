#pragma once

#include "domain/job.hpp"
#include "registry/collection.hpp"

namespace slipway::registry {

/// Jobs (page 10 "Jobs"). A job for a runtime that is not there yet waits as CREATED; a status never goes back; CANCELLED is asked for and
/// becomes true once it is. Making one needs EXECUTE on its snapshot when that is known here.
class Jobs final : public Collection {
public:
    explicit Jobs(const Foundation& foundation);
    std::span<const std::string_view> asset_lists() const override;
    bool row_is_all() const override { return false; }

    /// Asks for cancellation; a CREATED job without owner is cancelled at once. Asking twice is no error.
    /// @return `conflict`/`ALREADY_ENDED` when an end came first, `conflict`/`NOT_AVAILABLE` for a job of SageMaker where nothing makes them.
    Result<Changed> cancel(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version = {});

protected:
    Result<std::string> target_group(store::Session& sql, const identity::Principal& who, const json::object& body) override;
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    /// The id that was planned for a job in AWS.
    std::string new_id(const std::string& group, const json::object& document) const override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
    Result<void> may_move(store::Unit& unit, const store::Entity& before) override;
    Result<void> may_remove(store::Unit& unit, const store::Entity& before) override;
    Result<void> created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>& warnings) override;
    Result<void> removed(store::Unit& unit, const store::Entity& entity) override;
    Result<void> complete(store::Session& sql, std::span<store::Entity> entities) override;

private:
    /// The snapshot that `model.id` names, when it exists here and the caller may see it.
    Result<std::optional<store::Entity>> snapshot_of(store::Session& sql, const identity::Principal& who, const json::object& body);
    /// Replaces `model: {"id"}` by the whole snapshot; what is embedded whole stays as it was posted.
    Result<void> embed_model(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object& body);
    /// A posted job of a SageMaker model, planned.
    Result<json::object> in_sagemaker(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body);
    /// A claim, or its owner gives the job back before anything was launched.
    Result<json::object> change_owner(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                      std::string_view instance);
    Result<void> may_release(store::Unit& unit, const identity::Principal& who, const store::Entity& before, const domain::Job& job, std::string_view instance);
    /// What the principal that claimed the job says of it: status, times, application, command, result, embedded outputs.
    Result<json::object> word_of_owner(store::Unit& unit, const store::Entity& before, json::object after);
};

}  // namespace slipway::registry
