#include "base/json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <set>

#include "base/json_position.hpp"

namespace slipway::json {

namespace {

/// Builds values as boost::json::parser does, but reads doubles from their text (Boost.JSON 1.81 rounds 18 % of
/// 17-digit doubles to a neighbour and takes 1e309 as infinite) and refuses duplicate members.
class ExactHandler {
public:
    static constexpr std::size_t max_object_size = 1U << 20;
    static constexpr std::size_t max_array_size = 1U << 20;
    static constexpr std::size_t max_key_size = 1U << 16;
    static constexpr std::size_t max_string_size = 64U << 20;

    using error_code = boost::json::error_code;
    using string_view = boost::json::string_view;

    bool on_document_begin(error_code&) {
        stack_.reset();
        return true;
    }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) {
        keys_.emplace_back();
        path_.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t n, error_code&) {
        keys_.pop_back();
        path_.pop_back();
        stack_.push_object(n);
        return true;
    }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t n, error_code&) {
        stack_.push_array(n);
        return true;
    }
    bool on_key_part(string_view part, std::size_t, error_code&) {
        key_.append(part);
        stack_.push_chars(part);
        return true;
    }
    bool on_key(string_view part, std::size_t, error_code& ec) {
        key_.append(part);
        stack_.push_key(part);
        path_.back() = key_;
        if (!keys_.back().insert(std::move(key_)).second) {
            duplicate_ = true;
            ec = boost::json::error::syntax;
            return false;
        }
        key_.clear();
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) {
        stack_.push_chars(part);
        return true;
    }
    bool on_string(string_view part, std::size_t, error_code&) {
        stack_.push_string(part);
        return true;
    }
    bool on_number_part(string_view part, error_code&) {
        number_.append(part);
        return true;
    }
    bool on_int64(std::int64_t number, string_view, error_code&) {
        number_.clear();
        stack_.push_int64(number);
        return true;
    }
    bool on_uint64(std::uint64_t number, string_view, error_code&) {
        number_.clear();
        stack_.push_uint64(number);
        return true;
    }
    bool on_double(double, string_view part, error_code& ec) {
        number_.append(part);
        if (number_.find_first_of(".eE") == std::string::npos) {
            too_long_ = true;
            ec = boost::json::error::not_number;
            return false;
        }
        double exact = 0;
        const auto [end, problem] = std::from_chars(number_.data(), number_.data() + number_.size(), exact);
        if (problem == std::errc::result_out_of_range && std::abs(std::strtod(number_.c_str(), nullptr)) < 1) {
            exact = 0;  // underflow
        } else if (problem != std::errc{} || !std::isfinite(exact)) {
            ec = boost::json::error::not_number;
            return false;
        }
        number_.clear();
        stack_.push_double(exact);
        return true;
    }
    bool on_bool(bool b, error_code&) {
        stack_.push_bool(b);
        return true;
    }
    bool on_null(error_code&) {
        stack_.push_null();
        return true;
    }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }

    value release() { return stack_.release(); }
    bool duplicate() const { return duplicate_; }
    /// A whole number of more than 64 bits, which a double would round.
    bool too_long() const { return too_long_; }
    /// Where the parser stands; array positions are left out, since only member names are followed.
    std::string pointer() const {
        std::string out;
        for (const auto& key : path_) {
            out += "/" + pointer_token(key);
        }
        return out;
    }

private:
    boost::json::value_stack stack_;
    std::string number_;
    std::string key_;
    std::vector<std::set<std::string, std::less<>>> keys_;
    std::vector<std::string> path_;
    bool duplicate_{false};
    bool too_long_{false};
};

void write_double_to(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";  // JSON has no word for it; parse() lets none in
        return;
    }
    char buffer[32];
    const auto [end, problem] = std::to_chars(buffer, buffer + sizeof buffer, number);
    const std::string_view text{buffer, static_cast<std::size_t>(end - buffer)};
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos) {
        out += ".0";  // stays a double when it is read again
    }
}

void write_object_to(std::string& out, const object& members) {
    out += '{';
    bool first = true;
    for (const auto& [key, item] : members) {
        if (!first) {
            out += ',';
        }
        first = false;
        write_string_to(out, key);
        out += ':';
        write_to(out, item);
    }
    out += '}';
}

void write_array_to(std::string& out, const array& items) {
    out += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i != 0) {
            out += ',';
        }
        write_to(out, items[i]);
    }
    out += ']';
}

void diff_at(const value& before, const value& after, const std::string& at, array& out);

object operation(std::string_view op, const std::string& path) {
    object entry;
    entry["op"] = op;
    entry["path"] = path;
    return entry;
}

void diff_objects(const object& before, const object& after, const std::string& at, array& out) {
    for (const auto& [key, item] : before) {
        const auto here = at + "/" + pointer_token(key);
        if (const auto* now = after.if_contains(key)) {
            diff_at(item, *now, here, out);
        } else {
            out.push_back(operation("remove", here));
        }
    }
    for (const auto& [key, item] : after) {
        if (!before.contains(key)) {
            auto entry = operation("add", at + "/" + pointer_token(key));
            entry["value"] = item;
            out.push_back(std::move(entry));
        }
    }
}

void diff_at(const value& before, const value& after, const std::string& at, array& out) {
    if (before == after && before.kind() == after.kind()) {
        return;
    }
    if (before.is_object() && after.is_object()) {
        diff_objects(before.get_object(), after.get_object(), at, out);
        return;
    }
    if (before.is_array() && after.is_array() && before.get_array().size() == after.get_array().size()) {
        for (std::size_t i = 0; i < after.get_array().size(); ++i) {
            diff_at(before.get_array()[i], after.get_array()[i], at + "/" + std::to_string(i), out);
        }
        return;
    }
    auto entry = operation("replace", at);
    entry["value"] = after;
    out.push_back(std::move(entry));
}

std::unexpected<Error> too_deep(std::string at, std::size_t most) {
    auto expected = fmt::format("nested in at most {} levels", most);
    auto message = fmt::format("The body is not accepted: what stands at {} must be {}.", at.empty() ? "its beginning" : at, expected);
    return std::unexpected(Error{ErrorCode::invalid_argument, "TOO_DEEP", std::move(message), {Fault{std::move(at), std::move(expected), "deeper"}}, {}});
}

bool is_bound(const boost::json::error_code& problem) {
    using boost::json::error;
    return problem == error::object_too_large || problem == error::array_too_large || problem == error::key_too_large || problem == error::string_too_large;
}

}  // namespace

Result<value> parse(std::string_view text, Limits limits) {
    if (text.size() > limits.max_bytes) {
        return fail(ErrorCode::invalid_argument, "TOO_LARGE",
                    fmt::format("The document has {} bytes; at most {} are accepted.", text.size(), limits.max_bytes));
    }
    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    boost::json::basic_parser<ExactHandler> parser{options};
    boost::json::error_code problem;
    const auto used = parser.write_some(false, text.data(), text.size(), problem);
    if (!problem && used < text.size() && text.find_first_not_of(" \t\r\n", used) != std::string_view::npos) {
        problem = boost::json::error::extra_data;
    }
    if (!problem) {
        return parser.handler().release();
    }
    if (parser.handler().duplicate()) {
        const auto at = parser.handler().pointer();
        return std::unexpected(Error{ErrorCode::invalid_argument,
                                     "DUPLICATE_MEMBER",
                                     fmt::format("The member {} stands twice in one object; keep one.", at),
                                     {Fault{at, "there once", "there twice"}},
                                     {}});
    }
    if (parser.handler().too_long()) {
        const auto at = parser.handler().pointer();
        return std::unexpected(Error{ErrorCode::invalid_argument,
                                     "NUMBER_TOO_LONG",
                                     fmt::format("The whole number at {} has more than 64 bits and would be rounded; send it as a text.", at),
                                     {Fault{at, "a whole number of 64 bits, or a text", "a longer one"}},
                                     {}});
    }
    if (problem == boost::json::error::too_deep) {
        return too_deep(parser.handler().pointer(), limits.max_depth);
    }
    const bool number = problem == boost::json::error::not_number || problem == boost::json::error::exponent_overflow;
    return std::unexpected(malformed(text, used, number ? "a finite number" : is_bound(problem) ? "no more: " + problem.message() : ""));
}

Result<object> parse_object(std::string_view text, Limits limits) {
    SW_TRY(auto parsed, parse(text, limits));
    if (!parsed.is_object()) {
        return std::unexpected(Error{ErrorCode::invalid_argument,
                                     "INVALID",
                                     "The request is not valid: the body must be a JSON object.",
                                     {Fault{"", "a JSON object", "another kind of value"}},
                                     {}});
    }
    return std::move(parsed.get_object());
}

void write_string_to(std::string& out, std::string_view text) {
    static constexpr char kHex[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        out += text.substr(plain, i - plain);
        plain = i + 1;
        switch (c) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default:
                out += "\\u00";
                out += kHex[c >> 4U];
                out += kHex[c & 15U];
        }
    }
    out += text.substr(plain);
    out += '"';
}

void write_to(std::string& out, const value& v) {
    switch (v.kind()) {
        case boost::json::kind::null: out += "null"; break;
        case boost::json::kind::bool_: out += v.get_bool() ? "true" : "false"; break;
        case boost::json::kind::int64: fmt::format_to(std::back_inserter(out), "{}", v.get_int64()); break;
        case boost::json::kind::uint64: fmt::format_to(std::back_inserter(out), "{}", v.get_uint64()); break;
        case boost::json::kind::double_: write_double_to(out, v.get_double()); break;
        case boost::json::kind::string: write_string_to(out, v.get_string()); break;
        case boost::json::kind::array: write_array_to(out, v.get_array()); break;
        case boost::json::kind::object: write_object_to(out, v.get_object()); break;
    }
}

std::string write(const value& v) {
    std::string out;
    write_to(out, v);
    return out;
}

std::string write(const object& v) {
    std::string out;
    write_object_to(out, v);
    return out;
}

void merge_patch(value& target, const value& patch) {
    if (!patch.is_object()) {
        target = patch;
        return;
    }
    if (!target.is_object()) {
        target = object{};
    }
    auto& members = target.get_object();
    for (const auto& [key, item] : patch.get_object()) {
        if (item.is_null()) {
            members.erase(key);
        } else {
            merge_patch(members[key], item);
        }
    }
}

array diff(const value& before, const value& after) {
    array out;
    diff_at(before, after, "", out);
    return out;
}

const value* find(const value& v, std::string_view pointer) {
    boost::json::error_code problem;
    return v.find_pointer(boost::json::string_view{pointer.data(), pointer.size()}, problem);
}

std::string_view text_of(const object& o, std::string_view key) {
    const auto* found = o.if_contains(key);
    return found != nullptr && found->is_string() ? std::string_view{found->get_string()} : std::string_view{};
}

const object* object_of(const object& o, std::string_view key) {
    const auto* found = o.if_contains(key);
    return found != nullptr ? found->if_object() : nullptr;
}

const array* array_of(const object& o, std::string_view key) {
    const auto* found = o.if_contains(key);
    return found != nullptr ? found->if_array() : nullptr;
}

std::string pointer_token(std::string_view token) {
    std::string out;
    for (const char c : token) {
        if (c == '~') {
            out += "~0";
        } else if (c == '/') {
            out += "~1";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace slipway::json
