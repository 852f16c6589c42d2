#include <algorithm>
#include <fmt/format.h>
#include <ranges>

#include "apps/cli/exit_codes.hpp"
#include "apps/cli/follow.hpp"
#include "apps/cli/handlers.hpp"
#include "apps/config/keys.hpp"
#include "base/ascii.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"

namespace slipway::cli {
namespace {

constexpr std::int64_t kPageSize = 1000;
constexpr std::size_t kMostCandidates = 20;  ///< that a person is asked to choose from
constexpr Milliseconds kWatchPoll{2000};
constexpr Milliseconds kWatchStream{30000};
constexpr Milliseconds kLookAgain{250};

struct Listing {
    json::array items;
    json::array warnings;  ///< what it says of itself
    std::int64_t total{-1};
};

/// @param cursor of the page before, empty for none.
Query query_of(const Session& session, const Resource& resource, std::int64_t page, std::int64_t size, const std::string& cursor) {
    Query query;
    if (!resource.only.empty()) {
        query.emplace_back("filter", resource.only);
    }
    for (const auto& [flag, name] : {std::pair{"--filter", "filter"}, {"--sort", "sort"}, {"--state", "state"}, {"--kind", "kind"}}) {
        for (const auto& value : session.line().all(flag)) {
            if (!query.empty() && query.back().first == name && std::string_view{name} == "filter") {
                query.back().second += " " + value;
            } else {
                query.emplace_back(name, value);
            }
        }
    }
    if (!session.line().has("--sort") && !resource.order.empty()) {
        for (const auto key : std::views::split(resource.order, ' ')) {
            query.emplace_back("sort", std::string_view{key});
        }
    }
    query.emplace_back(cursor.empty() ? "page" : "cursor", cursor.empty() ? std::to_string(page) : cursor);
    query.emplace_back("size", std::to_string(size));
    return query;
}

std::int64_t total_of(const json::value& answer) {
    const auto* page = answer.is_object() ? json::object_of(answer.get_object(), "page") : nullptr;
    const auto* total = page != nullptr ? page->if_contains("totalElements") : nullptr;
    return total != nullptr && total->is_int64() ? total->get_int64() : -1;
}

/// Where the next page begins, when this one is shorter than asked for though there are more: objects may be large.
std::string cursor_of(const json::value& answer) {
    const auto* page = answer.is_object() ? json::object_of(answer.get_object(), "page") : nullptr;
    return page != nullptr ? std::string{json::text_of(*page, "cursor")} : std::string{};
}

json::array warnings_of(const json::object& answer) {
    const auto* warnings = json::array_of(answer, "warnings");
    return warnings != nullptr ? *warnings : json::array{};
}

void say_warnings(Session& session, const json::array& warnings) {
    for (const auto& warning : warnings) {
        session.say("slipway: " + harmless(warning.is_string() ? std::string{warning.get_string()} : json::write(warning)));
    }
}

/// As many pages as the limit asks for.
Result<Listing> fetch(Session& session, const Resource& resource, std::int64_t limit) {
    SW_TRY(auto* api, session.api());
    Listing listing;
    const auto size = std::min(limit, kPageSize);
    std::string cursor;
    for (std::int64_t page = 0; static_cast<std::int64_t>(listing.items.size()) < limit; ++page) {
        SW_TRY(const auto answer, api->get(std::string{resource.path}, query_of(session, resource, page, size, cursor)));
        listing.total = cursor.empty() ? total_of(answer) : listing.total;
        cursor = cursor_of(answer);
        if (page == 0 && answer.is_object()) {
            listing.warnings = warnings_of(answer.get_object());
        }
        const auto items = items_of(answer);
        for (const auto& item : items) {
            if (static_cast<std::int64_t>(listing.items.size()) < limit) {
                listing.items.push_back(item);
            }
        }
        if (cursor.empty() && (static_cast<std::int64_t>(items.size()) < size || listing.total < 0)) {
            break;
        }
    }
    return listing;
}

/// Of an object, or of the list that shows it where objects have no page of their own.
std::string page_link(const ApiClient& api, const Resource& resource, std::string_view id) {
    const bool own = !id.empty() && !resource.page.empty();
    return api.url() + "/#/" + (own ? std::string{resource.page} + std::string{id} : std::string{resource.list_page});
}

void say_rest(Session& session, const Listing& listing, Format format) {
    const auto shown = static_cast<std::int64_t>(listing.items.size());
    if (listing.total > shown && (format == Format::table || format == Format::name)) {
        session.say(fmt::format("{} of {} shown; --limit N or --all shows more", shown, listing.total));
    }
}

/// Where the stream of events stands: who asks for what is ahead of it is told. Empty when nobody says.
std::string newest_event(Session& session) {
    constexpr std::string_view kAhead = "999999999999999999";
    std::string newest;
    if (const auto api = session.api()) {
        static_cast<void>((*api)->events(kAhead, kWatchPoll, [&](const StreamEvent& event) {
            newest = event.id;
            return newest.empty();
        }));
    }
    return newest;
}

/// Waits until something of this kind changed on the server behind the event `last`, or some time passed.
void wait_for_change(Session& session, const Resource& resource, const std::string& last) {
    const auto api = session.api();
    bool changed = false;
    const auto done = (*api)->events(last, kWatchStream, [&](const StreamEvent& event) {
        const auto* data = event.data.if_object();
        changed = event.name == "reset" || (data != nullptr && json::text_of(*data, "type") == resource.event);
        return !changed;
    });
    if (!done && !session.world().stopped()) {
        session.world().wait(kWatchPoll);
    }
}

/// As fetch(), once there is something, or `--wait` is over.
Result<Listing> fetch_some(Session& session, const Resource& resource, std::int64_t limit) {
    const auto text = session.line().get("--wait");
    const auto patience = config::parse_period(text);
    if (!patience) {
        return usage("--wait must be a period such as 30s or 2m, not \"" + text + "\"");
    }
    const auto& clock = session.world().clock;
    const auto end = clock.steady() + *patience;
    while (true) {
        SW_TRY(auto listing, fetch(session, resource, limit));
        if (!listing.items.empty() || session.world().stopped()) {
            return listing;
        }
        if (clock.steady() >= end) {
            return fail(ErrorCode::timeout, "WAIT_TIMED_OUT", fmt::format("There was no {} within {}.", resource.words, text));
        }
        session.world().wait(kLookAgain);
    }
}

Result<int> watch(Session& session, const Resource& resource, std::int64_t limit, Format format) {
    std::string before;
    Outage outage{session};
    while (!session.world().stopped()) {
        const auto last = newest_event(session);  // before the list: what changes while it is read is waiting in the stream
        const auto listing = fetch(session, resource, limit);
        if (!listing && !may_pass(listing.error()) && !session.world().stopped()) {
            return std::unexpected(listing.error());
        }
        if (listing) {
            outage.back();
            auto text =
                format == Format::json ? json::write(json::value(listing->items)) + "\n" : render_list(session.world(), resource, listing->items, format);
            if (text != before) {
                const bool redraw = session.world().terminal.out_is_tty && format == Format::table;
                session.out(redraw ? "\x1b[H\x1b[2J" + text : (before.empty() || format != Format::table ? text : "\n" + text));
                before = std::move(text);
            }
        } else if (!session.world().stopped()) {
            outage.away(listing.error());
            session.world().wait(kWatchPoll);
            continue;
        }
        if (!session.world().stopped()) {
            wait_for_change(session, resource, last);
        }
    }
    return kInterrupted;
}

Error ambiguous(const World& world, const Resource& resource, const std::string& wanted, const json::array& found) {
    std::string ids;
    for (std::size_t i = 0; i < found.size() && i < kMostCandidates; ++i) {
        const auto& object = found[i].get_object();
        ids += "\n" + std::string{json::text_of(object, "id")};
        for (const auto& column : resource.columns) {
            if (const auto text = cell_of(object, column, world.clock.now()); !text.empty() && column.title != "ID") {
                ids += "  " + (column.show == Show::yes ? ascii_lower(column.title) : harmless(text));  // "yes" alone would not say to what
            }
        }
    }
    if (found.size() > kMostCandidates) {
        ids += "\n… more are called so. See: slipway " + std::string{resource.noun} + " list";
    }
    return {ErrorCode::conflict,
            "AMBIGUOUS",
            "Several objects are called \"" + wanted + "\"; name one " + std::string{resource.words} + " by its id:" + ids,
            {},
            {}};
}

/// As a value of a filter.
std::string quoted(std::string_view name) {
    std::string out{'"'};
    for (const char c : name) {
        if (c == '\\' || c == '"') {
            out += '\\';
        }
        out += c;
    }
    return out + '"';
}

bool is_over(const json::object& object) {
    const auto status = json::text_of(object, "jobStatus");
    return json::text_of(object, "state") == "UNDEPLOYED" || status == "COMPLETE" || status == "ERROR" || status == "CANCELLED";
}

/// Objects without a name of their own: by those of what they belong to. What is over counts where nothing else is called so: a job that runs may stand behind
/// hundreds of its kind, so all pages are looked at, and no more is kept than a person can choose from.
Result<json::array> called(Session& session, const Resource& resource, const std::string& wanted) {
    SW_TRY(auto* api, session.api());
    json::array live;
    json::array over;
    std::string cursor;
    for (std::int64_t page = 0; live.size() <= kMostCandidates; ++page) {
        const std::pair<std::string, std::string> place{cursor.empty() ? "page" : "cursor", cursor.empty() ? std::to_string(page) : cursor};
        SW_TRY(const auto answer, api->get(std::string{resource.path}, {{"filter", quoted(wanted)}, place, {"size", std::to_string(kPageSize)}}));
        const auto items = items_of(answer);
        for (const auto& item : items) {
            const auto& object = item.get_object();
            auto& list = is_over(object) ? over : live;
            if (list.size() <= kMostCandidates &&
                std::ranges::any_of(resource.called, [&](const Column& name) { return cell_of(object, name, {}) == wanted; })) {
                list.push_back(item);
            }
        }
        cursor = cursor_of(answer);
        if (cursor.empty() && static_cast<std::int64_t>(items.size()) < kPageSize) {
            break;
        }
    }
    return live.empty() ? over : live;
}

Result<json::array> named(ApiClient& api, const Resource& resource, const std::string& wanted) {
    SW_TRY(const auto answer, api.get(std::string{resource.path}, {{"filter", std::string{resource.filter} + ":" + quoted(wanted)}, {"size", "20"}}));
    return items_of(answer);
}

}  // namespace

std::string_view noun_of(const Session& session) {
    const auto path = session.line().command->path;
    return path.substr(0, path.find(' '));
}

json::array items_of(const json::value& answer) {
    if (const auto* list = answer.if_array()) {
        return *list;
    }
    const auto* object = answer.if_object();
    if (const auto* embedded = object != nullptr ? json::object_of(*object, "_embedded") : nullptr) {
        object = embedded;
    }
    if (object != nullptr) {
        for (const auto& [name, member] : *object) {
            if (const auto* list = member.if_array()) {
                return *list;
            }
        }
    }
    return {};
}

Result<int> list_objects(Session& session) {
    const auto& resource = resource_of(noun_of(session));
    SW_TRY(const auto format, session.format());
    SW_TRY(auto limit, session.number("--limit", 100, 1, 1'000'000));
    if (session.line().has("--all") && session.line().has("--limit")) {
        return usage("--all and --limit exclude each other");
    }
    limit = session.line().has("--all") ? INT64_MAX : limit;
    if (session.line().has("--web")) {
        SW_TRY(auto* api, session.api());
        session.out(page_link(*api, resource, {}) + "\n");
        return kDone;
    }
    if (session.goes_on("--watch")) {
        return watch(session, resource, limit, format);
    }
    SW_TRY(const auto listing, session.line().has("--wait") ? fetch_some(session, resource, limit) : fetch(session, resource, limit));
    session.out(render_list(session.world(), resource, listing.items, format));
    say_rest(session, listing, format);
    say_warnings(session, listing.warnings);
    return kDone;
}

Result<json::object> find_object(Session& session, const Resource& resource, const std::string& wanted) {
    SW_TRY(auto* api, session.api());
    if (is_uuid(wanted) || (resource.filter.empty() && resource.called.empty())) {
        if (resource.noun == "credential") {  // the list is all there is
            SW_TRY(const auto answer, api->get(std::string{resource.path}));
            for (const auto& item : items_of(answer)) {
                if (item.is_object() && json::text_of(item.get_object(), "id") == wanted) {
                    return item.get_object();
                }
            }
            return fail(ErrorCode::not_found, "NOT_FOUND", "There is no credential " + wanted + ".");
        }
        SW_TRY(const auto answer, api->get(std::string{resource.path} + "/" + percent_encode(wanted)));
        return answer.is_object() ? answer.get_object() : json::object{};
    }
    SW_TRY(auto found, resource.filter.empty() ? called(session, resource, wanted) : named(*api, resource, wanted));
    if (found.empty() && !resource.filter.empty() && !resource.called.empty()) {
        SW_TRY(found, called(session, resource, wanted));
    }
    if (found.empty()) {
        return fail(ErrorCode::not_found, "NOT_FOUND",
                    "There is no " + std::string{resource.words} + " \"" + wanted + "\", or it is not visible to you. See: slipway " +
                        std::string{resource.noun} + " list");
    }
    if (found.size() > 1) {
        return std::unexpected(ambiguous(session.world(), resource, wanted, found));
    }
    // What a list leaves out (large members) is in the object itself.
    SW_TRY(const auto whole, api->get(std::string{resource.path} + "/" + percent_encode(json::text_of(found[0].get_object(), "id"))));
    return whole.is_object() ? whole.get_object() : json::object{};
}

Result<std::string> find_id(Session& session, const Resource& resource, const std::string& wanted) {
    if (is_uuid(wanted)) {
        return wanted;
    }
    SW_TRY(const auto object, find_object(session, resource, wanted));
    return std::string{json::text_of(object, "id")};
}

Result<int> print_object(Session& session, const Resource& resource, const json::object& object) {
    SW_TRY(const auto format, session.format());
    if (session.line().has("--web")) {
        SW_TRY(auto* api, session.api());
        session.out(page_link(*api, resource, json::text_of(object, "id")) + "\n");
        return kDone;
    }
    session.out(render_object(session.world(), resource, object, format));
    say_warnings(session, warnings_of(object));
    return kDone;
}

Result<int> show_object(Session& session) {
    const auto& resource = resource_of(noun_of(session));
    SW_CHECK(session.format());
    SW_TRY(const auto object, find_object(session, resource, session.line().argument(0)));
    return print_object(session, resource, object);
}

Result<int> delete_object(Session& session) {
    const auto& resource = resource_of(noun_of(session));
    SW_TRY(auto* api, session.api());
    for (const auto& wanted : session.line().arguments) {
        SW_TRY(const auto id, find_id(session, resource, wanted));
        SW_CHECK(api->send("DELETE", std::string{resource.path} + "/" + percent_encode(id), {}));
        session.say(std::string{resource.noun} + " " + wanted + " removed");
    }
    return kDone;
}

}  // namespace slipway::cli
