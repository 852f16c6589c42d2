#pragma once

#include <string>
#include <vector>

#include "lifecycle/graph.hpp"

namespace slipway::lifecycle {

/// Turns one Process into one Graph; what compile() runs. Each phase adds its faults, and a phase that others stand on ends the work when it has any.
class Compiler {
public:
    Compiler(const Process& process, CompileFor what_for);
    Result<Graph> run();

private:
    using Data = Graph::Data;

    void fault(std::string_view element, std::string_view rule, std::string got);
    std::unexpected<Error> refused() const;
    Node& node(Index index) { return data_.nodes[static_cast<std::size_t>(index)]; }
    Edge& edge(Index index) { return data_.edges[static_cast<std::size_t>(index)]; }
    Index find(std::string_view id) const;

    // compile.cpp: what stands where
    void check_size();
    void add_nodes();
    void place_in_scopes();
    void check_depth();
    void add_edges();
    void attach_boundaries();
    void find_starts();
    void add_start(Index index);
    void pair_links();
    void mark_defaults();

    // compile_check.cpp: rules of single elements
    void check_nodes();
    void check_event(const Node& node);
    void check_event_texts(const Node& node);
    void check_start(const Node& node);
    void check_boundary(const Node& node);
    void check_work(const Node& node);
    void check_loop(const Node& node);
    void check_ends(const Node& node);
    void check_gateway(const Node& node);
    void check_exclusive(const Node& node);
    void check_event_gateway(const Node& node);
    void check_scope(const Node& node);

    // compile_reach.cpp: ways through the graph
    std::vector<Index> next_of(Index index) const;
    void check_reachable();
    void mark_inclusive_joins();
    void mark_join(Index index, const std::vector<std::vector<Index>>& before);

    // compile_texts.cpp: expressions
    void read_texts();
    void read_event(Node& node);
    void read_work(Node& node);
    void check_people(const Element& element);
    void read_call(Node& node);
    void read_loop(Node& node);
    void read_edges();
    void read_process();
    Template text(std::string_view element, std::string_view what, const std::string& source);
    std::optional<Template> optional_text(std::string_view element, std::string_view what, const std::string& source);
    std::optional<Template> condition(std::string_view element, const std::string& source);
    CompiledBinding binding(std::string_view element, const Binding& source, int depth);
    std::vector<CompiledAssignment> assignments(std::string_view element, const std::vector<Assignment>& source);
    std::vector<CompiledPassing> passings(std::string_view element, const std::vector<Passing>& source);

    const Process& process_;
    CompileFor what_for_;
    Data data_;
    std::vector<Fault> faults_;
};

}  // namespace slipway::lifecycle
