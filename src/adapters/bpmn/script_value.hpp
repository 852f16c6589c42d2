#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::bpmn {

/// Behind the text that begins at `at` with its quote; npos where it has no end.
std::size_t behind_text(std::string_view source, std::size_t at);

/// Behind the bracket that closes the one at `at`; npos where none does. Texts are skipped.
std::size_t behind_bracket(std::string_view source, std::size_t at);

/// The parts of `source` between `sign`s that stand in no bracket and no text.
std::vector<std::string_view> split_outside(std::string_view source, char sign);

/// `source` without blanks around it.
std::string_view without_blanks(std::string_view source);

/// `source` with its comments turned into blanks.
std::string without_comments(std::string_view source);

}  // namespace slipway::bpmn
