#include "http/event_hub.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <fmt/format.h>
#include <map>

#include "base/log.hpp"
#include "store/outbox.hpp"

namespace slipway::http {

namespace {

constexpr std::size_t kBatch = 500;

std::string text_of(const store::Event& event) {
    json::object data;
    data["seq"] = event.seq;
    data["type"] = event.type;
    data["id"] = event.id;
    data["version"] = event.version;
    data["kind"] = event.kind;
    return fmt::format("id: {}\ndata: {}\n\n", event.seq, json::write(data));
}

/// What a listener is sent next.
struct Look {
    std::string text;
    std::int64_t seq{0};  ///< all up to here was looked at, also what the listener may not see: the next look begins behind it
    bool more{false};
};

Result<Look> look(store::Store& store, std::int64_t after, const store::Scope& scope) {
    return store::read<Look>(store.database(), [&](store::Session& sql) -> Result<Look> {
        SW_TRY(const auto events, store::events_after(sql, after, scope, kBatch));
        SW_TRY(const auto kept, store::event_range(sql));
        Look out{.text = {}, .seq = std::max(after, kept.last), .more = events.size() == kBatch};
        for (const auto& event : events) {
            out.text += text_of(event);
        }
        if (out.more) {
            out.seq = events.back().seq;
        }
        return out;
    });
}

std::string reset_text(std::int64_t seq) {
    return fmt::format("event: reset\nid: {}\ndata: {{}}\n\n", seq);
}

Result<std::optional<std::int64_t>> last_seen(const Request& request) {
    std::string_view text = request.header("last-event-id");
    if (text.empty()) {
        text = request.query_value("lastEventId").value_or("");
    }
    if (text.empty()) {
        return std::nullopt;
    }
    std::int64_t seq = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seq);
    if (problem != std::errc{} || end != text.data() + text.size() || seq < 0) {
        return invalid("Last-Event-ID", "the id of an event of this stream", "another text");
    }
    return seq;
}

/// `?follow=false`: what is kept, and no more.
Result<bool> wants_more(const Request& request) {
    const auto text = request.query_value("follow").value_or("true");
    if (text != "true" && text != "false") {
        return invalid("?follow", "true or false", "another text");
    }
    return text == "true";
}

}  // namespace

/// How many streams there are, in all and of one. A place is taken when it is granted, before its stream begins. Lives as long as an answer that holds one.
class EventHub::Places : public std::enable_shared_from_this<Places> {
public:
    /// @return what gives the place back when it goes; nullptr when none is free.
    std::shared_ptr<void> take(const std::string& who) {
        const std::lock_guard lock{mutex_};
        const auto own = by_.find(who);
        if (taken_ >= kMostStreams || (own != by_.end() && own->second >= kMostOfOne)) {
            return nullptr;
        }
        std::shared_ptr<void> place{this, [places = shared_from_this(), who](void*) { places->give_back(who); }};
        ++by_[who];
        ++taken_;
        return place;
    }
    bool all_free() const { return taken_ == 0; }

private:
    void give_back(const std::string& who) {
        const std::lock_guard lock{mutex_};
        const auto own = by_.find(who);
        if (--own->second == 0) {
            by_.erase(own);
        }
        --taken_;
    }

    std::mutex mutex_;
    std::atomic<std::size_t> taken_{0};  ///< changed under the lock
    std::map<std::string, std::size_t, std::less<>> by_;
};

/// What was found out about who listens, and whether that is being done.
struct EventHub::Standing {
    std::mutex mutex;
    identity::Principal principal;
    Steady as_of{};
    bool asking{false};
    bool held{false};  ///< it is sent nothing until the answer is there
    bool ended{false};
};

EventHub::EventHub(store::Store& store, const identity::Access& access, Gate& gate)
    : store_{store}, access_{access}, gate_{gate}, places_{std::make_shared<Places>()}, thread_{[this](const std::stop_token& stop) { run(stop); }} {}

EventHub::~EventHub() {
    stop();
}

void EventHub::stop() {
    stopping_ = true;
    askers_.close();
    thread_.request_stop();
    changed_.notify_all();
}

void EventHub::wake() {
    if (places_->all_free()) {
        return;  // each commit comes here; whoever opens a stream meanwhile begins behind what it has read
    }
    {
        const std::lock_guard lock{mutex_};
        woken_ = true;
    }
    changed_.notify_all();
}

/// What it takes to ask again who is listening.
Request EventHub::credentials_of(const Request& request) {
    Request out;
    out.method = "GET";
    out.host = request.host;
    out.origin = request.origin;
    out.prefix = request.prefix;
    for (const auto& [name, content] : request.headers) {
        if (name == "authorization" || name == "cookie") {
            out.headers.emplace_back(name, content);
        }
    }
    return out;
}

Result<Response> EventHub::open(Exchange& exchange) {
    const auto& request = exchange.request();
    SW_TRY(const auto seen, last_seen(request));
    SW_TRY(const bool follow, wants_more(request));
    store::EventRange range;
    const auto looked = store_.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(range, store::event_range(sql));
        return {};
    });
    SW_CHECK(looked);
    auto place = places_->take(exchange.principal().name);
    if (!place || stopping_) {
        return fail(ErrorCode::unavailable, "BUSY", "Too many event streams are open. Try again later.");
    }
    // Behind what is kept, or ahead of it (a restored database): the client must read anew.
    const bool reset = seen && (*seen + 1 < range.first || *seen > range.last);
    // Who does not follow and knows nothing of what is kept gets all of it.
    const auto otherwise = follow ? range.last : std::max<std::int64_t>(range.first - 1, 0);
    auto standing = std::make_shared<Standing>();
    standing->principal = exchange.principal();
    standing->as_of = store_.clock().steady();
    Listener listener{.stream = nullptr,
                      .place = std::move(place),
                      .credentials = credentials_of(request),
                      .standing = std::move(standing),
                      .seq = seen && !reset ? *seen : otherwise,
                      .follow = follow};
    Response response;
    response.content_type = "text/event-stream";
    response.with("X-Accel-Buffering", "no");
    response.stream = [this, listener = std::move(listener), reset](std::shared_ptr<EventStream> stream) mutable {
        stream->send("retry: 2000\n: open\n\n" + (reset ? reset_text(listener.seq) : std::string{}));
        listener.stream = std::move(stream);
        {
            const std::lock_guard lock{mutex_};
            arrived_.push_back(std::move(listener));
            woken_ = true;
        }
        changed_.notify_all();
    };
    return response;
}

void EventHub::run(const std::stop_token& stop) {
    std::vector<Listener> listeners;
    while (!stop.stop_requested()) {
        {
            std::unique_lock lock{mutex_};
            if (listeners.empty()) {
                changed_.wait(lock, stop, [&] { return !arrived_.empty(); });
            } else {
                changed_.wait_for(lock, stop, kTick, [&] { return woken_; });
            }
            woken_ = false;
            std::ranges::move(arrived_, std::back_inserter(listeners));
            arrived_.clear();
        }
        if (!stop.stop_requested()) {
            serve(listeners, stop);
        }
    }
    {
        const std::lock_guard lock{mutex_};
        std::ranges::move(arrived_, std::back_inserter(listeners));
        arrived_.clear();
    }
    for (const auto& listener : listeners) {
        listener.stream->close();
    }
}

void EventHub::serve(std::vector<Listener>& listeners, const std::stop_token& stop) {
    std::erase_if(listeners, [&](Listener& listener) {
        try {
            return !stop.stop_requested() && !serve_listener(listener, stop);
        } catch (const std::exception& problem) {
            // One stream that breaks ends alone: the others, and the process, go on.
            log::error("event_stream", {{"message", problem.what()}});
            listener.stream->close();
            return true;
        }
    });
}

Result<std::optional<identity::Principal>> EventHub::who(const Listener& listener) {
    auto admission = gate_.watch(listener.credentials);
    if (!admission && admission.error().code != ErrorCode::unavailable) {
        return std::unexpected(std::move(admission.error()));
    }
    std::optional<identity::Principal> found;
    {
        auto& standing = *listener.standing;
        const auto now = store_.clock().steady();
        const std::lock_guard lock{standing.mutex};
        if (standing.ended) {
            return fail(ErrorCode::unauthenticated, "TOKEN_INVALID", "It counts no more.");
        }
        if (admission) {
            found = standing.principal = std::move(admission->principal);
            standing.as_of = now;
        } else if (!bearer_of(listener.credentials).empty() && now - standing.as_of < kOverdue) {
            found = standing.principal;
        }
        standing.held = !found;
    }
    if (!admission || admission->due) {
        ask(listener);
    }
    return found;
}

/// Once at a time for each listener.
void EventHub::ask(const Listener& listener) {
    const auto& standing = listener.standing;
    {
        const std::lock_guard lock{standing->mutex};
        if (std::exchange(standing->asking, true)) {
            return;
        }
    }
    if (!askers_.post([this, standing, credentials = listener.credentials] { find_out(credentials, *standing); })) {
        const std::lock_guard lock{standing->mutex};
        standing->asking = false;
    }
}

/// On a thread that may wait.
void EventHub::find_out(const Request& credentials, Standing& standing) {
    if (stopping_) {
        return;
    }
    Result<Admission> told = fail(ErrorCode::unavailable, "NOT_FOUND_OUT", "It broke.");
    try {
        told = gate_.recheck(credentials);
    } catch (const std::exception& problem) {
        log::error("event_stream", {{"message", problem.what()}});
    }
    bool waited_for = false;
    {
        const std::lock_guard lock{standing.mutex};
        standing.asking = false;
        standing.ended = !told && told.error().code != ErrorCode::unavailable;
        if (told) {
            standing.principal = std::move(told->principal);
            standing.as_of = store_.clock().steady();
        }
        waited_for = standing.ended || (told && standing.held);
    }
    if (waited_for) {
        wake();
    }
}

bool EventHub::serve_listener(Listener& listener, const std::stop_token& stop) {
    const auto principal = who(listener);
    if (!principal) {
        listener.stream->close();
        return false;
    }
    if (!*principal) {
        return true;
    }
    const auto scope = access_.scope(**principal, identity::Action::read, "events");
    while (!stop.stop_requested()) {
        auto seen = look(store_, listener.seq, scope);
        if (!seen) {
            log::warn("event_stream", {{"message", seen.error().message}, {"detail", seen.error().detail}});
            return true;
        }
        listener.seq = seen->seq;
        // An empty text asks whether the client is still there.
        if (!listener.stream->send(std::move(seen->text))) {
            return false;
        }
        if (!seen->more) {
            if (!listener.follow) {
                listener.stream->close();
            }
            return listener.follow;
        }
    }
    return true;
}

}  // namespace slipway::http
