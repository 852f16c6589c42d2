#include "http/message.hpp"

namespace slipway::http {

std::string_view Request::header(std::string_view name) const {
    for (const auto& [key, content] : headers) {
        if (key == name) {
            return content;
        }
    }
    return {};
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
    for (const auto& [key, content] : query) {
        if (key == name) {
            return content;
        }
    }
    return std::nullopt;
}

std::string_view Request::cookie(std::string_view name) const {
    for (const auto& [key, content] : headers) {
        if (key != "cookie") {
            continue;
        }
        std::string_view rest = content;
        while (!rest.empty()) {
            const auto end = rest.find(';');
            auto pair = rest.substr(0, end);
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
            pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
            const auto equals = pair.find('=');
            if (equals != std::string_view::npos && pair.substr(0, equals) == name) {
                return pair.substr(equals + 1);
            }
        }
    }
    return {};
}

}  // namespace slipway::http
