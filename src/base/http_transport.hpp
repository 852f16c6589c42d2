#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace slipway {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

/// An outgoing request. Redirects are never followed.
struct HttpRequest {
    std::string method{"GET"};
    std::string url;      ///< absolute http or https URL
    HttpHeaders headers;  ///< sent as they are, in this order; Host is set from the URL unless given
    std::string body;
    Milliseconds connect_timeout{3100};
    Milliseconds timeout{60000};  ///< whole exchange
    std::size_t max_response_bytes{32U << 20};
    bool once{false};                             ///< on a new connection: on one that turns out to be dead the request would silently be sent again
    const std::atomic<bool>* cancelled{nullptr};  ///< checked while waiting; true ends the call with `unavailable`/`CANCELLED`
    /// For answers without an end (server-sent events): gets the body of a 2xx piece by piece instead of collecting it; false ends the exchange well.
    std::function<bool(std::string_view)> on_body{};
    /// Called once, by the thread that waits, where no answer is complete within `late_after`, to a second or so; the exchange goes on up to `timeout`. Quick.
    std::function<void()> on_late{};
    Milliseconds late_after{0};
};

/// What came back.
struct HttpResponse {
    int status{0};
    HttpHeaders headers;  ///< names in lower case
    std::string body;

    /// First header of that name (lower case), or empty.
    std::string_view header(std::string_view name) const;
};

/// Sends requests. Implementation: adapters/http_client (libcurl); fake: tests/fakes. Blocks; safe from any thread.
class HttpTransport {
public:
    virtual ~HttpTransport() = default;
    /// @return `unavailable` when no answer came (connect, reset, too large; `detail` says which), `timeout` when the time was over.
    ///         Any HTTP status is a success here.
    virtual Result<HttpResponse> send(const HttpRequest& request) = 0;
};

}  // namespace slipway
