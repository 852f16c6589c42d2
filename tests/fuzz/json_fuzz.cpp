// What parses is written as text that parses to the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace slipway;
    const auto parsed = json::parse({reinterpret_cast<const char*>(data), size});
    if (parsed) {
        const auto text = json::write(*parsed);
        const auto again = json::parse(text);
        if (!again || json::write(*again) != text) {
            std::abort();
        }
    }
    return 0;
}
