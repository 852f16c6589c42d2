#include "spark/asset_path.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/json.hpp"
#include "domain/visible_text.hpp"

namespace slipway::spark {
namespace {

/// Of a file within the job's folder: with that, 4,096 is the most that the system takes.
constexpr std::size_t kLongestPath = 2048;
constexpr std::size_t kLongestName = 200;

std::unexpected<Error> refused(std::string message) {
    return fail(ErrorCode::failed_precondition, "PATH_ESCAPE", std::move(message));
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// What a part of a name has that it may not have, in words; empty: nothing.
std::string odd_in(std::string_view part, bool listed) {
    const auto odd = std::ranges::find_if(part, [&](char c) { return is_control(c) || c == '\\' || (listed && (c == ',' || c == '#')); });
    if (odd != part.end()) {
        return is_control(*odd) ? fmt::format("a control character (0x{:02x})", static_cast<unsigned char>(*odd)) : fmt::format("'{}'", *odd);
    }
    return part.size() > kLongestName ? fmt::format("more than {} bytes between two slashes", kLongestName) : "";
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string out;
    json::write_string_to(out, text);
    return out;
}

Result<std::string> safe_path(std::string_view name, bool listed) {
    std::string out;
    for (std::string_view rest{name}; !rest.empty();) {
        const auto end = std::min(rest.find('/'), rest.size());
        const auto part = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (part == "..") {
            return refused(fmt::format("The asset {} leads out of the job's folder.", quoted(name)));
        }
        if (part.empty() || part == ".") {
            continue;
        }
        if (const auto odd = odd_in(part, listed); !odd.empty()) {
            return refused(fmt::format("The asset {} has {} in its name, which no file can have here.", quoted(name), odd));
        }
        if (out.size() + part.size() > kLongestPath) {
            return refused(fmt::format("The asset {}… has a longer name than the {} bytes that a file can have here.",
                                       quoted(domain::visible_text(name.substr(0, 100), true)), kLongestPath));
        }
        out += (out.empty() ? "" : "/") + std::string{part};
    }
    if (out.empty() || name.starts_with('/')) {
        return refused(fmt::format("The asset {} has no name within the job's folder.", quoted(name)));
    }
    return out;
}

}  // namespace slipway::spark
