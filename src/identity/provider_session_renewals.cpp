#include <algorithm>
#include <condition_variable>

#include "base/log.hpp"
#include "identity/provider_sessions.hpp"

namespace slipway::identity {

namespace {

/// While somebody asks about a session its other requests go on that long with what is known; then they wait for the answer.
constexpr Milliseconds kOverdue = std::chrono::seconds{15};
/// Requests that were put off are counted for that long, and told.
constexpr Milliseconds kCountPutOff = std::chrono::minutes{1};
/// How soon a provider that was away is asked again.
constexpr Milliseconds kAskAgain = std::chrono::seconds{5};

/// Sessions whose renewal the database could not take.
constexpr std::size_t kMostHeld = 4096;

std::unexpected<Error> still_out() {
    return fail(ErrorCode::unavailable, "IDENTITY_AWAY",
                "The identity provider was asked whether this session still counts and has not answered yet. Try again in a few seconds.");
}

}  // namespace

/// Of the provider about a session, for the request that waits for it while it is not late.
class ProviderSessions::Answer {
public:
    using Outcome = Result<std::optional<Row>>;
    void came(Outcome outcome) {
        const std::lock_guard lock{mutex_};
        outcome_ = std::move(outcome);
        changed_.notify_all();
    }
    void is_late() {
        const std::lock_guard lock{mutex_};
        late_ = true;
        changed_.notify_all();
    }
    /// @return nothing when it is late.
    std::optional<Outcome> wait() {
        const WorkerPool::Waiting others_run;
        std::unique_lock lock{mutex_};
        changed_.wait_for(lock, LongWait::kUsual, [this] { return outcome_ || late_; });
        return std::move(outcome_);
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::optional<Outcome> outcome_;
    bool late_{false};
};

/// A request goes on with what is known, though it is more than time to ask.
void ProviderSessions::put_off() {
    const auto now = store_.clock().steady();
    const std::lock_guard lock{mutex_};
    if (now - counted_from_ >= kCountPutOff) {
        put_off_ = 0;
        counted_from_ = now;
    }
    ++put_off_;
}

Health ProviderSessions::add_to(Health health) const {
    const std::lock_guard lock{mutex_};
    if (put_off_ > 0 && store_.clock().steady() - counted_from_ < kCountPutOff) {
        health.details["sessionsPutOff"] = put_off_;
    }
    return health;
}

Result<std::optional<ProviderSessions::Row>> ProviderSessions::recheck(const std::string& hash, Row row, bool counts_as_use) {
    const auto now = store_.clock().now();
    if (row.tokens.refresh.empty()) {
        return row.access_ends > now ? std::optional{std::move(row)} : std::nullopt;
    }
    if (row.check_at > now) {
        return row;
    }
    const bool counts = row.access_ends > now;
    const bool overdue = now >= row.check_at + kOverdue;
    const auto place = counts_as_use ? provider_.waits().enter() : Result<ProviderWaits::Place>{provider_.waits().enter_anyway()};
    auto turn = !place ? nullptr : !counts_as_use ? turns_.take_aside(hash) : counts ? turns_.take(hash, overdue) : turns_.wait(hash);
    if (!turn && counts && overdue && counts_as_use) {
        put_off();
        return read(hash);  // it may have ended meanwhile
    }
    if (!turn && counts) {
        return row;
    }
    SW_CHECK(place);
    if (!turn) {
        return turns_.is_late(hash)
                   ? still_out()
                   : fail(ErrorCode::unavailable, "BUSY", "The identity provider is asked about too many sessions at this moment. Try again in a few seconds.");
    }
    SW_TRY(auto current, read(hash));  // somebody may have asked meanwhile
    if (!current || current->check_at > store_.clock().now()) {
        return current;
    }
    return ask(hash, std::move(*current), std::move(turn));
}

/// On a thread that waits as long as an answer may still come, and takes it whenever that is. The request does so for a few seconds.
Result<std::optional<ProviderSessions::Row>> ProviderSessions::ask(const std::string& hash, Row row, SessionTurns::Turn turn) {
    const auto answer = std::make_shared<Answer>();
    const bool begun = renewals_.post([this, hash, row, turn = std::move(turn), answer]() mutable {
        const auto place = provider_.waits().aside();
        auto outcome = renew(hash, std::move(row), [&] {
            turns_.now_late(hash);
            answer->is_late();
        });
        turn.reset();
        answer->came(std::move(outcome));
    });
    const auto counts = [&] { return row.access_ends > store_.clock().now(); };
    if (!begun && counts()) {
        return row;
    }
    if (!begun) {
        return fail(ErrorCode::unavailable, "BUSY", "The server is stopping, or has no thread left to ask the identity provider. Try again in a few seconds.");
    }
    if (auto outcome = answer->wait()) {
        return std::move(*outcome);
    }
    turns_.now_late(hash);
    return counts() ? Result<std::optional<Row>>{std::move(row)} : still_out();
}

/// Asks the provider. What it refuses ends the session; while it is away, or does not understand us, the session goes on as long as the access token does.
Result<std::optional<ProviderSessions::Row>> ProviderSessions::renew(const std::string& hash, Row row, const std::function<void()>& on_late) {
    auto answer = provider_.by_refresh(row.tokens.refresh, LoginClient::page, {.on_late = on_late, .cancelled = &stopping_});
    const auto why = answer ? ErrorCode::internal : answer.error().code;
    if (why == ErrorCode::unavailable || why == ErrorCode::timeout || why == ErrorCode::invalid_argument) {  // no word about the person
        return put_off_renewal(hash, std::move(row), std::move(answer.error()));
    }
    if (!answer || (!answer->unchecked && answer->principal.name != row.principal.name)) {
        return end(hash, row, answer ? "OTHER_PERSON" : answer.error().reason);
    }
    const auto of_before = row.sealed;
    row.tokens.refresh = answer->tokens.refresh.empty() ? std::move(row.tokens.refresh) : std::move(answer->tokens.refresh);
    row.tokens.id_token = answer->tokens.id_token.empty() ? std::move(row.tokens.id_token) : std::move(answer->tokens.id_token);
    if (answer->unchecked) {  // its token of before says who it is and how long, and the new one is asked with the next time
        const auto now = store_.clock().now();
        row.check_at = std::min(now + kAskAgain, std::max(now, row.access_ends));
        SW_TRY(auto kept, keep(hash, std::move(row), of_before));
        return kept && kept->access_ends <= now ? std::unexpected(std::move(*answer->unchecked)) : Result<std::optional<Row>>{std::move(kept)};
    }
    row.principal = std::move(answer->principal);
    row.access_ends = answer->expires;
    row.check_at = store_.clock().now() + options_.recheck;
    return keep(hash, std::move(row), of_before);
}

/// What the provider gave, in the place of `of_before`. Where the database cannot take it, it is all that is left of what was spent for it.
Result<std::optional<ProviderSessions::Row>> ProviderSessions::keep(const std::string& hash, Row row, const std::string& of_before) {
    const auto kept = replace(hash, of_before, row);
    if (kept ? *kept : hold(hash, row, kept.error())) {
        return row;
    }
    SW_CHECK(kept);
    SW_TRY(auto current, read(hash));
    if (!current) {  // signed out meanwhile, by the token of before: this one is in nobody's hands
        take_back(row);
    }
    return current;
}

Result<std::optional<ProviderSessions::Row>> ProviderSessions::put_off_renewal(const std::string& hash, Row row, Error why) {
    const auto now = store_.clock().now();
    if (stopping_ || row.access_ends <= now) {
        return std::unexpected(std::move(why));
    }
    row.check_at = std::min(now + kAskAgain, row.access_ends);
    if (is_held(hash)) {
        const auto of_before = row.sealed;
        return keep(hash, std::move(row), of_before);
    }
    std::int64_t kept = 0;
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(kept, unit.sql.execute("UPDATE provider_sessions SET check_at = $1 WHERE hash = $2 AND sealed = $3",
                                      {store::to_value(row.check_at), hash, store::Blob{row.sealed}}));
        return {};
    });
    if (!done && hold(hash, row, done.error())) {
        return row;
    }
    SW_CHECK(done);
    return kept > 0 ? Result<std::optional<Row>>{std::move(row)} : read(hash);
}

bool ProviderSessions::hold(const std::string& hash, const Row& row, const Error& why) {
    log::warn("session_not_stored", {{"subject", row.principal.name}, {"message", why.message}, {"detail", why.detail}});
    const std::lock_guard lock{mutex_};
    if (held_.size() >= kMostHeld && !held_.contains(hash)) {
        return false;
    }
    held_.insert_or_assign(hash, row);
    return true;
}

bool ProviderSessions::is_held(const std::string& hash) const {
    const std::lock_guard lock{mutex_};
    return held_.contains(hash);
}

std::optional<ProviderSessions::Row> ProviderSessions::with_held(const std::string& hash, std::optional<Row> row) {
    const std::lock_guard lock{mutex_};
    const auto found = held_.find(hash);
    if (found == held_.end() || !row || row->sealed != found->second.sealed) {  // else it has ended, or another server has renewed it
        return row;
    }
    auto held = found->second;
    held.last_used = row->last_used;
    return held;
}

/// When nobody asks the provider any more.
void ProviderSessions::store_held() {
    std::unordered_map<std::string, Row> all;
    {
        const std::lock_guard lock{mutex_};
        all.swap(held_);
    }
    for (auto& [hash, row] : all) {
        const auto of_before = row.sealed;
        if (const auto done = replace(hash, of_before, row); !done) {
            log::warn("session_not_stored", {{"subject", row.principal.name}, {"message", done.error().message}, {"detail", done.error().detail}});
        }
    }
}

/// What the provider said of one token is no word about another, which a second server may have put there meanwhile.
Result<std::optional<ProviderSessions::Row>> ProviderSessions::end(const std::string& hash, const Row& row, std::string_view code) {
    std::int64_t ended = 0;
    const auto done = store_.write({}, [&](store::Unit& unit) -> Result<void> {
        SW_TRY(ended, unit.sql.execute("DELETE FROM provider_sessions WHERE hash = $1 AND sealed = $2", {hash, store::Blob{row.sealed}}));
        return {};
    });
    SW_CHECK(done);
    if (ended == 0) {
        return read(hash);
    }
    log::info("session_ended_by_provider", {{"subject", row.principal.name}, {"code", code}});
    forget(hash);
    return std::nullopt;
}

/// The session has ended whatever the provider says: a token that it keeps ends by itself, and lies nowhere any more.
void ProviderSessions::take_back(const Row& row) {
    if (!row.tokens.refresh.empty()) {
        static_cast<void>(provider_.revoke({.token = row.tokens.refresh, .hint = "refresh_token", .cancelled = &stopping_}));
    }
}

/// Whoever signs out waits for nobody. What a stop breaks off, and what is too much, is told in the log.
void ProviderSessions::take_back_behind(Row row) {
    const bool begun = revocations_.post([this, row = std::move(row)] {
        const auto place = provider_.waits().aside();
        take_back(row);
    });
    if (!begun) {
        log::info("token_not_revoked", {{"code", "BUSY"}, {"detail", "The server is stopping, or too many wait to be taken back at the provider."}});
    }
}

void ProviderSessions::stop() {
    stopping_ = true;
    revocations_.finish();
    renewals_.finish();
    store_held();
}

}  // namespace slipway::identity
