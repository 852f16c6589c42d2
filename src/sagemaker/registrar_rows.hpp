#pragma once

#include <array>

#include "sagemaker/overlay.hpp"
#include "sagemaker/registrar.hpp"

/// What the files of the registrar share. Of nobody else's concern.
namespace slipway::sagemaker::rows {

/// What AWS decides of a runtime.
inline constexpr std::array<std::string_view, 1> kRuntimeMembers{"state"};

std::optional<store::Entity> none();
/// True when `entity` is the object of its ARN that was made then.
bool is_object(const store::Entity& entity, std::optional<Timestamp> created);
/// True when AWS changed the object after it gave this answer: a look that began before a deployment ended says nothing of what it ended in.
bool is_outdated(const store::Entity& entity, std::optional<Timestamp> modified);
/// What has no row yet and names a model that AWS has deleted is of another model, made again under that name.
bool is_of_another(const store::Entity& model, const std::optional<store::Entity>& before);
/// Writes `fresh` as a new row, or lays it over the one that is there.
/// @param model reference that the row is to carry from now on; null: the one it has.
Result<store::Entity> upsert(store::Unit& unit, const store::EntityTable& table, const std::string& group, std::optional<store::Entity> before,
                             json::object fresh, const OverlayRule& rule, Registered& count, const json::object* model = nullptr);
/// Rows of an ARN in the group, of that model when one is named.
Result<std::vector<store::Entity>> of_arn(store::Unit& unit, const store::EntityTable& table, const std::string& group, const std::string& arn,
                                          const std::string& stored_model_id = {});
/// The last run of a deployment that AWS ended says so. Nothing for one whose run failed: that tells more.
Result<void> end_run(store::Unit& unit, const std::string& deployment_id, std::string_view why);
/// True when this service has just asked AWS for the object on behalf of a row that does not know its ARN yet: that row is the one.
Result<bool> is_in_the_making(store::Unit& unit, const std::string& group, const Found& found, const Place& place);

}  // namespace slipway::sagemaker::rows
