#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/http_transport.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "identity/identity_provider.hpp"

namespace slipway::oidc {

/// Fields of a form; secrets among them.
using Form = std::vector<std::pair<std::string, std::string>>;

/// How we are known to the provider. Without a secret a public client.
struct ClientIdentity {
    std::string id;
    Secret secret;
    bool in_form{false};  ///< the secret as a form field: for providers that do not take HTTP basic
};

/// How long an answer is waited for.
struct Patience {
    Milliseconds whole{kUsual};
    std::function<void()> on_late{};              ///< called once where there is none after the usual time, of those who wait for longer
    const std::atomic<bool>* cancelled{nullptr};  ///< true ends it

    static constexpr Milliseconds kUsual = identity::LongWait::kUsual;
};

/// What a provider answered.
struct Answer {
    int status{0};
    json::object body;
};

/// A JSON document of the provider: at most 1 MiB, within 5 s. @return `unavailable`/`IDENTITY_AWAY` for no answer in that time, for any other status than
/// 200, and for what is no JSON object.
Result<json::object> get_document(HttpTransport& transport, const std::string& url);

/// Posts a form as `client`. @return `unavailable`/`IDENTITY_AWAY` where nobody answered in that time.
Result<HttpResponse> post_form(HttpTransport& transport, const std::string& url, const ClientIdentity& client, Form form, const Patience& patience = {});

/// What `url` answered to a form. An answer of 4xx is one, with or without a body. @return `unavailable`/`IDENTITY_AWAY` for 5xx, redirects, 429 and what is no
/// JSON object.
Result<Answer> answer_of(const std::string& url, const HttpResponse& response);

/// A length of time in seconds, as a number or, with some providers, as a text of digits; a year at most. `otherwise` for anything else.
std::int64_t seconds_of(const json::object& body, std::string_view name, std::int64_t otherwise);

/// `IDENTITY_AWAY`; `detail` is for the log alone.
std::unexpected<Error> provider_away(std::string detail);

/// `invalid_argument`/`REQUEST_DROPPED`: no answer to this, though others are answered. Said to the log, too.
std::unexpected<Error> request_dropped(std::string detail);

/// `url` with fields added to its query.
std::string with_fields(const std::string& url, const Form& fields);

}  // namespace slipway::oidc
