#include "adapters/aws/xml.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace slipway::aws {

namespace {

constexpr std::size_t kMaxBytes = 1U << 20;
constexpr int kMaxDepth = 32;
constexpr std::string_view kSpace = " \t\r\n";

std::unexpected<Error> malformed(std::string_view what) {
    return fail(ErrorCode::invalid_argument, "MALFORMED_XML", "The text is not the XML that was expected: " + std::string{what} + ".");
}

void append_utf8(std::string& out, std::uint32_t c) {
    const auto tail = [&](unsigned shift) { out += static_cast<char>(0x80U | ((c >> shift) & 0x3fU)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0U | (c >> 6U));
        tail(0);
    } else if (c < 0x10000) {
        out += static_cast<char>(0xe0U | (c >> 12U));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xf0U | (c >> 18U));
        tail(12);
        tail(6);
        tail(0);
    }
}

/// Appends what `&name;` stands for. @return false for an unknown or impossible one.
bool append_entity(std::string& out, std::string_view name) {
    constexpr std::pair<std::string_view, char> kNamed[]{{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    const auto* const named = std::ranges::find(kNamed, name, &std::pair<std::string_view, char>::first);
    if (named != std::end(kNamed)) {
        out += named->second;
        return true;
    }
    const bool hexadecimal = name.starts_with("#x");
    if (!name.starts_with('#')) {
        return false;
    }
    const auto digits = name.substr(hexadecimal ? 2 : 1);
    std::uint32_t c = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), c, hexadecimal ? 16 : 10);
    const bool is_character = (c >= 0x20 || c == 9 || c == 10 || c == 13) && c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
    if (error != std::errc{} || end != digits.data() + digits.size() || !is_character) {
        return false;
    }
    append_utf8(out, c);
    return true;
}

class Reader {
public:
    explicit Reader(std::string_view text) : rest_{text} {}

    Result<XmlElement> document() {
        skip_misc();
        SW_TRY(auto root, element(0));
        skip_misc();
        if (!rest_.empty()) {
            return malformed("text after the root element");
        }
        return root;
    }

private:
    bool take(std::string_view token) {
        if (!rest_.starts_with(token)) {
            return false;
        }
        rest_.remove_prefix(token.size());
        return true;
    }
    bool skip_past(std::string_view token) {
        const auto at = rest_.find(token);
        if (at == std::string_view::npos) {
            return false;
        }
        rest_.remove_prefix(at + token.size());
        return true;
    }
    void skip_space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(kSpace), rest_.size())); }

    /// White space, comments and processing instructions outside the root. DOCTYPE is left standing and fails there.
    void skip_misc() {
        take("\xef\xbb\xbf");
        for (;;) {
            skip_space();
            const bool skipped = (rest_.starts_with("<?") && skip_past("?>")) || (rest_.starts_with("<!--") && skip_past("-->"));
            if (!skipped) {
                return;
            }
        }
    }

    Result<std::string_view> name() {
        const auto end = std::min(rest_.find_first_of(" \t\r\n/>=<&\"'"), rest_.size());
        const auto found = rest_.substr(0, end);
        if (found.empty() || found.front() == '!' || found.front() == '?') {
            return malformed("a tag has no name");
        }
        rest_.remove_prefix(end);
        return found;
    }

    /// Attributes up to `>` or `/>`. @return true when the element is empty.
    Result<bool> attributes() {
        for (;;) {
            skip_space();
            if (take("/>")) {
                return true;
            }
            if (take(">")) {
                return false;
            }
            SW_CHECK(name());
            skip_space();
            const bool valued = take("=");
            skip_space();
            const char quote = valued && !rest_.empty() ? rest_.front() : '\0';
            if (quote != '"' && quote != '\'') {
                return malformed("an attribute has no quoted value");
            }
            rest_.remove_prefix(1);
            if (!skip_past(std::string_view{&quote, 1})) {
                return malformed("an attribute has no end");
            }
        }
    }

    Result<XmlElement> element(int depth) {
        if (depth >= kMaxDepth) {
            return malformed("it is nested too deeply");
        }
        if (!take("<")) {
            return malformed("there is no element");
        }
        SW_TRY(const auto full_name, name());
        XmlElement out;
        out.name = full_name.substr(full_name.find(':') + 1);
        SW_TRY(const bool is_empty, attributes());
        if (!is_empty) {
            SW_CHECK(content(out, full_name, depth));
        }
        return out;
    }

    Result<void> content(XmlElement& out, std::string_view full_name, int depth) {
        for (;;) {
            SW_CHECK(characters(out.text));
            if (take("</")) {
                SW_TRY(const auto closed, name());
                skip_space();
                if (closed != full_name || !take(">")) {
                    return malformed("a tag is closed that was not open");
                }
                return {};
            }
            if (rest_.starts_with("<!--") || rest_.starts_with("<?")) {
                if (!skip_past(rest_[1] == '!' ? "-->" : "?>")) {
                    return malformed("a comment has no end");
                }
            } else if (take("<![CDATA[")) {
                const auto end = rest_.find("]]>");
                if (end == std::string_view::npos) {
                    return malformed("a CDATA section has no end");
                }
                out.text += rest_.substr(0, end);
                rest_.remove_prefix(end + 3);
            } else {
                SW_TRY(auto inner, element(depth + 1));
                out.children.push_back(std::move(inner));
            }
        }
    }

    /// Text up to the next `<`.
    Result<void> characters(std::string& out) {
        for (;;) {
            const auto end = rest_.find_first_of("<&");
            if (end == std::string_view::npos) {
                return malformed("it ends too early");
            }
            out += rest_.substr(0, end);
            rest_.remove_prefix(end);
            if (!take("&")) {
                return {};
            }
            const auto semicolon = rest_.substr(0, 12).find(';');
            if (semicolon == std::string_view::npos || !append_entity(out, rest_.substr(0, semicolon))) {
                return malformed("there is an unknown entity");
            }
            rest_.remove_prefix(semicolon + 1);
        }
    }

    std::string_view rest_;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view wanted) const {
    const auto found = std::ranges::find(children, wanted, &XmlElement::name);
    return found == children.end() ? nullptr : &*found;
}

std::string XmlElement::text_at(std::initializer_list<std::string_view> path) const {
    const auto* at = this;
    for (const auto step : path) {
        at = at->child(step);
        if (at == nullptr) {
            return {};
        }
    }
    return at->text;
}

const XmlElement* XmlElement::find(std::string_view wanted) const {
    if (name == wanted) {
        return this;
    }
    for (const auto& inner : children) {
        if (const auto* found = inner.find(wanted)) {
            return found;
        }
    }
    return nullptr;
}

Result<XmlElement> parse_xml(std::string_view text) {
    if (text.size() > kMaxBytes) {
        return malformed("it is larger than 1 MiB");
    }
    return Reader{text}.document();
}

}  // namespace slipway::aws
