#include "lifecycle/expression.hpp"

#include <fmt/format.h>

#include "base/json_codec.hpp"
#include "lifecycle/expression_node.hpp"
#include "lifecycle/expression_value.hpp"

namespace slipway::lifecycle {

namespace {

constexpr std::size_t kMaxTemplate = 1U << 20;
constexpr std::size_t kShown = 120;

Error error_of(ErrorCode code, std::string_view source, const Flaw& flaw) {
    const auto shown = source.size() <= kShown ? std::string{source} : fmt::format("{}…", json::utf8_front(source, kShown));
    auto message = fmt::format("The expression \"{}\" {} at character {}: {}.", shown, code == ErrorCode::invalid_argument ? "cannot be read" : "has no value",
                               flaw.at + 1, flaw.message);
    return Error{code, "EXPRESSION", std::move(message), {}, {}};
}

/// Where the expression that begins at `at` ends: its `}`, those inside its texts left out; npos for none.
std::size_t end_of_expression(std::string_view text, std::size_t at) {
    char quote = '\0';
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (quote != '\0') {
            at += c == '\\' ? 1U : 0U;
            quote = c == quote ? '\0' : quote;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '}') {
            return at;
        }
    }
    return std::string_view::npos;
}

bool begins_expression(std::string_view rest) {
    return rest.starts_with("${") || rest.starts_with("#{");
}

/// The fuel of one evaluation: its own, as far as what it shares with others has it. What was spent is taken from there at the end.
class Share {
public:
    explicit Share(const Names& names) : shared_{names.fuel()} {
        if (shared_ != nullptr && shared_->steps < fuel.steps) {
            fuel = *shared_;
        }
        before_ = fuel.steps;
    }
    ~Share() {
        if (shared_ != nullptr) {
            shared_->steps -= before_ - fuel.steps;
        }
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    Fuel fuel;

private:
    Fuel* shared_;
    std::size_t before_{0};
};

}  // namespace

Result<Expression> Expression::parse(std::string_view source) {
    auto root = parse_expression(source);
    if (!root) {
        return std::unexpected(error_of(ErrorCode::invalid_argument, source, root.error()));
    }
    return Expression{std::string{source}, *std::move(root)};
}

Result<json::value> Expression::evaluate(const Names& names) const {
    Share share{names};
    return evaluate(names, share.fuel);
}

Result<json::value> Expression::evaluate(const Names& names, Fuel& fuel) const {
    auto value = evaluate_expression(*root_, names, fuel);
    if (!value) {
        return std::unexpected(error_of(ErrorCode::failed_precondition, source_, value.error()));
    }
    return *std::move(value);
}

Result<bool> Expression::test(const Names& names) const {
    SW_TRY(const auto value, evaluate(names));
    if (!value.is_bool()) {
        const Flaw wrong{0, fmt::format("a condition must be true or false, not {}", kind_of(value))};
        return std::unexpected(error_of(ErrorCode::failed_precondition, source_, wrong));
    }
    return value.get_bool();
}

Result<Template> Template::parse(std::string_view text) {
    if (text.size() > kMaxTemplate) {
        return std::unexpected(error_of(ErrorCode::invalid_argument, text, {kMaxTemplate, fmt::format("a text has at most {} bytes", kMaxTemplate)}));
    }
    Template result;
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const auto rest = text.substr(at);
        if (rest[0] == '\\' && begins_expression(rest.substr(1))) {  // `\${` is what it shows
            plain += rest.substr(1, 2);
            at += 3;
            continue;
        }
        if (!begins_expression(rest)) {
            plain += rest[0];
            ++at;
            continue;
        }
        const auto end = end_of_expression(text, at + 2);
        if (end == std::string_view::npos) {
            return std::unexpected(error_of(ErrorCode::invalid_argument, text, {at, fmt::format("the {} that begins here has no }}", rest.substr(0, 2))}));
        }
        SW_TRY(auto expression, Expression::parse(text.substr(at + 2, end - at - 2)));
        if (!plain.empty()) {
            result.parts_.push_back({std::move(plain), nullptr});
            plain.clear();
        }
        result.parts_.push_back({{}, std::make_shared<const Expression>(std::move(expression))});
        at = end + 1;
    }
    if (!plain.empty()) {
        result.parts_.push_back({std::move(plain), nullptr});
    }
    return result;
}

bool Template::constant() const {
    return parts_.empty() || (parts_.size() == 1 && !parts_[0].expression);
}

Result<json::value> Template::evaluate(const Names& names) const {
    if (parts_.size() == 1 && parts_[0].expression) {
        return parts_[0].expression->evaluate(names);
    }
    SW_TRY(const auto joined, text(names));
    return json::value(joined);
}

Result<std::string> Template::text(const Names& names) const {
    Share share{names};
    std::string joined;
    for (const auto& part : parts_) {
        if (!part.expression) {
            joined += part.text;
            continue;
        }
        SW_TRY(const auto value, part.expression->evaluate(names, share.fuel));
        auto piece = as_text(value, 0);
        if (piece && joined.size() + piece->size() > kMaxTemplate) {
            piece = flaw(0, fmt::format("the text becomes larger than {} bytes", kMaxTemplate));
        }
        if (!piece) {
            return std::unexpected(error_of(ErrorCode::failed_precondition, part.expression->source(), piece.error()));
        }
        joined += *piece;
    }
    return joined;
}

}  // namespace slipway::lifecycle
