#include "http/exchange.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

#include "base/crypto.hpp"
#include "base/json_codec.hpp"
#include "base/json_position.hpp"
#include "http/body_limits.hpp"
#include "http/target.hpp"

namespace slipway::http {

namespace {

Result<std::int64_t> integer_of(std::string_view name, std::string_view text, std::int64_t least, std::int64_t most) {
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
        return invalid(fmt::format("?{}", name), fmt::format("a whole number from {} to {}", least, most),
                       text.empty() ? "nothing" : std::string{json::utf8_front(text, 60)});
    }
    return number;
}

/// Before anything is made of it: each value of a parsed document takes some fifty bytes, and people's documents have a few thousand.
Result<void> check_values(std::string_view body) {
    constexpr std::size_t kMostValues = 200'000;
    std::size_t values = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < body.size() && values <= kMostValues; ++i) {
        const char c = body[i];
        if (in_text) {
            i += c == '\\' ? 1U : 0U;
            in_text = c != '"';
        } else {
            in_text = c == '"';
            values += c == ',' || c == '[' || c == '{' ? 1U : 0U;
        }
    }
    if (values > kMostValues) {
        return fail(
            ErrorCode::invalid_argument, "TOO_LARGE",
            fmt::format("The body has more than {} values. Put what is large into an asset of type FILE, or into a store that fileUrl names.", kMostValues));
    }
    return {};
}

Response replayed(const store::KeptAnswer& kept) {
    Response response;
    response.status = kept.status;
    response.body = kept.body;
    if (const auto headers = json::parse_object(kept.headers)) {
        for (const auto& [name, content] : *headers) {
            if (!content.is_string()) {
                continue;
            }
            if (name == "Content-Type") {
                response.content_type = std::string{content.get_string()};
            } else {
                response.with(std::string{name}, std::string{content.get_string()});
            }
        }
    }
    response.with("Idempotency-Replayed", "true");
    return response;
}

store::KeptAnswer kept(const Response& response) {
    json::object headers;
    headers["Content-Type"] = response.content_type;
    for (const auto& [name, content] : response.headers) {
        if (name == "Location" || name == "ETag") {
            headers[name] = content;
        }
    }
    return {.status = response.status, .headers = json::write(headers), .body = response.kept_body.value_or(response.body)};
}

}  // namespace

const std::string& Exchange::param(std::string_view name) const {
    const auto found = request_.params.find(name);
    SW_ASSERT(found != request_.params.end(), "the route has no such parameter");
    return found->second;
}

Result<json::object> Exchange::body() const {
    const auto type = request_.header("content-type");
    const auto kind = type.substr(0, type.find_first_of("; "));
    // Scripts often name no type.
    const bool json = kind.empty() || kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"));
    if (!json) {
        return fail(ErrorCode::invalid_argument, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON: send Content-Type: application/json.");
    }
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    std::string_view text = request_.body;
    text.remove_prefix(text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
    SW_CHECK(check_values(text));
    auto document = json::parse_object(text, kBodyLimits);
    if (!document && !is_utf8(text)) {
        return std::unexpected(json::malformed(text, utf8_front_of(text), "JSON in UTF-8"));
    }
    return document;
}

Result<std::optional<std::int64_t>> Exchange::if_match() const {
    auto text = request_.header("if-match");
    if (text.empty() || text == "*") {
        return std::nullopt;
    }
    if (text.size() < 3 || !text.starts_with('"') || !text.ends_with('"')) {
        return invalid("If-Match", "one strong ETag as this server gave it, such as \"7\"", "another text");
    }
    text = text.substr(1, text.size() - 2);
    std::int64_t version = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (problem != std::errc{} || end != text.data() + text.size()) {
        return invalid("If-Match", "one strong ETag as this server gave it, such as \"7\"", "another text");
    }
    return version;
}

Result<store::ListQuery> Exchange::list_query() const {
    constexpr std::int64_t kMostPages = 10'000'000;
    store::ListQuery query;
    for (const auto& [name, content] : request_.query) {
        if (name == "filter" && !content.empty()) {
            SW_TRY(auto filter, store::parse_filter(content));
            std::ranges::move(filter.terms, std::back_inserter(query.filter.terms));
        } else if (name == "sort" && !content.empty()) {
            query.sort.push_back(content);
        } else if (name == "page") {
            SW_TRY(query.page, integer_of(name, content, 0, kMostPages));
        } else if (name == "size") {
            SW_TRY(query.size, integer_of(name, content, 1, 1'000'000'000));
        } else if (name == "cursor" && !content.empty()) {
            query.cursor = content;
        }
    }
    return query;
}

store::Actor Exchange::actor() const {
    return {.subject = principal_.name, .request_id = request_.request_id};
}

Result<std::optional<store::IdempotencyKey>> Exchange::idempotency_key() const {
    const auto key = request_.header("idempotency-key");
    if (key.empty() || request_.method != "POST") {
        return std::nullopt;
    }
    if (key.size() > 255 || std::ranges::any_of(key, [](char c) { return c <= 0x20 || c >= 0x7f; })) {
        return invalid("Idempotency-Key", "1 to 255 visible ASCII characters", "another text");
    }
    // Keyed: from a plain hash the password in a body could be guessed as fast as a machine hashes.
    const auto hash = crypto::hmac_sha256(idempotency_secret_.reveal(), request_.method + "\n" + request_.target + "\n" + request_.body);
    const char* kind = principal_.kind == identity::Principal::Kind::client ? "client:" : "user:";
    return store::IdempotencyKey{.principal = kind + principal_.name, .key = std::string{key}, .request_hash = crypto::hex(crypto::bytes_of(hash))};
}

Result<std::optional<Response>> Exchange::replay() {
    SW_TRY(const auto key, idempotency_key());
    std::optional<Response> out;
    if (!key) {
        return out;
    }
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto answer, store::find_answer(sql, *key, store_.clock().now()));
        if (answer) {
            out = replayed(*answer);
        }
        return {};
    });
    SW_CHECK(looked);
    return out;
}

Result<Response> Exchange::write(const std::function<Result<Response>(store::Unit&)>& work) {
    SW_TRY(const auto key, idempotency_key());
    std::optional<Response> out;
    bool overtaken = false;
    const auto done = store_.write(actor(), [&](store::Unit& unit) -> Result<void> {
        out.reset();
        overtaken = false;
        if (key) {
            SW_TRY(const auto answer, store::find_answer(unit.sql, *key, unit.now));
            if (answer) {
                out = replayed(*answer);
                return {};
            }
        }
        SW_TRY(out, work(unit));
        if (key) {
            auto keeping = store::keep_answer(unit, *key, kept(*out));
            overtaken = !keeping && keeping.error().reason == "ALREADY_EXISTS";
            return keeping;
        }
        return {};
    });
    if (!done && overtaken) {
        // The same request ran beside us and came first: its answer counts.
        SW_TRY(auto answer, replay());
        if (answer) {
            return std::move(*answer);
        }
    }
    SW_CHECK(done);
    return std::move(*out);
}

Result<Response> Exchange::write(const std::function<Result<void>(store::Unit&)>& work, const std::function<Response()>& answer) {
    if (!request_.header("idempotency-key").empty()) {
        return write([&](store::Unit& unit) -> Result<Response> {
            SW_CHECK(work(unit));
            return answer();
        });
    }
    SW_CHECK(store_.write(actor(), work));
    return answer();
}

Result<Response> Exchange::read(const std::function<Result<Response>(store::Session&)>& work) {
    std::optional<Response> out;
    const auto done = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(out, work(sql));
        return {};
    });
    SW_CHECK(done);
    return std::move(*out);
}

}  // namespace slipway::http
