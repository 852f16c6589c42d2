#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>

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
        bool away{false};               ///< nobody answers there, whatever is asked
        bool dropped{false};            ///< nobody answered to this, and a form of ours was answered
        bool late{false};               ///< it took longer than the usual time, as was told
    };

    Door(HttpTransport& transport, const Clock& clock) : transport_{transport}, clock_{clock} {}

    /// Fails at once for a while after the provider did not answer: sessions and requests must not wait for it one after the other. Then one finds out for all
    /// whether it is there again.
    /// @param us who we are, where a caller chose the form: a firewall before the provider may break the connection for its words alone. Where nobody answers
    /// to it, a form of ours without any words decides whether the provider is away for all; who comes meanwhile waits for that.
    /// @param patience of who waits for longer than the usual time: after that it counts as away for the others, until something is answered.
    Told ask(const std::string& url, const ClientIdentity& client, Form form, const std::optional<ClientIdentity>& us = std::nullopt,
             const Patience& patience = {});

    /// Whether the last question got no answer.
    bool is_lost() const { return away_until_ != 0; }
    /// Finds out for all whether nobody answers there, not even to a form of ours without any words; soon after it was found out it counts.
    bool is_away(const std::string& url, const ClientIdentity& us, const std::atomic<bool>* cancelled = nullptr);

private:
    class FindingOut;
    class Trying;
    void note(bool away);
    bool closed() const;

    HttpTransport& transport_;
    const Clock& clock_;
    std::atomic<Steady::rep> away_until_{0};  ///< 0: it answered the last question
    std::atomic<bool> trying_{false};         ///< after that, somebody asks it for all
    std::mutex mutex_;
    std::condition_variable found_out_;
    bool in_doubt_{false};  ///< somebody finds out whether it answers to us
    bool was_away_{false};  ///< what came of that the last time
};

}  // namespace slipway::oidc
