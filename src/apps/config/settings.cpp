#include "apps/config/settings.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/sort.hpp"

namespace slipway::config {
namespace {

std::string shortened(std::string_view text) {
    return text.size() <= 40 ? std::string{text} : std::string{text.substr(0, 37)} + "...";
}

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) {
        return {};
    }
    return std::string{text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1)};
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> words;
    while (!text.empty()) {
        const auto end = std::min(text.find(','), text.size());
        if (auto word = trimmed(text.substr(0, end)); !word.empty()) {
            words.push_back(std::move(word));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

bool takes_list(const Key& key) {
    return key.type == Type::words || key.type == Type::permissions;
}

/// The value in a fault, but for secrets.
std::string shown(const Key& key, const std::vector<std::string>& values) {
    if (key.secret || values.empty()) {
        return {};
    }
    return ", not \"" + shortened(values.front()) + "\"";
}

std::string meant(const std::string& known) {
    return known.empty() ? ": see docs/configuration.md" : "; did you mean " + known + "?";
}

std::string refusal(const std::string& path, const Key& key) {
    return path + ": " + std::string{key.description};
}

/// Walks a YAML tree beside the tree of keys.
class FileReader {
public:
    FileReader(const std::string& name, Settings& settings, std::vector<ConfigFault>& faults) : name_{name}, settings_{settings}, faults_{faults} {}

    void map(const YamlNode& node, const KeyNode& keys, const std::string& path) {
        for (const auto& member : node.members) {
            dotted(member.name, member.line, member.value, keys, path);
        }
    }
    void fault(int line, const std::string& text) { faults_.push_back({line, name_ + ":" + std::to_string(line) + ": " + text}); }

private:
    /// `server.listen: x` is `server: {listen: x}`, as Spring users write it; `list[0].key: x` is the key of an entry.
    void dotted(std::string_view name, int line, const YamlNode& value, const KeyNode& keys, const std::string& path) {
        const bool free_name = keys.any && keys.any->children.empty() && !keys.any->any;
        const auto dot = end_of_part(name, value, keys);
        const auto part = name.substr(0, dot);
        const auto bracket = part.ends_with(']') ? part.find('[') : std::string_view::npos;
        const KeyNode* next = nullptr;
        std::string written{part};
        if (const auto found = keys.children.find(normalised(part.substr(0, bracket))); found != keys.children.end()) {
            next = found->second.get();
            written = next->name;
        } else if (keys.any && !part.empty()) {
            next = keys.any.get();
        }
        if (next != nullptr && bracket != std::string_view::npos && !free_name) {
            const auto index = part.substr(bracket + 1, part.size() - bracket - 2);
            const bool number = !index.empty() && index.size() < 4 && std::ranges::all_of(index, [](unsigned char c) { return std::isdigit(c) != 0; });
            next = number ? next->entry.get() : nullptr;
            written += part.substr(bracket);
        }
        const std::string full = path.empty() ? written : path + "." + written;
        if (next == nullptr) {
            fault(line, full + ": unknown key" + meant(nearest_key(pattern_of(path), part.substr(0, bracket))));
        } else if (dot != std::string_view::npos) {
            dotted(name.substr(dot + 1), line, value, *next, full);
        } else {
            take(value, line, *next, full);
        }
    }
    /// Names that people choose (groups, clients) may have dots: of one with keys of its own, what stands behind the last dot is the key, unless they follow
    /// as a mapping.
    static std::size_t end_of_part(std::string_view name, const YamlNode& value, const KeyNode& keys) {
        if (!keys.any) {
            return name.find('.');
        }
        const bool has_keys = !keys.any->children.empty() || keys.any->any;
        return has_keys && value.kind != YamlNode::Kind::map ? name.rfind('.') : std::string_view::npos;
    }
    void take(const YamlNode& value, int line, const KeyNode& keys, const std::string& path) {
        if (value.kind == YamlNode::Kind::null) {
            return;  // empty, as in the samples of the matched product: not set
        }
        if (value.kind == YamlNode::Kind::map && !(keys.children.empty() && !keys.any)) {
            map(value, keys, path);
        } else if (keys.key != nullptr) {
            leaf(value, line, *keys.key, path);
        } else if (value.kind == YamlNode::Kind::list && keys.entry) {
            entries(value, *keys.entry, path);
        } else {
            fault(line, path + ": must be " + (keys.entry ? "a list" : "a mapping of keys") + ", not " + kind_of(value));
        }
    }
    void entries(const YamlNode& list, const KeyNode& entry, const std::string& path) {
        for (std::size_t i = 0; i < list.items.size(); ++i) {
            const auto& item = list.items[i];
            const std::string full = path + "[" + std::to_string(i) + "]";
            if (item.kind == YamlNode::Kind::map) {
                map(item, entry, full);
            } else if (item.kind != YamlNode::Kind::null) {
                fault(item.line, full + ": must be a mapping of keys, not " + kind_of(item));
            }
        }
    }
    void leaf(const YamlNode& value, int line, const Key& key, const std::string& path) {
        if (key.type == Type::refused) {
            fault(line, refusal(path, key));
            return;
        }
        std::vector<std::string> values;
        if (value.kind == YamlNode::Kind::scalar) {
            values = takes_list(key) ? split_words(value.text) : std::vector{value.text};
        } else if (value.kind == YamlNode::Kind::list && takes_list(key)) {
            for (const auto& item : value.items) {
                if (item.kind != YamlNode::Kind::scalar) {
                    fault(item.line, path + ": must be " + type_name(key) + "; this entry is " + kind_of(item));
                    return;
                }
                values.push_back(item.text);
            }
        } else {
            fault(line, path + ": must be " + type_name(key) + ", not " + kind_of(value));
            return;
        }
        if (value.kind == YamlNode::Kind::scalar && value.text.empty() && key.type != Type::option) {
            return;  // "" is as good as nothing
        }
        if (const auto wrong = value_fault(key, values)) {
            fault(line, path + ": " + *wrong + shown(key, values));
            return;
        }
        settings_[path] = Setting{&key, std::move(values), name_ + ":" + std::to_string(line)};
    }
    static std::string kind_of(const YamlNode& node) {
        switch (node.kind) {
            case YamlNode::Kind::map: return "a mapping";
            case YamlNode::Kind::list: return "a list";
            case YamlNode::Kind::null: return "empty";
            case YamlNode::Kind::scalar: return "a single value";
        }
        return {};
    }
    /// `a[3].b` → `a[].b`
    static std::string pattern_of(const std::string& path) {
        std::string out;
        for (std::size_t i = 0; i < path.size(); ++i) {
            out += path[i];
            if (path[i] == '[') {
                i = path.find(']', i) - 1;
            }
        }
        return out;
    }

    const std::string& name_;
    Settings& settings_;
    std::vector<ConfigFault>& faults_;
};

void read_expanded(std::string_view text, const std::string& name, Settings& settings, std::vector<ConfigFault>& faults) {
    const auto document = read_yaml(text);
    FileReader reader{name, settings, faults};
    for (const auto& fault : document.faults) {
        reader.fault(fault.line, fault.message);
    }
    if (document.root.kind == YamlNode::Kind::map) {
        reader.map(document.root, key_tree(), {});
    } else if (document.root.kind != YamlNode::Kind::null) {
        reader.fault(document.root.line, "the file must be a mapping of keys");
    }
    sort_stably(faults, {}, &ConfigFault::line);
}

struct EnvironmentKey {
    const Key* key{nullptr};
    std::string path;
};

/// Finds the key that `SLIPWAY_…` means.
std::optional<EnvironmentKey> environment_key(std::string_view name) {
    const KeyNode* node = &key_tree();
    std::string path;
    while (true) {
        const auto end = name.find("__");
        const auto part = name.substr(0, end);
        const bool number = !part.empty() && part.size() < 4 && std::ranges::all_of(part, [](unsigned char c) { return std::isdigit(c) != 0; });
        if (const auto found = node->children.find(normalised(part)); found != node->children.end()) {
            node = found->second.get();
            path += (path.empty() ? "" : ".") + node->name;
        } else if (number && node->entry) {
            node = node->entry.get();
            path += "[" + std::string{part} + "]";
        } else {
            return std::nullopt;
        }
        if (end == std::string_view::npos) {
            break;
        }
        name.remove_prefix(end + 2);
    }
    if (node->key == nullptr) {
        return std::nullopt;
    }
    return EnvironmentKey{node->key, path};
}

std::string nearest_variable(std::string_view name) {
    const auto cut = name.rfind("__");
    std::string parent{name.substr(0, cut)};
    for (auto at = parent.find("__"); at != std::string::npos; at = parent.find("__")) {
        parent.replace(at, 2, ".");
    }
    return nearest_key(parent, name.substr(cut + 2));
}

std::optional<std::string> read_text(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) {
        return std::nullopt;
    }
    return trimmed(text.str());
}

void put(const EnvironmentKey& found, const std::string& value, const std::string& origin, Settings& settings, std::vector<ConfigFault>& faults) {
    const auto& key = *found.key;
    auto values = takes_list(key) ? split_words(value) : std::vector{value};
    if (key.type == Type::refused) {
        faults.push_back({0, origin + ": " + refusal(found.path, key)});
    } else if (const auto wrong = value_fault(key, values)) {
        faults.push_back({0, origin + ": " + found.path + ": " + *wrong + shown(key, values)});
    } else {
        settings[found.path] = Setting{&key, std::move(values), origin};
    }
}

}  // namespace

void read_file_settings(std::string_view text, const std::string& name, Settings& settings, std::vector<ConfigFault>& faults) {
    if (text.starts_with("\xEF\xBB\xBF")) {
        text.remove_prefix(3);
    }
    if (!has_tab_indentation(text)) {
        read_expanded(text, name, settings, faults);
        return;
    }
    std::optional<std::pair<Settings, std::vector<ConfigFault>>> best;
    for (const std::size_t width : {4U, 2U, 8U}) {
        Settings found;
        std::vector<ConfigFault> wrong;
        read_expanded(expand_tabs(text, width), name, found, wrong);
        if (!best || wrong.size() < best->second.size()) {
            best.emplace(std::move(found), std::move(wrong));
        }
    }
    settings.merge(best->first);
    faults.insert(faults.end(), best->second.begin(), best->second.end());
}

void read_environment_settings(const Environment& environment, Settings& settings, std::vector<ConfigFault>& faults) {
    constexpr std::string_view kPrefix = "SLIPWAY_";
    for (auto at = environment.lower_bound(kPrefix); at != environment.end() && at->first.starts_with(kPrefix); ++at) {
        const auto name = std::string_view{at->first}.substr(kPrefix.size());
        if (!name.contains("__") || at->second.empty()) {
            continue;
        }
        if (const auto found = environment_key(name)) {
            put(*found, at->second, at->first, settings, faults);
            continue;
        }
        const auto file_key = name.ends_with("_FILE") ? environment_key(name.substr(0, name.size() - 5)) : std::nullopt;
        if (!file_key || !file_key->key->secret) {
            faults.push_back({0, at->first + ": unknown key" + meant(nearest_variable(name))});
        } else if (const auto text = read_text(at->second)) {
            put(*file_key, *text, at->first, settings, faults);
        } else {
            faults.push_back({0, at->first + ": " + file_key->path + ": the file " + at->second + " cannot be read"});
        }
    }
}

void set_from_flag(const std::string& name, const std::string& value, const std::string& flag, Settings& settings, std::vector<ConfigFault>& faults) {
    const auto found = std::ranges::find(keys(), name, &Key::name);
    SW_ASSERT(found != keys().end(), "a flag names a key that is not in the table");
    put({&*found, name}, value, flag, settings, faults);
}

}  // namespace slipway::config
