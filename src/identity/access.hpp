#pragma once

#include <map>
#include <string>
#include <string_view>

#include "identity/principal.hpp"

namespace slipway::identity {

enum class Action { read, write, execute };

/// What a group, and the owner of a row, may do in a collection.
struct Permissions {
    bool read{true};
    bool write{true};
    bool execute{true};
};

/// True for 1 to 200 bytes without commas, control characters and blanks at the ends.
bool is_group_name(std::string_view group);

/// `modelop.security.group-access-rights`: defaults and exceptions by collection (REST names), for groups and owners.
struct AccessPolicy {
    Permissions group_default;
    Permissions owner_default;
    std::map<std::string, std::map<std::string, Permissions>> by_collection;  ///< collection → group (`*` any) → permissions
    std::map<std::string, std::vector<std::string>> ticket_approvers;         ///< group of a ticket → groups that read it because they decide
};

/// Decides. Denies by default: administrators may do everything, others only in their groups, and nothing without one. Who decides on the tickets of another
/// group reads them, and of that group nothing else. Thread-safe.
class Access {
public:
    explicit Access(AccessPolicy policy = {}) : policy_{std::move(policy)} {}

    /// Rows of `collection` on which `who` may do `action`; goes into the SQL. Of `auditRecords` and `events` only what tells of objects that
    /// `who` may do it with as well: both carry what is in them. Filters look into other collections no further either.
    store::Scope scope(const Principal& who, Action action, std::string_view collection) const;
    /// @return `not_found` when `who` may not even read it, `forbidden` when it may be read but not this.
    Result<void> require(const Principal& who, Action action, std::string_view collection, std::string_view group, std::string_view created_by) const;
    /// Group of a new object: `asked` if given and writable, else the target's, else the first writable group of `who`, else (administrators) `fallback`.
    /// @return `forbidden` with what is missing, `invalid_argument` for what is no name of a group.
    Result<std::string> group_for_new(const Principal& who, std::string_view collection, std::string_view asked, std::string_view target,
                                      std::string_view fallback) const;

private:
    /// Adds the tickets of other groups that `who` decides on, and events of them.
    void add_tickets(const Principal& who, std::string_view collection, store::Scope& scope) const;
    store::Scope own_scope(const Principal& who, Action action, std::string_view collection) const;
    AccessPolicy policy_;
};

}  // namespace slipway::identity
