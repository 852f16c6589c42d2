#include "adapters/oidc/door.hpp"

#include "base/worker_pool.hpp"

namespace slipway::oidc {
namespace {

/// After it did not answer, nobody is made to wait for it again for that long.
constexpr Milliseconds kPauseWhenAway = std::chrono::seconds{3};

}  // namespace

/// Tells those who wait, however it ends.
class Door::FindingOut {
public:
    explicit FindingOut(Door& door) : door_{door} {}
    ~FindingOut() {
        door_.note(away);  // before the others go on
        const std::lock_guard lock{door_.mutex_};
        door_.in_doubt_ = false;
        door_.was_away_ = away;
        door_.found_out_.notify_all();
    }
    FindingOut(const FindingOut&) = delete;
    FindingOut& operator=(const FindingOut&) = delete;

    bool away{true};

private:
    Door& door_;
};

/// Who asks for all has done so, however it ends: else nobody would ask any more.
class Door::Trying {
public:
    explicit Trying(Door* door) : door_{door} {}
    ~Trying() { end(); }
    Trying(const Trying&) = delete;
    Trying& operator=(const Trying&) = delete;

    void end() {
        if (auto* door = std::exchange(door_, nullptr)) {
            door->trying_ = false;
        }
    }

private:
    Door* door_;  ///< nullptr: nobody does, or no longer
};

void Door::note(bool away) {
    away_until_ = away ? (clock_.steady() + kPauseWhenAway).time_since_epoch().count() : 0;
}

bool Door::closed() const {
    return clock_.steady().time_since_epoch().count() < away_until_;
}

bool Door::is_away(const std::string& url, const ClientIdentity& us, const std::atomic<bool>* cancelled) {
    const WorkerPool::Waiting waiting;
    {
        std::unique_lock lock{mutex_};
        if (in_doubt_) {
            found_out_.wait(lock, [this] { return !in_doubt_; });
            return was_away_;
        }
        if (closed()) {
            return true;  // found out since this one was asked
        }
        in_doubt_ = true;
    }
    FindingOut finding{*this};
    finding.away = !post_form(transport_, url, us, {}, {.cancelled = cancelled});  // with as much time as any other: a slow provider is not away
    return finding.away;
}

Door::Told Door::ask(const std::string& url, const ClientIdentity& client, Form form, const std::optional<ClientIdentity>& us, const Patience& patience) {
    const WorkerPool::Waiting waiting;
    {
        std::unique_lock lock{mutex_};
        found_out_.wait(lock, [this] { return !in_doubt_; });
    }
    const bool lost = away_until_ != 0;
    if (lost && (closed() || trying_.exchange(true))) {
        const auto error = provider_away("It did not answer a moment ago.");
        return {.response = error, .answer = error, .away = true};
    }
    Trying trying{lost ? this : nullptr};
    bool late = false;
    auto told = patience;
    if (patience.on_late) {
        told.on_late = [&] {
            late = true;
            if (!us) {
                note(true);  // of a caller's words it is found out by is_away()
            }
            trying.end();  // this one waits on; another finds out for all
            patience.on_late();
        };
    }
    auto response = post_form(transport_, url, client, std::move(form), told);
    // An answer that is of no use is about this question: others, and the sessions, go on.
    bool away = !response && !(us && late);
    if (away && us) {
        away = is_away(url, *us, patience.cancelled);
    } else if (response || !late) {  // that it is away was said when it was late: others may have found it since
        note(away);
    }
    auto answer = response ? answer_of(url, *response) : Result<Answer>{std::unexpected(response.error())};
    const bool dropped = !response && !away && !late;
    return {.response = std::move(response), .answer = std::move(answer), .away = away, .dropped = dropped, .late = late};
}

}  // namespace slipway::oidc
