#include "store/filter.hpp"

#include <array>
#include <fmt/format.h>

#include "base/json_codec.hpp"

namespace slipway::store {

namespace {

constexpr std::size_t kMaxLength = 1000;
constexpr std::size_t kMaxTerms = 20;

std::unexpected<Error> wrong(std::size_t at, std::string_view expected, std::string_view got) {
    auto message = fmt::format("The filter is not valid at character {}: expected {}.", at + 1, expected);
    return std::unexpected(Error{
        ErrorCode::invalid_argument, "INVALID", std::move(message), {Fault{"?filter", std::string{expected}, std::string{json::utf8_front(got, 40)}}}, {}});
}

/// @return the length of the valid UTF-8 sequence that `text` begins with, 0 for none.
std::size_t sequence_length(std::string_view text) {
    const auto c = static_cast<unsigned char>(text[0]);
    const std::size_t length = c < 0x80 ? 1 : c >= 0xC2 && c <= 0xDF ? 2 : c >= 0xE0 && c <= 0xEF ? 3 : c >= 0xF0 && c <= 0xF4 ? 4 : 0;
    if (length == 0 || text.size() < length) {
        return 0;
    }
    for (std::size_t i = 1; i < length; ++i) {
        if ((static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80) {
            return 0;
        }
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[1]) : 0U;
    const bool wrong_range = (c == 0xE0 && second < 0xA0) || (c == 0xED && second > 0x9F) || (c == 0xF0 && second < 0x90) || (c == 0xF4 && second > 0x8F);
    return wrong_range ? 0 : length;
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_field(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

struct Operator {
    std::string_view sign;
    FilterTerm::Op op;
};
// Longer signs before their beginnings.
constexpr std::array kOperators{
    Operator{"!=", FilterTerm::Op::not_equal}, Operator{"<=", FilterTerm::Op::less_equal}, Operator{">=", FilterTerm::Op::greater_equal},
    Operator{"<", FilterTerm::Op::less},       Operator{">", FilterTerm::Op::greater},     Operator{"~", FilterTerm::Op::contains},
    Operator{":", FilterTerm::Op::equal},      Operator{"=", FilterTerm::Op::equal},
};

class Parser {
public:
    explicit Parser(std::string_view text) : text_{text} {}

    Result<Filter> parse() {
        Filter filter;
        for (skip_blanks(); at_ < text_.size(); skip_blanks()) {
            SW_TRY(auto term, parse_term());
            filter.terms.push_back(std::move(term));
            if (filter.terms.size() > kMaxTerms) {
                return wrong(at_, fmt::format("at most {} terms", kMaxTerms), "more");
            }
        }
        return filter;
    }

private:
    void skip_blanks() {
        while (at_ < text_.size() && is_blank(text_[at_])) {
            ++at_;
        }
    }

    Result<FilterTerm> parse_term() {
        const auto start = at_;
        const bool negated = text_[at_] == '-';
        at_ += negated ? 1U : 0U;
        const auto field_start = at_;
        while (at_ < text_.size() && is_field(text_[at_])) {
            ++at_;
        }
        const auto field = text_.substr(field_start, at_ - field_start);
        const auto* sign = field.empty() ? nullptr : operator_here();
        if (sign == nullptr) {
            at_ = start;
            return parse_free_text();
        }
        FilterTerm term{.field = std::string{field}, .op = sign->op, .value = {}, .alternatives = {}};
        at_ += sign->sign.size();
        if (negated) {
            if (term.op != FilterTerm::Op::equal) {
                return wrong(start, "a leading - only before : or =", text_.substr(start));
            }
            term.op = FilterTerm::Op::not_equal;
        }
        SW_CHECK(parse_values(term));
        return term;
    }

    const Operator* operator_here() const {
        for (const auto& candidate : kOperators) {
            if (text_.substr(at_).starts_with(candidate.sign)) {
                return &candidate;
            }
        }
        return nullptr;
    }

    Result<FilterTerm> parse_free_text() {
        SW_TRY(auto words, parse_value(false));
        return FilterTerm{.field = {}, .op = FilterTerm::Op::text, .value = std::move(words), .alternatives = {}};
    }

    Result<void> parse_values(FilterTerm& term) {
        const bool listed = term.op == FilterTerm::Op::equal || term.op == FilterTerm::Op::not_equal;
        SW_TRY(term.value, parse_value(listed));
        while (listed && at_ < text_.size() && text_[at_] == ',') {
            ++at_;
            SW_TRY(auto next, parse_value(true));
            term.alternatives.push_back(std::move(next));
        }
        return {};
    }

    /// A word, or text in double quotes in which `\"` and `\\` stand for themselves.
    Result<std::string> parse_value(bool ends_at_comma) {
        const auto start = at_;
        std::string value;
        if (at_ < text_.size() && text_[at_] == '"') {
            for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
                if (text_[at_] == '\\' && at_ + 1 < text_.size() && (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\')) {
                    ++at_;
                }
                value += text_[at_];
            }
            if (at_ == text_.size()) {
                return wrong(start, "a closing double quote", text_.substr(start));
            }
            ++at_;
            if (at_ < text_.size() && !is_blank(text_[at_]) && !(ends_at_comma && text_[at_] == ',')) {
                return wrong(at_, "a blank behind the closing quote", text_.substr(at_));
            }
        } else {
            while (at_ < text_.size() && !is_blank(text_[at_]) && !(ends_at_comma && text_[at_] == ',')) {
                value += text_[at_++];
            }
            if (value.empty()) {
                return wrong(at_, "a value (\"\" for the empty text)", at_ < text_.size() ? text_.substr(at_, 1) : "the end");
            }
        }
        return value;
    }

    std::string_view text_;
    std::size_t at_{0};
};

}  // namespace

Result<Filter> parse_filter(std::string_view text) {
    if (text.size() > kMaxLength) {
        return wrong(kMaxLength, fmt::format("at most {} characters", kMaxLength), fmt::format("{}", text.size()));
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto length = sequence_length(text.substr(at));
        if (length == 0 || text[at] == '\0') {
            return wrong(at, "text in UTF-8 without NUL", "a byte that is none");
        }
        at += length;
    }
    return Parser{text}.parse();
}

}  // namespace slipway::store
