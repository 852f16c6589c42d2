#include "automation/filters.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "store/database.hpp"

namespace slipway::automation {
namespace {

bool is_number(Comparison comparison) {
    return comparison >= Comparison::number && comparison <= Comparison::above;
}

bool is_time(Comparison comparison) {
    return comparison >= Comparison::time && comparison <= Comparison::before;
}

std::string_view operator_of(Comparison comparison) {
    switch (comparison) {
        case Comparison::differs: return "<> ";
        case Comparison::at_least: return ">= ";
        case Comparison::at_most: return "<= ";
        case Comparison::after:
        case Comparison::above: return "> ";
        case Comparison::before:
        case Comparison::below: return "< ";
        default: return "= ";
    }
}

/// SQLite's LIKE knows no upper and lower case; its GLOB does.
std::string glob_of(std::string_view pattern) {
    std::string out;
    bool literal = false;
    for (const char c : pattern) {
        if (!literal && c == '\\') {
            literal = true;
            continue;
        }
        if (!literal && (c == '%' || c == '_')) {
            out += c == '%' ? '*' : '?';
        } else if (c == '*' || c == '?' || c == '[') {
            ((out += '[') += c) += ']';
        } else {
            out += c;
        }
        literal = false;
    }
    return out;
}

/// A pattern of many `%` takes a database for ever; PostgreSQL refuses one that ends in the middle of an escape.
Result<void> check_pattern(std::string_view name, std::string_view pattern) {
    constexpr std::size_t kLongest = 500;
    constexpr std::ptrdiff_t kMostGaps = 4;
    const auto backslashes = pattern.size() - (pattern.find_last_not_of('\\') + 1);
    if (pattern.size() > kLongest || std::ranges::count(pattern, '%') > kMostGaps || backslashes % 2 != 0) {
        return invalid(fmt::format("?{}", name), fmt::format("at most {} letters with at most {} '%', and no '\\' at its end", kLongest, kMostGaps),
                       "another pattern");
    }
    return {};
}

Result<std::int64_t> number_of(std::string_view name, const std::string& text) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size()) {
        return invalid(fmt::format("?{}", name), "a whole number", "another text");
    }
    return number;
}

Result<std::int64_t> time_of(std::string_view name, const std::string& text) {
    const auto time = from_iso(text);
    if (!time) {
        return invalid(fmt::format("?{}", name), "a time such as 2026-11-25T19:00:04.123+0000", "another text");
    }
    return to_epoch_ms(*time);
}

}  // namespace

bool is_like(std::string_view text, std::string_view pattern) {
    std::size_t at = 0;
    std::size_t in = 0;
    std::size_t star = std::string_view::npos;
    std::size_t tried = 0;
    while (at < text.size()) {
        const bool literal = in + 1 < pattern.size() && pattern[in] == '\\';
        const std::size_t letter = in + (literal ? 1 : 0);
        if (!literal && in < pattern.size() && pattern[in] == '%') {
            star = ++in;
            tried = at;
        } else if (letter < pattern.size() && ((!literal && pattern[letter] == '_') || pattern[letter] == text[at])) {
            in = letter + 1;
            ++at;
        } else if (star != std::string_view::npos) {
            in = star;
            at = ++tried;
        } else {
            return false;
        }
    }
    return std::ranges::all_of(pattern.substr(in), [](char c) { return c == '%'; });
}

Result<bool> Filters::add(const ListRules& rules, std::string_view name, const std::vector<std::string>& values, std::size_t most) {
    const auto rule = std::ranges::find(rules.filters, name, &FilterRule::name);
    if (rule == rules.filters.end()) {
        return false;
    }
    const auto comparison = rule->comparison;
    const bool many = comparison == Comparison::any_of || comparison == Comparison::none_of;
    if (values.size() > most || (!many && values.size() != 1)) {
        return invalid(fmt::format("?{}", name), many ? fmt::format("at most {} values", most) : "one value", fmt::format("{}", values.size()));
    }
    Term term{.rule = &*rule, .texts = values};
    if (comparison == Comparison::like) {
        SW_CHECK(check_pattern(name, values[0]));
    }
    if (comparison == Comparison::flag || comparison == Comparison::now) {
        if (values[0] != "true" && values[0] != "false") {
            return invalid(fmt::format("?{}", name), "true or false", "another text");
        }
        if (values[0] == "false") {
            return true;  // as in Camunda: not asked for
        }
    } else if (is_number(comparison)) {
        SW_TRY(term.number, number_of(name, values[0]));
    } else if (is_time(comparison)) {
        SW_TRY(term.number, time_of(name, values[0]));
    }
    terms_.push_back(std::move(term));
    return true;
}

void Filters::add_any_of(const Filters& alternatives) {
    if (!alternatives.terms_.empty()) {
        alternatives_.push_back(alternatives.terms_);
    }
}

std::vector<std::string> Filters::texts_of(std::string_view name) const {
    const auto found = std::ranges::find_if(terms_, [&](const Term& term) { return term.rule->name == name; });
    return found == terms_.end() ? std::vector<std::string>{} : found->texts;
}

bool Filters::order_by(const ListRules& rules, std::string_view name, bool descending) {
    const auto rule = std::ranges::find(rules.orders, name, &OrderRule::name);
    if (rule == rules.orders.end()) {
        return false;
    }
    orders_.push_back({rule->column, descending});
    return true;
}

void Filters::write_value(store::SqlText& text, const Term& term, store::Dialect dialect, Timestamp now) {
    const auto comparison = term.rule->comparison;
    switch (comparison) {
        case Comparison::flag: break;
        case Comparison::now: text.bind(store::to_value(now)); break;
        case Comparison::any_of:
        case Comparison::none_of:
            text.text(comparison == Comparison::any_of ? "IN (" : "NOT IN (");
            (term.texts.empty() ? text.text("''") : text.bind_all(term.texts)).text(")");
            break;
        case Comparison::like:
            if (dialect == store::Dialect::sqlite) {
                text.text("GLOB ").bind(glob_of(term.texts[0]));
            } else {
                text.text("LIKE ").bind(term.texts[0]);
            }
            break;
        case Comparison::equal:
        case Comparison::differs: text.text(operator_of(comparison)).bind(term.texts[0]); break;
        default: text.text(operator_of(comparison)).bind(term.number); break;
    }
}

void Filters::write_term(store::SqlText& text, const Term& term, store::Dialect dialect, Timestamp now) {
    auto condition = term.rule->condition;
    text.text("(");
    for (auto at = condition.find('@'); at != std::string_view::npos; at = condition.find('@')) {
        text.text(condition.substr(0, at));
        write_value(text, term, dialect, now);
        condition.remove_prefix(at + 1);
    }
    text.text(condition).text(")");
}

void Filters::write(store::SqlText& text, store::Dialect dialect, Timestamp now) const {
    for (const auto& term : terms_) {
        text.text(" AND ");
        write_term(text, term, dialect, now);
    }
    for (const auto& alternatives : alternatives_) {
        for (std::size_t i = 0; i < alternatives.size(); ++i) {
            text.text(i == 0 ? " AND (" : " OR ");
            write_term(text, alternatives[i], dialect, now);
        }
        text.text(")");
    }
}

void Filters::write_order(store::SqlText& text, std::string_view usual) const {
    text.text(" ORDER BY ");
    for (const auto& order : orders_) {
        text.text(order.column).text(order.descending ? " DESC, " : ", ");
    }
    text.text(usual);
}

}  // namespace slipway::automation
