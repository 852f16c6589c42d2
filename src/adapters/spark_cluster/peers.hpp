#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "base/http_transport.hpp"
#include "base/json.hpp"
#include "base/json_rows.hpp"

namespace slipway::spark_cluster {

/// How long one address may take to answer a question.
inline constexpr Milliseconds kAnswerTimeout{15'000};
/// The same for a probe, of which several in a row tell that a cluster is lost.
inline constexpr Milliseconds kProbeTimeout{8'000};

/// Several addresses of one service, of which one is active. Asks the one that answered last, then the others in order. Thread-safe.
class Peers {
public:
    Peers(std::vector<std::string> urls, HttpTransport& transport) : urls_{std::move(urls)}, transport_{transport} {}
    /// Of one address; empty: none.
    Peers(const std::string& url, HttpTransport& transport) : Peers{url.empty() ? std::vector<std::string>{} : std::vector{url}, transport} {}

    /// Sends to the active one; `target` begins with `/`. A standby's answer (redirect, `Refresh`, 403 StandbyException) and no answer ask the next.
    /// @return any other answer; `unavailable`/`timeout` when none answered.
    /// @param before called before each address is asked.
    Result<HttpResponse> send(HttpRequest request, const std::string& target, const std::function<void()>& before = {});
    /// GET of a JSON object. @return `not_found` for 404 unless it is a page, `forbidden` for 401 and 403, `unavailable` for everything else that is no 200
    /// with an object.
    Result<json::object> get(const std::string& target, Milliseconds timeout = kAnswerTimeout);
    /// GET of the rows of one array in an answer of any size, read as it arrives. Errors as get(); rows of an answer that broke off have been given on by then.
    Result<void> get_rows(const std::string& target, const std::vector<std::string>& path, const std::vector<std::string>& members,
                          const json::RowReader::Sink& sink);
    bool empty() const { return urls_.empty(); }

private:
    std::vector<std::string> urls_;
    HttpTransport& transport_;
    std::atomic<std::size_t> active_{0};
};

/// The object of an answer. Errors as Peers::get().
Result<json::object> object_of(const HttpResponse& response, std::string_view what);
/// For an object that is no answer of the manager: `unavailable`, so that nothing follows from it.
std::unexpected<Error> strange_answer(std::string_view what);

}  // namespace slipway::spark_cluster
