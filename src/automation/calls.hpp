#pragma once

#include <span>
#include <string>
#include <vector>

#include "automation/instances.hpp"
#include "store/sql_text.hpp"

/// What instances tell of those that they called. It is derived where it is read: no step writes anything for it, and nothing can be left behind.
namespace slipway::automation {

/// `WITH RECURSIVE … shown`: incidents, and for each of them one at every caller above it. Columns `row_id` (of the incident itself), `instance_id`, `token`
/// and `element` where it is shown, `id`, `cause`, `root` (ids as IncidentInfo has them), `called`.
/// @param ids of instances of which alone it is asked; empty: of all.
void write_shown_incidents(store::SqlText& text, const std::vector<std::string>& ids, bool resolved_too);

/// Adds to `incidents` those of what is called, and fills `root_id`.
Result<void> tell_of_calls(store::Session& sql, std::span<InstanceInfo> instances);

/// Whether `caller` called `instance`, or what called it.
Result<bool> is_called_by(store::Session& sql, const std::string& instance, const std::string& caller);

/// Fills `called_id` of the visits of an instance, in the order of their beginnings.
Result<void> name_called(store::Session& sql, const std::string& instance_id, std::span<ActivityInfo> visits);

}  // namespace slipway::automation
