// Any bytes are a file of decisions that compile and can be asked, or `invalid_argument` with at most 100 faults.
#include <cstdint>
#include <cstdlib>

#include "adapters/bpmn/reader.hpp"
#include "fakes/fake_names.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace slipway;
    static const fakes::FakeNames kNames{R"({"Response Time": 239, "drift_max-KS": 0.5, "method": "x", "r2_score": 0.6, "a": 1})"};
    const auto read = bpmn::read_decisions({reinterpret_cast<const char*>(data), size});
    if (!read) {
        if (read.error().code != ErrorCode::invalid_argument || read.error().reason != "DMN" || read.error().faults.size() > 100) {
            std::abort();
        }
        return 0;
    }
    for (const auto& table : read->decisions) {
        const auto decision = lifecycle::Decision::compile(table);
        if (!decision) {
            std::abort();
        }
        if (const auto answers = decision->evaluate(kNames); !answers && answers.error().code != ErrorCode::failed_precondition) {
            std::abort();
        }
    }
    return 0;
}
