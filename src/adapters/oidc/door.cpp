#include "adapters/oidc/door.hpp"

#include "base/worker_pool.hpp"

namespace slipway::oidc {
namespace {

/// After it did not answer, nobody is made to wait for it again for that long.
constexpr Milliseconds kPauseWhenAway = std::chrono::seconds{3};

}  // namespace

Door::Told Door::ask(const std::string& url, const ClientIdentity& client, Form form) {
    auto response = send(url, client, std::move(form));
    auto answer = response ? answer_of(url, *response) : Result<Answer>{std::unexpected(response.error())};
    return {.response = std::move(response), .answer = std::move(answer)};
}

Result<HttpResponse> Door::send(const std::string& url, const ClientIdentity& client, Form form) {
    const bool lost = away_until_ != 0;
    if (lost && (clock_.steady().time_since_epoch().count() < away_until_ || trying_.exchange(true))) {
        return provider_away("It did not answer a moment ago.");
    }
    const WorkerPool::Waiting waiting;
    auto response = post_form(transport_, url, client, std::move(form));
    // An answer that is of no use is about this question: others, and the sessions, go on.
    away_until_ = response ? 0 : (clock_.steady() + kPauseWhenAway).time_since_epoch().count();
    if (lost) {
        trying_ = false;
    }
    return response;
}

}  // namespace slipway::oidc
