#include "adapters/spark_cluster/peers.hpp"

namespace slipway::spark_cluster {
namespace {

bool is_standby(const HttpResponse& response) {
    return (response.status >= 300 && response.status < 400) || !response.header("refresh").empty() || response.body.contains("StandbyException") ||
           response.body.starts_with("This is standby RM");
}

Result<void> checked(const HttpResponse& response, std::string_view what) {
    if (response.status == 404 && !response.body.starts_with('<')) {  // a page is a proxy's word, not the cluster's: we asked for JSON
        return fail(ErrorCode::not_found, "NOT_FOUND", fmt::format("The cluster does not know {}.", what));
    }
    if (response.status == 401 || response.status == 403) {
        return fail(ErrorCode::forbidden, "CLUSTER_REFUSES", fmt::format("The cluster refuses {} ({}).", what, response.status));
    }
    if (response.status != 200) {
        return fail(ErrorCode::unavailable, "CLUSTER_AWAY", fmt::format("The cluster answers {} to {}.", response.status, what));
    }
    return {};
}

}  // namespace

Result<HttpResponse> Peers::send(HttpRequest request, const std::string& target, const std::function<void()>& before) {
    Result<HttpResponse> last = fail(ErrorCode::unavailable, "CLUSTER_AWAY", "No address of the cluster is configured.");
    const auto first = active_.load();
    for (std::size_t i = 0; i < urls_.size(); ++i) {
        const auto at = (first + i) % urls_.size();
        request.url = urls_[at] + target;
        if (before) {
            before();
        }
        last = transport_.send(request);
        if (last && !is_standby(*last)) {
            active_ = at;
            return last;
        }
        if (last) {
            last = fail(ErrorCode::unavailable, "CLUSTER_AWAY", fmt::format("{} is on standby, and no active one answers.", urls_[at]));
        }
    }
    return last;
}

Result<json::object> Peers::get(const std::string& target, Milliseconds timeout) {
    SW_TRY(const auto response, send({.headers = {{"Accept", "application/json"}}, .timeout = timeout, .max_response_bytes = 256U << 20}, target));
    return object_of(response, target);
}

Result<void> Peers::get_rows(const std::string& target, const std::vector<std::string>& path, const std::vector<std::string>& members,
                             const json::RowReader::Sink& sink) {
    // Made anew for each address that is asked: a standby may have answered with something else.
    std::unique_ptr<json::RowReader> reader;
    HttpRequest request{.headers = {{"Accept", "application/json"}}, .timeout = kAnswerTimeout};
    request.on_body = [&](std::string_view piece) { return reader->add(piece); };
    SW_TRY(const auto response, send(std::move(request), target, [&] { reader = std::make_unique<json::RowReader>(path, members, sink); }));
    SW_CHECK(checked(response, target));
    if (!response.body.empty()) {
        reader->add(response.body);  // of a transport that does not give bodies in pieces
    }
    if (!reader->finish()) {
        return fail(ErrorCode::unavailable, "CLUSTER_AWAY", fmt::format("The cluster's answer to {} is no whole JSON object.", target));
    }
    return reader->as_expected() ? Result<void>{} : strange_answer(target);
}

Result<json::object> object_of(const HttpResponse& response, std::string_view what) {
    SW_CHECK(checked(response, what));
    auto object = json::parse_object(response.body, {.max_bytes = 256U << 20});
    if (!object) {
        return fail(ErrorCode::unavailable, "CLUSTER_AWAY", fmt::format("The cluster's answer to {} is no JSON object.", what), object.error().message);
    }
    return object;
}

std::unexpected<Error> strange_answer(std::string_view what) {
    return fail(ErrorCode::unavailable, "CLUSTER_AWAY",
                fmt::format("The cluster's answer to {} has other members than it should: does a proxy stand between?", what));
}

}  // namespace slipway::spark_cluster
