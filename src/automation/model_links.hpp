#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "store/unit.hpp"

/// Life cycles of models as the registry tells them: a row of `modelMLCs` for each instance that was started for a model. It has the instance's id.
namespace slipway::automation {

struct Loaded;

/// The model that an instance is for.
struct ModelLink {
    std::string stored_model_id;
    std::string group;  ///< of the row
    std::string definition_name;
};

/// The model that `variables` name, itself or by its snapshot; nothing for one that is not there, or that is of another group than the instance.
Result<std::optional<ModelLink>> model_named(store::Session& sql, const json::object& variables, std::string_view group, std::string_view definition_name);
/// True where variables name any, there or not.
bool names_model(const json::object& variables);

/// Writes the row of an instance that starts now.
Result<void> link_model(store::Unit& unit, const ModelLink& link, const Loaded& instance);

/// Its end, where it has a row.
Result<void> end_link(store::Unit& unit, const std::string& instance_id, Timestamp at);

/// The instance is no more, nor is its row: what it told stays in the audit trail.
Result<void> remove_link(store::Unit& unit, const std::string& instance_id);

inline constexpr std::size_t kStaleLinksAtOnce = 200;
/// Instances that ended or went without a word to their rows: as many at most; all rows are looked through for them.
Result<std::vector<std::string>> stale_links(store::Session& sql);
/// Brings the row to what its instance says now.
Result<void> mend_link(store::Unit& unit, const std::string& instance_id);

}  // namespace slipway::automation
