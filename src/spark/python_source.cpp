#include "spark/python_source.hpp"

#include <cctype>
#include <optional>
#include <tuple>

namespace slipway::spark {
namespace {

bool is_name_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\f')) {
        text.remove_suffix(1);
    }
    return text;
}

/// `score` of `# modelop.score`, or empty.
std::string_view mark_in(std::string_view comment) {
    constexpr std::string_view kPrefix = "modelop.";
    while (!comment.empty() && comment.front() == '#') {
        comment.remove_prefix(1);
    }
    comment = trimmed(comment);
    if (!comment.starts_with(kPrefix)) {
        return {};
    }
    comment.remove_prefix(kPrefix.size());
    return !comment.empty() && std::ranges::all_of(comment, is_name_character) ? comment : std::string_view{};
}

/// The name behind `def` or `async def`, or empty.
std::string_view function_in(std::string_view line) {
    for (const std::string_view word : {"async", "def"}) {
        if (!line.starts_with(word) || line.size() == word.size() || is_name_character(line[word.size()])) {
            if (word == "async") {
                continue;
            }
            return {};
        }
        line = trimmed(line.substr(word.size()));
    }
    const auto end = std::ranges::find_if_not(line, is_name_character);
    return line.substr(0, static_cast<std::size_t>(end - line.begin()));
}

/// Walks through a source from token to token.
class Reader {
public:
    explicit Reader(std::string_view source) : text_{source} {}

    Result<PythonSource> run() {
        if (text_.starts_with("\xEF\xBB\xBF")) {
            text_.remove_prefix(3);
        }
        if (text_.contains('\0')) {
            return syntax("a NUL byte");
        }
        while (at_ < text_.size()) {
            if (at_line_start_ && depth_ == 0) {
                begin_line();
            }
            SW_CHECK(token());
        }
        if (depth_ > 0) {
            line_ = bracket_line_;
            return syntax("a bracket that is never closed");
        }
        stray_at({});
        return std::move(out_);
    }

private:
    std::unexpected<Error> syntax(std::string_view what) const {
        return std::unexpected(
            Error{ErrorCode::invalid_argument, "PYTHON_SYNTAX", fmt::format("The source is no Python: line {} has {}.", line_, what), {}, {}});
    }

    /// A logical line at depth 0 begins here: is it a function, a decorator, or something else?
    void begin_line() {
        at_line_start_ = false;
        const auto end = text_.find_first_of("\r\n", at_);
        const auto line = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
        const auto body = trimmed(line);
        if (body.empty() || body.front() == '#') {
            return;
        }
        if (body.front() == '@') {
            return;  // belongs to what follows it
        }
        const bool indented = line.front() == ' ' || line.front() == '\t' || line.front() == '\f';
        if (const auto name = indented ? std::string_view{} : function_in(body); !name.empty()) {
            out_.functions.emplace_back(name);
            for (auto& mark : marks_) {
                out_.marked.push_back({std::move(mark.mark), std::string{name}, line_});
            }
            marks_.clear();
        }
        stray_at(line_);
    }

    /// A mark belongs to the first code behind it and goes no further: that of a method is not the mark of a function behind its class.
    void stray_at(std::optional<int> line) {
        for (auto& mark : marks_) {
            out_.stray.push_back({std::move(mark.mark), line.value_or(mark.line)});
        }
        marks_.clear();
    }

    Result<void> token() {
        const char c = text_[at_];
        if (c == '\n' || c == '\r') {
            at_ += c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
            ++line_;
            at_line_start_ = depth_ == 0;  // within brackets the logical line goes on, also behind the last of them
        } else if (c == '\\') {
            ++at_;
            skip_line_end();  // the logical line goes on
        } else if (c == '#') {
            comment();
        } else if (c == '"' || c == '\'') {
            return string();
        } else {
            if (c == '(' || c == '[' || c == '{') {
                bracket_line_ = depth_ == 0 ? line_ : bracket_line_;
                ++depth_;
            } else if (c == ')' || c == ']' || c == '}') {
                depth_ = std::max(0, depth_ - 1);
            }
            ++at_;
        }
        return {};
    }

    void skip_line_end() {
        if (at_ < text_.size() && text_[at_] == '\r') {
            ++at_;
        }
        if (at_ < text_.size() && text_[at_] == '\n') {
            ++at_;
            ++line_;
        }
    }

    void comment() {
        const auto end = std::min(text_.find_first_of("\r\n", at_), text_.size());
        const auto begin_of_line = text_.find_last_of("\r\n", at_) + 1;
        const bool alone = trimmed(text_.substr(begin_of_line, at_ - begin_of_line)).empty();
        if (const auto mark = mark_in(text_.substr(at_, end - at_)); !mark.empty() && alone && depth_ == 0) {
            marks_.push_back({std::string{mark}, line_});
        }
        at_ = end;
    }

    /// True when the letters before the quote at `at_` say that this is an f- or t-string.
    bool is_formatted() const {
        auto begin = at_;
        while (begin > 0 && std::isalpha(static_cast<unsigned char>(text_[begin - 1])) != 0) {
            --begin;
        }
        const auto prefix = text_.substr(begin, at_ - begin);
        const bool part_of_name = begin > 0 && is_name_character(text_[begin - 1]);
        return !part_of_name && prefix.size() <= 2 && prefix.find_first_of("fFtT") != std::string_view::npos;
    }

    /// What stands between braces in a formatted string is Python with strings of its own, of any quotes (since 3.12). @return false where the braces are not
    /// closed before the line is: then it is read as plain text.
    Result<bool> replacement(bool triple) {
        const auto [begin, line] = std::pair{at_, line_};
        if (++replacements_ > kDeepest) {
            fault_ = fmt::format("more than {} strings within each other", kDeepest);
        }
        const bool closed = !fault_ && to_closing_brace(triple);
        --replacements_;
        if (!closed && !fault_) {
            reread_ += at_ - begin;
            if (reread_ > kMostReread * text_.size() + kLeastReread) {
                fault_ = "braces in strings that are never closed";
            }
        }
        if (fault_) {
            line_ = line;
            return syntax(*fault_);
        }
        if (!closed) {
            std::tie(at_, line_) = std::pair{begin, line};
        }
        return closed;
    }

    bool to_closing_brace(bool triple) {
        int open = 0;
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"' || c == '\'') {
                if (!string()) {
                    return false;
                }
                continue;
            }
            if ((c == '\n' || c == '\r') && !triple) {
                return false;
            }
            line_ += c == '\n' ? 1 : 0;
            open += c == '{' || c == '(' || c == '[' ? 1 : c == '}' || c == ')' || c == ']' ? -1 : 0;
            ++at_;
            if (open == 0) {
                return true;
            }
        }
        return false;
    }

    /// Steps behind a backslash: also in raw strings it keeps the quote behind it from ending the string.
    void escape() {
        ++at_;
        if (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) {
            skip_line_end();
        } else {
            at_ += at_ < text_.size() ? 1 : 0;
        }
    }

    Result<void> string() {
        const char quote = text_[at_];
        const bool formatted = is_formatted();
        const bool triple = text_.substr(at_).starts_with(std::string(3, quote));
        const std::string closing(triple ? 3 : 1, quote);
        const int begun = line_;
        at_ += closing.size();
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '\\') {
                escape();
            } else if (formatted && text_.substr(at_).starts_with("{{")) {
                at_ += 2;
            } else if (formatted && c == '{') {
                SW_TRY(const bool closed, replacement(triple));
                at_ += closed ? 0 : 1;
            } else if (text_.substr(at_).starts_with(closing)) {
                at_ += closing.size();
                return {};
            } else if (c == '\n' || c == '\r') {
                if (!triple) {
                    return syntax("a string that is not closed");
                }
                at_ += c == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n' ? 2 : 1;
                ++line_;
            } else {
                ++at_;
            }
        }
        line_ = begun;
        return syntax("a string that is never closed");
    }

    static constexpr int kDeepest = 150;  ///< as in CPython
    /// What is read again because a brace before it is never closed: by so many times the source's size it is no Python of anybody's.
    static constexpr std::size_t kMostReread = 4;
    static constexpr std::size_t kLeastReread = 64U << 10;

    std::string_view text_;
    std::size_t at_{0};
    int replacements_{0};  ///< that are open, one within the other
    std::size_t reread_{0};
    std::optional<std::string> fault_;  ///< why nothing is read any more
    int line_{1};
    int depth_{0};
    int bracket_line_{0};
    bool at_line_start_{true};
    std::vector<StrayMark> marks_;  ///< whose function is still to come, with the lines of the comments
    PythonSource out_;
};

}  // namespace

Result<PythonSource> read_python(std::string_view source) {
    return Reader{source}.run();
}

}  // namespace slipway::spark
