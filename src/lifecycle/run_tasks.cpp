#include <charconv>
#include <fmt/format.h>

#include "lifecycle/run.hpp"

namespace slipway::lifecycle {

namespace {

/// `camunda:mapDecisionResult`: what of the rows becomes the result variable.
Result<json::value> mapped(std::string_view how, const std::vector<json::object>& rows) {
    const bool single = how == "singleEntry" || how == "singleResult";
    if (single && rows.size() > 1) {
        return failed("DECISION", fmt::format("{} rules match where '{}' takes one.", rows.size(), how));
    }
    if (single && rows.empty()) {
        return json::value{};
    }
    if (how == "singleResult") {
        return json::value(rows.front());
    }
    json::array all;
    for (const auto& row : rows) {
        if (how == "singleEntry" || how == "collectEntries") {
            if (row.size() != 1) {
                return failed("DECISION", fmt::format("A rule has {} outputs where '{}' takes one.", row.size(), how));
            }
            all.push_back(row.begin()->value());
        } else {
            all.push_back(json::value(row));
        }
    }
    return how == "singleEntry" ? all.front() : json::value(std::move(all));
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n\r");
    return first == std::string_view::npos ? std::string{} : std::string{text.substr(first, text.find_last_not_of(" \t\n\r") - first + 1)};
}

}  // namespace

Result<void> Run::evaluate_task(Token& token) {
    const auto& here = node(token);
    SW_TRY(json::value value, here.compiled.expression->evaluate(names(token.id)));
    if (!here.element.result_variable.empty()) {
        set_variable(token.id, here.element.result_variable, std::move(value));
    }
    return leave(token);
}

Result<void> Run::run_script(Token& token) {
    SW_CHECK(assign(token, node(token).compiled.script, token.id, false));
    return leave(token);
}

Result<void> Run::decide(Token& token) {
    const auto& element = node(token).element;
    const Decision* decision = environment_.decision ? environment_.decision({element.decision, element.decision_binding, element.decision_version}) : nullptr;
    if (decision == nullptr) {
        return failed("DECISION", fmt::format("There is no decision '{}'.", element.decision));
    }
    SW_TRY(const auto rows, decision->evaluate(names(token.id)));
    SW_TRY(json::value all, mapped("resultList", rows));
    set_local(token, "decisionResult", std::move(all));
    if (!element.result_variable.empty()) {
        SW_TRY(json::value result, mapped(element.decision_result, rows));
        set_variable(token.id, element.result_variable, std::move(result));
    }
    return leave(token);
}

Result<std::int64_t> Run::number_of(const Template& text, Id names_of, std::int64_t otherwise, std::string_view what) const {
    SW_TRY(const auto written, text.text(names(names_of)));
    if (written.empty()) {
        return otherwise;
    }
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(written.data(), written.data() + written.size(), number);
    if (problem != std::errc{} || end != written.data() + written.size()) {
        return failed("EXPRESSION", fmt::format("The {} of '{}' is '{}', not a whole number.", what, at(), written.substr(0, 100)));
    }
    return number;
}

/// A list value, or a text with commas.
Result<std::vector<std::string>> Run::list_of(const Template& text, Id names_of) const {
    SW_TRY(const json::value value, text.evaluate(names(names_of)));
    std::vector<std::string> list;
    if (const auto* items = value.if_array()) {
        for (const auto& item : *items) {
            list.push_back(item.is_string() ? std::string{item.get_string()} : json::write(item));
        }
        return list;
    }
    SW_TRY(const auto written, text.text(names(names_of)));
    for (std::string_view rest = written; !rest.empty();) {
        const auto end = std::min(rest.find(','), rest.size());
        if (auto item = trimmed(rest.substr(0, end)); !item.empty()) {
            list.push_back(std::move(item));
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return list;
}

}  // namespace slipway::lifecycle
