#pragma once

#include <initializer_list>
#include <string>
#include <utility>

#include "lifecycle/process.hpp"

namespace slipway::lifecycle {

/// Puts a process together in a few lines. References that it answers hold until the next call.
class ProcessBuilder {
public:
    Process process{.id = "p"};

    Element& add(ElementKind kind, const std::string& id, const std::string& scope = {}) {
        return process.elements.emplace_back(Element{.id = id, .kind = kind, .scope = scope});
    }
    Element& start(const std::string& id = "s", const std::string& scope = {}) { return add(ElementKind::start_event, id, scope); }
    Element& end(const std::string& id = "e", const std::string& scope = {}, EventKind kind = EventKind::none, const std::string& name = {}) {
        return event(ElementKind::end_event, id, scope, kind, name);
    }
    Element& event(ElementKind kind, const std::string& id, const std::string& scope, EventKind what, const std::string& name = {}) {
        auto& element = add(kind, id, scope);
        element.event.kind = what;
        if (what == EventKind::timer || what == EventKind::conditional) {
            element.event.expression = name;
        } else {
            element.event.name = name;
        }
        return element;
    }
    Element& catching(const std::string& id, EventKind what, const std::string& name, const std::string& scope = {}) {
        return event(ElementKind::intermediate_catch_event, id, scope, what, name);
    }
    Element& throwing(const std::string& id, EventKind what, const std::string& name, const std::string& scope = {}) {
        return event(ElementKind::intermediate_throw_event, id, scope, what, name);
    }
    /// An external task with its id as topic.
    Element& task(const std::string& id, const std::string& scope = {}) {
        auto& element = add(ElementKind::service_task, id, scope);
        element.topic = id;
        return element;
    }
    Element& user(const std::string& id, const std::string& scope = {}) { return add(ElementKind::user_task, id, scope); }
    Element& manual(const std::string& id, const std::string& scope = {}) { return add(ElementKind::manual_task, id, scope); }
    Element& script(const std::string& id, const std::string& target, const std::string& value, const std::string& scope = {}) {
        auto& element = add(ElementKind::script_task, id, scope);
        element.script.push_back({target, Binding{.text = value}});
        return element;
    }
    Element& boundary(const std::string& id, const std::string& host, EventKind what, const std::string& name, bool interrupting = true,
                      const std::string& scope = {}) {
        auto& element = event(ElementKind::boundary_event, id, scope, what, name);
        element.attached_to = host;
        element.interrupting = interrupting;
        return element;
    }
    /// An event sub-process with its start `id` + "_start"; further elements go into the scope `id`.
    Element& event_sub(const std::string& id, EventKind what, const std::string& name, bool interrupting = true, const std::string& scope = {}) {
        add(ElementKind::event_sub_process, id, scope);
        auto& element = event(ElementKind::start_event, id + "_start", id, what, name);
        element.interrupting = interrupting;
        return element;
    }
    /// Flow `from`_`to`.
    Flow& flow(const std::string& from, const std::string& to, const std::string& condition = {}) {
        return process.flows.emplace_back(Flow{.id = from + "_" + to, .from = from, .to = to, .condition = condition});
    }
    void path(std::initializer_list<std::string> ids) {
        for (const auto* at = ids.begin(); at + 1 < ids.end(); ++at) {
            flow(*at, *(at + 1));
        }
    }
    Element& element(const std::string& id) {
        for (auto& element : process.elements) {
            if (element.id == id) {
                return element;
            }
        }
        return process.elements.front();
    }
};

}  // namespace slipway::lifecycle
