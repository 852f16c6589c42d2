#pragma once

#include "registry/collection.hpp"

namespace slipway::registry {

/// Deployments: a snapshot on a runtime, with the states of domain::may_become. Making one needs EXECUTE on the snapshot.
class DeployedModels final : public Collection {
public:
    explicit DeployedModels(const Foundation& foundation);

protected:
    Result<std::string> target_group(store::Session& sql, const identity::Principal& who, const json::object& body) override;
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
    Result<void> may_remove(store::Unit& unit, const store::Entity& before) override;

private:
    Result<store::Entity> referenced(store::Session& sql, const identity::Principal& who, const store::EntityTable& table, const json::object& body,
                                     std::string_view member);
};

}  // namespace slipway::registry
