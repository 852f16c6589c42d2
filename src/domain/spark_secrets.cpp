#include "domain/spark_secrets.hpp"

#include <fmt/format.h>

#include "base/log.hpp"
#include "base/secret_names.hpp"
#include "domain/url.hpp"

namespace slipway::domain {
namespace {

constexpr std::string_view kConf = "--conf";
constexpr std::string_view kSpark = "spark.";
constexpr std::string_view kMask = "***";

bool is_secret_key(std::string_view name) {
    return is_secret_name(name) || log::looks_secret(name) || name.contains("fs.azure.sas.");
}

/// What names or switches something is no key, whatever it is called: `…credentials.provider`, `…credentials.hive.enabled`.
bool is_harmless(std::string_view name, std::string_view value) {
    return name.ends_with(".provider") || value == "true" || value == "false";
}

/// `-Dx.password=…` among the options of a JVM.
bool defines_secret(std::string_view options) {
    constexpr std::string_view kDefine = "-D";
    for (auto at = options.find(kDefine); at != std::string_view::npos; at = options.find(kDefine, at + 1)) {
        const auto word = options.substr(at + kDefine.size(), options.find_first_of(" \t", at) - at - kDefine.size());
        const auto equals = word.find('=');
        if (equals != std::string_view::npos && !is_harmless(word.substr(0, equals), word.substr(equals + 1)) && is_secret_key(word.substr(0, equals))) {
            return true;
        }
    }
    return false;
}

/// The setting and its value, of an entry that names it in its value: `"--conf": "spark.a=1"`.
std::pair<std::string_view, std::string_view> setting_in(std::string_view value) {
    const auto equals = value.find('=');
    return equals == std::string_view::npos ? std::pair{std::string_view{}, value} : std::pair{value.substr(0, equals), value.substr(equals + 1)};
}

/// `account[^a-z0-9]*key`: with whatever may stand between the words of a part.
std::string loose(std::string_view part) {
    for (const std::string_view tail : {"key", "string", "credential"}) {
        if (part.size() > tail.size() && part.ends_with(tail)) {
            return fmt::format("{}[^a-z0-9]*{}", part.substr(0, part.size() - tail.size()), tail);
        }
    }
    return std::string{part};
}

bool holds_something(const json::value& item) {
    return !item.is_null() && !(item.is_string() && item.get_string().empty());
}

}  // namespace

bool is_secret_setting(std::string_view name, std::string_view value) {
    if (name == "--driver-java-options" || name.ends_with("avaOptions")) {
        return defines_secret(value);
    }
    return name.starts_with(kSpark) && !is_harmless(name, value) && is_secret_key(name);
}

bool is_secret_option(std::string_view name, std::string_view value) {
    if (name == kConf) {
        const auto [setting, its_value] = setting_in(value);
        return is_secret_setting(setting, its_value);
    }
    name.remove_prefix(name.starts_with("--conf ") ? kConf.size() + 1 : 0);
    return is_secret_setting(name, value);
}

std::string redaction_pattern() {
    std::string parts = "access[.]?key|fs[.]azure[.]sas[.]";
    const auto add = [&](const auto& list) {
        for (const std::string_view part : list) {
            parts += "|" + loose(part);
        }
    };
    add(secret_names::kParts);
    add(secret_names::kPartsOfPeople);
    add(secret_names::kPartsOfFields);
    std::string words;
    std::string inner;  // as they stand within a name in camelCase
    for (const auto word : secret_names::kWords) {
        words += fmt::format("{}{}", words.empty() ? "" : "|", word);
        inner += fmt::format("{}{}(?i:{})", inner.empty() ? "" : "|", static_cast<char>(word.front() - 'a' + 'A'), word.substr(1));
    }
    std::string ends;
    for (const auto end : secret_names::kEnds) {
        ends += fmt::format("{}{}", ends.empty() ? "" : "|", end);
    }
    return fmt::format("(?i:{}|({})[^a-z0-9]*($|=))|(^|[^A-Za-z0-9])(?i:{})([^a-z0-9]|$)|[a-z]({})([^a-z0-9]|$)", parts, ends, words, inner);
}

json::object without_secrets(const json::object& options) {
    json::object out;
    for (const auto& [name, item] : options) {
        const auto text = item.is_string() ? std::string_view{item.get_string()} : std::string_view{};
        const std::string_view key{name};
        const auto [setting, value] = setting_in(text);
        if (key == kConf && is_secret_option(key, text)) {
            out[name] = fmt::format("{}={}", setting, kMask);
        } else if (holds_something(item) && (is_secret_option(key, text) || (!is_harmless(key, text) && is_secret_name(key)))) {
            out[name] = kMask;
        } else {
            out[name] = item;
        }
    }
    return out;
}

}  // namespace slipway::domain
