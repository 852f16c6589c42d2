#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lifecycle/expression.hpp"
#include "lifecycle/process.hpp"
#include "lifecycle/timer.hpp"

namespace slipway::lifecycle {

/// Place of a node or a flow in its graph's arrays; -1 where there is none.
using Index = std::int32_t;
inline constexpr Index kNone = -1;
/// The process itself, the scope of all scopes.
inline constexpr Index kRoot = 0;

/// A Binding with its texts parsed.
struct CompiledBinding {
    Binding::Kind kind{Binding::Kind::text};
    Template text{};
    std::vector<std::pair<std::string, CompiledBinding>> parts{};

    /// @return as Template::evaluate().
    Result<json::value> evaluate(const Names& names) const;
};

struct CompiledAssignment {
    std::string target;
    CompiledBinding value;
    std::optional<Expression> condition{};
};

struct CompiledPassing {
    bool all{false};
    bool business_key{false};
    std::string variable{};  ///< name of the source, where it is no expression
    std::optional<Template> expression{};
    std::string target{};
    bool local{false};
};

struct CompiledLoop {
    bool sequential{false};
    std::optional<Template> cardinality{};
    std::optional<Template> collection{};
    std::string element_variable{};
    std::optional<Template> completion{};
};

/// What of an element is read from texts: parsed once, shared by all instances.
struct Compiled {
    Template event_name{};                 ///< message, signal, link, code
    std::optional<Template> event_text{};  ///< timer
    std::optional<Template> condition{};   ///< conditional event
    std::vector<CompiledPassing> event_in{};
    std::optional<Template> correlation_key{};  ///< property `mlc.correlationKey`
    std::optional<Template> topic{};
    Template retry_cycle{};
    Template priority{};
    std::vector<CompiledAssignment> inputs{};
    std::vector<CompiledAssignment> outputs{};
    std::vector<CompiledAssignment> script{};
    std::vector<CompiledAssignment> on_start{};
    std::vector<CompiledAssignment> on_end{};
    std::optional<CompiledLoop> loop{};
    Template called_element{};
    Template called_version{};
    std::vector<CompiledPassing> in{};
    std::vector<CompiledPassing> out{};
    Template assignee{};
    Template candidate_users{};
    Template candidate_groups{};
    Template due_date{};
    Template follow_up_date{};
    Template form_key{};
    std::optional<Template> expression{};
    std::vector<Template> error_rules{};  ///< in the order of the element's
    Misfire misfire{Misfire::once};
};

/// One flow node as the engine walks it.
struct Node {
    Element element{};
    Index scope{kNone};  ///< enclosing sub-process or kRoot; kNone of the root alone
    std::vector<Index> incoming{};
    std::vector<Index> outgoing{};
    Index default_flow{kNone};
    Index link_target{kNone};  ///< of a throwing link
    std::vector<Index> boundaries{};
    Index start{kNone};               ///< of a scope: its none start; of an event sub-process: its only start
    std::vector<Index> event_subs{};  ///< of a scope: start events of its event sub-processes
    Compiled compiled{};
    /// Of an inclusive join, for each of its incoming flows: nodes from which a token can still reach that flow without passing the join.
    std::vector<std::vector<std::uint64_t>> reaches{};

    bool is(ElementKind kind) const { return element.kind == kind; }
    bool waits_for(EventKind kind) const { return element.event.kind == kind; }
    bool scope_like() const { return is(ElementKind::sub_process) || is(ElementKind::event_sub_process); }
    /// Whether it gathers tokens before it goes on.
    bool joins() const { return incoming.size() > 1 && (is(ElementKind::parallel_gateway) || is(ElementKind::inclusive_gateway)); }
};

struct Edge {
    std::string id{};
    Index from{kNone};
    Index to{kNone};
    std::optional<Template> condition{};
};

/// A compiled process. Immutable, cheap to copy, shared by all threads.
class Graph {
public:
    const std::string& key() const { return data_->process.id; }
    const std::string& name() const { return data_->process.name; }
    const std::string& version_tag() const { return data_->process.version_tag; }
    const std::map<std::string, std::string>& properties() const { return data_->process.properties; }
    /// Property `mlc.timeZone`, or empty.
    std::string_view time_zone() const;
    /// Property `mlc.startOnce`: one business key starts it once.
    bool start_once() const;
    /// Property `mlc.uncaughtError` is `end`: an error that nothing catches ends its path silently, as Camunda 7 has it.
    bool ends_uncaught_errors() const { return data_->ends_uncaught_errors; }

    const std::vector<Node>& nodes() const { return data_->nodes; }
    const std::vector<Edge>& edges() const { return data_->edges; }
    const Node& node(Index index) const { return data_->nodes[static_cast<std::size_t>(index)]; }
    const Edge& edge(Index index) const { return data_->edges[static_cast<std::size_t>(index)]; }
    /// Place of an element or a flow by its id, kNone where there is none.
    Index find_node(std::string_view id) const;
    Index find_edge(std::string_view id) const;
    bool has_inclusive_joins() const { return data_->inclusive_joins; }
    /// Start events of the process itself.
    const std::vector<Index>& starts() const { return data_->starts; }

    /// What `mlc.businessKey` says over the variables of a start; empty without that property.
    /// @return as Template::evaluate(); `failed_precondition` with reason `EXPRESSION` when it says nothing.
    Result<std::string> business_key(const json::object& variables) const;
    /// Whether the condition of the conditional start event holds. A variable that is not there means that it does not.
    /// @return as Template::evaluate(); `invalid_argument` where the element is no such start.
    Result<bool> start_condition(Index start, const json::object& variables) const;

private:
    friend class Compiler;
    struct Data {
        Process process;  ///< without elements and flows
        std::vector<Node> nodes;
        std::vector<Edge> edges;
        std::vector<Index> starts;
        std::unordered_map<std::string, Index> node_by_id;
        std::unordered_map<std::string, Index> edge_by_id;
        std::optional<Template> business_key;
        bool inclusive_joins{false};
        bool ends_uncaught_errors{false};
    };
    explicit Graph(std::shared_ptr<const Data> data) : data_{std::move(data)} {}
    std::shared_ptr<const Data> data_;
};

/// What a process is compiled for. One that was deployed goes on though a bound on what may be deployed came after it: its steps meet the bound by themselves.
enum class CompileFor { deploying, running };

/// Checks a process and compiles it. Bounds: 10,000 elements, 20,000 flows, scopes 64 deep.
/// @return `invalid_argument` with reason `PROCESS`: a fault for each element that breaks a rule; its `pointer` is the element's id, `expected` the
/// rule's name and words (`flow-target: a flow leads to an element of its scope`), `got` what stands there.
Result<Graph> compile(const Process& process, CompileFor what_for = CompileFor::deploying);

/// Names over the members of an object; what a start's or a child's variables are looked up in.
class ObjectNames final : public Names {
public:
    explicit ObjectNames(const json::object& members) : members_{members} {}
    const json::value* find(std::string_view name) const override { return members_.if_contains(name); }

private:
    const json::object& members_;
};

}  // namespace slipway::lifecycle
