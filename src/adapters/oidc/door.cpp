#include "adapters/oidc/door.hpp"

#include "base/worker_pool.hpp"

namespace slipway::oidc {
namespace {

/// After it did not answer, nobody is made to wait for it again for that long.
constexpr Milliseconds kPauseWhenAway = std::chrono::seconds{3};
/// For a form of ours, which asks for nothing.
constexpr Milliseconds kOfOurs = std::chrono::seconds{2};

}  // namespace

/// @return nothing while somebody else finds out.
std::optional<bool> Door::is_away(const std::string& url, const ClientIdentity& us) {
    if (doubted_.exchange(true)) {
        return std::nullopt;
    }
    const bool away = !post_form(transport_, url, us, {}, kOfOurs);
    doubted_ = false;
    return away;
}

Door::Told Door::ask(const std::string& url, const ClientIdentity& client, Form form, const std::optional<ClientIdentity>& us) {
    const bool lost = away_until_ != 0;
    if (lost && (clock_.steady().time_since_epoch().count() < away_until_ || trying_.exchange(true))) {
        const auto error = provider_away("It did not answer a moment ago.");
        return {.response = error, .answer = error, .away = true};
    }
    const WorkerPool::Waiting waiting;
    auto response = post_form(transport_, url, client, std::move(form));
    // An answer that is of no use is about this question: others, and the sessions, go on.
    const auto away = !response && us ? is_away(url, *us) : std::optional{!response};
    if (away) {
        away_until_ = *away ? (clock_.steady() + kPauseWhenAway).time_since_epoch().count() : 0;
    }
    if (lost) {
        trying_ = false;
    }
    auto answer = response ? answer_of(url, *response) : Result<Answer>{std::unexpected(response.error())};
    return {.response = std::move(response), .answer = std::move(answer), .away = away.value_or(false)};
}

}  // namespace slipway::oidc
