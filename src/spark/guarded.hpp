#pragma once

#include <exception>
#include <type_traits>

#include "base/error.hpp"

namespace slipway::spark {

/// What `work` answers, a Result; what it throws (no memory, or what a library did not foresee) is a fault like any other: whoever waits for it is told, and
/// may try again.
template <typename Work>
std::invoke_result_t<const Work&> guarded(const Work& work) {
    try {
        return work();
    } catch (const std::exception& e) {
        return fail(ErrorCode::internal, "THREW", fmt::format("Something failed unexpectedly: {}.", e.what()));
    }
}

}  // namespace slipway::spark
