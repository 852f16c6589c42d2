#pragma once

#include <optional>

#include "automation/external_tasks.hpp"
#include "store/entity.hpp"

namespace slipway::automation {

/// The ticket that the variables of a task name, where its life cycle asked for it: the instance, those that called it, and what else they have called.
/// Variables are set by whoever may start or edit one. @return nothing where none is named or it is no more; `failed_precondition`/`FOREIGN_TICKET`.
Result<std::optional<store::Entity>> own_ticket(store::Session& sql, const ExternalTask& task);

/// Whether any instance waits for its decision: several may have asked for the same.
Result<bool> is_waited_for(store::Session& sql, const std::string& ticket_id);

}  // namespace slipway::automation
