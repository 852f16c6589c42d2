#pragma once

#include <atomic>

#include "adapters/oidc/provider_call.hpp"
#include "base/clock.hpp"

namespace slipway::oidc {

/// An endpoint of the provider: one that hangs is no word about the others. Thread-safe.
class Door {
public:
    /// What came of a question.
    struct Told {
        Result<HttpResponse> response;  ///< `unavailable`/`IDENTITY_AWAY` where nobody answered
        Result<Answer> answer;          ///< in it, or why there is none
    };

    Door(HttpTransport& transport, const Clock& clock) : transport_{transport}, clock_{clock} {}

    /// Fails at once for a while after the provider did not answer: sessions and requests must not wait for it one after the other. Then one finds out for all
    /// whether it is there again.
    Told ask(const std::string& url, const ClientIdentity& client, Form form);

private:
    Result<HttpResponse> send(const std::string& url, const ClientIdentity& client, Form form);

    HttpTransport& transport_;
    const Clock& clock_;
    std::atomic<Steady::rep> away_until_{0};  ///< 0: it answered the last question
    std::atomic<bool> trying_{false};         ///< after that, somebody asks it for all
};

}  // namespace slipway::oidc
