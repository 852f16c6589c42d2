#include "adapters/bpmn/xml_guard.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace slipway::bpmn {

namespace {

/// The length of the character that `text` begins with when XML allows it there, else 0 (UTF-8 of RFC 3629).
std::size_t character(std::string_view text) {
    const auto at = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = at(0);
    if (first < 0x80) {
        return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
    }
    const std::size_t length = first >= 0xC2 && first <= 0xDF ? 2 : first >= 0xE0 && first <= 0xEF ? 3 : first >= 0xF0 && first <= 0xF4 ? 4 : 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((at(i) & 0xC0U) != 0x80U) {
            return 0;
        }
    }
    const bool overlong_or_surrogate =
        (first == 0xE0 && at(1) < 0xA0) || (first == 0xED && at(1) > 0x9F) || (first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F);
    return overlong_or_surrogate ? 0 : length;
}

class Guard {
public:
    Guard(std::string_view text, std::string_view reason) : text_{text}, reason_{reason} {}
    Result<void> run();

private:
    std::unexpected<Error> refuse(std::string_view what) const {
        return fail(ErrorCode::invalid_argument, std::string{reason_}, fmt::format("The file cannot be read: line {}: {}.", line_at(text_, at_), what));
    }
    std::string_view rest() const { return text_.substr(at_); }
    /// Whether the name `xmlns` or `xmlns:…` begins here, inside a tag.
    bool declares() const { return rest().starts_with("xmlns") && std::string_view{" \t\r\n\"'"}.contains(text_[at_ - 1]); }
    Result<void> characters();
    Result<void> content();
    Result<void> markup();
    Result<void> skip_behind(std::string_view end, std::string_view what);
    Result<void> instruction();
    Result<void> tag();
    Result<void> attribute_value();
    Result<void> reference();

    std::string_view text_;
    std::string_view reason_;
    std::size_t at_{0};
    std::size_t depth_{0};
    std::size_t elements_{0};
    std::size_t attributes_{0};
};

Result<void> Guard::run() {
    if (text_.size() > kMaxXmlBytes) {
        return refuse(fmt::format("it has {} bytes, and at most {} are read", text_.size(), kMaxXmlBytes));
    }
    SW_CHECK(characters());
    while (at_ < text_.size()) {
        SW_CHECK(content());
    }
    return {};
}

Result<void> Guard::characters() {
    for (at_ = 0; at_ < text_.size();) {
        const auto length = character(rest());
        if (length == 0) {
            return refuse("it is no UTF-8 text: save it as UTF-8");
        }
        at_ += length;
    }
    at_ = 0;
    return {};
}

Result<void> Guard::content() {
    const auto next = text_.find_first_of("<&", at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
    if (at_ == text_.size()) {
        return {};
    }
    return text_[at_] == '&' ? reference() : markup();
}

Result<void> Guard::skip_behind(std::string_view end, std::string_view what) {
    const auto found = text_.find(end, at_);
    if (found == std::string_view::npos) {
        return refuse(fmt::format("{} has no end", what));
    }
    at_ = found + end.size();
    return {};
}

Result<void> Guard::markup() {
    if (rest().starts_with("<!--")) {
        at_ += 4;
        return skip_behind("-->", "a comment");
    }
    if (rest().starts_with("<![CDATA[")) {
        return skip_behind("]]>", "a CDATA section");
    }
    if (rest().starts_with("<!")) {
        return refuse("DOCTYPE and ENTITY are not read: take them out");
    }
    if (rest().starts_with("<?")) {
        return instruction();
    }
    return tag();
}

Result<void> Guard::instruction() {
    const auto begin = at_;
    SW_CHECK(skip_behind("?>", "a processing instruction"));
    std::string words{text_.substr(begin, at_ - begin)};
    std::ranges::transform(words, words.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    at_ = begin;
    if (words.starts_with("<?xml-") || words.contains("include")) {
        return refuse("a processing instruction that brings in another file is not read: take it out");
    }
    if (words.starts_with("<?xml") && words.contains("encoding") && !words.contains("utf-8") && !words.contains("us-ascii")) {
        return refuse("its encoding is not UTF-8: save it as UTF-8");
    }
    at_ += words.size();
    return {};
}

Result<void> Guard::tag() {
    const bool closing = rest().starts_with("</");
    if (++elements_ > 2 * kMaxXmlElements) {
        return refuse(fmt::format("it has more than {} elements", kMaxXmlElements));
    }
    std::size_t namespaces = 0;
    for (++at_; at_ < text_.size() && text_[at_] != '>';) {
        if (text_[at_] == '<') {
            return refuse("a < stands inside a tag");
        }
        if (declares() && ++namespaces > kMaxXmlNamespaces) {
            return refuse(fmt::format("one element declares more than {} namespaces", kMaxXmlNamespaces));
        }
        if (text_[at_] == '"' || text_[at_] == '\'') {
            SW_CHECK(attribute_value());
        } else {
            ++at_;
        }
    }
    if (at_ == text_.size()) {
        return refuse("a tag has no end");
    }
    const bool closed = text_[at_ - 1] == '/';
    ++at_;
    if (closing) {
        depth_ -= depth_ > 0 ? 1 : 0;
    } else if (++depth_ > kMaxXmlDepth) {
        return refuse(fmt::format("its elements are nested more than {} deep", kMaxXmlDepth));
    } else if (closed) {
        --depth_;
    }
    return {};
}

Result<void> Guard::attribute_value() {
    if (++attributes_ > kMaxXmlAttributes) {
        return refuse(fmt::format("it has more than {} attributes", kMaxXmlAttributes));
    }
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
        if (text_[at_] == '<') {
            return refuse("a < stands inside an attribute");
        }
        if (text_[at_] == '&') {
            SW_CHECK(reference());
        } else {
            ++at_;
        }
    }
    at_ += at_ < text_.size() ? 1 : 0;
    return {};
}

/// `&lt;` and its four kin, `&#10;`, `&#xA;`: nothing else, since nothing else could be declared.
Result<void> Guard::reference() {
    const auto end = text_.find(';', at_);
    const auto name = end == std::string_view::npos || end - at_ > 12 ? std::string_view{} : text_.substr(at_ + 1, end - at_ - 1);
    if (name == "lt" || name == "gt" || name == "amp" || name == "quot" || name == "apos") {
        at_ = end + 1;
        return {};
    }
    if (!name.starts_with('#')) {
        return refuse("an & stands alone, or an entity is used that is not one of XML's five: write &amp;");
    }
    const bool hexadecimal = name.starts_with("#x");
    const auto digits = name.substr(hexadecimal ? 2 : 1);
    std::uint32_t code = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), code, hexadecimal ? 16 : 10);
    const bool whole = !digits.empty() && read.ec == std::errc{} && read.ptr == digits.data() + digits.size();
    const bool allowed = code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) || (code >= 0xE000 && code <= 0xFFFD) ||
                         (code >= 0x10000 && code <= 0x10FFFF);
    if (!whole || !allowed) {
        return refuse("a character by number is none that XML allows");
    }
    at_ = end + 1;
    return {};
}

}  // namespace

Result<void> guard_xml(std::string_view text, std::string_view reason) {
    return Guard{text, reason}.run();
}

int line_at(std::string_view text, std::size_t offset) {
    return 1 + static_cast<int>(std::ranges::count(text.substr(0, offset), '\n'));
}

}  // namespace slipway::bpmn
