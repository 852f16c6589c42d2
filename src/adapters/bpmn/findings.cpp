#include "adapters/bpmn/findings.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/json_codec.hpp"

namespace slipway::bpmn {

namespace {

constexpr std::size_t kMaxFaults = 100;
constexpr std::size_t kMaxShown = 300;

std::string shortened(std::string_view text) {
    return text.size() <= kMaxShown ? std::string{text} : fmt::format("{}…", json::utf8_front(text, kMaxShown));
}

}  // namespace

void Findings::fault(const XmlElement& at, std::string_view rule, std::string_view what, std::string_view instead) {
    fault(at.id(), at, rule, what, instead);
}

void Findings::fault(std::string_view owner, const XmlElement& at, std::string_view rule, std::string_view what, std::string_view instead) {
    if (faults_.size() == kMaxFaults) {
        ++left_out_;
        return;
    }
    what.remove_suffix(what.ends_with('.') ? 1 : 0);  // a sentence goes on behind it
    faults_.push_back({std::string{owner}, std::string{instead}, fmt::format("line {}, {}: {}", at.line, rule, shortened(what))});
}

void Findings::warn(std::string_view owner, const XmlElement& at, std::string_view rule, std::string_view message) {
    if (warnings_.size() < kMaxFaults) {
        warnings_.push_back({std::string{owner}, std::string{rule}, shortened(message), at.line});
    }
}

std::unexpected<Error> Findings::error(std::string_view reason) const {
    const auto& first = faults_.front();
    const auto count = faults_.size() + left_out_;
    auto message = fmt::format("The file cannot run here, for {} {}. The first: {}{}. Use instead: {}.", count, count == 1 ? "reason" : "reasons",
                               first.pointer.empty() ? std::string{} : fmt::format("\"{}\", ", first.pointer), first.got, first.expected);
    return std::unexpected(Error{ErrorCode::invalid_argument, std::string{reason}, std::move(message), faults_, {}});
}

}  // namespace slipway::bpmn
