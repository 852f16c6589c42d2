#pragma once

#include "registry/collection.hpp"

namespace slipway::registry {

/// Business models. A model with deployments in state DEPLOYED or DEPLOYING cannot be removed; snapshots and jobs carry their own copy and stay.
class StoredModels final : public Collection {
public:
    explicit StoredModels(const Foundation& foundation);
    std::span<const std::string_view> asset_lists() const override;
    bool has_summary() const override { return true; }
    Result<std::vector<json::object>> summaries(store::Session& sql, const identity::Principal& who, std::span<const store::Entity> items) override;

    /// Appends one asset. @return errors of patch(), `invalid_argument` with pointers into the asset.
    Result<Changed> add_asset(store::Unit& unit, const identity::Principal& who, std::string_view id, json::object asset,
                              std::optional<std::int64_t> if_version);
    /// Takes the asset off the model; snapshots keep theirs. @return `not_found`.
    Result<Changed> remove_asset(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view asset_id,
                                 std::optional<std::int64_t> if_version);

protected:
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
    /// What was imported with a model stands in its group, and is brought up to date there: the model does not leave it behind.
    Result<void> may_move(store::Unit& unit, const store::Entity& before) override;
    Result<void> may_remove(store::Unit& unit, const store::Entity& before) override;
    Result<void> removed(store::Unit& unit, const store::Entity& entity) override;
};

}  // namespace slipway::registry
