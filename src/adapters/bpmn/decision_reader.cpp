#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <optional>
#include <set>

#include "adapters/bpmn/findings.hpp"
#include "adapters/bpmn/reader.hpp"
#include "base/json_codec.hpp"
#include "lifecycle/expression.hpp"
#include "lifecycle/unary_tests.hpp"

namespace slipway::bpmn {

namespace {

using lifecycle::DecisionTable;
using lifecycle::HitPolicy;

struct Policy {
    std::string_view name;
    std::string_view aggregation;
    HitPolicy policy;
};
constexpr std::array kPolicies{
    Policy{"UNIQUE", "", HitPolicy::unique},
    Policy{"FIRST", "", HitPolicy::first},
    Policy{"ANY", "", HitPolicy::any},
    Policy{"RULE ORDER", "", HitPolicy::rule_order},
    Policy{"RULE_ORDER", "", HitPolicy::rule_order},
    Policy{"COLLECT", "", HitPolicy::collect},
    Policy{"COLLECT", "SUM", HitPolicy::collect_sum},
    Policy{"COLLECT", "MIN", HitPolicy::collect_min},
    Policy{"COLLECT", "MAX", HitPolicy::collect_max},
    Policy{"COLLECT", "COUNT", HitPolicy::collect_count},
};

/// Reads one decision.
class DecisionReader {
public:
    DecisionReader(const XmlElement& element, std::string_view language, Findings& findings) : element_{element}, language_{language}, findings_{findings} {}
    std::optional<DecisionTable> read();

private:
    void read_policy(const XmlElement& table);
    void read_input(const XmlElement& input);
    void read_output(const XmlElement& output);
    void read_rule(const XmlElement& rule);
    std::string read_cell(std::string_view rule, const XmlElement& cell, bool input);
    std::string language_of(const XmlElement& at, std::string_view fallback) const;

    const XmlElement& element_;
    std::string language_;
    Findings& findings_;
    DecisionTable table_;
};

std::string text_of(const XmlElement& holder) {
    const auto* const text = holder.child(Space::dmn, "text");
    return text == nullptr ? std::string{} : text->text;
}

/// `feel`, `juel` or the name of another language, in small letters; the URIs of FEEL are FEEL.
std::string DecisionReader::language_of(const XmlElement& at, std::string_view fallback) const {
    std::string language{at.has("expressionLanguage") ? at.attribute("expressionLanguage") : fallback};
    std::ranges::transform(language, language.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return language.empty() || language.contains("feel") ? "feel" : language;
}

std::optional<DecisionTable> DecisionReader::read() {
    table_.id = element_.id();
    table_.name = element_.attribute("name");
    if (table_.id.empty()) {
        findings_.fault(element_, "MISSING_ID", "a decision has no id", "an id of its own");
    }
    for (const auto& child : element_.children) {
        if (child.is(Space::dmn, "informationRequirement") && child.child(Space::dmn, "requiredDecision") != nullptr) {
            findings_.fault(table_.id, child, "REQUIRED_DECISION", "a decision that requires another one is not evaluated here",
                            "one table, or a business rule task for each with a variable between them");
        }
    }
    const auto* const table = element_.child(Space::dmn, "decisionTable");
    if (table == nullptr) {
        findings_.fault(element_, "DECISION_LOGIC", "the decision is no table", "a decision table");
        return std::nullopt;
    }
    language_ = language_of(*table, language_);
    read_policy(*table);
    for (const auto& child : table->children) {
        if (child.is(Space::dmn, "input")) {
            read_input(child);
        } else if (child.is(Space::dmn, "output")) {
            read_output(child);
        } else if (child.is(Space::dmn, "rule")) {
            read_rule(child);
        }
    }
    if (auto compiled = lifecycle::Decision::compile(table_); !compiled && !findings_.failed()) {
        findings_.fault(table_.id, *table, "DECISION", compiled.error().message, "unary tests as < 0.5 and literals as \"text\" or true");
    }
    return std::move(table_);
}

void DecisionReader::read_policy(const XmlElement& table) {
    const auto name = table.has("hitPolicy") ? table.attribute("hitPolicy") : std::string_view{"UNIQUE"};
    const auto aggregation = table.attribute("aggregation");
    const auto* const found = std::ranges::find_if(kPolicies, [&](const auto& policy) { return policy.name == name && policy.aggregation == aggregation; });
    if (found == kPolicies.end()) {
        findings_.fault(table_.id, table, "HIT_POLICY", fmt::format("the hit policy {} {} is not evaluated here", name, aggregation),
                        "UNIQUE, FIRST, ANY, RULE ORDER or COLLECT (alone or with SUM, MIN, MAX, COUNT)");
        return;
    }
    table_.hit_policy = found->policy;
}

void DecisionReader::read_input(const XmlElement& input) {
    DecisionTable::Column column{
        .name = std::string{input.attribute("label")}, .expression = {}, .type = {}, .variable = std::string{input.attribute("inputVariable", Space::camunda)}};
    if (const auto* const expression = input.child(Space::dmn, "inputExpression")) {
        column.expression = text_of(*expression);
        column.type = expression->attribute("typeRef");
        const auto language = language_of(*expression, language_);
        if (!column.expression.empty() && language != "feel" && language != "juel" && !lifecycle::Expression::parse(column.expression)) {
            findings_.fault(table_.id, *expression, "CELL_LANGUAGE",
                            fmt::format("the {} expression \"{}\" of an input is not read", language, column.expression), "the name of a variable, or ${…}");
        }
    }
    if (column.expression.empty()) {
        column.expression = column.variable;  // files of the vendor write the name there alone
    }
    if (column.type.contains(':')) {
        column.type.erase(0, column.type.rfind(':') + 1);
    }
    if (const auto* const values = input.child(Space::dmn, "inputValues")) {
        findings_.warn(table_.id, *values, "ALLOWED_VALUES", "the allowed values of an input are not checked. Use instead: a rule for the others.");
    }
    table_.inputs.push_back(std::move(column));
}

void DecisionReader::read_output(const XmlElement& output) {
    DecisionTable::Column column{.name = std::string{output.attribute("name")}, .expression = {}, .type = std::string{output.attribute("typeRef")}};
    if (column.name.empty()) {
        column.name = table_.id;  // the one output of a table may be unnamed: it is the decision's own
    }
    if (column.type.contains(':')) {
        column.type.erase(0, column.type.rfind(':') + 1);
    }
    if (const auto* const otherwise = output.child(Space::dmn, "defaultOutputEntry")) {
        findings_.fault(table_.id, *otherwise, "DEFAULT_OUTPUT", "a default output is not answered here",
                        "a last rule that matches everything, with hit policy FIRST");
    }
    table_.outputs.push_back(std::move(column));
}

std::string DecisionReader::read_cell(std::string_view rule, const XmlElement& cell, bool input) {
    auto text = text_of(cell);
    if (text.empty()) {
        return text;
    }
    const auto language = language_of(cell, language_);
    if (language != "feel" && !text.contains("${") && text != "-") {
        if (auto parsed = lifecycle::Expression::parse(text); !parsed) {
            findings_.fault(rule, cell, "CELL_LANGUAGE", fmt::format("the {} cell of a rule is not read. {}", language, parsed.error().message),
                            "a unary test as < 0.5 in FEEL, or a condition of our expressions");
            return {};
        }
        return fmt::format("${{{}}}", text);
    }
    if (input) {
        if (const auto parsed = lifecycle::UnaryTests::parse(text); !parsed) {
            findings_.fault(rule, cell, "CELL", fmt::format("the cell \"{}\" cannot be read: {}", json::utf8_front(text, 80), parsed.error().message),
                            "a unary test as < 0.5, [1..2[ or \"a\", \"b\"");
        }
    }
    return text;
}

void DecisionReader::read_rule(const XmlElement& rule) {
    DecisionTable::Rule read{.id = std::string{rule.id()}, .inputs = {}, .outputs = {}};
    const std::string owner = read.id.empty() ? table_.id : read.id;
    for (const auto& cell : rule.children) {
        if (cell.is(Space::dmn, "inputEntry")) {
            read.inputs.push_back(read_cell(owner, cell, true));
        } else if (cell.is(Space::dmn, "outputEntry")) {
            read.outputs.push_back(read_cell(owner, cell, false));
        }
    }
    table_.rules.push_back(std::move(read));
}

void check_ids(const XmlElement& element, std::set<std::string_view>& seen, Findings& findings) {
    if (element.space != Space::dmn) {
        return;
    }
    if (!element.id().empty() && !seen.insert(element.id()).second) {
        findings.fault(element, "DUPLICATE_ID", "the id stands twice", "an id of its own");
    }
    for (const auto& child : element.children) {
        check_ids(child, seen, findings);
    }
}

}  // namespace

Result<DecisionFile> read_decisions(std::string_view xml) {
    SW_TRY(const auto file, XmlFile::parse(xml, "DMN"));
    const auto& root = file.root();
    if (!root.is(Space::dmn, "definitions")) {
        return fail(ErrorCode::invalid_argument, "DMN",
                    fmt::format("The file is no DMN: its root is <{}>, where <definitions> of the DMN namespace must stand.", root.name));
    }
    Findings findings;
    std::set<std::string_view> ids;
    check_ids(root, ids, findings);
    DecisionFile result;
    for (const auto& child : root.children) {
        if (child.is(Space::dmn, "decision")) {
            if (auto table = DecisionReader{child, root.attribute("expressionLanguage"), findings}.read()) {
                result.decisions.push_back(*std::move(table));
            }
        } else if (child.is(Space::dmn, "import")) {
            findings.warn({}, child, "IMPORT", "an imported file is not read. Use instead: everything in this file.");
        }
    }
    if (findings.failed()) {
        return findings.error("DMN");
    }
    if (result.decisions.empty()) {
        return fail(ErrorCode::invalid_argument, "DMN", "The file has no decision.");
    }
    result.warnings = findings.take_warnings();
    return result;
}

}  // namespace slipway::bpmn
