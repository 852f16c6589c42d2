#include "http/mlc_refusal.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace slipway::http::mlc {
namespace {

constexpr auto kNowhere = std::string_view::npos;
constexpr std::size_t kMostErrors = 100;       ///< of a file
constexpr std::size_t kLongestTag = 64 << 10;  ///< how far behind its line the id of a tag is looked for
constexpr std::string_view kLine = "line ";

/// What readers say first: the number of the line, and where it ends in `said`.
struct SaidLine {
    int line{0};
    std::size_t behind{0};
};

SaidLine said_line(std::string_view said) {
    const auto at = said.find(kLine);
    if (at == kNowhere) {
        return {};
    }
    SaidLine out;
    const auto* first = said.data() + at + kLine.size();
    const auto [end, problem] = std::from_chars(first, said.data() + said.size(), out.line);
    if (problem != std::errc{} || end == said.data() + said.size() || (*end != ',' && *end != ':')) {
        return {};
    }
    out.behind = at == 0 ? static_cast<std::size_t>(end - said.data()) + 1 : 0;
    return out;
}

/// Where the tag of that id begins.
std::size_t tag_of(std::string_view text, std::string_view id) {
    constexpr std::string_view attribute = "id=";
    for (auto at = text.find(attribute); at != kNowhere; at = text.find(attribute, at + 1)) {
        const auto value = text.substr(at + attribute.size());
        const bool whole = at > 0 && std::string_view{" \t\r\n"}.contains(text[at - 1]) && value.size() > id.size() + 1 &&
                           (value[0] == '"' || value[0] == '\'') && value.substr(1).starts_with(id) && value[id.size() + 1] == value[0];
        if (whole) {
            return text.rfind('<', at);
        }
    }
    return kNowhere;
}

std::size_t begin_of_line(std::string_view content, int line) {
    std::size_t at = 0;
    for (int i = 1; i < line; ++i) {
        at = content.find('\n', at);
        if (at == kNowhere) {
            return kNowhere;
        }
        ++at;
    }
    return at;
}

struct Place {
    int line{0};
    int column{0};
};

/// @param line as a reader said it, or 0.
Place place_of(std::string_view content, std::string_view element, int line) {
    if (line == 0) {
        const auto tag = element.empty() ? kNowhere : tag_of(content, element);
        if (tag == kNowhere) {
            return {};
        }
        const auto before = content.substr(0, tag);
        const auto end = before.rfind('\n');
        return {.line = 1 + static_cast<int>(std::ranges::count(before, '\n')),
                .column = static_cast<int>(end == kNowhere ? before.size() + 1 : before.size() - end)};
    }
    const auto begin = begin_of_line(content, line);
    if (begin == kNowhere) {
        return {.line = line};
    }
    const auto rest = content.substr(begin, kLongestTag);
    auto tag = element.empty() ? kNowhere : tag_of(rest, element);
    if (tag == kNowhere || tag > rest.find('\n')) {
        tag = rest.find('<');
    }
    return {.line = line, .column = tag == kNowhere || tag > rest.find('\n') ? 1 : static_cast<int>(tag) + 1};
}

json::object error_of(std::string_view content, std::string_view element, std::string_view said, const std::string& expected) {
    const auto found = said_line(said);
    const auto place = place_of(content, element, found.line);
    auto message = std::string{said.substr(std::min(said.find_first_not_of(' ', found.behind), said.size()))};
    if (!expected.empty()) {
        message += fmt::format(" (expected: {})", expected);
    }
    json::array ids;
    if (!element.empty()) {
        ids.emplace_back(element);
    }
    return {{"message", message},
            {"line", place.line},
            {"column", place.column},
            {"mainElementId", element.empty() ? json::value{} : json::value(element)},
            {"elementIds", std::move(ids)}};
}

}  // namespace

json::object details_of(const std::vector<automation::RefusedFile>& refused, const std::vector<automation::Resource>& files) {
    json::object out;
    for (const auto& file : refused) {
        const auto sent = std::ranges::find(files, file.resource, &automation::Resource::name);
        const std::string_view content = sent == files.end() ? std::string_view{} : std::string_view{sent->content};
        json::array errors;
        for (const auto& fault : file.error.faults) {
            if (errors.size() == kMostErrors) {
                break;
            }
            errors.push_back(error_of(content, fault.pointer, fault.got.empty() ? std::string_view{file.error.message} : fault.got, fault.expected));
        }
        if (errors.empty()) {
            errors.push_back(error_of(content, {}, file.error.message, {}));
        }
        out[file.resource] = json::object{{"errors", std::move(errors)}, {"warnings", json::array{}}};
    }
    return out;
}

}  // namespace slipway::http::mlc
