#include <fmt/format.h>
#include <ranges>

#include "apps/cli/output.hpp"
#include "apps/cli/terminal.hpp"
#include "apps/cli/yaml_writer.hpp"

namespace slipway::cli {
namespace {

/// One fault, as far as the message has not told it.
std::string told(const Fault& fault, const Error& error) {
    if (fault.got.starts_with("line ")) {  // of an element in a file
        return error.message.contains(fault.got) ? "" : harmless(fmt::format("  {}, {}. Use instead: {}.", fault.pointer, fault.got, fault.expected)) + "\n";
    }
    if (error.faults.size() == 1 && error.message.contains(fault.pointer + " must be " + fault.expected)) {
        return fault.got.empty() ? "" : harmless("  It is " + fault.got + ".") + "\n";
    }
    return harmless(fmt::format("  {} must be {}{}", fault.pointer, fault.expected, fault.got.empty() ? "" : ", not " + fault.got)) + "\n";
}

}  // namespace

std::string render_error(const Error& error, Format format) {
    if (format == Format::json) {
        const auto document = json::parse(error.detail);
        if (document && document->is_object()) {
            return to_pretty_json(*document);
        }
        return to_pretty_json(json::object{{"code", error.reason}, {"message", error.message}});
    }
    std::string out;
    for (const auto& part : std::views::split(std::string_view{error.message}, '\n')) {
        // Indented, so that none is taken for a message of its own.
        out += (out.empty() ? "slipway: " : "  ") + harmless(std::string_view{part}) + "\n";
    }
    out += out.empty() ? "slipway: \n" : "";
    for (const auto& fault : error.faults) {
        out += told(fault, error);
    }
    const auto document = json::parse_object(error.detail);
    const auto request = document ? std::string{json::text_of(*document, "requestId")} : std::string{};
    if (!request.empty()) {
        out += "  code " + harmless(error.reason) + ", request " + harmless(request) + "\n";
    }
    return out;
}

}  // namespace slipway::cli
