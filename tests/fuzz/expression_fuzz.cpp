// Any text is an expression within its bounds or `invalid_argument`; what is evaluated is a value within its bounds or `failed_precondition`.
#include <cstdint>
#include <cstdlib>

#include "fakes/fake_names.hpp"
#include "lifecycle/expression.hpp"

namespace {

using namespace slipway;

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

template <typename T>
bool refused(const Result<T>& result, ErrorCode code) {
    return !result && result.error().code == code && result.error().reason == "EXPRESSION" && !result.error().message.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fakes::FakeNames kNames{R"({"A": 1, "B": 2.5, "T": "text", "N": null, "F": true, "L": [1, [2], {"a": "b"}], "O": {"a": {"b": [3]}, "c d": 4},
        "J": "{\"a\": [1, 2]}", "BIG": 9223372036854775807, "externalTask": {"retries": 2}})"};
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto expression = lifecycle::Expression::parse(text)) {
        const auto value = expression->evaluate(kNames);
        check(value ? json::write(*value).size() < (8U << 20) : refused(value, ErrorCode::failed_precondition));
        const auto test = expression->test(kNames);
        check(!test || (value && value->is_bool()));
    } else {
        check(refused(expression, ErrorCode::invalid_argument));
    }
    if (const auto joined = lifecycle::Template::parse(text)) {
        const auto made = joined->text(kNames);
        check(made ? made->size() <= (1U << 20) : refused(made, ErrorCode::failed_precondition));
    } else {
        check(refused(joined, ErrorCode::invalid_argument));
    }
    return 0;
}
