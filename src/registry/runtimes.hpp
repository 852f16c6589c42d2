#pragma once

#include "registry/collection.hpp"

namespace slipway::registry {

/// Runtimes. Those of SageMaker are written by the service alone; others have a name-based id, so that a name is enrolled once per group and type.
class Runtimes final : public Collection {
public:
    explicit Runtimes(const Foundation& foundation);

protected:
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    std::string new_id(const std::string& group, const json::object& document) const override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
    Result<void> may_remove(store::Unit& unit, const store::Entity& before) override;
    /// Jobs that wait for any runtime of the type are bound to the first one that enrols.
    Result<void> created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>& warnings) override;
};

}  // namespace slipway::registry
