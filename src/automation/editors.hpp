#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "store/unit.hpp"

/// Who had a hand in an instance besides whoever started it: under four eyes they do not decide on what it asks for.
namespace slipway::automation {

/// Whether what was noted of an instance (OperatorNote::what) is such a hand in it: whoever ends a task without setting variables by it has none.
bool has_hand(std::string_view what, bool set_variables);
/// Who set variables of the instance, also by completing a task, threw an error from one, moved its tokens by hand, or sent it messages and signals, each once.
Result<std::vector<std::string>> editors_of(store::Session& sql, const std::string& instance_id);
/// Adds them to `evidence.editedBy` of the ticket, as long as it is open. Nothing for an id that is empty or unknown.
Result<void> tell_editors(store::Unit& unit, const std::string& ticket_id, const std::vector<std::string>& names);

}  // namespace slipway::automation
