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

std::string lines_text(const json::value& v) {
    std::string out;
    for (const auto& item : v.is_array() ? v.get_array() : json::array{}) {
        out += (out.empty() ? "" : "\n") + text_of_value(item);
    }
    return out;
}

std::string present_text(const json::value& assets) {
    std::string out;
    for (const auto& item : assets.is_array() ? assets.get_array() : json::array{}) {
        if (const auto* asset = item.if_object()) {
            const auto* there = asset->if_contains("present");
            const bool present = there != nullptr && there->is_bool() && there->get_bool();
            out += (out.empty() ? "" : ", ") + harmless(json::text_of(*asset, "name")) + (present ? "" : " missing");
        }
    }
    return out;
}

std::string decisions_text(const json::value& siblings) {
    std::string out;
    for (const auto& item : siblings.is_array() ? siblings.get_array() : json::array{}) {
        if (const auto* sibling = item.if_object()) {
            const auto decision = json::text_of(*sibling, "decision");
            out += (out.empty() ? "" : ", ") + harmless(json::text_of(*sibling, "model")) + " " + (decision.empty() ? "not decided" : harmless(decision));
        }
    }
    return out;
}

std::string problems_text(const json::value& v) {
    std::string out;
    for (const auto& item : v.is_array() ? v.get_array() : json::array{}) {
        if (const auto* problem = item.if_object()) {
            const auto permission = json::text_of(*problem, "permission");
            out += (out.empty() ? "" : "\n") + harmless(json::text_of(*problem, "operation")) + ": " + harmless(json::text_of(*problem, "message")) +
                   (permission.empty() ? "" : " (missing permission: " + harmless(permission) + ")");
        }
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

std::string tracking_text(const json::object& job, const json::value& url) {
    const auto text = text_of_value(url);
    const auto* application = json::object_of(job, "sparkApplication");
    const auto id = application != nullptr ? json::text_of(*application, "id") : std::string_view{};
    const auto status = json::text_of(job, "jobStatus");
    const bool ended = status == "COMPLETE" || status == "ERROR" || status == "CANCELLED";
    return ended && !id.empty() && !text.contains(id) ? text + " (until the driver ended)" : text;
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
