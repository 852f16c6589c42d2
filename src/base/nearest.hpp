#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway {

/// Levenshtein distance; ASCII letters of either case are equal.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// True when whoever wrote `word` may have meant something at that distance.
bool is_near(std::string_view word, std::size_t distance);

/// The one of `known` (texts) that `word` was probably meant to be, empty when none is near: no suggestion is better than a wrong one.
template <typename Texts>
std::string nearest(std::string_view word, const Texts& known) {
    std::string best;
    auto least = std::string_view::npos;
    for (const auto& one : known) {
        if (const auto distance = edit_distance(word, one); distance < least && is_near(word, distance)) {
            least = distance;
            best = one;
        }
    }
    return best;
}

}  // namespace slipway
