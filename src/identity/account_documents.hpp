#pragma once

#include <optional>
#include <string>

#include "base/json.hpp"
#include "identity/principal.hpp"
#include "store/entity.hpp"

/// The documents of users and clients: what may stand in them and what they mean.
namespace slipway::identity {

/// `{username, groups, admin, disabled}` of a posted body; `password` is left out. @return `invalid_argument` with pointers.
Result<json::object> user_document(const json::object& body);
/// `{clientId, groups, admin, disabled}` of a posted body.
Result<json::object> client_document(const json::object& body);
/// `before` with a merge patch over it; the name cannot change, the envelope and `_links` are ignored.
Result<json::object> patched_document(const json::object& before, const json::object& patch, bool user);

/// Nothing for a disabled account.
std::optional<Principal> principal_of(Principal::Kind kind, const json::object& document);
/// True for an enabled administrator.
bool is_administrator(const json::object& document);

/// Sets `lastSignIn` alone: no new version, no event.
Result<void> note_sign_in(store::Unit& unit, const store::EntityTable& table, const std::string& subject_id);

/// An audit row of a sign-in. `subject` must be a name that exists: a mistyped one may be a password.
Result<void> audit_sign_in(store::Unit& unit, const std::string& subject, const std::string& subject_id, const std::string& peer, bool success);
/// As audit_sign_in() of one that somebody else refused, who knows the names: `name` is told where it has signed in here before, else `unknown`.
Result<void> audit_refused_sign_in(store::Unit& unit, const std::string& name, const std::string& peer);

}  // namespace slipway::identity
