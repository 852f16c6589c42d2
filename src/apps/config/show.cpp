#include <algorithm>

#include "apps/config/load.hpp"
#include "base/json.hpp"

namespace slipway::config {
namespace {

std::string quoted(std::string_view text) {
    return json::write(json::value(text));  // JSON's texts are YAML's
}

/// A YAML scalar that reads back as the same text.
std::string scalar(std::string_view text) {
    const bool plain = !text.empty() && text.find_first_of(":#{}[],&*!|>'\"%@`\\\t\n") == std::string_view::npos && !text.starts_with('-') &&
                       !text.starts_with('?') && text.front() != ' ' && text.back() != ' ' && text != "null" && text != "~";
    const bool address = !text.empty() && !text.contains(": ") && !text.ends_with(':') && std::ranges::all_of(text, [](unsigned char c) {
        return std::isalnum(c) != 0 || std::string_view{".:/_-"}.contains(static_cast<char>(c));
    }) && std::isalnum(static_cast<unsigned char>(text.front())) != 0;
    if (plain || address) {
        return std::string{text};
    }
    return quoted(text);
}

std::string shown_value(const Key& key, const std::vector<std::string>& values) {
    if (key.secret) {
        return "\"***\"";
    }
    if (key.type != Type::words && key.type != Type::permissions) {
        return values.empty() || values.front().empty() ? "null" : scalar(values.front());
    }
    std::string out;
    for (const auto& value : values) {
        out += (out.empty() ? "" : ", ") + scalar(value);
    }
    return "[" + out + "]";
}

std::string fallback_value(const Key& key) {
    if (key.type == Type::words || key.type == Type::permissions) {
        return "[" + std::string{key.fallback} + "]";
    }
    return key.fallback.empty() ? "null" : scalar(key.fallback);
}

/// `name: `; the name of a group, which may have dots, is a key of its own: `…jobs: {"my.group": `.
std::string written_name(const std::string& name, const Key& key) {
    if (!key.name.ends_with("*.*")) {
        return name + ": ";
    }
    const auto fixed = key.name.find('*');
    const auto dot = name.find('.', fixed);
    return name.substr(0, dot) + ": {" + quoted(std::string_view{name}.substr(dot + 1)) + ": ";
}

struct Line {
    std::string text;
    std::string origin;
};

std::string cell(std::string_view text) {
    std::string out;
    for (const char c : text) {
        out += c == '|' ? "\\|" : std::string{c};
    }
    return out;
}

/// `server.publicUrl` → `SLIPWAY_SERVER__PUBLICURL`; empty for keys that a variable cannot name.
std::string variable_of(std::string_view name) {
    std::string out = "SLIPWAY_";
    for (const char c : name) {
        if (c == '*') {
            return {};
        }
        if (c == '.') {
            out += "__";
        } else if (c == '[') {
            out += "__0";
        } else if (c == '-') {
            out += '_';
        } else if (c != ']') {
            out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        }
    }
    return out;
}

}  // namespace

std::string show(const Loaded& loaded, bool origin) {
    std::vector<Line> lines;
    for (const auto& key : keys()) {
        if (!key.name.contains("[]") && !key.name.contains('*') && key.type != Type::refused) {
            const auto given = loaded.settings.find(std::string{key.name});
            const bool set = given != loaded.settings.end();
            lines.push_back(
                {std::string{key.name} + ": " + (set ? shown_value(key, given->second.values) : fallback_value(key)), set ? given->second.origin : "default"});
        }
    }
    for (const auto& [name, setting] : loaded.settings) {
        if (setting.key->name.contains("[]") || setting.key->name.contains('*')) {
            lines.push_back({written_name(name, *setting.key) + shown_value(*setting.key, setting.values) + (setting.key->name.ends_with("*.*") ? "}" : ""),
                             setting.origin});
        }
    }
    std::size_t width = 0;
    for (const auto& line : lines) {
        width = std::max(width, std::min<std::size_t>(line.text.size(), 76));
    }
    std::string out;
    for (const auto& line : lines) {
        out += line.text;
        if (origin) {
            out.append(line.text.size() < width ? width - line.text.size() : 0, ' ');
            out += "  # " + line.origin;
        }
        out += '\n';
    }
    return out;
}

std::string configuration_page() {
    std::string out =
        "# Configuration\n\n"
        "<!-- Made by `slipway docs config`; a test says that it is current. -->\n\n"
        "`slipway serve` needs no configuration. What is said here comes from, later ones winning: the defaults, one YAML file (`--config`, else\n"
        "`/etc/slipway/slipway.yaml` if it is there), the environment, the command line. `slipway config check` names every fault with its line and\n"
        "exits 2; `slipway config show --origin` shows every value and where it comes from, secrets masked.\n\n"
        "- Keys may be written in camelCase or kebab-case, nested or with dots (`server.listen: …`). An unknown key is a fault that names the nearest known "
        "one.\n"
        "- An empty value means that the key is not set. Anchors, aliases, tags and duplicate keys are refused. Tabs are tolerated as indentation.\n"
        "- In the environment `__` stands for a dot and a number for an entry of a list: `SLIPWAY_SERVER__LISTEN`,\n"
        "  `SLIPWAY_SAGEMAKER_CREDENTIALS__STOREDCREDENTIALS__0__REGION`. Lists are written with commas. For a secret, `…_FILE` names a file that holds it.\n"
        "- Periods are ISO 8601 (`P90D`, `PT12H`; a year counts 365 days, a month 30) or `30s`, `5m`, `12h`, `7d`.\n\n"
        "| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const auto& key : keys()) {
        std::string type = key.secret ? type_name(key) + ", secret" : type_name(key);
        out += "| `" + std::string{key.name} + "` | " + cell(type) + " | " + (key.fallback.empty() ? "" : "`" + std::string{key.fallback} + "`") + " | " +
               cell(key.description) + " |\n";
    }
    out += "\n## Environment variables\n\n| key | variable |\n|---|---|\n";
    for (const auto& key : keys()) {
        const auto variable = variable_of(key.name);
        if (!variable.empty() && key.type != Type::refused) {
            out += "| `" + std::string{key.name} + "` | `" + variable + (key.secret ? "`, `" + variable + "_FILE" : "") + "` |\n";
        }
    }
    out +=
        "\nBesides: `SLIPWAY_DATA_DIR` (data directory of `serve`), `SLIPWAY_ADMIN_PASSWORD` or `SLIPWAY_ADMIN_PASSWORD_FILE` (first password of the\n"
        "administrator `admin`, 8 to 1024 bytes; counts at the first start only), AWS's own `AWS_REGION`,\n"
        "`AWS_DEFAULT_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_ENDPOINT_URL` and "
        "`AWS_ENDPOINT_URL_SAGEMAKER|_STS|_S3`.\n";
    return out;
}

}  // namespace slipway::config
