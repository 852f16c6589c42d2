// Any text is a cell of a decision table or `invalid_argument`; an absent input, NaN and infinity pass the dash and conditions alone.
#include <cstdint>
#include <cstdlib>
#include <limits>

#include "fakes/fake_names.hpp"
#include "lifecycle/unary_tests.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace slipway;
    static const fakes::FakeNames kNames{R"({"a": 1, "b": "text", "c": {"d": true}, "cellInput": 3})"};
    const auto tests = lifecycle::UnaryTests::parse({reinterpret_cast<const char*>(data), size});
    if (!tests) {
        if (tests.error().code != ErrorCode::invalid_argument || tests.error().reason != "DECISION") {
            std::abort();
        }
        return 0;
    }
    const json::value inputs[] = {json::value(1),    json::value(-0.5),    json::value("text"),        json::value("2026-03-01"),
                                  json::value(true), json::value(nullptr), json::value(json::array{1})};
    for (const auto& input : inputs) {
        if (const auto passed = tests->matches(&input, kNames); !passed && passed.error().code != ErrorCode::failed_precondition) {
            std::abort();
        }
    }
    const json::value no_numbers[] = {json::value(std::numeric_limits<double>::quiet_NaN()), json::value(-std::numeric_limits<double>::infinity())};
    for (const auto* const input : {static_cast<const json::value*>(nullptr), &no_numbers[0], &no_numbers[1]}) {
        const auto passed = tests->matches(input, kNames);
        if (!tests->condition() && (!passed || *passed != tests->any())) {
            std::abort();
        }
    }
    return 0;
}
