#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "identity/principal.hpp"

/// Requests and answers as the routes see them; no Beast here.
namespace slipway::http {

struct Request {
    std::string method;
    std::string path;                                          ///< as it came, still encoded, without query; parameters are decoded in `params`
    std::string target;                                        ///< path and query as they came
    std::vector<std::pair<std::string, std::string>> query;    ///< decoded, in order
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;
    std::map<std::string, std::string, std::less<>> params;  ///< of the route pattern
    std::string peer;                                        ///< address of the client (after trusted proxies)
    std::string host;                                        ///< name without port, lower case
    std::string base_url;                                    ///< `https://host/prefix` for absolute links
    std::string origin;                                      ///< `scheme://host:port` the client called, as far as we know
    std::string prefix;                                      ///< `/gw`: below what the client sees us, as far as we know; empty at the root
    std::string request_id;

    /// First header of that name (lower case), or empty.
    std::string_view header(std::string_view name) const;
    std::optional<std::string_view> query_value(std::string_view name) const;
    /// Value of a cookie, or empty.
    std::string_view cookie(std::string_view name) const;
    /// True when the client came by https, to the proxy at least.
    bool secure() const { return origin.starts_with("https:"); }
    bool waited{false};  ///< the handler asked to wait (Response::parking), and the time is up: it must answer now
};

/// Feeds an open server-sent event stream; kept on the io thread, holds no worker. Implemented by the server.
class EventStream {
public:
    virtual ~EventStream() = default;
    /// Queues text to be sent. @return false when the client is gone or too slow (its bound is full): stop then.
    virtual bool send(std::string text) = 0;
    virtual void close() = 0;
};

/// How a handler waits without a thread: it runs again once `wake` is called, or after `longest` of waiting in all with Request::waited set.
struct Parking {
    Milliseconds longest{};
    std::function<void(std::function<void()> wake)> until;  ///< called once on the io thread; `wake` may be called from anywhere, also later
};

struct Response {
    int status{200};
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string content_type{"application/json"};
    std::optional<std::string> kept_body;            ///< what an Idempotency-Key replay gets instead of `body`, when that has a secret
    std::shared_ptr<const std::string> shared_body;  ///< instead of `body`, for embedded files
    std::string_view static_body;                    ///< instead of `body`, for what lives as long as the process
    /// Set to answer with a stream: called once on the io thread after the headers were sent; the handler keeps the stream.
    std::function<void(std::shared_ptr<EventStream>)> stream;

    std::optional<Parking> parking;  ///< set instead of an answer

    /// The body that is sent, wherever it is kept.
    std::string_view bytes() const { return shared_body ? std::string_view{*shared_body} : static_body.empty() ? std::string_view{body} : static_body; }
    Response& with(std::string_view name, std::string_view value) {
        headers.emplace_back(name, value);
        return *this;
    }
};

}  // namespace slipway::http
