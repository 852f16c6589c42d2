#include "store/pointer.hpp"

#include <charconv>

namespace slipway::store {

namespace {

/// Cuts the first token off a pointer that is not empty.
std::string first_token(std::string_view& pointer) {
    const auto end = pointer.find('/', 1);
    const auto token = pointer.substr(1, end == std::string_view::npos ? end : end - 1);
    pointer = end == std::string_view::npos ? std::string_view{} : pointer.substr(end);
    return unescape(token);
}

}  // namespace

std::string unescape(std::string_view token) {
    std::string out;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] == '~' && i + 1 < token.size()) {
            out += token[++i] == '1' ? '/' : '~';
        } else {
            out += token[i];
        }
    }
    return out;
}

void visit(json::value& root, std::string_view pointer, const std::function<void(json::value&)>& action) {
    if (pointer.empty()) {
        action(root);
        return;
    }
    const auto token = first_token(pointer);
    if (auto* members = root.if_object()) {
        if (auto* found = members->if_contains(token)) {
            visit(*found, pointer, action);
        }
    } else if (auto* items = root.if_array()) {
        std::size_t index = 0;
        const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), index);
        if (token == "*") {
            for (auto& item : *items) {
                visit(item, pointer, action);
            }
        } else if (problem == std::errc{} && end == token.data() + token.size() && index < items->size()) {
            visit((*items)[index], pointer, action);
        }
    }
}

void put(json::value& root, std::string_view pointer, json::value v) {
    auto* at = &root;
    while (!pointer.empty()) {
        const auto token = first_token(pointer);
        if (at->is_null()) {
            at->emplace_object();
        }
        if (!at->is_object()) {
            return;
        }
        at = &at->get_object()[token];
    }
    *at = std::move(v);
}

}  // namespace slipway::store
