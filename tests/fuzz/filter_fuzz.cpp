// Any text is a filter within the bounds, or refused with a place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/filter.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace slipway;
    const auto filter = store::parse_filter({reinterpret_cast<const char*>(data), size});
    const bool good = filter ? filter->terms.size() <= 20 : !filter.error().faults.empty() && filter.error().faults[0].pointer == "?filter";
    if (!good) {
        std::abort();
    }
    return 0;
}
