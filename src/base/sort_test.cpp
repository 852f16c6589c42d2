#include "base/sort.hpp"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace slipway {
namespace {

TEST(SortStably, KeepsTheOrderOfEquals) {
    std::vector<std::pair<int, std::string>> items;
    for (int i = 0; i < 200; ++i) {
        items.emplace_back(i % 3, std::to_string(i));
    }
    sort_stably(items, std::ranges::greater{}, &std::pair<int, std::string>::first);
    for (std::size_t i = 1; i < items.size(); ++i) {
        EXPECT_GE(items[i - 1].first, items[i].first);
        if (items[i - 1].first == items[i].first) {
            EXPECT_LT(std::stoi(items[i - 1].second), std::stoi(items[i].second));
        }
    }
}

TEST(SortStably, MovesWhatCannotBeCopied) {
    std::vector<std::unique_ptr<int>> items;
    items.push_back(std::make_unique<int>(2));
    items.push_back(std::make_unique<int>(1));
    sort_stably(items, {}, [](const auto& item) { return *item; });
    EXPECT_EQ(*items[0], 1);
    EXPECT_EQ(*items[1], 2);
}

}  // namespace
}  // namespace slipway
