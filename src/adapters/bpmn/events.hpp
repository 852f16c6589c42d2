#pragma once

#include <map>
#include <string>
#include <string_view>

#include "adapters/bpmn/findings.hpp"
#include "adapters/bpmn/xml.hpp"
#include "lifecycle/process.hpp"

namespace slipway::bpmn {

/// Messages, signals, errors and escalations of a file by their ids.
class References {
public:
    explicit References(const XmlElement& definitions);
    /// The name (of an error or escalation its code) behind `id`, or nullptr.
    const std::string* message(std::string_view id) const { return find(messages_, id); }
    const std::string* signal(std::string_view id) const { return find(signals_, id); }
    const std::string* error(std::string_view id) const { return find(errors_, id); }
    const std::string* escalation(std::string_view id) const { return find(escalations_, id); }

private:
    using Names = std::map<std::string, std::string, std::less<>>;
    static const std::string* find(const Names& names, std::string_view id);
    Names messages_;
    Names signals_;
    Names errors_;
    Names escalations_;
};

/// Reads the event definition of an event into `into`, whose kind is known.
void read_event(const XmlElement& element, bool in_event_sub_process, const References& references, lifecycle::Element& into, Findings& findings);

/// The name that `attribute` of `at` refers to, or a fault.
std::string resolve(std::string_view owner, const XmlElement& at, std::string_view attribute, const std::string* found, Findings& findings);

}  // namespace slipway::bpmn
