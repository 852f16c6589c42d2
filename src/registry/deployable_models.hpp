#pragma once

#include "registry/collection.hpp"

namespace slipway::registry {

/// Snapshots: immutable copies of a model, but for tags, description and custom metadata. Making one needs EXECUTE on the model.
class DeployableModels final : public Collection {
public:
    explicit DeployableModels(const Foundation& foundation);
    std::span<const std::string_view> asset_lists() const override;

protected:
    Result<std::string> target_group(store::Session& sql, const identity::Principal& who, const json::object& body) override;
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
    Result<void> may_remove(store::Unit& unit, const store::Entity& before) override;

private:
    Result<store::Entity> model_of(store::Session& sql, const identity::Principal& who, const json::object& body);
};

/// `wanted`, or with `-2`, `-3`, … behind it when the model has a snapshot of that name.
Result<std::string> unique_snapshot_name(store::Session& sql, std::string_view stored_model_id, std::string wanted);

}  // namespace slipway::registry
