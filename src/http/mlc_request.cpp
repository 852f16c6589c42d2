#include "http/mlc_request.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <iterator>

#include "base/json_codec.hpp"
#include "http/hal.hpp"
#include "http/routes_mlc.hpp"

namespace slipway::http::mlc {

Result<Parameters> Parameters::of(const Exchange& exchange) {
    const auto& request = exchange.request();
    json::object body;
    if (request.method == "POST") {
        SW_TRY(body, exchange.body_or_none());
    }
    return Parameters{request, std::move(body)};
}

std::string Parameters::text(std::string_view name) const {
    if (const auto given = request_.query_value(name)) {
        return std::string{*given};
    }
    const auto* found = member(name);
    if (found == nullptr) {
        return {};
    }
    return found->is_string() ? std::string{found->get_string()} : json::write(*found);
}

const json::value* Parameters::member(std::string_view name) const {
    const auto* found = body_.if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

Result<std::vector<Given>> Parameters::given() const {
    std::vector<Given> out;
    out.reserve(request_.query.size() + body_.size());
    for (const auto& [name, value] : request_.query) {
        out.push_back({.name = name, .value = json::value(value)});
    }
    for (const auto& [name, value] : body_) {
        if (!value.is_null()) {
            out.push_back({.name = std::string{name}, .value = value, .in_body = true});
        }
    }
    for (auto one = out.begin(); one != out.end(); ++one) {
        if (std::ranges::find(std::next(one), out.end(), one->name, &Given::name) != out.end()) {
            return invalid("?" + one->name, "given once: several values of a list are separated by commas", "given twice");
        }
    }
    return out;
}

Result<std::optional<bool>> Parameters::flag(std::string_view name) const {
    const auto given = text(name);
    if (given.empty()) {
        return std::nullopt;
    }
    if (given != "true" && given != "false") {
        return invalid(fmt::format("?{}", name), "true or false", "another text");
    }
    return given == "true";
}

Result<std::int64_t> Parameters::number(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const {
    const auto given = text(name);
    if (given.empty()) {
        return otherwise;
    }
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(given.data(), given.data() + given.size(), number);
    if (problem != std::errc{} || end != given.data() + given.size() || number < least || number > most) {
        return invalid(fmt::format("?{}", name), fmt::format("a whole number from {} to {}", least, most), "another text");
    }
    return number;
}

Result<Window> window(const Parameters& parameters) {
    constexpr std::int64_t kFar = 1'000'000'000;
    SW_TRY(const auto first, parameters.number("firstResult", 0, 0, kFar));
    SW_TRY(const auto most, parameters.number("maxResults", 1000, 0, kFar));
    return Window{.first = first, .most = std::min<std::int64_t>(most, 1000)};
}

Response list(const json::array& items) {
    Response response;
    response.body = json::write(json::value(items));
    return response;
}

Response counted(std::int64_t count) {
    return json_response(200, {{"count", count}});
}

Result<std::string> wanted_text(const json::object& body, std::string_view name) {
    const auto* member = body.if_contains(name);
    if (member == nullptr || !member->is_string() || member->get_string().empty()) {
        return invalid(fmt::format("/{}", name), "a text", member == nullptr ? "nothing" : json::describe_value(*member));
    }
    return std::string{member->get_string()};
}

Result<std::string> text_or_none(const json::object& body, std::string_view name) {
    const auto* member = body.if_contains(name);
    if (member != nullptr && !member->is_null() && !member->is_string()) {
        return invalid(fmt::format("/{}", name), "a text", json::describe_value(*member));
    }
    return std::string{json::text_of(body, name)};
}

Result<std::int64_t> wanted_number(const json::object& body, std::string_view name, std::int64_t most) {
    const auto* member = body.if_contains(name);
    const bool fits = member != nullptr && member->is_int64() && member->get_int64() >= 0 && member->get_int64() <= most;
    if (!fits) {
        return invalid(fmt::format("/{}", name), fmt::format("a whole number from 0 to {}", most),
                       member == nullptr ? "nothing" : json::describe_value(*member));
    }
    return member->get_int64();
}

Result<std::string> reason_of(const Request& request, const json::object& body) {
    constexpr std::size_t kLongest = 2000;
    const auto given = request.query_value("reason");
    auto reason = std::string{given ? *given : json::text_of(body, "reason")};
    if (reason.size() > kLongest) {
        return invalid(given ? "?reason" : "/reason", fmt::format("a text of at most {} bytes", kLongest), "a longer one");
    }
    return reason;
}

Route route(std::string method, std::string_view path, std::string operation_id, Handler handler) {
    return {.method = std::move(method),
            .pattern = fmt::format("{}/{}", kMlc, path),
            .operation_id = std::move(operation_id),
            .guard = Guard::signed_in,
            .pool = Pool::api,
            .handler = std::move(handler)};
}

}  // namespace slipway::http::mlc
