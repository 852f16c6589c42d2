#pragma once

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

namespace slipway {

/// Sorts and keeps the order of equals. Instead of std::ranges::stable_sort, whose libstdc++ form uses a function that C++17 deprecates.
template <typename T, typename Less = std::ranges::less, typename Projection = std::identity>
void sort_stably(std::vector<T>& items, Less less = {}, Projection projection = {}) {
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        const auto& left = std::invoke(projection, items[a]);
        const auto& right = std::invoke(projection, items[b]);
        return std::invoke(less, left, right) || (a < b && !std::invoke(less, right, left));
    });
    std::vector<T> sorted;
    sorted.reserve(items.size());
    for (const auto index : order) {
        sorted.push_back(std::move(items[index]));
    }
    items = std::move(sorted);
}

}  // namespace slipway
