#include "identity/access.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace slipway::identity {

namespace {

bool permits(const Permissions& permissions, Action action) {
    switch (action) {
        case Action::read: return permissions.read;
        case Action::write: return permissions.write;
        case Action::execute: return permissions.execute;
    }
    return false;
}

std::string_view verb(Action action) {
    switch (action) {
        case Action::read: return "READ";
        case Action::write: return "WRITE";
        case Action::execute: return "EXECUTE";
    }
    return "";
}

const Permissions& of_group(const AccessPolicy& policy, std::string_view collection, std::string_view group) {
    const auto exceptions = policy.by_collection.find(std::string{collection});
    if (exceptions == policy.by_collection.end()) {
        return policy.group_default;
    }
    if (const auto own = exceptions->second.find(std::string{group}); own != exceptions->second.end()) {
        return own->second;
    }
    const auto any = exceptions->second.find("*");
    return any != exceptions->second.end() ? any->second : policy.group_default;
}

struct Told {
    std::string_view type;        ///< in audit records, events and store::Told
    std::string_view collection;  ///< whose rights count
};
constexpr std::array kTold{
    Told{"StoredModel", "storedModels"},
    Told{"DeployableModel", "deployableModels"},
    Told{"DeployedModel", "deployedModels"},
    Told{"Runtime", "runtimes"},
    Told{"Job", "jobs"},
    Told{"ModelTestResult", "modelTestResults"},
    Told{"Notification", "notifications"},
    Told{"ModelMLC", "modelMLCs"},
    Told{"ProcessInstance", "modelMLCs"},
    Told{"LifeCycleDeployment", "modelMLCs"},
    Told{"Operation", "storedModels"},
    Told{"Credential", "credentials"},
};

/// The column with the type of what a row tells of; empty where rows tell of themselves.
std::string_view type_column(std::string_view collection) {
    return collection == "auditRecords" ? "entity_type" : collection == "events" ? "type" : "";
}

/// What makes a row of the collection one of a ticket, in SQL; empty where no row is.
std::string_view ticket_condition(std::string_view collection) {
    return collection == "notifications" ? "notification_type = 'MODEL_APPROVAL_NOTIFICATION'"
           : collection == "events"      ? "type = 'Notification' AND EXISTS (SELECT 1 FROM notifications n WHERE n.id = outbox.entity_id AND "
                                           "n.notification_type = 'MODEL_APPROVAL_NOTIFICATION')"
                                         : "";
}

}  // namespace

bool is_group_name(std::string_view group) {
    return !group.empty() && group.size() <= 200 && group.front() != ' ' && group.back() != ' ' &&
           std::ranges::none_of(group, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == ',' || c == 0x7f; });
}

store::Scope Access::scope(const Principal& who, Action action, std::string_view collection) const {
    auto scope = own_scope(who, action, collection);
    if (action == Action::read) {
        add_tickets(who, collection, scope);
    }
    scope.type_column = type_column(collection);
    if (scope.unrestricted || policy_.by_collection.empty()) {
        return scope;
    }
    for (const auto& told : kTold) {
        auto of_type = own_scope(who, action, told.collection);
        if (of_type.groups != scope.groups || of_type.owner_groups != scope.owner_groups) {
            scope.kinds.push_back({.type = std::string{told.type},
                                   .groups = std::move(of_type.groups),
                                   .owner = std::move(of_type.owner),
                                   .owner_groups = std::move(of_type.owner_groups)});
        }
    }
    return scope;
}

void Access::add_tickets(const Principal& who, std::string_view collection, store::Scope& scope) const {
    const auto condition = ticket_condition(collection);
    if (scope.unrestricted || condition.empty()) {
        return;
    }
    for (const auto& [group, deciding] : policy_.ticket_approvers) {
        if (std::ranges::find_first_of(who.groups, deciding) != who.groups.end()) {
            scope.also_groups.push_back(group);
        }
    }
    scope.also = condition;
}

store::Scope Access::own_scope(const Principal& who, Action action, std::string_view collection) const {
    if (who.admin) {
        return store::Scope::all();
    }
    store::Scope scope;
    for (const auto& group : who.groups) {
        if (group.empty()) {
            continue;
        }
        if (permits(of_group(policy_, collection, group), action)) {
            scope.groups.push_back(group);
        } else if (!who.name.empty() && permits(policy_.owner_default, action)) {
            // Owning a row counts in the caller's groups only: who left a group leaves its rows.
            scope.owner = who.name;
            scope.owner_groups.push_back(group);
        }
    }
    return scope;
}

Result<void> Access::require(const Principal& who, Action action, std::string_view collection, std::string_view group, std::string_view created_by) const {
    if (!scope(who, Action::read, collection).allows(group, created_by)) {
        return fail(ErrorCode::not_found, "NOT_FOUND", "There is no such object, or you may not see it.");
    }
    if (!scope(who, action, collection).allows(group, created_by)) {
        return fail(ErrorCode::forbidden, "FORBIDDEN",
                    fmt::format("You need {} on {} in the group {}; an administrator can grant it.", verb(action), collection, group));
    }
    return {};
}

Result<std::string> Access::group_for_new(const Principal& who, std::string_view collection, std::string_view asked, std::string_view target,
                                          std::string_view fallback) const {
    const auto rows = scope(who, Action::write, collection);
    // Whoever makes a row owns it, so the owner's rights count as well.
    const auto writable = [&](std::string_view group) { return rows.allows(group, who.name); };
    if (!asked.empty()) {
        if (!is_group_name(asked)) {
            return invalid("/group", "a group's name of 1 to 200 bytes without commas and control characters", "another text");
        }
        if (!writable(asked)) {
            return fail(ErrorCode::forbidden, "FORBIDDEN",
                        fmt::format("You may not create {} in the group {}; choose one of your own groups or ask an administrator.", collection, asked));
        }
        return std::string{asked};
    }
    if (!target.empty() && writable(target)) {
        return std::string{target};
    }
    for (const auto& group : who.groups) {
        if (!group.empty() && writable(group)) {
            return group;
        }
    }
    if (who.admin && !fallback.empty()) {
        return std::string{fallback};
    }
    return fail(ErrorCode::forbidden, "FORBIDDEN",
                fmt::format("You may not create {}: you are in no group with WRITE there. Ask an administrator for a group.", collection));
}

}  // namespace slipway::identity
