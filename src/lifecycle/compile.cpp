#include <fmt/format.h>

#include "lifecycle/bounds.hpp"
#include "lifecycle/compiler.hpp"

namespace slipway::lifecycle {

namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kMaxFaults = 100;

bool text_property(const std::map<std::string, std::string>& properties, const std::string& name, std::string_view value) {
    const auto found = properties.find(name);
    return found != properties.end() && found->second == value;
}

}  // namespace

Result<json::value> CompiledBinding::evaluate(const Names& names) const {
    if (kind == Binding::Kind::text) {
        return text.evaluate(names);
    }
    json::array list;
    json::object map;
    for (const auto& [key, part] : parts) {
        SW_TRY(json::value value, part.evaluate(names));
        if (kind == Binding::Kind::list) {
            list.push_back(std::move(value));
        } else {
            map[key] = std::move(value);
        }
    }
    return kind == Binding::Kind::list ? json::value(std::move(list)) : json::value(std::move(map));
}

std::string_view Graph::time_zone() const {
    const auto found = properties().find("mlc.timeZone");
    return found == properties().end() ? std::string_view{} : std::string_view{found->second};
}

bool Graph::start_once() const {
    return text_property(properties(), "mlc.startOnce", "true");
}

Index Graph::find_node(std::string_view id) const {
    const auto found = data_->node_by_id.find(std::string{id});
    return found == data_->node_by_id.end() ? kNone : found->second;
}

Index Graph::find_edge(std::string_view id) const {
    const auto found = data_->edge_by_id.find(std::string{id});
    return found == data_->edge_by_id.end() ? kNone : found->second;
}

Result<std::string> Graph::business_key(const json::object& variables) const {
    if (!data_->business_key) {
        return std::string{};
    }
    SW_TRY(auto key, data_->business_key->text(ObjectNames{variables}));
    if (key.empty()) {
        return fail(ErrorCode::failed_precondition, "EXPRESSION", fmt::format("The business key of the process '{}' is empty.", this->key()));
    }
    return key;
}

Result<Graph> compile(const Process& process, CompileFor what_for) {
    return Compiler{process, what_for}.run();
}

Compiler::Compiler(const Process& process, CompileFor what_for) : process_{process}, what_for_{what_for} {}

void Compiler::fault(std::string_view element, std::string_view rule, std::string got) {
    if (faults_.size() < kMaxFaults) {
        faults_.push_back({std::string{element}, std::string{rule}, std::move(got)});
    }
}

std::unexpected<Error> Compiler::refused() const {
    const auto& first = faults_.front();
    auto message = fmt::format("The process '{}' cannot run. Element '{}' breaks the rule {}: {}.", process_.id, first.pointer, first.expected, first.got);
    if (faults_.size() > 1) {
        message += fmt::format(" There are {} more faults.", faults_.size() - 1);
    }
    return std::unexpected(Error{ErrorCode::invalid_argument, "PROCESS", std::move(message), faults_});
}

Index Compiler::find(std::string_view id) const {
    const auto found = data_.node_by_id.find(std::string{id});
    return found == data_.node_by_id.end() ? kNone : found->second;
}

Result<Graph> Compiler::run() {
    check_size();
    if (!faults_.empty()) {
        return refused();
    }
    data_.process = Process{process_.id, process_.name, process_.version_tag, process_.history_time_to_live, {}, {}, process_.properties};
    if (!process_.history_time_to_live.empty()) {  // read from there, whichever way it was said
        data_.process.properties.try_emplace("mlc.historyTimeToLive", process_.history_time_to_live);
    }
    data_.ends_uncaught_errors = text_property(process_.properties, "mlc.uncaughtError", "end");
    add_nodes();
    place_in_scopes();
    if (!faults_.empty()) {
        return refused();
    }
    check_depth();
    add_edges();
    attach_boundaries();
    if (!faults_.empty()) {
        return refused();
    }
    find_starts();
    pair_links();
    mark_defaults();
    check_nodes();
    if (faults_.empty()) {
        check_reachable();
    }
    read_texts();
    if (!faults_.empty()) {
        return refused();
    }
    mark_inclusive_joins();
    return Graph{std::make_shared<const Data>(std::move(data_))};
}

void Compiler::check_size() {
    if (process_.elements.size() > kMaxElements || process_.flows.size() > kMaxFlows) {
        fault(process_.id, "size: at most 10,000 elements and 20,000 flows",
              fmt::format("{} elements and {} flows", process_.elements.size(), process_.flows.size()));
    }
}

void Compiler::add_nodes() {
    data_.nodes.reserve(process_.elements.size() + 1);
    data_.nodes.push_back(Node{.element = Element{.id = process_.id, .name = process_.name, .kind = ElementKind::sub_process}});
    data_.node_by_id.emplace(process_.id, kRoot);
    for (const auto& element : process_.elements) {
        if (element.id.empty()) {
            fault(process_.id, "id: every element has an id", "an element without one");
        } else if (!data_.node_by_id.emplace(element.id, static_cast<Index>(data_.nodes.size())).second) {
            fault(element.id, "id: an id is used once", "two elements with this id");
        }
        data_.nodes.push_back(Node{.element = element});
    }
}

void Compiler::place_in_scopes() {
    for (auto& node : std::span{data_.nodes}.subspan(1)) {
        const auto& scope = node.element.scope;
        node.scope = scope.empty() ? kRoot : find(scope);
        if (node.scope == kNone || !data_.nodes[static_cast<std::size_t>(node.scope)].scope_like()) {
            fault(node.element.id, "scope: an element lies in the process or in a sub-process", fmt::format("the scope '{}'", scope));
        }
    }
    if (!faults_.empty()) {
        return;
    }
    for (const auto& node : std::span{data_.nodes}.subspan(1)) {
        std::size_t steps = 0;
        for (auto at = node.scope; at != kRoot && steps <= data_.nodes.size(); at = this->node(at).scope) {
            if (++steps > data_.nodes.size()) {
                fault(node.element.id, "scope: no sub-process lies in itself", "a circle of scopes");
                return;  // one is enough, and the search is long
            }
        }
    }
}

void Compiler::check_depth() {
    for (const auto& node : std::span{data_.nodes}.subspan(1)) {
        int depth = 0;
        for (auto at = node.scope; at != kRoot && depth <= kMaxDepth; at = this->node(at).scope) {
            ++depth;
        }
        if (depth > kMaxDepth) {
            fault(node.element.id, "scope: sub-processes are nested at most 64 deep", "a deeper one");
            return;
        }
    }
}

void Compiler::add_edges() {
    data_.edges.reserve(process_.flows.size());
    for (const auto& flow : process_.flows) {
        const auto from = find(flow.from);
        const auto to = find(flow.to);
        if (flow.id.empty() || find(flow.id) != kNone || !data_.edge_by_id.emplace(flow.id, static_cast<Index>(data_.edges.size())).second) {
            fault(flow.id, "id: an id is used once", "another element or flow with this id, or none");
            continue;
        }
        data_.edges.push_back({.id = flow.id, .from = from, .to = to});
        if (from <= kRoot || to <= kRoot) {
            fault(flow.id, "flow-target: a flow leads from an element to an element", fmt::format("from '{}' to '{}'", flow.from, flow.to));
            continue;
        }
        if (node(from).scope != node(to).scope) {
            fault(flow.id, "flow-scope: a flow stays within its scope", fmt::format("from '{}' to '{}' in another one", flow.from, flow.to));
        }
        const auto index = static_cast<Index>(data_.edges.size() - 1);
        node(from).outgoing.push_back(index);
        node(to).incoming.push_back(index);
    }
}

void Compiler::attach_boundaries() {
    for (Index index = 1; index < static_cast<Index>(data_.nodes.size()); ++index) {
        const auto& boundary = node(index);
        if (!boundary.is(ElementKind::boundary_event)) {
            continue;
        }
        const auto host = find(boundary.element.attached_to);
        if (host <= kRoot || node(host).scope != boundary.scope) {
            fault(boundary.element.id, "boundary-host: a boundary event sits on an activity of its scope",
                  fmt::format("attached to '{}'", boundary.element.attached_to));
            continue;
        }
        node(host).boundaries.push_back(index);
    }
}

void Compiler::find_starts() {
    for (Index index = 1; index < static_cast<Index>(data_.nodes.size()); ++index) {
        if (node(index).is(ElementKind::start_event)) {
            add_start(index);
        }
    }
}

void Compiler::add_start(Index index) {
    const auto& start = node(index);
    auto& scope = node(start.scope);
    if (start.scope == kRoot) {
        data_.starts.push_back(index);
    }
    const bool only = scope.is(ElementKind::event_sub_process);
    if (only || start.waits_for(EventKind::none)) {
        if (scope.start != kNone) {
            fault(start.element.id, "start: a scope has one start event without an event, an event sub-process has one start event", "one more");
        }
        scope.start = index;
    }
    if (only) {
        node(scope.scope).event_subs.push_back(index);
    }
}

void Compiler::pair_links() {
    for (auto& thrower : data_.nodes) {
        if (!thrower.is(ElementKind::intermediate_throw_event) || !thrower.waits_for(EventKind::link)) {
            continue;
        }
        int found = 0;
        for (Index index = 1; index < static_cast<Index>(data_.nodes.size()); ++index) {
            const auto& other = node(index);
            if (other.is(ElementKind::intermediate_catch_event) && other.waits_for(EventKind::link) && other.scope == thrower.scope &&
                other.element.event.name == thrower.element.event.name) {
                thrower.link_target = index;
                ++found;
            }
        }
        if (found != 1) {
            fault(thrower.element.id, "link-pair: a throwing link has one catching link of its name in its scope",
                  fmt::format("{} of name '{}'", found, thrower.element.event.name));
        }
    }
}

void Compiler::mark_defaults() {
    for (auto& node : data_.nodes) {
        if (node.element.default_flow.empty()) {
            continue;
        }
        const auto found = data_.edge_by_id.find(node.element.default_flow);
        if (found == data_.edge_by_id.end() || &this->node(edge(found->second).from) != &node) {
            fault(node.element.id, "default-flow: a default flow leaves its own element", fmt::format("'{}'", node.element.default_flow));
            continue;
        }
        node.default_flow = found->second;
    }
}

}  // namespace slipway::lifecycle
