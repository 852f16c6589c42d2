#pragma once

#include "registry/collection.hpp"

namespace slipway::registry {

/// Runtimes. Those of SageMaker are written by the service alone; others have a name-based id, so that a name is enrolled once per group and type.
class Runtimes final : public Collection {
public:
    explicit Runtimes(const Foundation& foundation);
    bool row_is_all() const override { return false; }
    /// An enrolment gets the state REMOVED and its row stays (page 10); only the row of an endpoint is deleted.
    Result<void> remove(store::Unit& unit, const identity::Principal& who, std::string_view id, std::optional<std::int64_t> if_version) override;

protected:
    Result<json::object> prepare(store::Unit& unit, const identity::Principal& who, const std::string& group, json::object body,
                                 std::vector<std::string>& warnings) override;
    std::string new_id(const std::string& group, const json::object& document) const override;
    Result<json::object> change(store::Unit& unit, const identity::Principal& who, const store::Entity& before, json::object after,
                                std::vector<std::string>& warnings) override;
    Result<std::optional<store::Entity>> revive(store::Unit& unit, std::string_view id, const json::object& document) override;
    Result<void> may_move(store::Unit& unit, const store::Entity& before) override;
    Result<void> may_remove(store::Unit& unit, const store::Entity& before) override;
    /// Jobs that wait for any runtime of the type are bound to the first one that enrols.
    Result<void> created(store::Unit& unit, store::Entity& entity, const std::vector<std::string>& warnings) override;
    Result<void> removed(store::Unit& unit, const store::Entity& entity) override;
    Result<void> complete(store::Session& sql, std::span<store::Entity> entities) override;
};

}  // namespace slipway::registry
