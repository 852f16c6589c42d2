#include <algorithm>

#include "store/entity_row.hpp"
#include "store/list_order.hpp"

namespace slipway::store {

namespace {

constexpr std::int64_t kMaxSize = 1000;
constexpr std::int64_t kMaxPage = 10'000'000;
constexpr std::int64_t kCountedBeyond = 10'000;

/// `WHERE` with scope, fixed conditions and filter, the same for rows and count.
Result<void> add_conditions(SqlText& sql, const EntityTable& table, const ListQuery& query, const Scope& scope) {
    sql.text(" WHERE ").scope(scope);
    for (const auto& [column, value] : query.match) {
        sql.text(" AND ").text(column);
        if (std::holds_alternative<std::monostate>(value)) {
            sql.text(" IS NULL");
        } else {
            sql.text(" = ").bind(value);
        }
    }
    return add_filter(sql, table, query.filter, query.now ? *query.now : SystemClock{}.now());
}

/// select_from() with the sort keys behind its columns, for the cursor.
std::string select_with_keys(const EntityTable& table, const Order& order) {
    auto sql = select_from(table);
    std::string keys;
    for (const auto& key : order.keys) {
        keys += ", ";
        keys += key.field.column;
    }
    return sql.insert(sql.rfind(" FROM "), keys);
}

Position position_of(const Row& row, const Order& order) {
    Position position{{}, row.integer(0)};
    for (std::size_t i = row.size() - order.keys.size(); i < row.size(); ++i) {
        position.values.push_back(row.at(i));
    }
    return position;
}

Result<std::int64_t> count(Session& session, const EntityTable& table, const ListQuery& query, const Scope& scope, std::int64_t most) {
    SqlText sql;
    sql.text("SELECT count(*) FROM (SELECT 1 FROM ").text(table.table);
    SW_CHECK(add_conditions(sql, table, query, scope));
    sql.text(" LIMIT ").bind(most).text(") AS counted");
    SW_TRY(const auto rows, sql.query(session));
    return rows[0].integer(0);
}

}  // namespace

Result<Page> list(Session& sql, const EntityTable& table, const ListQuery& query, const Scope& scope) {
    SW_TRY(const auto order, parse_order(table, query.sort));
    Page page{.items = {}, .number = std::clamp<std::int64_t>(query.page, 0, kMaxPage), .size = std::clamp<std::int64_t>(query.size, 1, kMaxSize)};

    SqlText text;
    text.text(select_with_keys(table, order));
    SW_CHECK(add_conditions(text, table, query, scope));
    if (query.cursor) {
        SW_TRY(const auto position, read_cursor(order, *query.cursor));
        add_behind(text, order, position);
    }
    add_order(text, order);
    const auto skipped = query.cursor ? 0 : page.number * page.size;
    text.text(" LIMIT ").bind(page.size + 1);  // one more shows whether there is a page behind
    if (skipped != 0) {
        text.text(" OFFSET ").bind(skipped);
    }
    SW_TRY(const auto rows, text.query(sql));

    const auto shown = std::min(rows.size(), static_cast<std::size_t>(page.size));
    page.items.reserve(shown);
    for (std::size_t i = 0; i < shown; ++i) {
        SW_TRY(auto entity, from_row(table, rows[i]));
        page.items.push_back(std::move(entity));
    }
    SW_CHECK(attach(sql, table, page.items));
    const bool more = rows.size() > shown;
    if (more) {
        page.next = write_cursor(order, position_of(rows[shown - 1], order));
    }
    if (query.cursor) {
        page.total = -1;
    } else if (!more && (shown != 0 || skipped == 0)) {
        page.total = skipped + static_cast<std::int64_t>(shown);
    } else {
        SW_TRY(page.total, count(sql, table, query, scope, skipped + page.size + kCountedBeyond));
    }
    return page;
}

}  // namespace slipway::store
