#include "store/list_fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "base/nearest.hpp"
#include "store/entity_row.hpp"

namespace slipway::store {

namespace {

struct Known {
    std::string_view name;
    Field field;
};
constexpr std::array kEnvelope{
    Known{"id", {"id", ColumnType::text, false}},
    Known{"group", {"group_name", ColumnType::text, false}},
    Known{"version", {"version", ColumnType::integer, false}},
    Known{"created", {"created_at", ColumnType::time, false}},
    Known{"createdDate", {"created_at", ColumnType::time, false}},
    Known{"updated", {"modified_at", ColumnType::time, false}},
    Known{"lastModifiedDate", {"modified_at", ColumnType::time, false}},
    Known{"createdBy", {"created_by", ColumnType::text, false}},
    Known{"lastModifiedBy", {"modified_by", ColumnType::text, false}},
};

/// Its own, or those of the model that it belongs to.
bool has_tags(const EntityTable& table) {
    return !table.tags.empty() || !table.tags_of_model.empty();
}

std::unexpected<Error> wrong(std::string expected, std::string got) {
    auto message = fmt::format("The filter is not valid: {} must be {}.", got, expected);
    return std::unexpected(Error{ErrorCode::invalid_argument, "INVALID", std::move(message), {Fault{"?filter", std::move(expected), std::move(got)}}, {}});
}

template <typename T>
std::optional<T> number(std::string_view text) {
    T out{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
    return problem == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional{out} : std::nullopt;
}

/// `7d`, `12h`, `30m`, `45s`, `2w`.
std::optional<Milliseconds> age_of(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const auto count = number<std::int64_t>(text.substr(0, text.size() - 1));
    if (!count || *count < 0 || *count > 1000000) {
        return std::nullopt;
    }
    switch (text.back()) {
        case 's': return std::chrono::seconds{*count};
        case 'm': return std::chrono::minutes{*count};
        case 'h': return std::chrono::hours{*count};
        case 'd': return std::chrono::days{*count};
        case 'w': return std::chrono::weeks{*count};
        default: return std::nullopt;
    }
}

/// A moment, or a whole day when a date stands alone.
struct Moment {
    Timestamp first;
    Timestamp behind;  ///< the first moment behind it
};
std::optional<Moment> moment_of(std::string_view text, Timestamp now) {
    using namespace std::chrono_literals;
    if (const auto age = age_of(text)) {
        return Moment{now - *age, now - *age + 1ms};
    }
    if (const auto day = from_iso(std::string{text} + "T00:00:00Z")) {
        return Moment{*day, *day + 24h};
    }
    if (const auto time = from_iso(text)) {
        return Moment{*time, *time + 1ms};
    }
    return std::nullopt;
}

Result<Value> typed(ColumnType type, const std::string& text, std::string_view field) {
    if (type == ColumnType::integer) {
        const auto found = number<std::int64_t>(text);
        return found ? Result<Value>{*found} : wrong("a whole number", fmt::format("{} {}", field, text));
    }
    if (type == ColumnType::real) {
        const auto found = number<double>(text);
        return found ? Result<Value>{*found} : wrong("a number", fmt::format("{} {}", field, text));
    }
    if (type == ColumnType::boolean) {
        if (text != "true" && text != "false") {
            return wrong("true or false", fmt::format("{} {}", field, text));
        }
        return std::int64_t{text == "true"};
    }
    return text;
}

std::string_view sign_of(FilterTerm::Op op) {
    switch (op) {
        case FilterTerm::Op::less: return " < ";
        case FilterTerm::Op::less_equal: return " <= ";
        case FilterTerm::Op::greater: return " > ";
        default: return " >= ";
    }
}

std::vector<std::string> values_of(const FilterTerm& term) {
    std::vector<std::string> values{term.value};
    values.insert(values.end(), term.alternatives.begin(), term.alternatives.end());
    return values;
}

Result<void> add_time(SqlText& sql, const Field& field, const FilterTerm& term, Timestamp now) {
    const bool equality = term.op == FilterTerm::Op::equal || term.op == FilterTerm::Op::not_equal;
    const bool negated = term.op == FilterTerm::Op::not_equal;
    sql.text(negated ? "(NOT (" : "((");
    bool first = true;
    for (const auto& text : values_of(term)) {
        const auto moment = moment_of(text, now);
        if (!moment) {
            return wrong("a time such as 2026-11-25, 2026-11-25T19:00:00Z, or an age such as 7d, 12h, 30m", fmt::format("{} {}", term.field, text));
        }
        sql.text(first ? "" : " OR ");
        first = false;
        if (equality) {
            sql.text("(").text(field.column).text(" >= ").bind(to_value(moment->first)).text(" AND ").text(field.column);
            sql.text(" < ").bind(to_value(moment->behind)).text(")");
            continue;
        }
        // `> day` is behind the day, `<= day` includes it; an age is a moment.
        const bool behind = !age_of(text) && (term.op == FilterTerm::Op::greater || term.op == FilterTerm::Op::less_equal);
        const auto op = age_of(text) ? sign_of(term.op) : term.op == FilterTerm::Op::greater || term.op == FilterTerm::Op::greater_equal ? " >= " : " < ";
        sql.text(field.column).text(op).bind(to_value(behind ? moment->behind : moment->first));
    }
    sql.text(")");
    if (negated && field.nullable) {
        sql.text(" OR ").text(field.column).text(" IS NULL");
    }
    sql.text(")");
    return {};
}

bool names_false(const FilterTerm& term) {
    const auto values = values_of(term);
    return std::ranges::find(values, "false") != values.end();
}

Result<void> add_column(SqlText& sql, const Field& field, const FilterTerm& term, Timestamp now) {
    if (term.op == FilterTerm::Op::contains) {
        if (field.type != ColumnType::text) {
            return wrong("a text field before ~", term.field);
        }
        // Both engines' lower() knows ASCII alone here; so does the needle's.
        auto needle = term.value;
        std::ranges::transform(needle, needle.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 0x20) : c; });
        sql.text("replace(lower(").text(field.column).text("), ").bind(std::move(needle)).text(", '') <> lower(").text(field.column).text(")");
        return {};
    }
    if (field.type == ColumnType::time) {
        return add_time(sql, field, term, now);
    }
    if (term.op == FilterTerm::Op::equal || term.op == FilterTerm::Op::not_equal) {
        const bool negated = term.op == FilterTerm::Op::not_equal;
        sql.text("(").text(field.column).text(negated ? " NOT IN (" : " IN (");
        bool first = true;
        for (const auto& text : values_of(term)) {
            SW_TRY(auto value, typed(field.type, text, term.field));
            sql.text(first ? "" : ", ").bind(std::move(value));
            first = false;
        }
        sql.text(")");
        // A flag that is not set is false.
        const bool absent = field.type == ColumnType::boolean ? names_false(term) != negated : negated;
        if (absent && field.nullable) {
            sql.text(" OR ").text(field.column).text(" IS NULL");
        }
        sql.text(")");
        return {};
    }
    SW_TRY(auto value, typed(field.type, term.value, term.field));
    sql.text(field.column).text(sign_of(term.op)).bind(std::move(value));
    return {};
}

/// `tag.team=risk` is the tag `team=risk`; `tag:x` is the tag `x` or one that begins with `x=`.
Result<void> add_tag(SqlText& sql, const EntityTable& table, const FilterTerm& term, const Scope& scope) {
    const bool negated = term.op == FilterTerm::Op::not_equal;
    if (!negated && term.op != FilterTerm::Op::equal) {
        return wrong("compared with : = or !=", term.field);
    }
    if (table.tags_of_model.empty()) {
        sql.text(negated ? "row_id NOT IN (" : "row_id IN (").text("SELECT row_id FROM entity_tags WHERE type = ").bind(std::string{table.type});
    } else {
        // What belongs to no model, or to one that may not be seen, has no tags.
        sql.text("COALESCE(").text(table.tags_of_model).text(negated ? ", '') NOT IN (" : ", '') IN (");
        sql.text("SELECT m.id FROM entity_tags t JOIN stored_models m ON m.row_id = t.row_id WHERE ");
        sql.scope_of(scope, "StoredModel").text(" AND t.type = ").bind(std::string{"StoredModel"});
    }
    sql.text(" AND (");
    const bool has_key = term.field.size() > 4;
    bool first = true;
    for (const auto& value : values_of(term)) {
        sql.text(first ? "" : " OR ");
        first = false;
        if (has_key) {
            sql.text("tag = ").bind(term.field.substr(4) + "=" + value);
        } else {
            sql.text("tag = ").bind(value).text(" OR (tag >= ").bind(value + "=").text(" AND tag < ").bind(value + ">").text(")");
        }
    }
    sql.text("))");
    return {};
}

/// Told::condition with what `scope` shows of the types that it names.
void add_condition(SqlText& sql, std::string_view condition, const Scope& scope) {
    for (auto open = condition.find('{'); open != std::string_view::npos; open = condition.find('{')) {
        const auto close = condition.find('}', open);
        sql.text(condition.substr(0, open)).scope_of(scope, condition.substr(open + 1, close - open - 1));
        condition.remove_prefix(close + 1);
    }
    sql.text(condition);
}

Result<void> add_told(SqlText& sql, const Told& told, const FilterTerm& term, const Scope& scope) {
    const bool negated = term.op == FilterTerm::Op::not_equal;
    if (!negated && term.op != FilterTerm::Op::equal) {
        return wrong("compared with : = or !=", term.field);
    }
    bool wants_true = false;
    bool wants_false = false;
    for (const auto& text : values_of(term)) {
        SW_CHECK(typed(ColumnType::boolean, text, term.field));
        ((text == "true") != negated ? wants_true : wants_false) = true;
    }
    // `x:true,false` is any row; `x!=true,false` is none.
    const auto both = negated ? std::string_view{"1 = 0"} : std::string_view{"1 = 1"};
    sql.text("(").text(wants_true && wants_false ? both : wants_true ? std::string_view{} : std::string_view{"NOT "});
    if (!(wants_true && wants_false)) {
        add_condition(sql.text("("), told.condition, scope);
        sql.text(")");
    }
    sql.text(")");
    return {};
}

std::size_t word_count(const std::string& text) {
    std::size_t count = 0;
    for (std::size_t at = 0; (at = text.find_first_not_of(" \t\r\n", at)) != std::string::npos; ++count) {
        at = std::min(text.find_first_of(" \t\r\n", at), text.size());
    }
    return count;
}

void add_words(SqlText& sql, const std::string& text) {
    const auto folded = fold(text);
    std::size_t at = 0;
    bool first = true;
    while ((at = folded.find_first_not_of(" \t\r\n", at)) != std::string::npos) {
        const auto end = std::min(folded.find_first_of(" \t\r\n", at), folded.size());
        sql.text(first ? "" : " AND ").text("replace(search_text, ").bind(folded.substr(at, end - at)).text(", '') <> search_text");
        first = false;
        at = end;
    }
    if (first) {
        sql.text("1 = 1");
    }
}

/// Each alternative and word is a level of SQLite's expression, which may have 1,000 in all.
Result<void> check_size(const Filter& filter) {
    constexpr std::size_t kMost = 50;
    std::size_t values = 0;
    std::size_t words = 0;
    for (const auto& term : filter.terms) {
        values += 1 + term.alternatives.size();
        words += term.op == FilterTerm::Op::text ? word_count(term.value) : 0;
    }
    if (values > kMost || words > kMost) {
        return wrong(fmt::format("at most {} values and {} words in all", kMost, kMost), fmt::format("{} values and {} words", values, words));
    }
    return {};
}

}  // namespace

std::optional<Field> find_field(const EntityTable& table, std::string_view name) {
    for (const auto& column : table.columns) {
        if (!column.filter.empty() && column.filter == name) {
            return Field{column.name, column.type, true};
        }
    }
    if (const auto computed = std::ranges::find(table.computed, name, &Computed::filter); computed != table.computed.end()) {
        return Field{computed->sql, computed->type, false};
    }
    const auto* known = std::ranges::find(kEnvelope, name, &Known::name);
    return known == kEnvelope.end() ? std::nullopt : std::optional{known->field};
}

std::vector<std::string_view> filter_names(const EntityTable& table) {
    std::vector<std::string_view> names;
    for (const auto& column : table.columns) {
        if (!column.filter.empty()) {
            names.push_back(column.filter);
        }
    }
    for (const auto& computed : table.computed) {
        names.push_back(computed.filter);
    }
    for (const auto& told : table.told) {
        names.push_back(told.filter);
    }
    for (const auto& known : kEnvelope) {
        names.push_back(known.name);
    }
    if (has_tags(table)) {
        names.emplace_back("tag");
    }
    return names;
}

std::string suggestion(const EntityTable& table, std::string_view name) {
    const auto names = filter_names(table);
    if (const auto meant = nearest(name.substr(0, 60), names); !meant.empty()) {
        return fmt::format("a known field; the nearest is {}", meant);
    }
    return fmt::format("one of {}", fmt::join(names, ", "));
}

Result<void> add_filter(SqlText& sql, const EntityTable& table, const Filter& filter, const Scope& scope, Timestamp now) {
    SW_CHECK(check_size(filter));
    for (const auto& term : filter.terms) {
        sql.text(" AND ");
        if (term.op == FilterTerm::Op::text) {
            add_words(sql, term.value);
        } else if (const auto field = find_field(table, term.field)) {
            SW_CHECK(add_column(sql, *field, term, now));
        } else if (const auto told = std::ranges::find(table.told, term.field, &Told::filter); told != table.told.end()) {
            SW_CHECK(add_told(sql, *told, term, scope));
        } else if (has_tags(table) && (term.field == "tag" || (term.field.starts_with("tag.") && term.field.size() > 4))) {
            SW_CHECK(add_tag(sql, table, term, scope));
        } else {
            return wrong(suggestion(table, term.field), std::string{json::utf8_front(term.field, 60)});
        }
    }
    return {};
}

}  // namespace slipway::store
