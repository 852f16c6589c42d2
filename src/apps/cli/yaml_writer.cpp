#include "apps/cli/yaml_writer.hpp"

#include <algorithm>
#include <cctype>

namespace slipway::cli {
namespace {

/// Letters, digits and a few harmless signs only, beginning with a letter, and no word of YAML's own.
bool may_be_plain(std::string_view text) {
    static constexpr std::string_view kWords[] = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"};
    if (text.empty() || (std::isalpha(static_cast<unsigned char>(text.front())) == 0 && text.front() != '_')) {
        return false;
    }
    std::string lower;
    for (const char c : text) {
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && !std::string_view{"_-./"}.contains(c)) {
            return false;
        }
        lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return std::ranges::find(kWords, lower) == std::end(kWords);
}

std::string scalar(const json::value& v) {
    if (v.is_string() && may_be_plain(v.get_string())) {
        return std::string{v.get_string()};
    }
    return json::write(v);  // JSON's scalars are YAML's
}

std::string key(std::string_view name) {
    return may_be_plain(name) ? std::string{name} : json::write(json::value(name));
}

bool is_leaf(const json::value& v) {
    return (!v.is_object() || v.get_object().empty()) && (!v.is_array() || v.get_array().empty());
}

void block(std::string& out, const json::value& v, std::size_t indent, bool first_here);

void member(std::string& out, std::string_view name, const json::value& v, std::size_t indent) {
    out += key(name) + ":";
    if (is_leaf(v)) {
        out += " " + scalar(v) + "\n";
    } else {
        out += "\n";
        block(out, v, v.is_array() ? indent : indent + 2, false);
    }
}

/// @param first_here the first line continues one that is begun already (`- `).
void block(std::string& out, const json::value& v, std::size_t indent, bool first_here) {
    const auto begin_line = [&] {
        if (!first_here) {
            out.append(indent, ' ');
        }
        first_here = false;
    };
    if (v.is_object() && !v.get_object().empty()) {
        for (const auto& [name, item] : v.get_object()) {
            begin_line();
            member(out, name, item, indent);
        }
    } else if (v.is_array() && !v.get_array().empty()) {
        for (const auto& item : v.get_array()) {
            begin_line();
            out += "- ";
            block(out, item, indent + 2, true);
        }
    } else {
        begin_line();
        out += scalar(v) + "\n";
    }
}

void pretty(std::string& out, const json::value& v, std::size_t indent) {
    const auto line = [&](std::size_t depth) {
        out += '\n';
        out.append(depth, ' ');
    };
    bool first = true;
    if (v.is_object() && !v.get_object().empty()) {
        out += '{';
        for (const auto& [name, item] : v.get_object()) {
            out += first ? "" : ",";
            first = false;
            line(indent + 2);
            json::write_string_to(out, name);
            out += ": ";
            pretty(out, item, indent + 2);
        }
        line(indent);
        out += '}';
    } else if (v.is_array() && !v.get_array().empty()) {
        out += '[';
        for (const auto& item : v.get_array()) {
            out += first ? "" : ",";
            first = false;
            line(indent + 2);
            pretty(out, item, indent + 2);
        }
        line(indent);
        out += ']';
    } else {
        json::write_to(out, v);
    }
}

}  // namespace

std::string to_yaml(const json::value& v) {
    std::string out;
    block(out, v, 0, false);
    return out;
}

std::string to_pretty_json(const json::value& v) {
    std::string out;
    pretty(out, v, 0);
    return out + "\n";
}

}  // namespace slipway::cli
