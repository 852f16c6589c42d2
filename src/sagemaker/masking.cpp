#include "sagemaker/masking.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <vector>

#include "base/log.hpp"
#include "domain/url.hpp"

namespace slipway::sagemaker {
namespace {

// Shorter values would be found in words that have nothing to do with them.
constexpr std::size_t kLeastQuoted = 6;

bool ends_with_any(std::string_view name, std::span<const std::string_view> endings) {
    return std::ranges::any_of(endings, [&](std::string_view ending) { return name.ends_with(ending); });
}

/// Members in which AWS names and addresses things: an environment may repeat them (`SAGEMAKER_REGION`), which makes no secret of them.
bool names_something(std::string_view member) {
    static constexpr std::array<std::string_view, 14> kEndings{"Arn",  "Name", "Url",    "Uri",    "URI",     "Path",     "Image",
                                                               "Type", "Id",   "Region", "Status", "Subnets", "GroupIds", "Mode"};
    return ends_with_any(member, kEndings);
}

/// Members in which AWS speaks to people.
bool is_free_text(std::string_view member) {
    static constexpr std::array<std::string_view, 4> kEndings{"Reason", "Message", "Description", "Details"};
    return ends_with_any(member, kEndings);
}

/// Addresses without the passwords and signatures that people write into them.
std::string clean_address(std::string_view text) {
    if (text.find("X-Amz-") != std::string_view::npos) {
        text = text.substr(0, text.find('?'));
    }
    return domain::clean_url(text).url;
}

/// Longer values first: a shorter one may be part of them.
struct LongerFirst {
    bool operator()(const std::string& a, const std::string& b) const { return a.size() != b.size() ? a.size() > b.size() : a < b; }
};
using Taken = std::set<std::string, LongerFirst>;

class Masker {
public:
    json::value mask(std::string_view name, const json::value& v) {
        if (v.is_object()) {
            return mask_object(name, v.get_object());
        }
        if (v.is_array()) {
            return mask_array(name, v.get_array());
        }
        if (!v.is_string()) {
            return v;
        }
        auto text = clean_address(v.get_string());
        if (names_something(name)) {
            names_.push_back(text);
        }
        return json::value(text);
    }

    /// Second pass: the values taken out, wherever they are quoted but in names and addresses.
    void forget_quotes(std::string_view name, json::value& v) const {
        if (v.is_object()) {
            for (auto& member : v.get_object()) {
                forget_quotes(member.key(), member.value());
            }
        } else if (v.is_array()) {
            for (auto& item : v.get_array()) {
                forget_quotes(name, item);
            }
        } else if (v.is_string() && !names_something(name)) {
            forget_in(v.get_string(), secrets_);
            if (is_free_text(name)) {
                forget_in(v.get_string(), settings_);
            }
        }
    }

    /// A value that is part of a name or an address stands there for everyone to read: taking it out elsewhere hides nothing.
    void keep_names() {
        for (auto* taken : {&secrets_, &settings_}) {
            std::erase_if(*taken, [&](const std::string& value) {
                return std::ranges::any_of(names_, [&](const std::string& one) { return one.find(value) != std::string::npos; });
            });
        }
    }

private:
    json::value hide(const json::value& v, bool secret) {
        if (v.is_string() && v.get_string().size() >= kLeastQuoted) {
            (secret ? secrets_ : settings_).emplace(v.get_string());
        }
        return json::value(kMasked);
    }

    json::value mask_object(std::string_view name, const json::object& o) {
        const bool all = name == "Environment";
        const bool by_name = name == "HyperParameters" || name == "Tags";
        json::object out;
        for (const auto& [key, item] : o) {
            const bool secret = (all || by_name) && log::looks_secret(key);
            out[key] = all || secret ? hide(item, secret) : mask(key, item);
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
            out.push_back(mask(name, item));
        }
        return out;
    }

    json::value mask_tags(const json::array& items) {
        json::array out;
        for (const auto& item : items) {
            out.push_back(mask({}, item));
            if (item.is_object() && log::looks_secret(json::text_of(item.get_object(), "Key"))) {
                const auto* value = item.get_object().if_contains("Value");
                out.back().get_object()["Value"] = hide(value == nullptr ? json::value{} : *value, true);
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
                out.push_back(hide(item, true));
            } else if (secret && equals != std::string_view::npos) {
                hide(json::value(text.substr(equals + 1)), true);
                out.push_back(json::value(std::string{text.substr(0, equals + 1)} + std::string{kMasked}));
            } else if (text.starts_with('-') && equals != std::string_view::npos) {
                out.push_back(json::value(std::string{text.substr(0, equals + 1)} + clean_address(text.substr(equals + 1))));
            } else {
                out.push_back(mask({}, item));
            }
            hide_next = !hide_next && secret && equals == std::string_view::npos && text.starts_with('-');
        }
        return out;
    }

    static void forget_in(boost::json::string& text, const Taken& taken) {
        for (const auto& secret : taken) {
            for (auto at = text.find(secret); at != boost::json::string::npos; at = text.find(secret, at + kMasked.size())) {
                text.replace(at, secret.size(), kMasked);
            }
        }
    }

    Taken secrets_;   ///< values whose name says that they are secret
    Taken settings_;  ///< other values of environments: looked for in free text alone
    std::vector<std::string> names_;
};

}  // namespace

json::object masked(const json::object& answer) {
    Masker masker;
    auto out = masker.mask({}, json::value(answer));
    masker.keep_names();
    masker.forget_quotes({}, out);
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
        tags[key] = log::looks_secret(key) ? std::string{kMasked} : clean_address(json::text_of(item.get_object(), "Value"));
    }
    return tags;
}

}  // namespace slipway::sagemaker
