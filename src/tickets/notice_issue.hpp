#pragma once

#include <optional>
#include <string>

#include "store/entity.hpp"
#include "store/unit.hpp"
#include "tickets/ticket_system.hpp"

/// Issues that only tell something: nothing is decided in them.
namespace slipway::tickets {

/// It asks for a decision.
bool is_approval(const store::Entity& ticket);
/// It is decided, or told, in another system.
bool is_remote(const store::Entity& ticket);

/// Has an issue made of an open notification, by the same steps as those of tickets, and only one; what it says later is a comment there.
/// @param assignment `assignmentType` of tickets; where they are decided here nothing is done. @return the notification as it is now.
Result<store::Entity> tell_by_issue(store::Unit& unit, const store::Entity& notification, const std::string& assignment);

/// Has it said in the issue of an open notification, where there is one, what the notification says now; once for each time that its words change.
Result<void> tell_anew(store::Unit& unit, const store::Entity& notification);

/// What an issue is told with the notification: whether it says the same.
std::string digest_of_words(const store::Entity& notification);

/// Has it said in the issue of a notification, where there is one, that the notification is closed; once.
Result<void> tell_settled(store::Unit& unit, const store::Entity& notification);

/// The issue for a notification: what it says, what became of its job, and links.
/// @param public_url of this server, without a slash at the end; empty: no links to it.
IssueDraft draft_of_notice(const store::Entity& notification, const std::optional<store::Entity>& job, const std::string& public_url);

}  // namespace slipway::tickets
