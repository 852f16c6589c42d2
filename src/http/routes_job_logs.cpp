#include "http/routes_job_logs.hpp"

#include <charconv>
#include <fmt/format.h>

#include "domain/visible_text.hpp"
#include "http/collection_routes.hpp"
#include "http/hal.hpp"
#include "http/problem.hpp"
#include "registry/job_work.hpp"

namespace slipway::http {

namespace {

constexpr Milliseconds kLongestFollow = std::chrono::seconds{25};

Result<std::int64_t> number_of(const Request& request, std::string_view name, std::int64_t otherwise, std::int64_t least = 0) {
    const auto text = request.query_value(name);
    if (!text) {
        return otherwise;
    }
    std::int64_t number = 0;
    const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (problem != std::errc{} || end != text->data() + text->size() || number < least || number > (std::int64_t{1} << 50)) {
        return invalid(fmt::format("?{}", name), fmt::format("a whole number from {}", least), "another text");
    }
    return number;
}

Result<bool> flag_of(const Request& request, std::string_view name) {
    const auto text = request.query_value(name).value_or("false");
    if (text != "true" && text != "false" && !text.empty()) {
        return invalid(fmt::format("?{}", name), "true or false", "another text");
    }
    return text != "false";
}

Result<void> check_stream(const std::string& stream) {
    if (stream != "stdout" && stream != "stderr") {
        return fail(ErrorCode::not_found, "NOT_FOUND", "A job has the logs stdout and stderr.");
    }
    return {};
}

/// A gap with the offset at which to go on.
Response gap(const Error& error, const Request& request) {
    auto document = problem_document(error, request.request_id);
    std::int64_t expected = 0;
    std::from_chars(error.detail.data(), error.detail.data() + error.detail.size(), expected);
    document["expectedOffset"] = expected;
    auto response = json_response(409, document);
    response.content_type = "application/problem+json";
    return response;
}

Result<Response> append(registry::Registry& registry, Waiters& waiters, Exchange& exchange) {
    const auto& request = exchange.request();
    SW_CHECK(check_stream(exchange.param("stream")));
    SW_TRY(const auto offset, number_of(request, "offset", -1));
    if (offset < 0) {
        return invalid("?offset", "given: where the bytes belong", "nothing");
    }
    if (request.body.size() > registry::kLargestLogChunk) {
        return fail(ErrorCode::invalid_argument, "TOO_LARGE", fmt::format("At most {} bytes are appended at once.", registry::kLargestLogChunk));
    }
    auto appended = exchange.write([&](store::Unit& unit) -> Result<Response> {
        SW_TRY(const auto end, registry.job_work().add_log(unit, exchange.principal(), exchange.param("id"), exchange.param("stream"), offset, request.body,
                                                           request.query_value("instanceId").value_or("")));
        return json_response(200, {{"nextOffset", end.next}, {"truncated", end.truncated}});
    });
    if (appended) {
        waiters.wake(exchange.param("id"));
    } else if (appended.error().reason == "LOG_GAP") {
        return gap(appended.error(), request);
    }
    return appended;
}

struct LogQuery {
    std::int64_t offset{0};  ///< negative: so many bytes before the end
    bool follow{false};
    bool raw{false};
};

Result<LogQuery> log_query(const Request& request) {
    LogQuery query;
    SW_TRY(query.offset, number_of(request, "offset", 0));
    SW_TRY(const auto tail, number_of(request, "tail", 0, 1));
    query.offset = tail > 0 ? -tail : query.offset;
    SW_TRY(query.follow, flag_of(request, "follow"));
    SW_TRY(query.raw, flag_of(request, "raw"));
    return query;
}

/// Keeps what may be shown now: no half of a character, and no CR whose LF may follow.
void cut_view(registry::JobWork::Log& log, bool from_tail) {
    auto& part = log.part;
    if (from_tail && part.from > 0) {
        std::size_t rest = 0;
        while (rest < part.bytes.size() && rest < 3 && (static_cast<unsigned char>(part.bytes[rest]) & 0xC0U) == 0x80) {
            ++rest;
        }
        part.bytes.erase(0, rest);
        part.from += static_cast<std::int64_t>(rest);
    }
    const bool all = log.ended && part.from + static_cast<std::int64_t>(part.bytes.size()) >= part.size;
    if (!all) {
        part.bytes.resize(domain::whole_characters(part.bytes));
        if (part.bytes.ends_with('\r')) {
            part.bytes.pop_back();
        }
    }
}

Response log_answer(const registry::JobWork::Log& log, const LogQuery& query, const std::string& filename) {
    const auto& part = log.part;
    const auto next = part.from + static_cast<std::int64_t>(part.bytes.size());
    Response response;
    response.body = query.raw ? part.bytes : domain::visible_text(part.bytes, true);
    response.content_type = query.raw ? "application/octet-stream" : "text/plain; charset=utf-8";
    if (query.raw) {
        response.with("Content-Disposition", fmt::format("attachment; filename=\"{}\"", filename));
    }
    response.with("X-Offset", std::to_string(part.from)).with("X-Next-Offset", std::to_string(next)).with("X-Log-Size", std::to_string(part.size));
    response.with("X-Job-Ended", log.ended ? "true" : "false").with("X-Truncated", part.truncated ? "true" : "false");
    return response;
}

Result<Response> read(registry::Registry& registry, Waiters& waiters, Exchange& exchange) {
    const auto& id = exchange.param("id");
    SW_CHECK(check_stream(exchange.param("stream")));
    SW_TRY(const auto query, log_query(exchange.request()));
    const auto ticket = waiters.ticket(id);
    return exchange.read([&](store::Session& sql) -> Result<Response> {
        const auto most = query.raw ? registry::kLargestLog : registry::kLargestLogAnswer;
        SW_TRY(auto log, registry.job_work().log(sql, exchange.principal(), id, exchange.param("stream"), query.offset, most));
        if (!query.raw) {
            cut_view(log, query.offset < 0);
        }
        if (query.follow && log.part.bytes.empty() && !log.ended && !exchange.request().waited) {
            Response response;
            response.parking = waiters.wait_for(id, ticket, kLongestFollow);
            if (response.parking) {
                return response;
            }
        }
        return log_answer(log, query, fmt::format("{}.log", exchange.param("stream")));
    });
}

}  // namespace

std::vector<Route> job_log_routes(registry::Registry& registry, const std::shared_ptr<Waiters>& waiters) {
    const auto path = fmt::format("{}/jobs/{{id}}/logs/{{stream}}", kModelManage);
    return {
        {"PUT", path, "appendJobLog", Guard::signed_in, Pool::api, [&, waiters](Exchange& exchange) { return append(registry, *waiters, exchange); }},
        {"GET", path, "getJobLog", Guard::signed_in, Pool::api, [&, waiters](Exchange& exchange) { return read(registry, *waiters, exchange); }},
    };
}

Route waking(Route route, std::shared_ptr<Waiters> waiters) {
    route.handler = [handler = std::move(route.handler), waiters = std::move(waiters)](Exchange& exchange) {
        auto answer = handler(exchange);
        if (answer) {
            waiters->wake(exchange.param("id"));
        }
        return answer;
    };
    return route;
}

}  // namespace slipway::http
