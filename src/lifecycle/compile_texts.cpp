#include <algorithm>
#include <fmt/format.h>

#include "lifecycle/bounds.hpp"
#include "lifecycle/compiler.hpp"

namespace slipway::lifecycle {

namespace {

constexpr int kMaxBindingDepth = 32;

bool is_expression(std::string_view text) {
    return text.contains("${") || text.contains("#{");
}

}  // namespace

Template Compiler::text(std::string_view element, std::string_view what, const std::string& source) {
    auto parsed = Template::parse(source);
    if (!parsed) {
        fault(element, fmt::format("expression: {} can be read", what), parsed.error().message);
        return {};
    }
    return *std::move(parsed);
}

std::optional<Template> Compiler::condition(std::string_view element, const std::string& source) {
    auto compiled = optional_text(element, "the condition", source);
    if (compiled && compiled->constant()) {
        fault(element, "condition: a condition is an expression as in ${approved}", fmt::format("the text '{}'", source));
    }
    return compiled;
}

std::optional<Template> Compiler::optional_text(std::string_view element, std::string_view what, const std::string& source) {
    return source.empty() ? std::nullopt : std::optional{text(element, what, source)};
}

CompiledBinding Compiler::binding(std::string_view element, const Binding& source, int depth) {
    CompiledBinding compiled{.kind = source.kind};
    if (depth > kMaxBindingDepth) {
        fault(element, "mapping: lists and maps are nested at most 32 deep", "deeper ones");
        return compiled;
    }
    if (source.kind == Binding::Kind::text) {
        compiled.text = text(element, "a mapping", source.text);
    }
    for (const auto& [key, part] : source.parts) {
        compiled.parts.emplace_back(key, binding(element, part, depth + 1));
    }
    return compiled;
}

std::vector<CompiledAssignment> Compiler::assignments(std::string_view element, const std::vector<Assignment>& source) {
    std::vector<CompiledAssignment> compiled;
    for (const auto& one : source) {
        compiled.push_back({.target = one.target, .value = binding(element, one.value, 0)});
        if (one.condition.empty()) {
            continue;
        }
        auto condition = Expression::parse(one.condition);
        if (condition) {
            compiled.back().condition = *std::move(condition);
        } else {
            fault(element, "expression: a condition can be read", condition.error().message);
        }
    }
    return compiled;
}

std::vector<CompiledPassing> Compiler::passings(std::string_view element, const std::vector<Passing>& source) {
    std::vector<CompiledPassing> compiled;
    for (const auto& one : source) {
        CompiledPassing passing{.all = one.all, .business_key = one.business_key, .target = one.target, .local = one.local};
        if (one.business_key || is_expression(one.source)) {
            passing.expression = text(element, "what is passed", one.source);
        } else {
            passing.variable = one.source;
        }
        compiled.push_back(std::move(passing));
    }
    return compiled;
}

void Compiler::read_texts() {
    for (auto& node : std::span{data_.nodes}.subspan(1)) {
        read_event(node);
        read_work(node);
        read_call(node);
        read_loop(node);
    }
    read_edges();
    read_process();
}

void Compiler::read_event(Node& node) {
    const auto& element = node.element;
    const auto& event = element.event;
    auto& compiled = node.compiled;
    compiled.event_name = text(element.id, "the event's name", event.name);
    compiled.event_in = passings(element.id, event.in);
    if (const auto key = element.properties.find("mlc.correlationKey"); key != element.properties.end()) {
        compiled.correlation_key = optional_text(element.id, "mlc.correlationKey", key->second);
    }
    if (event.kind == EventKind::conditional) {
        compiled.condition = condition(element.id, event.expression);
    }
    if (event.kind != EventKind::timer) {
        return;
    }
    compiled.event_text = optional_text(element.id, "the timer", event.expression);
    if (!is_expression(event.expression)) {
        if (const auto spec = parse_timer(event.timer, event.expression); !spec) {
            fault(element.id, "timer: a date, duration or cycle can be read", spec.error().message);
        }
    }
    const auto own = element.properties.find("mlc.misfire");
    const auto general = process_.properties.find("mlc.misfire");
    const auto& misfire = own != element.properties.end() ? own->second : general != process_.properties.end() ? general->second : std::string{};
    compiled.misfire = misfire_of(misfire).value_or(Misfire::once);
}

/// What is written there as it is; what expressions say is seen when the task is made.
void Compiler::check_people(const Element& element) {
    for (const auto& [what, names] : {std::pair{"assignee", &element.assignee}, std::pair{"candidateUsers", &element.candidate_users},
                                      std::pair{"candidateGroups", &element.candidate_groups}}) {
        for (std::string_view rest = is_expression(*names) ? std::string_view{} : *names; !rest.empty();) {
            const auto end = std::min(std::string_view{what} == "assignee" ? rest.size() : rest.find(','), rest.size());
            if (end > kLongestName) {
                fault(element.id, fmt::format("name: a name in {} has at most {} bytes", what, kLongestName), fmt::format("{} bytes", end));
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
}

void Compiler::read_work(Node& node) {
    const auto& element = node.element;
    auto& compiled = node.compiled;
    compiled.topic = optional_text(element.id, "the topic", element.topic);
    compiled.retry_cycle = text(element.id, "the retry cycle", element.retry_cycle);
    if (!is_expression(element.retry_cycle)) {
        if (const auto cycle = parse_retry_cycle(element.retry_cycle); !cycle) {
            fault(element.id, "retry-cycle: a retry cycle can be read", cycle.error().message);
        }
    }
    compiled.priority = text(element.id, "the priority", element.priority);
    compiled.inputs = assignments(element.id, element.inputs);
    compiled.outputs = assignments(element.id, element.outputs);
    compiled.script = assignments(element.id, element.script);
    compiled.on_start = assignments(element.id, element.on_start);
    compiled.on_end = assignments(element.id, element.on_end);
    compiled.assignee = text(element.id, "the assignee", element.assignee);
    compiled.candidate_users = text(element.id, "the candidate users", element.candidate_users);
    compiled.candidate_groups = text(element.id, "the candidate groups", element.candidate_groups);
    if (what_for_ == CompileFor::deploying) {
        check_people(element);
    }
    compiled.due_date = text(element.id, "the due date", element.due_date);
    compiled.follow_up_date = text(element.id, "the follow-up date", element.follow_up_date);
    for (const auto& rule : element.errors) {
        compiled.error_rules.push_back(condition(element.id, rule.expression).value_or(Template{}));
    }
    compiled.form_key = text(element.id, "the form key", element.form_key);
    compiled.expression = optional_text(element.id, "the expression", element.expression);
}

void Compiler::read_call(Node& node) {
    const auto& element = node.element;
    node.compiled.called_element = text(element.id, "the called element", element.called_element);
    node.compiled.called_version = text(element.id, "the called version", element.called_version);
    node.compiled.in = passings(element.id, element.in);
    node.compiled.out = passings(element.id, element.out);
}

void Compiler::read_loop(Node& node) {
    if (node.element.loop.empty()) {
        return;
    }
    const auto& loop = node.element.loop.front();
    CompiledLoop compiled{.sequential = loop.sequential, .element_variable = loop.element_variable};
    compiled.cardinality = optional_text(node.element.id, "the cardinality", loop.cardinality);
    const auto collection = loop.collection.empty() || is_expression(loop.collection) ? loop.collection : "${" + loop.collection + "}";
    compiled.collection = optional_text(node.element.id, "the collection", collection);
    compiled.completion = condition(node.element.id, loop.completion_condition);
    node.compiled.loop = std::move(compiled);
}

void Compiler::read_edges() {
    for (std::size_t i = 0; i < data_.edges.size(); ++i) {
        data_.edges[i].condition = condition(data_.edges[i].id, process_.flows[i].condition);
    }
}

void Compiler::read_process() {
    const auto& properties = process_.properties;
    if (const auto key = properties.find("mlc.businessKey"); key != properties.end()) {
        data_.business_key = optional_text(process_.id, "mlc.businessKey", key->second);
    }
    const auto misfire = properties.find("mlc.misfire");
    if (misfire != properties.end() && !misfire_of(misfire->second)) {
        fault(process_.id, "misfire: once, skip or all", fmt::format("'{}'", misfire->second));
    }
}

}  // namespace slipway::lifecycle
