#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace slipway::bpmn {

constexpr std::size_t kMaxXmlBytes = 8U << 20;
constexpr std::size_t kMaxXmlDepth = 256;
constexpr std::size_t kMaxXmlElements = 100'000;
constexpr std::size_t kMaxXmlAttributes = 500'000;
constexpr std::size_t kMaxXmlNamespaces = 64;  ///< declared on one element

/// Looks a text through before any parser sees it: UTF-8 without control characters, bounds, no DOCTYPE, no entity but XML's own five and characters
/// by number, no processing instruction that includes something.
/// @return `invalid_argument` with `reason`, with the line.
Result<void> guard_xml(std::string_view text, std::string_view reason);

/// The line of an offset, from 1.
int line_at(std::string_view text, std::size_t offset);

}  // namespace slipway::bpmn
