#include "store/sql_text.hpp"

namespace slipway::store {

SqlText& SqlText::bind_all(const std::vector<std::string>& items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        text(i == 0 ? "" : ", ").bind(items[i]);
    }
    return *this;
}

SqlText& SqlText::scope(const Scope& scope) {
    if (scope.unrestricted) {
        return text("(1 = 1)");
    }
    const bool owns = !scope.owner.empty() && !scope.owner_groups.empty();
    if (scope.groups.empty() && !owns) {
        return text("(1 = 0)");
    }
    text("(");
    if (!scope.groups.empty()) {
        text("group_name IN (").bind_all(scope.groups).text(")");
    }
    if (owns) {
        text(scope.groups.empty() ? "" : " OR ").text("(created_by = ").bind(scope.owner).text(" AND group_name IN (").bind_all(scope.owner_groups).text("))");
    }
    return text(")");
}

}  // namespace slipway::store
