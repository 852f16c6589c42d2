#include "automation/comparator.hpp"

#include <charconv>
#include <fmt/format.h>
#include <set>

#include "automation/definitions.hpp"

namespace slipway::automation {
namespace {

bool says_yes(const json::object& row) {
    const auto* passes = row.if_contains("passes");
    return passes != nullptr && (*passes == json::value(true) || (passes->is_string() && passes->get_string() == "true"));
}

/// Metrics come as `{"auc": 0.9}` or as a list of such objects, the vendor's `testResults`: the names in all of them count. Which of several values of one
/// name counts nobody can say: who asks for such a name gets no verdict.
class ResultNames final : public lifecycle::Names {
public:
    explicit ResultNames(const json::object& results) : values_{results} {
        for (const auto* member : {"testResults", "results"}) {
            if (const auto* inner = json::object_of(results, member)) {
                add(*inner);
            }
            const auto* list = json::array_of(results, member);
            for (const auto& item : list != nullptr ? *list : json::array{}) {
                add(item.is_object() ? item.get_object() : json::object{});
            }
        }
    }
    const json::value* find(std::string_view name) const override {
        if (ambiguous_.contains(name)) {
            asked_ = name;
        }
        return values_.if_contains(name);
    }
    /// One of several values that was asked for; empty where there was none.
    const std::string& asked_ambiguous() const { return asked_; }

private:
    void add(const json::object& more) {
        for (const auto& [name, value] : more) {
            const auto* known = values_.if_contains(name);
            if (known != nullptr && *known != value) {
                ambiguous_.emplace(name);
            }
            values_[name] = value;
        }
    }

    json::object values_;
    std::set<std::string, std::less<>> ambiguous_;
    mutable std::string asked_;
};

std::unexpected<Error> no_metrics(std::string_view why) {
    return fail(ErrorCode::failed_precondition, "NO_METRICS",
                fmt::format("The output of the test job holds no metrics: {}. A comparator reads a JSON object, or CSV with one line of values.", why));
}

/// Adds the members; a name with two values says nothing.
Result<void> add_metrics(json::object& out, const json::value& from) {
    if (!from.is_object()) {
        return no_metrics("it is JSON, but no object");
    }
    for (const auto& [name, value] : from.get_object()) {
        const auto* known = out.if_contains(name);
        if (known != nullptr && *known != value) {
            return no_metrics(fmt::format("{} has several values", std::string_view{name}));
        }
        out[name] = value;
    }
    return {};
}

/// Lines without their ends, empty ones left out.
std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        if (line.find_first_not_of(" \t") != std::string_view::npos) {
            out.push_back(line);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/// Cells of one line of CSV; `""` within quotes is a quote.
std::vector<std::string> cells_of(std::string_view line) {
    std::vector<std::string> out(1);
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool doubled = quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"';
        if (doubled) {
            out.back() += line[i++];
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == ',' && !quoted) {
            out.emplace_back();
        } else {
            out.back() += line[i];
        }
    }
    for (auto& cell : out) {
        const auto first = cell.find_first_not_of(" \t");
        cell = first == std::string::npos ? std::string{} : cell.substr(first, cell.find_last_not_of(" \t") - first + 1);
    }
    return out;
}

std::optional<double> number_in(const std::string& cell) {
    double number = 0;
    const auto [end, problem] = std::from_chars(cell.data(), cell.data() + cell.size(), number);
    return problem == std::errc{} && end == cell.data() + cell.size() ? std::optional{number} : std::nullopt;
}

json::value value_of(const std::string& cell) {
    const auto number = number_in(cell);
    return number ? json::value(*number) : cell == "true" || cell == "false" ? json::value(cell == "true") : json::value(cell);
}

bool is_name(const std::string& cell) {
    return !cell.empty() && !number_in(cell);
}

Result<json::object> metrics_of_csv(const std::vector<std::string_view>& lines) {
    std::vector<std::vector<std::string>> rows;
    rows.reserve(lines.size());
    for (const auto line : lines) {
        rows.push_back(cells_of(line));
    }
    json::object out;
    if (rows.size() == 2 && rows[0].size() == rows[1].size() && std::ranges::all_of(rows[0], is_name) && (rows[0].size() != 2 || number_in(rows[1][0]))) {
        for (std::size_t i = 0; i < rows[0].size(); ++i) {
            SW_CHECK(add_metrics(out, json::object{{rows[0][i], value_of(rows[1][i])}}));
        }
        return out;
    }
    const bool headed = rows[0].size() == 2 && !number_in(rows[0][1]);
    for (std::size_t i = headed ? 1 : 0; i < rows.size(); ++i) {
        if (rows[i].size() != 2 || !is_name(rows[i][0]) || !number_in(rows[i][1])) {
            return no_metrics("it is neither JSON nor CSV of names and numbers");
        }
        SW_CHECK(add_metrics(out, json::object{{rows[i][0], value_of(rows[i][1])}}));
    }
    return out;
}

}  // namespace

Result<json::object> metrics_of(std::string_view text) {
    text.remove_prefix(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    const auto lines = lines_of(text);
    if (lines.empty()) {
        return no_metrics("it is empty");
    }
    json::object out;
    if (const auto whole = json::parse(text)) {
        for (const auto& one : whole->is_array() ? whole->get_array() : json::array{*whole}) {
            SW_CHECK(add_metrics(out, one));
        }
        return out.empty() ? Result<json::object>{no_metrics("it is an empty object")} : out;
    }
    if (!lines.front().starts_with('{')) {
        return metrics_of_csv(lines);
    }
    for (const auto line : lines) {
        const auto one = json::parse(line);
        SW_CHECK(one ? add_metrics(out, *one) : Result<void>{no_metrics("it is broken JSON")});
    }
    return out;
}

std::string_view to_string(Verdict::Kind kind) {
    switch (kind) {
        case Verdict::Kind::passed: return "PASSED";
        case Verdict::Kind::failed: return "FAILED";
        case Verdict::Kind::not_evaluated: break;
    }
    return "NOT_EVALUATED";
}

Result<Verdict> compare(Definitions& definitions, const std::string& content, const json::object& results) {
    SW_TRY(const auto tables, definitions.tables(content));
    const ResultNames names{results};
    Verdict out{.kind = Verdict::Kind::passed};
    std::vector<std::string> praise;  // of rules that pass: beside a failure it would only lead astray
    for (const auto& [name, table] : tables) {
        const auto evaluated = table.evaluate(names);
        if (!names.asked_ambiguous().empty()) {
            return fail(ErrorCode::failed_precondition, "AMBIGUOUS_RESULT",
                        fmt::format("The results hold several values of {}: nobody can say which one {} is about.", names.asked_ambiguous(), name));
        }
        SW_TRY(const auto rows, evaluated);
        if (rows.empty()) {
            out.kind = Verdict::Kind::failed;
            out.reasons.push_back(fmt::format("No rule of {} fits the results.", name));
        }
        for (const auto& row : rows) {
            if (!row.contains("passes")) {
                return fail(ErrorCode::failed_precondition, "NO_PASSES",
                            fmt::format("The table {} has no output called passes, which says true or false (and may say why in one called reason).", name));
            }
            const auto reason = json::text_of(row, "reason");
            if (says_yes(row)) {
                if (!reason.empty()) {
                    praise.emplace_back(reason);
                }
            } else {
                out.kind = Verdict::Kind::failed;
                out.reasons.emplace_back(reason.empty() ? fmt::format("A rule of {} does not pass them.", name) : std::string{reason});
            }
        }
    }
    if (out.kind == Verdict::Kind::passed) {
        out.reasons = std::move(praise);
    }
    return tables.empty() ? Verdict{.reasons = {"The comparator holds no table."}} : out;
}

}  // namespace slipway::automation
