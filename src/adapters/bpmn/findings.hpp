#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/bpmn/reader.hpp"
#include "adapters/bpmn/xml.hpp"
#include "base/error.hpp"

namespace slipway::bpmn {

/// Collects what a file has that cannot run here (faults) and what does nothing here (warnings).
class Findings {
public:
    /// `what` is a sentence without its full stop, `instead` what to use.
    void fault(const XmlElement& at, std::string_view rule, std::string_view what, std::string_view instead);
    /// As fault(), of a part of an element: the id is that of `owner`, the line that of `at`.
    void fault(std::string_view owner, const XmlElement& at, std::string_view rule, std::string_view what, std::string_view instead);
    void warn(std::string_view owner, const XmlElement& at, std::string_view rule, std::string_view message);

    bool failed() const { return !faults_.empty(); }
    std::vector<Remark> take_warnings() { return std::move(warnings_); }
    /// The error of all faults: at most 100 of them, the rest counted.
    std::unexpected<Error> error(std::string_view reason) const;

private:
    std::vector<Fault> faults_;
    std::vector<Remark> warnings_;
    std::size_t left_out_{0};
};

}  // namespace slipway::bpmn
