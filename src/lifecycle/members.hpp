#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/json.hpp"

namespace slipway::lifecycle {

/// Members of an object that this folder wrote itself. The first that does not fit is noted in `bad`; absent ones have their usual value.
class Members {
public:
    Members(const json::object& members, std::optional<std::string>& bad) : members_{members}, bad_{bad} {}

    bool has(std::string_view name) const { return members_.contains(name); }
    std::int64_t number(std::string_view name, std::int64_t usual = 0) const {
        const auto* value = members_.if_contains(name);
        if (value == nullptr || value->is_int64()) {
            return value == nullptr ? usual : value->get_int64();
        }
        note(name);
        return usual;
    }
    std::string text(std::string_view name) const {
        const auto* value = members_.if_contains(name);
        if (value == nullptr || value->is_string()) {
            return value == nullptr ? std::string{} : std::string{value->get_string()};
        }
        note(name);
        return {};
    }
    bool flag(std::string_view name) const {
        const auto* value = members_.if_contains(name);
        return value != nullptr && value->is_bool() && value->get_bool();
    }
    const json::object& object(std::string_view name) const {
        static const json::object none;
        const auto* value = json::object_of(members_, name);
        return value == nullptr ? none : *value;
    }
    const json::array* array(std::string_view name) const { return json::array_of(members_, name); }

    /// The enumerator whose number is the place of the text among `words`.
    template <typename Enum>
    Enum one_of(std::string_view name, std::span<const std::string_view> words) const {
        const auto word = text(name);
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (words[i] == word) {
                return static_cast<Enum>(i);
            }
        }
        note(name);
        return {};
    }
    /// Calls `use` with the members of each object of the list.
    template <typename Use>
    void each(std::string_view name, const Use& use) const {
        const auto* items = array(name);
        if (items == nullptr) {
            return;
        }
        for (const auto& item : *items) {
            if (item.is_object()) {
                use(Members{item.get_object(), bad_});
            } else {
                note(name);
            }
        }
    }

private:
    void note(std::string_view name) const {
        if (!bad_) {
            bad_ = "its member '" + std::string{name} + "' is something else";
        }
    }

    const json::object& members_;
    std::optional<std::string>& bad_;
};

}  // namespace slipway::lifecycle
