#include <cstdint>
#include <cstdlib>

#include "store/filter.hpp"

/// Any text is a filter within its bounds or `invalid_argument` with one fault.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto filter = slipway::store::parse_filter({reinterpret_cast<const char*>(data), size});
    if (filter ? filter->terms.size() > 20 : filter.error().code != slipway::ErrorCode::invalid_argument || filter.error().faults.size() != 1) {
        std::abort();
    }
    return 0;
}
