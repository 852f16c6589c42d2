#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/list_fields.hpp"

/// Order of a list and cursors into it. Used by entity_list.cpp alone.
namespace slipway::store {

struct SortKey {
    Field field;
    bool descending{false};
};

/// Keys of a list in their order; the row id decides between equal ones, in the direction of the last key (newest first without keys).
struct Order {
    std::vector<SortKey> keys;
    std::string text;  ///< as asked for; a cursor holds it, so that it cannot be used with another order

    bool row_descending() const { return keys.empty() || keys.back().descending; }
};

/// @return `invalid_argument` with pointer `?sort`.
Result<Order> parse_order(const EntityTable& table, const std::vector<std::string>& sort);

/// ` ORDER BY …`
void add_order(SqlText& sql, const Order& order);

/// Where a page ended: values of the sort keys and the row id.
struct Position {
    Values values;
    std::int64_t row_id{0};
};

/// Opaque text of a position: base64url of a version and JSON.
std::string write_cursor(const Order& order, const Position& position);
/// @return `invalid_argument` with pointer `?cursor` when it is none, or one of another order.
Result<Position> read_cursor(const Order& order, std::string_view cursor);

/// ` AND …` for the rows behind a position.
void add_behind(SqlText& sql, const Order& order, const Position& position);

}  // namespace slipway::store
