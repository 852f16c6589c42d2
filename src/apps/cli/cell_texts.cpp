#include "apps/cli/cell_texts.hpp"

#include <fmt/format.h>

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

}  // namespace slipway::cli
