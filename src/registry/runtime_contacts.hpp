#pragma once

#include <optional>
#include <string>

#include "identity/principal.hpp"
#include "store/entity.hpp"

/// Who runs an enrolled runtime and when it was heard of last: rows beside the runtimes, so that a heartbeat makes no version, audit row or event.
namespace slipway::registry {

/// A runtime that says nothing for this long is OFFLINE.
inline constexpr Milliseconds kSilence = std::chrono::seconds{60};
/// How often a runtime shall be heard.
inline constexpr Milliseconds kHeartbeat = std::chrono::seconds{10};

struct Contact {
    std::string instance;   ///< empty once it removed itself
    std::string principal;  ///< principal_key() of who enrolled it
    Timestamp last{};
    std::optional<json::object> cluster;
    std::string reason;  ///< why it is in its state, in its own words
};

/// A name for who is asking that keeps people and machines of one name apart.
std::string principal_key(const identity::Principal& who);

/// @return nothing for a runtime that never enrolled.
Result<std::optional<Contact>> find_contact(store::Session& sql, std::string_view runtime_id);
Result<void> keep_contact(store::Unit& unit, std::string_view runtime_id, const Contact& contact);
/// Nobody runs it any more: the next instance may enrol at once.
Result<void> forget_instance(store::Unit& unit, std::string_view runtime_id);
Result<void> remove_contact(store::Unit& unit, std::string_view runtime_id);
/// Adds `instanceId`, `lastContact`, `cluster` and `stateReason` to runtimes that enrolled.
Result<void> attach_contacts(store::Session& sql, std::span<store::Entity> runtimes);
/// Members that attach_contacts() adds, out again.
void drop_contact_members(json::object& document);

}  // namespace slipway::registry
