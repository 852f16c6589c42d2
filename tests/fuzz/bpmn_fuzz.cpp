// Any bytes are a file with processes whose references hold, or `invalid_argument` with at most 100 faults that say what to use instead.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "adapters/bpmn/reader.hpp"

namespace {

using namespace slipway;

bool has(const lifecycle::Process& process, const std::string& id) {
    return std::ranges::find(process.elements, id, &lifecycle::Element::id) != process.elements.end();
}

bool sound(const lifecycle::Process& process) {
    const bool flows = std::ranges::all_of(process.flows, [&](const auto& flow) { return has(process, flow.from) && has(process, flow.to); });
    return flows && std::ranges::all_of(process.elements,
                                        [&](const auto& element) { return !element.id.empty() && (element.scope.empty() || has(process, element.scope)); });
}

bool well_refused(const Error& error) {
    return error.code == ErrorCode::invalid_argument && error.reason == "BPMN" && error.faults.size() <= 100 &&
           std::ranges::all_of(error.faults, [](const auto& fault) { return fault.got.starts_with("line ") && !fault.expected.empty(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto read = bpmn::read_processes({reinterpret_cast<const char*>(data), size});
    if (read ? read->processes.empty() || !std::ranges::all_of(read->processes, sound) : !well_refused(read.error())) {
        std::abort();
    }
    return 0;
}
