#include "http/multipart.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

#include "base/ascii.hpp"

namespace slipway::http {
namespace {

constexpr std::size_t kMostParts = 100;
constexpr std::size_t kLongestBoundary = 70;

bool same_word(std::string_view a, std::string_view b) {
    return ascii_lower(a) == ascii_lower(b);
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Value of parameter `name` of a header such as `form-data; name="a"`; quoted or bare.
std::optional<std::string> parameter(std::string_view header, std::string_view name) {
    auto at = header.find(';');
    while (at != std::string_view::npos) {
        header.remove_prefix(at + 1);
        const auto equals = header.find('=');
        if (equals == std::string_view::npos) {
            return std::nullopt;
        }
        const auto key = trimmed(header.substr(0, equals));
        header = trimmed(header.substr(equals + 1));
        std::string found;
        if (header.starts_with('"')) {
            std::size_t i = 1;
            for (; i < header.size() && header[i] != '"'; ++i) {
                i += header[i] == '\\' && i + 1 < header.size() ? 1U : 0U;
                found += header[i];
            }
            header.remove_prefix(std::min(i + 1, header.size()));
        } else {
            found = trimmed(header.substr(0, header.find(';')));
        }
        if (same_word(key, name)) {
            return found;
        }
        at = header.find(';');
    }
    return std::nullopt;
}

std::unexpected<Error> broken(std::string what) {
    return fail(ErrorCode::invalid_argument, "BAD_MULTIPART", fmt::format("The form cannot be read: {}.", what));
}

Result<Part> read_part(std::string_view text) {
    const auto end = text.find("\r\n\r\n");
    if (end == std::string_view::npos) {
        return broken("a part has no empty line behind its headers");
    }
    Part part{.name = {}, .filename = {}, .content = std::string{text.substr(end + 4)}};
    auto headers = text.substr(0, end);
    bool named = false;
    while (!headers.empty()) {
        const auto line = headers.substr(0, headers.find("\r\n"));
        headers.remove_prefix(std::min(line.size() + 2, headers.size()));
        const auto colon = line.find(':');
        if (colon != std::string_view::npos && same_word(trimmed(line.substr(0, colon)), "content-disposition")) {
            const auto disposition = line.substr(colon + 1);
            named = parameter(disposition, "name").has_value();
            part.name = parameter(disposition, "name").value_or("");
            part.filename = parameter(disposition, "filename").value_or("");
        }
    }
    return named ? Result<Part>{std::move(part)} : broken("a part has no name");
}

}  // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body) {
    if (!same_word(trimmed(content_type.substr(0, content_type.find(';'))), "multipart/form-data")) {
        return fail(ErrorCode::invalid_argument, "UNSUPPORTED_MEDIA_TYPE", "The body must be a form with files: send Content-Type: multipart/form-data.");
    }
    const auto boundary = parameter(content_type, "boundary").value_or("");
    if (boundary.empty() || boundary.size() > kLongestBoundary) {
        return broken("its Content-Type names no boundary");
    }
    const auto delimiter = "\r\n--" + boundary;
    std::vector<Part> parts;
    // The first delimiter may stand at the very beginning, without the line break that is part of all others.
    auto at = body.starts_with(delimiter.substr(2)) ? delimiter.size() - 2 : body.find(delimiter);
    if (at != std::string_view::npos && !body.starts_with(delimiter.substr(2))) {
        at += delimiter.size();
    }
    while (at != std::string_view::npos && !body.substr(at).starts_with("--")) {
        const auto line = body.find("\r\n", at);
        const auto next = line == std::string_view::npos ? line : body.find(delimiter, line);
        if (next == std::string_view::npos) {
            return broken("it breaks off before its last boundary");
        }
        if (parts.size() == kMostParts) {
            return broken(fmt::format("it has more than {} parts", kMostParts));
        }
        SW_TRY(auto part, read_part(body.substr(line + 2, next - std::min(next, line + 2))));
        parts.push_back(std::move(part));
        at = next + delimiter.size();
    }
    return at == std::string_view::npos ? broken("its boundary does not stand in it") : Result<std::vector<Part>>{std::move(parts)};
}

}  // namespace slipway::http
