#include "apps/serve/build_info.hpp"

#include <gtest/gtest.h>

namespace slipway::serve {
namespace {

TEST(BuildInfo, SaysWhatRunsAndSinceWhen) {
    const auto info = build_info("SQLite 3.40.1", from_epoch_ms(1'795'633'200'000));
    EXPECT_EQ(json::text_of(info, "startedAt"), "2026-11-25T19:00:00.000Z");
    EXPECT_EQ(json::text_of(info, "database"), "SQLite 3.40.1");
    const auto& build = info.at("build").as_object();
    EXPECT_EQ(json::text_of(build, "version"), SLIPWAY_VERSION);
    const auto compiler = json::text_of(build, "compiler");
    EXPECT_TRUE(compiler.starts_with("g++ 1") || compiler.starts_with("clang 1")) << compiler;
    if (const auto commit = json::text_of(build, "commit"); !commit.empty()) {
        EXPECT_EQ(commit.size(), 12U) << commit;
        EXPECT_EQ(commit.find_first_not_of("0123456789abcdef"), std::string_view::npos) << commit;
    }
}

}  // namespace
}  // namespace slipway::serve
