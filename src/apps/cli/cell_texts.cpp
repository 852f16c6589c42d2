#include "apps/cli/cell_texts.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "apps/cli/terminal.hpp"
#include "insight/why.hpp"

namespace slipway::cli {

std::string text_of_value(const json::value& v) {
    if (v.is_string()) {
        return harmless(v.get_string());
    }
    return v.is_null() ? std::string{} : harmless(json::write(v));
}

std::string members_text(const json::value& v) {
    if (!v.is_object()) {
        return text_of_value(v);
    }
    std::string out;
    for (const auto& member : v.get_object()) {
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", harmless(member.key()), text_of_value(member.value()));
    }
    return out;
}

std::string failure_text(const json::object& job, const json::value& found) {
    const auto status = json::text_of(job, "jobStatus");
    if (status == "ERROR") {
        return harmless(insight::failure_of(job));
    }
    auto text = text_of_value(found);
    return text == status ? std::string{} : text;
}

std::string stage_text(std::string_view name) {
    static constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"endpointConfigs", "Endpoint configurations"},
                                                                               {"register", "Written to the registry"},
                                                                               {"check", "Configuration looked at"},
                                                                               {"configuration", "Configuration in AWS"}};
    if (const auto* const found = std::ranges::find(kNames, name, &std::pair<std::string_view, std::string_view>::first); found != std::end(kNames)) {
        return std::string{found->second};
    }
    const bool account = !name.empty() && name.front() >= '0' && name.front() <= '9';
    std::string out;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool upper = c >= 'A' && c <= 'Z';
        if (account) {
            out += c == '/' ? ' ' : c;
        } else if (c == '_' || c == '-') {
            out += ' ';
        } else {
            out += upper && i > 0 && name[i - 1] >= 'a' && name[i - 1] <= 'z' ? " " : "";
            out += upper ? static_cast<char>(c + 0x20) : c;
        }
    }
    if (!account && !out.empty() && out.front() >= 'a' && out.front() <= 'z') {
        out.front() = static_cast<char>(out.front() - 0x20);
    }
    return harmless(out);
}

}  // namespace slipway::cli
