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
    /// The id that was planned for a snapshot whose configuration is made in AWS.
    std::string new_id(const std::string& group, const json::object& document) const override;
    Result<void> created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>& warnings) override;
    Result<void> removed(store::Unit& unit, const store::Entity& entity) override;

private:
    /// `sageMaker` of a snapshot whose configuration is made in AWS.
    Result<json::object> in_sagemaker(store::Unit& unit, const identity::Principal& who, const std::string& group, const store::Entity& model,
                                      const std::string& id, const json::value& posted);
    Result<store::Entity> model_of(store::Session& sql, const identity::Principal& who, const json::object& body);
};

/// `wanted`, or with `-2`, `-3`, … behind it when the model has a snapshot of that name.
Result<std::string> unique_snapshot_name(store::Session& sql, std::string_view stored_model_id, std::string wanted);

}  // namespace slipway::registry
