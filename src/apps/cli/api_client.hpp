#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/cli/contexts.hpp"
#include "apps/cli/terminal.hpp"
#include "base/json.hpp"

namespace slipway::cli {

/// Query parameters, encoded when they are sent.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Where to and as whom. Made by connection_of().
struct Connection {
    std::string url;      ///< without a trailing `/`
    std::string context;  ///< name of the context whose tokens are used; empty for SLIPWAY_TOKEN or none
    Secret access_token;
    Secret refresh_token;
    Timestamp expires{};
    std::string user;     ///< of the context; empty as that is
    bool by_code{false};  ///< as in Context

    /// What signs in there again.
    std::string login_command() const;
};

/// Flags win over SLIPWAY_URL and SLIPWAY_TOKEN, those over the context, that over http://127.0.0.1:8080. A context's tokens go to its own URL only.
Result<Connection> connection_of(const World& world, const ContextFile& file, std::string_view url_flag, std::string_view context_flag);

/// True for an address of this machine, by its whole host.
bool is_loopback(std::string_view url);
/// `http://host`, `https://host/prefix`. @return `USAGE` for what is none.
Result<std::string> checked_url(std::string_view text);
/// `application/x-www-form-urlencoded`.
std::string form_encoded(const Query& fields);
std::string with_query(std::string path, const Query& query);

/// Tokens of POST /gocli/token.
struct Tokens {
    Secret access;
    Secret refresh;
    Timestamp expires{};
};
Result<Tokens> request_tokens(World& world, const std::string& url, const std::string& form);

/// An event of the server's stream.
struct StreamEvent {
    std::string id;
    std::string name;  ///< empty for a usual one; `reset`
    json::value data;
};

/// Speaks to the server. Renews the access token before it ends and once after a 401, and keeps the new ones in the context.
class ApiClient {
public:
    ApiClient(World& world, ContextFile file, Connection connection) : world_{world}, file_{std::move(file)}, connection_{std::move(connection)} {}

    const std::string& url() const { return connection_.url; }
    Result<json::value> get(const std::string& path, const Query& query = {});
    /// The answer as it came, with its headers: logs.
    Result<HttpResponse> text(const std::string& path, const Query& query, Milliseconds timeout);
    /// POST, PUT, PATCH or DELETE; a POST carries an Idempotency-Key. @return null for an empty answer.
    Result<json::value> send(std::string_view method, const std::string& path, const std::optional<json::value>& body);
    /// POST of a body of another type: forms with files.
    Result<json::value> send_as(const std::string& path, const std::string& content_type, std::string body);
    /// Hands events to `take` until that answers false, the server ends the stream, or `most` has passed.
    Result<void> events(std::string_view last_id, Milliseconds most, const std::function<bool(const StreamEvent&)>& take);
    /// Hands the events that are kept behind `last_id` to `take`, until that answers false.
    Result<void> kept_events(std::string_view last_id, const std::function<bool(const StreamEvent&)>& take);

private:
    Result<HttpResponse> exchange(HttpRequest request);
    Result<json::value> done(HttpRequest request);
    Result<void> stream(const std::string& path, std::string_view last_id, Milliseconds most, const std::function<bool(const StreamEvent&)>& take);
    Result<void> renew();
    Error sign_in_ended(Error error) const;
    Error not_admitted(const HttpResponse& response);
    World& world_;
    ContextFile file_;
    Connection connection_;
};

/// What the server's answer says: the problem document as an Error, `detail` its whole text.
Error error_of(const HttpResponse& response, const std::string& url);

}  // namespace slipway::cli
