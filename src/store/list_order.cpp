#include "store/list_order.hpp"

#include <algorithm>

#include "base/crypto.hpp"
#include "base/json_codec.hpp"

namespace slipway::store {

namespace {

constexpr std::size_t kMaxKeys = 3;
constexpr std::string_view kCursorVersion = "1";

std::unexpected<Error> wrong_cursor() {
    return invalid("?cursor", "the next cursor of a page with the same sort", "something else");
}

json::value to_json(const Value& value) {
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        return *integer;
    }
    if (const auto* real = std::get_if<double>(&value)) {
        return *real;
    }
    if (const auto* text = std::get_if<std::string>(&value)) {
        return json::value(*text);
    }
    return nullptr;
}

/// @return nothing when the value is not of the key's type.
std::optional<Value> from_json(const json::value& v, const Field& field) {
    if (v.is_null()) {
        return field.nullable ? std::optional<Value>{Value{}} : std::nullopt;
    }
    switch (field.type) {
        case ColumnType::text: return v.is_string() ? std::optional<Value>{std::string{v.get_string()}} : std::nullopt;
        case ColumnType::real: return v.is_number() ? std::optional<Value>{v.to_number<double>()} : std::nullopt;
        default: return v.is_int64() ? std::optional<Value>{v.get_int64()} : std::nullopt;
    }
}

void add_equal(SqlText& sql, const SortKey& key, const Value& value) {
    sql.text(key.field.column);
    if (std::holds_alternative<std::monostate>(value)) {
        sql.text(" IS NULL");
    } else {
        sql.text(" = ").bind(value);
    }
}

/// Behind `value` in a key that has its empty values last.
void add_after(SqlText& sql, const SortKey& key, const Value& value) {
    if (std::holds_alternative<std::monostate>(value)) {
        sql.text("1 = 0");
        return;
    }
    sql.text("(").text(key.field.column).text(key.descending ? " < " : " > ").bind(value);
    if (key.field.nullable) {
        sql.text(" OR ").text(key.field.column).text(" IS NULL");
    }
    sql.text(")");
}

}  // namespace

Result<Order> parse_order(const EntityTable& table, const std::vector<std::string>& sort) {
    Order order;
    for (const auto& item : sort) {
        const auto comma = item.find(',');
        const auto name = std::string_view{item}.substr(0, comma);
        const auto direction = comma == std::string::npos ? std::string_view{"asc"} : std::string_view{item}.substr(comma + 1);
        if (name.empty() && comma == std::string::npos) {
            continue;
        }
        const auto field = find_field(table, name);
        if (!field) {
            return invalid("?sort", suggestion(table, name), std::string{json::utf8_front(name, 60)});
        }
        if (direction != "asc" && direction != "desc") {
            return invalid("?sort", "field, field,asc or field,desc", std::string{json::utf8_front(item, 60)});
        }
        order.keys.push_back({*field, direction == "desc"});
        order.text += std::string{name} + (direction == "desc" ? "-" : "+");
    }
    if (order.keys.size() > kMaxKeys) {
        return invalid("?sort", "three fields at most", std::to_string(order.keys.size()));
    }
    return order;
}

void add_order(SqlText& sql, const Order& order) {
    sql.text(" ORDER BY ");
    for (const auto& key : order.keys) {
        sql.text(key.field.column).text(key.descending ? " DESC" : " ASC").text(key.field.nullable ? " NULLS LAST, " : ", ");
    }
    sql.text(order.row_descending() ? "row_id DESC" : "row_id ASC");
}

std::string write_cursor(const Order& order, const Position& position) {
    json::array parts{json::value(order.text), position.row_id};
    for (const auto& value : position.values) {
        parts.push_back(to_json(value));
    }
    return crypto::base64url(std::string{kCursorVersion} + json::write(json::value(std::move(parts))));
}

Result<Position> read_cursor(const Order& order, std::string_view cursor) {
    std::string padded{cursor};
    std::ranges::replace(padded, '-', '+');
    std::ranges::replace(padded, '_', '/');
    while (padded.size() % 4 != 0) {
        padded += '=';
    }
    const auto text = crypto::from_base64(padded);
    if (!text || !text->starts_with(kCursorVersion)) {
        return wrong_cursor();
    }
    const auto parsed = json::parse(std::string_view{*text}.substr(kCursorVersion.size()));
    const auto* parts = parsed ? parsed->if_array() : nullptr;
    if (parts == nullptr || parts->size() != order.keys.size() + 2 || !(*parts)[0].is_string() || (*parts)[0].get_string() != order.text ||
        !(*parts)[1].is_int64()) {
        return wrong_cursor();
    }
    Position position{{}, (*parts)[1].get_int64()};
    for (std::size_t i = 0; i < order.keys.size(); ++i) {
        auto value = from_json((*parts)[i + 2], order.keys[i].field);
        if (!value) {
            return wrong_cursor();
        }
        position.values.push_back(std::move(*value));
    }
    return position;
}

void add_behind(SqlText& sql, const Order& order, const Position& position) {
    sql.text(" AND (");
    for (std::size_t i = 0; i <= order.keys.size(); ++i) {
        sql.text(i == 0 ? "(" : " OR (");
        for (std::size_t j = 0; j < i; ++j) {
            add_equal(sql, order.keys[j], position.values[j]);
            sql.text(" AND ");
        }
        if (i < order.keys.size()) {
            add_after(sql, order.keys[i], position.values[i]);
        } else {
            sql.text(order.row_descending() ? "row_id < " : "row_id > ").bind(position.row_id);
        }
        sql.text(")");
    }
    sql.text(")");
}

}  // namespace slipway::store
