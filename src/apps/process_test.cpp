#include "apps/process.hpp"

#include <cstdlib>
#include <gtest/gtest.h>

namespace slipway::process {
namespace {

/// Stops by SIGTERM, and gets another signal while it does.
[[noreturn]] void stop_and_get(int signal) {
    constexpr int kDone = 7;
    const auto stops = hold_signals();
    ::raise(SIGTERM);
    wait_for_stop(stops);
    ::raise(signal);
    std::_Exit(kDone);
}

/// As `timeout`, `tini -g` and whoever ends a whole process group send it.
TEST(ProcessDeathTest, ASecondSigtermDoesNotCutTheStopShort) {
    EXPECT_EXIT(stop_and_get(SIGTERM), testing::ExitedWithCode(7), "");
}

TEST(ProcessDeathTest, AnImpatientPersonDoes) {
    EXPECT_EXIT(stop_and_get(SIGINT), testing::KilledBySignal(SIGINT), "");
}

}  // namespace
}  // namespace slipway::process
