#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/entity.hpp"
#include "store/sql_text.hpp"

/// Names of filters and sorts, and the SQL of filter terms.
namespace slipway::store {

/// What a name in a filter or sort stands for.
struct Field {
    std::string_view column;
    ColumnType type{ColumnType::text};
    bool nullable{true};
};

/// Fields of the envelope and of the table's columns by their filter names; `tag`, `tag.…` and EntityTable::told are not among them.
std::optional<Field> find_field(const EntityTable& table, std::string_view name);

/// All names that a filter of the table knows; of tags only `tag`.
std::vector<std::string_view> filter_names(const EntityTable& table);

/// `, did you mean status?` or the list of the known names.
std::string suggestion(const EntityTable& table, std::string_view name);

/// Appends ` AND …` for each term, of other tables only what `scope` shows. @return `invalid_argument` with pointer `?filter`.
Result<void> add_filter(SqlText& sql, const EntityTable& table, const Filter& filter, const Scope& scope, Timestamp now);

}  // namespace slipway::store
