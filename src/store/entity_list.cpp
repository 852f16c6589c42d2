#include <algorithm>
#include <span>

#include "store/entity_row.hpp"
#include "store/list_order.hpp"

namespace slipway::store {

namespace {

constexpr std::int64_t kMaxSize = 1000;
constexpr std::int64_t kMaxPage = 10'000'000;
constexpr std::int64_t kCountedBeyond = 10'000;
constexpr std::size_t kPageBytes = 16U << 20;

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
    return add_filter(sql, table, query.filter, scope, query.now ? *query.now : SystemClock{}.now());
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

/// Reads the rows of a page by their sizes, so that neither their number nor their size fills the memory.
class PageReader {
public:
    PageReader(Session& sql, const EntityTable& table, const ListQuery& query, const Scope& scope, const Order& order)
        : sql_{sql}, table_{table}, query_{query}, scope_{scope}, order_{order} {}

    /// @return true when there are more rows behind the last one of the page.
    Result<bool> read(Page& page, std::optional<Position> from, std::int64_t skipped) {
        position_ = std::move(from);
        SW_TRY(const auto sizes, select("SELECT " + bytes_of("document", sql_.dialect()) + " FROM " + std::string{table_.table}, page.size + 1, skipped));
        if (sizes.empty()) {
            return false;
        }
        SW_TRY(const auto rows, select(select_with_keys(table_, order_), fitting(sizes, page.size), skipped));
        SW_TRY(const auto kept, take(page, rows));
        return kept < std::ssize(sizes);
    }
    const std::optional<Position>& position() const { return position_; }

private:
    /// How many of the rows a page holds: as many as its bytes allow, at least one if there is one.
    static std::int64_t fitting(const Rows& sizes, std::int64_t most) {
        std::size_t bytes = 0;
        std::int64_t count = 0;
        for (const auto& row : sizes) {
            bytes += static_cast<std::size_t>(row.integer(0));
            if (count == most || (count > 0 && bytes > kPageBytes)) {
                break;
            }
            ++count;
        }
        return count;
    }
    /// Rows of the page and behind, in its order: `what` up to and with `FROM table`.
    Result<Rows> select(std::string_view what, std::int64_t limit, std::int64_t skipped) {
        SqlText text;
        text.text(what);
        SW_CHECK(add_conditions(text, table_, query_, scope_));
        if (position_) {
            add_behind(text, order_, *position_);
        }
        add_order(text, order_);
        text.text(" LIMIT ").bind(limit);
        if (skipped != 0) {
            text.text(" OFFSET ").bind(skipped);
        }
        return text.query(sql_);
    }
    /// Adds rows until the page has its bytes, at least one. @return how many.
    Result<std::int64_t> take(Page& page, const Rows& rows) {
        std::vector<Entity> entities;
        entities.reserve(rows.size());
        for (const auto& row : rows) {
            SW_TRY(auto entity, from_row(table_, row));
            entities.push_back(std::move(entity));
        }
        SW_TRY(const auto attached, attached_bytes(sql_, table_, entities));
        std::size_t bytes = 0;
        std::size_t kept = 0;
        for (; kept < rows.size(); ++kept) {
            bytes += rows[kept].text(8).size() + attached[kept];
            if (kept > 0 && bytes > kPageBytes) {
                break;
            }
        }
        SW_CHECK(attach(sql_, table_, {entities.data(), kept}));
        std::move(entities.begin(), entities.begin() + static_cast<std::ptrdiff_t>(kept), std::back_inserter(page.items));
        if (kept > 0) {
            position_ = position_of(rows[kept - 1], order_);
        }
        return static_cast<std::int64_t>(kept);
    }

    Session& sql_;
    const EntityTable& table_;
    const ListQuery& query_;
    const Scope& scope_;
    const Order& order_;
    std::optional<Position> position_;
};

}  // namespace

Result<Page> list(Session& sql, const EntityTable& table, const ListQuery& query, const Scope& scope) {
    SW_TRY(const auto order, parse_order(table, query.sort));
    Page page{.items = {}, .number = std::clamp<std::int64_t>(query.page, 0, kMaxPage), .size = std::clamp<std::int64_t>(query.size, 1, kMaxSize)};
    std::optional<Position> from;
    if (query.cursor) {
        SW_TRY(from, read_cursor(order, *query.cursor));
    }
    const auto skipped = query.cursor ? 0 : page.number * page.size;
    PageReader reader{sql, table, query, scope, order};
    SW_TRY(const bool more, reader.read(page, std::move(from), skipped));
    if (more) {
        page.next = write_cursor(order, *reader.position());
    }
    const auto shown = static_cast<std::int64_t>(page.items.size());
    page.cut = more && shown < page.size;
    // Who goes on by number with the size that this page says misses nothing; behind a later page that is cut only `next` goes on.
    if (page.cut && !query.cursor && page.number == 0) {
        page.size = shown;
    }
    if (query.cursor) {
        page.total = -1;
    } else if (!more && (shown != 0 || skipped == 0)) {
        page.total = skipped + shown;
    } else {
        SW_TRY(page.total, count(sql, table, query, scope, skipped + page.size + kCountedBeyond));
    }
    return page;
}

}  // namespace slipway::store
