#include "sagemaker/masking.hpp"

#include <set>

#include "base/log.hpp"

namespace slipway::sagemaker {
namespace {

// Shorter values would be found in words that have nothing to do with them.
constexpr std::size_t kLeastQuoted = 6;

class Masker {
public:
    json::value mask(std::string_view name, const json::value& v) {
        if (v.is_object()) {
            return mask_object(name, v.get_object());
        }
        if (v.is_array()) {
            return mask_array(name, v.get_array());
        }
        if (v.is_string() && std::string_view{v.get_string()}.find("X-Amz-") != std::string_view::npos) {
            return json::value(std::string_view{v.get_string()}.substr(0, v.get_string().find('?')));
        }
        return v;
    }

    /// Second pass: the values taken out, wherever they are quoted.
    void forget_quotes(json::value& v) const {
        if (v.is_object()) {
            for (auto& member : v.get_object()) {
                forget_quotes(member.value());
            }
        } else if (v.is_array()) {
            for (auto& item : v.get_array()) {
                forget_quotes(item);
            }
        } else if (v.is_string()) {
            forget_in(v.get_string());
        }
    }

private:
    json::value hide(const json::value& v) {
        if (v.is_string() && v.get_string().size() >= kLeastQuoted) {
            taken_.emplace(v.get_string());
        }
        return json::value(kMasked);
    }

    json::value mask_object(std::string_view name, const json::object& o) {
        const bool all = name == "Environment";
        const bool by_name = name == "HyperParameters" || name == "Tags";
        json::object out;
        for (const auto& [key, item] : o) {
            const bool hidden = all || (by_name && log::looks_secret(key));
            out[key] = hidden ? hide(item) : mask(key, item);
        }
        return out;
    }

    json::value mask_array(std::string_view name, const json::array& items) {
        if (name == "Tags") {
            return mask_tags(items);
        }
        if (name == "ContainerArguments" || name == "ContainerEntrypoint") {
            return mask_arguments(items);
        }
        json::array out;
        for (const auto& item : items) {
            out.push_back(mask({}, item));
        }
        return out;
    }

    json::value mask_tags(const json::array& items) {
        json::array out;
        for (const auto& item : items) {
            out.push_back(item);
            if (item.is_object() && log::looks_secret(json::text_of(item.get_object(), "Key"))) {
                const auto* value = item.get_object().if_contains("Value");
                out.back().get_object()["Value"] = hide(value == nullptr ? json::value{} : *value);
            }
        }
        return out;
    }

    /// `--password=x`, and `--password` followed by `x`.
    json::value mask_arguments(const json::array& items) {
        json::array out;
        bool hide_next = false;
        for (const auto& item : items) {
            const auto text = item.is_string() ? std::string_view{item.get_string()} : std::string_view{};
            const auto equals = text.find('=');
            const bool secret = log::looks_secret(text.substr(0, equals));
            if (hide_next) {
                out.push_back(hide(item));
            } else if (secret && equals != std::string_view::npos) {
                hide(json::value(text.substr(equals + 1)));
                out.push_back(json::value(std::string{text.substr(0, equals + 1)} + std::string{kMasked}));
            } else {
                out.push_back(item);
            }
            hide_next = !hide_next && secret && equals == std::string_view::npos && text.starts_with('-');
        }
        return out;
    }

    void forget_in(boost::json::string& text) const {
        for (const auto& secret : taken_) {
            for (auto at = text.find(secret); at != boost::json::string::npos; at = text.find(secret, at + kMasked.size())) {
                text.replace(at, secret.size(), kMasked);
            }
        }
    }

    std::set<std::string, std::less<>> taken_;
};

}  // namespace

json::object masked(const json::object& answer) {
    Masker masker;
    auto out = masker.mask({}, json::value(answer));
    masker.forget_quotes(out);
    return std::move(out.get_object());
}

std::map<std::string, std::string> masked_tags(const json::object& answer) {
    std::map<std::string, std::string> tags;
    const auto* items = json::array_of(answer, "Tags");
    if (items == nullptr) {
        return tags;
    }
    for (const auto& item : *items) {
        if (!item.is_object() || json::text_of(item.get_object(), "Key").empty()) {
            continue;
        }
        const std::string key{json::text_of(item.get_object(), "Key")};
        tags[key] = log::looks_secret(key) ? std::string{kMasked} : std::string{json::text_of(item.get_object(), "Value")};
    }
    return tags;
}

}  // namespace slipway::sagemaker
