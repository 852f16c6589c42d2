#include "lifecycle/decision.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>
#include <set>

#include "lifecycle/decision_value.hpp"
#include "lifecycle/expression_lexer.hpp"
#include "lifecycle/expression_value.hpp"
#include "lifecycle/unary_tests.hpp"

namespace slipway::lifecycle {

namespace {

constexpr std::size_t kMaxRules = 10'000;
constexpr std::size_t kMaxColumns = 200;
constexpr std::size_t kMaxSteps = 500'000;  ///< of all cells that one decision looks at

/// Where the value of an input comes from.
struct Source {
    std::string name;                    ///< as written
    std::string root{};                  ///< of a path: its first name
    std::optional<Expression> path{};    ///< looked up where no variable has that name, and one has the root's
    std::optional<Template> computed{};  ///< `${…}`
};

/// What a cell of outputs answers.
struct Output {
    json::value literal{};
    std::optional<Expression> computed{};
};

struct CompiledRule {
    std::string label;  ///< for messages
    std::vector<UnaryTests> inputs;
    std::vector<Output> outputs;
};

std::unexpected<Error> wrong(ErrorCode code, const DecisionTable& table, std::string_view what) {
    return fail(code, "DECISION", fmt::format("Decision \"{}\": {}", table.id, what));
}

/// An error of a cell under the name of the decision, its rule and its column.
std::unexpected<Error> wrong_cell(const DecisionTable& table, std::string_view rule, const DecisionTable::Column& column, std::size_t at, const Error& error) {
    const auto& label = column.name.empty() ? column.expression : column.name;
    return wrong(error.code, table, fmt::format("{}, column {} (\"{}\"): {}", rule, at + 1, label, error.message));
}

std::string label_of(const DecisionTable::Rule& rule, std::size_t at) {
    return rule.id.empty() ? fmt::format("rule {}", at + 1) : fmt::format("rule {} (\"{}\")", at + 1, rule.id);
}

/// The variables, and one fuel for all cells: within that of who asks.
class DecisionNames final : public Names {
public:
    explicit DecisionNames(const Names& outer) : outer_{outer} {
        if (const auto* const all = outer.fuel(); all != nullptr && all->steps < fuel_.steps) {
            fuel_ = *all;
        }
        before_ = fuel_.steps;
    }
    ~DecisionNames() override {
        if (auto* const all = outer_.fuel()) {
            all->steps -= before_ - fuel_.steps;
        }
    }
    DecisionNames(const DecisionNames&) = delete;
    DecisionNames& operator=(const DecisionNames&) = delete;
    const json::value* find(std::string_view name) const override { return outer_.find(name); }
    std::string_view instance_id() const override { return outer_.instance_id(); }
    std::string_view business_key() const override { return outer_.business_key(); }
    std::string now() const override { return outer_.now(); }
    Fuel* fuel() const override { return &fuel_; }

private:
    const Names& outer_;
    mutable Fuel fuel_{.steps = kMaxSteps};
    std::size_t before_{0};
};

/// Names of a cell: the variables and the value of its own column.
class CellNames final : public Names {
public:
    CellNames(const Names& outer, const std::string& name, const json::value* input) : outer_{outer}, name_{name}, input_{input} {}
    const json::value* find(std::string_view name) const override {
        const bool own = input_ != nullptr && (name == "cellInput" || (!name_.empty() && name == name_));
        return own ? input_ : outer_.find(name);
    }
    std::string_view instance_id() const override { return outer_.instance_id(); }
    std::string_view business_key() const override { return outer_.business_key(); }
    std::string now() const override { return outer_.now(); }
    Fuel* fuel() const override { return outer_.fuel(); }

private:
    const Names& outer_;
    const std::string& name_;
    const json::value* input_;
};

Result<Source> compile_source(const std::string& text) {
    Source source{.name = text};
    if (text.contains("${") || text.contains("#{")) {
        SW_TRY(auto computed, Template::parse(text));
        source.computed = std::move(computed);
    } else if (text.find_first_of(".[(") != std::string::npos) {
        if (auto path = Expression::parse(text)) {
            source.path = *std::move(path);
            source.root = text.substr(0, static_cast<std::size_t>(std::ranges::find_if_not(text, continues_name) - text.begin()));
        }
    }
    return source;
}

Result<Output> compile_output(const std::string& text) {
    Output output;
    std::size_t at = 0;
    if (text.empty()) {
        return output;
    }
    if (const auto literal = read_feel_text(text, at); literal && at == text.size()) {
        output.literal = *literal;
        return output;
    }
    const bool wrapped = text.starts_with("${") && text.ends_with("}");
    SW_TRY(auto computed, Expression::parse(wrapped ? std::string_view{text}.substr(2, text.size() - 3) : std::string_view{text}));
    output.computed = std::move(computed);
    return output;
}

bool collects_one(HitPolicy policy) {
    return policy == HitPolicy::collect_sum || policy == HitPolicy::collect_min || policy == HitPolicy::collect_max || policy == HitPolicy::collect_count;
}

Result<void> check_shape(const DecisionTable& table) {
    const auto invalid_table = [&](std::string_view what) { return wrong(ErrorCode::invalid_argument, table, what); };
    if (table.rules.size() > kMaxRules || table.inputs.size() + table.outputs.size() > kMaxColumns) {
        return invalid_table(fmt::format("it has more than {} rules or {} columns.", kMaxRules, kMaxColumns));
    }
    if (table.outputs.empty()) {
        return invalid_table("it has no output, so that nothing can be decided.");
    }
    if (collects_one(table.hit_policy) && table.outputs.size() != 1) {
        return invalid_table("COLLECT with SUM, MIN, MAX or COUNT has one output: make it a table of its own.");
    }
    std::set<std::string_view> names;
    for (const auto& output : table.outputs) {
        if (!names.insert(output.name).second) {
            return invalid_table(fmt::format("two outputs have the name \"{}\".", output.name));
        }
    }
    return {};
}

}  // namespace

struct Decision::Compiled {
    DecisionTable table;
    std::vector<Source> sources;
    std::vector<CompiledRule> rules;

    Result<void> add_rule(const DecisionTable::Rule& rule, std::size_t at);
    Result<std::optional<json::value>> input(std::size_t column, const Names& names) const;
    Result<bool> matches(const CompiledRule& rule, const std::vector<std::optional<json::value>>& inputs, const Names& names) const;
    Result<json::object> answer(const CompiledRule& rule, const Names& names) const;
    Result<void> check_hits(const std::vector<const CompiledRule*>& hits, const std::vector<json::object>& answers) const;
    Result<json::object> collected(const std::vector<json::object>& answers) const;
};

Result<void> Decision::Compiled::add_rule(const DecisionTable::Rule& rule, std::size_t at) {
    CompiledRule compiled{.label = label_of(rule, at), .inputs = {}, .outputs = {}};
    if (rule.inputs.size() != table.inputs.size() || rule.outputs.size() != table.outputs.size()) {
        return wrong(ErrorCode::invalid_argument, table, compiled.label + " has not one cell for each column.");
    }
    for (std::size_t i = 0; i < rule.inputs.size(); ++i) {
        auto tests = UnaryTests::parse(rule.inputs[i]);
        if (tests && table.inputs[i].expression.empty() && !tests->any() && !tests->condition()) {
            tests = fail(ErrorCode::invalid_argument, "DECISION", "the column has no input to test: write its name into the input expression.");
        }
        if (!tests) {
            return wrong_cell(table, compiled.label, table.inputs[i], i, tests.error());
        }
        compiled.inputs.push_back(*std::move(tests));
    }
    for (std::size_t i = 0; i < rule.outputs.size(); ++i) {
        auto output = compile_output(rule.outputs[i]);
        if (!output) {
            return wrong_cell(table, compiled.label, table.outputs[i], table.inputs.size() + i, output.error());
        }
        compiled.outputs.push_back(*std::move(output));
    }
    rules.push_back(std::move(compiled));
    return {};
}

Result<Decision> Decision::compile(DecisionTable table) {
    SW_CHECK(check_shape(table));
    auto compiled = std::make_shared<Compiled>();
    compiled->table = std::move(table);
    for (std::size_t i = 0; i < compiled->table.inputs.size(); ++i) {
        auto source = compile_source(compiled->table.inputs[i].expression);
        if (!source) {
            return wrong_cell(compiled->table, "the input", compiled->table.inputs[i], i, source.error());
        }
        compiled->sources.push_back(*std::move(source));
    }
    for (std::size_t i = 0; i < compiled->table.rules.size(); ++i) {
        SW_CHECK(compiled->add_rule(compiled->table.rules[i], i));
    }
    return Decision{std::move(compiled)};
}

/// The value of a column; nothing when it is absent.
Result<std::optional<json::value>> Decision::Compiled::input(std::size_t column, const Names& names) const {
    const auto& source = sources[column];
    std::optional<json::value> value;
    if (const auto* const found = source.name.empty() ? nullptr : names.find(source.name)) {
        value = *found;
    } else if (source.computed) {
        auto computed = source.computed->evaluate(names);
        if (!computed) {
            return wrong_cell(table, "the input", table.inputs[column], column, computed.error());
        }
        value = *std::move(computed);
    } else if (source.path && (names.find(source.root) != nullptr || source.path->source().substr(source.root.size()).starts_with('('))) {
        auto found_there = source.path->evaluate(names);
        if (!found_there) {
            return wrong_cell(table, "the input", table.inputs[column], column, found_there.error());
        }
        value = *std::move(found_there);
    }
    const auto& type = table.inputs[column].type;
    if (!value || (value->is_double() && is_no_number(*value)) || (is_number_type(type) && is_no_number(*value))) {
        return std::nullopt;
    }
    auto typed = as_type(*value, type);
    if (!typed) {
        return wrong(ErrorCode::failed_precondition, table, fmt::format("the input \"{}\" is {}.", source.name, typed.error()));
    }
    return *std::move(typed);
}

Result<bool> Decision::Compiled::matches(const CompiledRule& rule, const std::vector<std::optional<json::value>>& inputs, const Names& names) const {
    for (std::size_t i = 0; i < rule.inputs.size(); ++i) {
        const auto& tests = rule.inputs[i];
        const auto* const input = inputs[i] ? &*inputs[i] : nullptr;
        if (input == nullptr && tests.condition() && !sources[i].name.empty()) {
            return false;
        }
        const auto matched = tests.matches(input, CellNames{names, table.inputs[i].variable, input});
        if (!matched) {
            return wrong_cell(table, rule.label, table.inputs[i], i, matched.error());
        }
        if (!*matched) {
            return false;
        }
    }
    return true;
}

Result<json::object> Decision::Compiled::answer(const CompiledRule& rule, const Names& names) const {
    json::object result;
    for (std::size_t i = 0; i < rule.outputs.size(); ++i) {
        const auto& column = table.outputs[i];
        const auto& output = rule.outputs[i];
        json::value value(output.literal);
        if (output.computed) {
            auto computed = output.computed->evaluate(names);
            if (!computed) {
                return wrong_cell(table, rule.label, column, table.inputs.size() + i, computed.error());
            }
            value = *std::move(computed);
        }
        auto typed = as_type(value, column.type);
        if (!typed) {
            return wrong(ErrorCode::failed_precondition, table, fmt::format("{} answers \"{}\" with {}.", rule.label, column.name, typed.error()));
        }
        result[column.name] = *std::move(typed);
    }
    return result;
}

Result<void> Decision::Compiled::check_hits(const std::vector<const CompiledRule*>& hits, const std::vector<json::object>& answers) const {
    if (hits.size() < 2) {
        return {};
    }
    if (table.hit_policy == HitPolicy::unique) {
        return wrong(
            ErrorCode::failed_precondition, table,
            fmt::format("{} and {} match both, and its hit policy UNIQUE allows one. Make the rules exclude each other.", hits[0]->label, hits[1]->label));
    }
    for (std::size_t i = 1; table.hit_policy == HitPolicy::any && i < hits.size(); ++i) {
        if (answers[i] != answers[0]) {
            return wrong(ErrorCode::failed_precondition, table,
                         fmt::format("{} and {} match both and answer differently, which its hit policy ANY does not allow.", hits[0]->label, hits[i]->label));
        }
    }
    return {};
}

/// SUM, MIN, MAX or COUNT of what the rules answer.
Result<json::object> Decision::Compiled::collected(const std::vector<json::object>& answers) const {
    const auto& name = table.outputs[0].name;
    if (table.hit_policy == HitPolicy::collect_count) {
        return json::object{{name, static_cast<std::int64_t>(answers.size())}};
    }
    std::optional<json::value> result;
    for (const auto& answer : answers) {
        const auto number = as_number(answer.at(name));
        if (!number) {
            return wrong(ErrorCode::failed_precondition, table,
                         fmt::format("a rule answers \"{}\" with {}, where a number must stand.", name, kind_of(answer.at(name))));
        }
        if (!result) {
            result = *number;
        } else if (table.hit_policy == HitPolicy::collect_sum) {
            auto sum = calculate(Operator::add, *result, *number, 0);
            if (!sum) {
                return wrong(ErrorCode::failed_precondition, table, fmt::format("the sum has no value: {}.", sum.error().message));
            }
            result = *std::move(sum);
        } else if ((compare_numbers(*number, *result) < 0) == (table.hit_policy == HitPolicy::collect_min)) {
            result = *number;
        }
    }
    return json::object{{name, *result}};
}

Result<std::vector<json::object>> Decision::evaluate(const Names& asked) const {
    const DecisionNames names{asked};
    const auto& table = compiled_->table;
    std::vector<std::optional<json::value>> inputs;
    for (std::size_t i = 0; i < table.inputs.size(); ++i) {
        SW_TRY(auto input, compiled_->input(i, names));
        inputs.push_back(std::move(input));
    }
    std::vector<const CompiledRule*> hits;
    std::vector<json::object> answers;
    for (const auto& rule : compiled_->rules) {
        SW_TRY(const bool matched, compiled_->matches(rule, inputs, names));
        if (matched) {
            SW_TRY(auto answer, compiled_->answer(rule, names));
            hits.push_back(&rule);
            answers.push_back(std::move(answer));
            if (table.hit_policy == HitPolicy::first) {
                break;
            }
        }
    }
    SW_CHECK(compiled_->check_hits(hits, answers));
    if (!answers.empty() && collects_one(table.hit_policy)) {
        SW_TRY(auto one, compiled_->collected(answers));
        return std::vector{std::move(one)};
    }
    if (table.hit_policy == HitPolicy::any && !answers.empty()) {
        answers.resize(1);
    }
    return answers;
}

}  // namespace slipway::lifecycle
