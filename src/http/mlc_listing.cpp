#include "http/mlc_listing.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <ranges>

#include "base/json_codec.hpp"
#include "base/sort.hpp"
#include "http/camunda_values.hpp"

namespace slipway::http::mlc {
namespace {

using automation::Comparison;
using automation::VariableFilter;

constexpr std::array<std::string_view, 5> kPages{"firstResult", "maxResults", "sortBy", "sortOrder", "sorting"};

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, name) != names.end();
}

/// Clients send all that they know: Camunda's for Java an empty `sorting`, the one for Python empty `processVariables`.
bool is_left_out(const json::value& value) {
    const auto* list = value.if_array();
    const auto* members = value.if_object();
    return value.is_null() || value == json::value(false) || (list != nullptr && list->empty()) || (members != nullptr && members->empty());
}

std::unexpected<Error> not_offered(const std::string& pointer) {
    return invalid(pointer, "left out: this is not offered here, and without it the answer would be another one", "given");
}

std::string pointer_of(const Given& given) {
    return (given.in_body ? "/" : "?") + given.name;
}

Result<std::vector<std::string>> texts_of(const json::value& value, const std::string& pointer) {
    std::vector<std::string> out;
    const json::array alone{value};
    for (const auto& item : value.is_array() ? value.get_array() : alone) {
        if (item.is_object() || item.is_array() || item.is_null()) {
            return invalid(pointer, "a text, number or flag, or a list of them", json::describe_value(item));
        }
        out.push_back(item.is_string() ? std::string{item.get_string()} : json::write(item));
    }
    return out;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> out;
    while (true) {
        const auto comma = text.find(',');
        out.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) {
            return out;
        }
        text.remove_prefix(comma + 1);
    }
}

bool takes_many(Comparison comparison) {
    return comparison == Comparison::any_of || comparison == Comparison::none_of;
}

template <typename Rules>
Result<std::vector<std::string>> values_of(const Given& given, const Rules& rules) {
    const auto rule = std::ranges::find(rules, given.name, [](const auto& one) { return one.name; });
    if (rule == rules.end()) {
        return not_offered(pointer_of(given));
    }
    if (given.in_body) {
        return texts_of(given.value, pointer_of(given));
    }
    const std::string_view text{given.value.get_string()};
    return takes_many(rule->comparison) ? split(text) : std::vector<std::string>{std::string{text}};
}

struct Wish {
    std::string by;
    bool descending{false};
};

Result<Wish> wish_of(std::string by, std::string_view order, const std::string& pointer) {
    if (by.empty() || (order != "asc" && order != "desc")) {
        return invalid(pointer, "sortBy together with sortOrder, which is asc or desc", "something else");
    }
    return Wish{std::move(by), order == "desc"};
}

/// `sortBy` and `sortOrder`, or `sorting` of a body: the first counts most.
Result<std::vector<Wish>> wishes_of(const Parameters& parameters) {
    std::vector<Wish> out;
    if (parameters.has("sortBy") || parameters.has("sortOrder")) {
        SW_TRY(auto wish, wish_of(parameters.text("sortBy"), parameters.text("sortOrder"), "?sortBy"));
        out.push_back(std::move(wish));
    }
    const auto* sorting = parameters.member("sorting");
    if (sorting == nullptr) {
        return out;
    }
    constexpr std::size_t kMost = 10;
    if (!sorting->is_array() || sorting->get_array().size() > kMost) {
        return invalid("/sorting", fmt::format("a list of at most {} objects of sortBy and sortOrder", kMost), json::describe_value(*sorting));
    }
    for (const auto& item : sorting->get_array()) {
        const json::object none;
        const auto* members = item.if_object();
        if (members != nullptr) {
            SW_CHECK(only(*members, {"sortBy", "sortOrder"}));
        }
        const auto& wish = members == nullptr ? none : *members;
        SW_TRY(auto one, wish_of(std::string{json::text_of(wish, "sortBy")}, json::text_of(wish, "sortOrder"), "/sorting"));
        out.push_back(std::move(one));
    }
    return out;
}

Result<VariableFilter> variable_of_text(const std::string& text) {
    for (auto at = text.find('_'); at != std::string::npos; at = text.find('_', at + 1)) {
        const auto end = text.find('_', at + 1);
        if (end == std::string::npos) {
            break;
        }
        const auto comparison = automation::variable_operator(std::string_view{text}.substr(at + 1, end - at - 1));
        if (comparison && at > 0) {
            return VariableFilter{.name = text.substr(0, at), .comparison = *comparison, .value = json::value(text.substr(end + 1)), .from_text = true};
        }
    }
    return invalid("?variables", "NAME_OPERATOR_VALUE, the operator eq, neq, gt, gteq, lt, lteq or like", "something else");
}

Result<VariableFilter> variable_of_object(const json::value& item) {
    const auto* members = item.if_object();
    const auto comparison = members == nullptr ? std::nullopt : automation::variable_operator(json::text_of(*members, "operator"));
    if (!comparison) {
        return invalid("/variables", "objects of name, operator (eq, neq, gt, gteq, lt, lteq, like) and value", json::describe_value(item));
    }
    SW_CHECK(only(*members, {"name", "operator", "value"}));
    SW_TRY(auto name, wanted_text(*members, "name"));
    const auto* value = members->if_contains("value");
    return VariableFilter{.name = std::move(name), .comparison = *comparison, .value = value == nullptr ? json::value{} : *value};
}

Result<std::vector<VariableFilter>> variables_of(const Given& given) {
    constexpr std::size_t kMost = 20;
    std::vector<VariableFilter> out;
    if (!given.in_body) {
        for (const auto& text : split(given.value.get_string())) {
            SW_TRY(auto one, variable_of_text(text));
            out.push_back(std::move(one));
        }
    } else if (const auto* items = given.value.if_array()) {
        for (const auto& item : *items) {
            SW_TRY(auto one, variable_of_object(item));
            out.push_back(std::move(one));
        }
    } else {
        return invalid("/variables", "a list", json::describe_value(given.value));
    }
    if (out.size() > kMost) {
        return invalid(pointer_of(given), fmt::format("at most {} variables", kMost), fmt::format("{}", out.size()));
    }
    return out;
}

Result<std::vector<std::string>> activities_of(const Given& given) {
    constexpr std::size_t kMost = 50;
    SW_TRY(auto ids, given.in_body ? texts_of(given.value, pointer_of(given)) : Result<std::vector<std::string>>{split(given.value.get_string())});
    if (ids.empty() || ids.size() > kMost) {
        return invalid(pointer_of(given), fmt::format("1 to {} ids of activities", kMost), fmt::format("{}", ids.size()));
    }
    return ids;
}

bool is_page(std::string_view name) {
    return std::ranges::find(kPages, name) != kPages.end();
}

std::string text_of_view(const json::object& view, std::string_view member) {
    const auto* value = view.if_contains(member);
    if (value == nullptr || value->is_null()) {
        return {};
    }
    return value->is_string() ? std::string{value->get_string()} : json::write(*value);
}

/// Times of views are of one zone and one width: their texts are in the order of the times.
bool fits(const json::object& view, const ViewRule& rule, const std::vector<std::string>& values) {
    const auto text = text_of_view(view, rule.member);
    switch (rule.comparison) {
        case Comparison::flag: return values[0] == "false" || (text.empty() || text == "false") == rule.opposite;
        case Comparison::like: return automation::is_like(text, values[0]);
        case Comparison::any_of: return std::ranges::find(values, text) != values.end();
        case Comparison::after: return !text.empty() && text > values[0];
        case Comparison::before: return !text.empty() && text < values[0];
        default: return text == values[0];
    }
}

Result<std::vector<std::string>> view_values(const Given& given, const ViewRule& rule, std::span<const ViewRule> rules) {
    SW_TRY(auto values, values_of(given, rules));
    if (!takes_many(rule.comparison) && values.size() != 1) {
        return invalid(pointer_of(given), "one value", fmt::format("{}", values.size()));
    }
    if (rule.comparison == Comparison::flag && values[0] != "true" && values[0] != "false") {
        return invalid(pointer_of(given), "true or false", "another text");
    }
    if (rule.comparison == Comparison::after || rule.comparison == Comparison::before) {
        const auto time = from_iso(values[0]);
        if (!time) {
            return invalid(pointer_of(given), "a time such as 2026-11-25T19:00:04.123+0000", "another text");
        }
        values[0] = camunda::time_text(*time);
    }
    return values;
}

/// `orQueries`: of the members of each object one must hold.
Result<void> add_alternatives(const Given& given, const automation::ListRules& rules, automation::Filters& into) {
    constexpr std::size_t kMost = 10;
    const auto* queries = given.value.if_array();
    if (!rules.alternatives || !given.in_body) {
        return not_offered(pointer_of(given));
    }
    if (queries == nullptr || queries->size() > kMost) {
        return invalid("/orQueries", fmt::format("a list of at most {} objects", kMost), json::describe_value(given.value));
    }
    for (std::size_t i = 0; i < queries->size(); ++i) {
        const auto place = fmt::format("/orQueries/{}", i);
        const auto* members = (*queries)[i].if_object();
        if (members == nullptr) {
            return invalid(place, "an object of filters", json::describe_value((*queries)[i]));
        }
        automation::Filters alternatives;
        for (const auto& [name, value] : *members) {
            if (is_left_out(value)) {
                continue;
            }
            const auto pointer = fmt::format("{}/{}", place, std::string_view{name});
            SW_TRY(const auto values, texts_of(value, pointer));
            const bool of_route = is_one_of(name, {kCandidateUser, kMine});
            SW_TRY(const auto known, of_route ? Result<bool>{false} : alternatives.add(rules, name, values));
            if (!known) {
                return not_offered(pointer);
            }
        }
        into.add_any_of(alternatives);
    }
    return {};
}

}  // namespace

Result<void> only(const json::object& body, std::initializer_list<std::string_view> names) {
    for (const auto& [name, value] : body) {
        if (!is_left_out(value) && !is_one_of(name, names)) {
            return not_offered("/" + std::string{name});
        }
    }
    return {};
}

Result<Listing> listing(const Parameters& parameters, const automation::ListRules& rules, const Reads& reads) {
    Listing out;
    SW_TRY(const auto all, parameters.given());
    for (const auto& given : all) {
        if (is_one_of(given.name, reads.others) || (reads.pages && is_page(given.name))) {
            continue;
        }
        if (reads.variables && given.name == "variables") {
            SW_TRY(out.variables, variables_of(given));
            continue;
        }
        if (!reads.activities.empty() && given.name == reads.activities) {
            SW_TRY(out.activities, activities_of(given));
            continue;
        }
        if (given.name == "orQueries") {
            SW_CHECK(add_alternatives(given, rules, out.filters));
            continue;
        }
        SW_TRY(const auto values, values_of(given, rules.filters));
        SW_CHECK(out.filters.add(rules, given.name, values));
    }
    if (!reads.pages) {
        return out;
    }
    SW_TRY(out.window, window(parameters));
    SW_TRY(const auto wishes, wishes_of(parameters));
    for (const auto& wish : wishes) {
        if (!out.filters.order_by(rules, wish.by, wish.descending)) {
            return invalid("?sortBy", "an order that this list offers", wish.by);
        }
    }
    return out;
}

Result<json::array> pick(const json::array& views, const Parameters& parameters, std::span<const ViewRule> rules, std::span<const automation::OrderRule> orders,
                         std::initializer_list<std::string_view> others) {
    std::vector<const json::object*> kept;
    for (const auto& view : views) {
        kept.push_back(&view.as_object());
    }
    SW_TRY(const auto all, parameters.given());
    for (const auto& given : all) {
        if (is_one_of(given.name, others) || is_page(given.name)) {
            continue;
        }
        const auto rule = std::ranges::find(rules, given.name, &ViewRule::name);
        if (rule == rules.end()) {
            return not_offered(pointer_of(given));
        }
        SW_TRY(const auto values, view_values(given, *rule, rules));
        std::erase_if(kept, [&](const auto* view) { return !fits(*view, *rule, values); });
    }
    SW_TRY(const auto wishes, wishes_of(parameters));
    for (const auto& wish : std::views::reverse(wishes)) {
        const auto order = std::ranges::find(orders, wish.by, &automation::OrderRule::name);
        if (order == orders.end()) {
            return invalid("?sortBy", "an order that this list offers", wish.by);
        }
        sort_stably(kept, [&](const auto* left, const auto* right) {
            const auto a = text_of_view(*left, order->column);
            const auto b = text_of_view(*right, order->column);
            return wish.descending ? b < a : a < b;
        });
    }
    SW_TRY(const auto page, window(parameters));
    json::array out;
    for (auto at = static_cast<std::size_t>(page.first); at < kept.size() && std::ssize(out) < page.most; ++at) {
        out.push_back(*kept[at]);
    }
    return out;
}

Result<std::optional<bool>> newest_first(const json::object& body) {
    const auto* sorting = body.if_contains("sorting");
    if (sorting == nullptr || is_left_out(*sorting)) {
        return std::nullopt;
    }
    const auto* only_one = sorting->is_array() && sorting->get_array().size() == 1 ? sorting->get_array()[0].if_object() : nullptr;
    if (only_one == nullptr || json::text_of(*only_one, "sortBy") != "createTime") {
        return invalid("/sorting", "one object of sortBy, which is createTime, and sortOrder", json::describe_value(*sorting));
    }
    SW_CHECK(only(*only_one, {"sortBy", "sortOrder"}));
    SW_TRY(const auto wish, wish_of("createTime", json::text_of(*only_one, "sortOrder"), "/sorting"));
    return std::optional{wish.descending};
}

Result<automation::Filters> topic_filters(const json::object& topic, const std::string& pointer, std::initializer_list<std::string_view> others) {
    automation::Filters out;
    for (const auto& [name, value] : topic) {
        if (is_left_out(value) || is_one_of(name, others)) {
            continue;
        }
        const auto place = fmt::format("{}/{}", pointer, std::string_view{name});
        SW_TRY(const auto values, texts_of(value, place));
        SW_TRY(const auto known, out.add(automation::topic_rules(), name, values));
        if (!known) {
            return not_offered(place);
        }
    }
    return out;
}

}  // namespace slipway::http::mlc
