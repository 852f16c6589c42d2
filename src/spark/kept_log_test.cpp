#include "spark/kept_log.hpp"

#include "fakes/monitor_fixture.hpp"

namespace slipway::spark {
namespace {

constexpr std::int64_t kRoom = kLogEnd + 100;

class KeptLogTest : public LocalJobTest {
protected:
    /// A line with its number, so that each place of the file is known.
    static std::string lines(std::size_t size) {
        std::string out;
        for (int number = 0; out.size() < size; ++number) {
            out += fmt::format("{:015}\n", number);
        }
        return out;
    }
    std::string write(const std::string& text) {
        const auto path = dir_.string() + "/log";
        std::ofstream{path} << text;
        return path;
    }
    /// As it is shipped: piece by piece.
    static std::string all_of(const KeptLog& log) {
        std::string out;
        for (std::string piece; !(piece = log.read(static_cast<std::int64_t>(out.size()), 100'000)).empty();) {
            out += piece;
        }
        return out;
    }
};

TEST_F(KeptLogTest, WhatHasRoomIsKeptWhole) {
    const auto text = lines(kRoom - 20);
    const KeptLog log{write(text), kRoom, true};
    EXPECT_EQ(all_of(log), text);
    EXPECT_EQ(log.size(), static_cast<std::int64_t>(text.size()));
    EXPECT_EQ(all_of(KeptLog{dir_.string() + "/nothing", kRoom, true}), "");
}

TEST_F(KeptLogTest, OfMoreTheBeginningAndTheEndAreKeptWithAMarkBetween) {
    const auto text = lines(3 * kRoom) + "ValueError: no rows\n";
    const KeptLog log{write(text), kRoom, true};
    const auto kept = all_of(log);
    ASSERT_EQ(kept.size(), static_cast<std::size_t>(kRoom) + 1);  // the last byte is dropped, and tells that there is more
    EXPECT_EQ(kept.substr(0, 100), text.substr(0, 100));
    const auto mark = kept.find("… ");
    const auto end = kept.find("left out here …\n") + std::string_view{"left out here …\n"}.size();
    ASSERT_EQ(mark, 101U);
    const auto back = kept.substr(end, kept.size() - 1 - end);
    EXPECT_TRUE(text.ends_with(back));
    EXPECT_TRUE(kept.contains(fmt::format("… {} bytes", text.size() - 100 - back.size()))) << kept.substr(mark, 60);
}

TEST_F(KeptLogTest, WhileItRunsOnlyWhatWillBeAtTheFrontGoes) {
    const auto text = lines(2 * kRoom);
    const auto path = write(text);
    const auto early = all_of(KeptLog{path, kRoom, false});
    EXPECT_EQ(early, text.substr(0, 100));
    EXPECT_TRUE(all_of(KeptLog{path, kRoom, true}).starts_with(early));
    EXPECT_EQ(KeptLog(path, -5, false).size(), 0);
}

TEST_F(KeptLogTest, ATracebackAtTheEndOfALongLogReachesModelManage) {
    cycle();
    const auto text = lines(kLargestLog) + "Traceback: the cause\n";
    std::ofstream{folder("j1") + "/stderr-1"} << text;
    for (int i = 0; i < 40; ++i) {
        cycle();
    }
    EXPECT_EQ(registry.jobs["j1"].log[1].size(), static_cast<std::size_t>(kLargestLog - kLogEnd));
    returns();
    cycle();
    cycle();
    const auto& log = registry.jobs["j1"].log[1];
    EXPECT_EQ(log.size(), static_cast<std::size_t>(kLargestLog) + 1);
    EXPECT_TRUE(log.ends_with("Traceback: the cause\n\n"));
    EXPECT_TRUE(log.contains(" bytes are left out here …\n"));
}

}  // namespace
}  // namespace slipway::spark
