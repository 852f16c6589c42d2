#include "domain/document.hpp"

#include <fmt/format.h>

#include "domain/visible_text.hpp"

namespace slipway::domain {

namespace {

/// Separators of lines and paragraphs count: they break a line as U+000A does.
bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || code == 0x2028 || code == 0x2029;
}

/// White space of Unicode, and what has no width.
bool shows_nothing(char32_t code) {
    return is_control(code) || code == 0x20 || code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200D) || code == 0x202F || code == 0x205F ||
           code == 0x2060 || code == 0x3000 || code == 0xFEFF;
}

}  // namespace

Result<void> refuse(json::Faults& faults) {
    if (faults.empty()) {
        return {};
    }
    auto list = faults.take();
    std::string message =
        "The document is not valid: " + (list[0].pointer.empty() ? std::string{"it"} : list[0].pointer) + " must be " + list[0].expected + ".";
    return std::unexpected(Error{ErrorCode::invalid_argument, "INVALID", std::move(message), std::move(list), {}});
}

bool is_blank(std::string_view name) {
    return std::ranges::all_of(characters_of(name), [](char32_t code) { return shows_nothing(code); });
}

void check_name(std::string_view name, const std::string& at, json::Faults& faults) {
    const auto characters = characters_of(name);
    const auto expected = fmt::format("a name of 1 to {} characters", kLongestName);
    if (std::ranges::any_of(characters, [](char32_t code) { return is_control(code); })) {
        faults.add(at, "a name without control characters", "text with one");
    } else if (is_blank(name)) {
        faults.add(at, expected, name.empty() ? "nothing" : "blanks");
    } else if (characters.size() > kLongestName) {
        faults.add(at, expected, fmt::format("{} characters", characters.size()));
    } else if (std::ranges::any_of(characters, turns_writing)) {
        faults.add(at, "a name without characters that turn the direction of writing", "text with one");
    }
}

}  // namespace slipway::domain
