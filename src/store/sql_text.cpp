#include "store/sql_text.hpp"

#include <algorithm>

namespace slipway::store {

std::string bytes_of(std::string_view column, Dialect dialect) {
    return std::string{dialect == Dialect::sqlite ? "length(CAST(" : "octet_length("}.append(column).append(dialect == Dialect::sqlite ? " AS BLOB))" : ")");
}

SqlText& SqlText::bind_all(const std::vector<std::string>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        text(i == 0 ? "" : ", ").bind(items[i]);
    }
    return *this;
}

void SqlText::rows_of(const std::vector<std::string>& groups, const std::string& owner, const std::vector<std::string>& owner_groups) {
    const bool owns = !owner.empty() && !owner_groups.empty();
    if (groups.empty() && !owns) {
        text("(1 = 0)");
        return;
    }
    text("(");
    if (!groups.empty()) {
        text("group_name IN (").bind_all(groups).text(")");
    }
    if (owns) {
        text(groups.empty() ? "" : " OR ").text("(created_by = ").bind(owner).text(" AND group_name IN (").bind_all(owner_groups).text("))");
    }
    text(")");
}

SqlText& SqlText::scope(const Scope& scope) {
    if (scope.unrestricted) {
        return text("(1 = 1)");
    }
    if (scope.also_groups.empty()) {
        rows_by_kind(scope);
        return *this;
    }
    text("(");
    rows_by_kind(scope);
    return text(" OR (group_name IN (").bind_all(scope.also_groups).text(") AND ").text(scope.also).text("))");
}

void SqlText::rows_by_kind(const Scope& scope) {
    if (scope.type_column.empty() || scope.kinds.empty()) {
        rows_of(scope.groups, scope.owner, scope.owner_groups);
        return;
    }
    text("(");
    rows_of(scope.groups, scope.owner, scope.owner_groups);
    for (const auto& kind : scope.kinds) {
        text(" AND (").text(scope.type_column).text(" <> ").bind(kind.type).text(" OR ");
        rows_of(kind.groups, kind.owner, kind.owner_groups);
        text(")");
    }
    text(")");
}

SqlText& SqlText::scope_of(const Scope& scope, std::string_view type) {
    if (scope.unrestricted) {
        return text("(1 = 1)");
    }
    if (const auto kind = std::ranges::find(scope.kinds, type, &Scope::Kind::type); kind != scope.kinds.end()) {
        rows_of(kind->groups, kind->owner, kind->owner_groups);
    } else {
        rows_of(scope.groups, scope.owner, scope.owner_groups);
    }
    return *this;
}

}  // namespace slipway::store
