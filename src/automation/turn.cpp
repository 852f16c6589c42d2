#include "automation/turn.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>
#include <utility>

#include "automation/task_rows.hpp"
#include "base/log.hpp"
#include "store/outbox.hpp"

namespace slipway::automation {
namespace {

using lifecycle::EventBody;

/// What follows from one event in one transaction; the rest is stored and done in transactions of its own.
constexpr std::size_t kMostFollowing = 200;

/// A called one belongs to the life cycle of its caller.
Result<std::optional<ModelLink>> model_of(store::Session& sql, const NewInstance& wanted) {
    return wanted.parent_id.empty() ? model_named(sql, wanted.variables, wanted.group, wanted.definition.name) : std::optional<ModelLink>{};
}

json::object kept_of(const NewInstance& wanted) {
    return {{"definition", wanted.definition.id}, {"businessKey", wanted.business_key}, {"group", wanted.group},
            {"startedBy", wanted.started_by},     {"variables", wanted.variables},      {"depth", wanted.depth}};
}

Result<NewInstance> new_of(store::Session& sql, const json::object& kept) {
    SW_TRY(auto definition, Definitions::row(sql, std::string{json::text_of(kept, "definition")}));
    return NewInstance{.definition = std::move(definition),
                       .business_key = std::string{json::text_of(kept, "businessKey")},
                       .group = std::string{json::text_of(kept, "group")},
                       .started_by = std::string{json::text_of(kept, "startedBy")},
                       .variables = kept.at("variables").as_object(),
                       .depth = kept.at("depth").as_int64()};
}

}  // namespace

bool is_gone(const Error& error) {
    return error.code == ErrorCode::not_found || (error.code == ErrorCode::conflict && (error.reason == "ENDED" || error.reason == "STARTED"));
}

bool is_for_later(const Error& error) {
    return error.code == ErrorCode::unavailable || error.code == ErrorCode::internal;
}

/// What is in memory is what was written, or what was read and not changed since.
Turn::~Turn() {
    for (auto& [id, known] : known_) {
        if (!known.changed && known.ended.empty() && !known.loaded.document.empty()) {
            engine_.remember(std::move(known.loaded));
        }
    }
}

lifecycle::Environment Turn::environment(const Held& held) {
    const auto& settings = engine_.settings();
    return {.zones = settings.zones, .time_zone = settings.time_zone, .decision = [this, &held](const lifecycle::DecisionReference& wanted) {
                auto& definitions = engine_.definitions();
                const auto of = Definitions::row(sql_, held.loaded.definition_id);
                if (!of) {
                    return static_cast<const lifecycle::Decision*>(nullptr);
                }
                const auto bound =
                    definitions.bound(sql_, *of, held.loaded.group, true, std::string{wanted.id}, std::string{wanted.binding}, std::string{wanted.version});
                if (!bound || !*bound) {
                    return static_cast<const lifecycle::Decision*>(nullptr);
                }
                const auto decision = definitions.decision(sql_, (*bound)->id);
                return decision ? decisions_.emplace_back(*decision).get() : nullptr;
            }};
}

Result<std::optional<Started>> Turn::started_before(const NewInstance& wanted, const std::string& business_key) {
    SW_TRY(const auto rows, sql_.query("SELECT id, state FROM lifecycle_instances WHERE definition_key = $1 AND group_name = $2 AND business_key = $3 "
                                       "AND started_once = 1",
                                       {wanted.definition.key, wanted.group, business_key}));
    if (rows.empty()) {
        return std::nullopt;
    }
    if (wanted.automatic || rows[0].text(1) == stored_state(lifecycle::InstanceState::active)) {
        Started there;
        there.instance.id = rows[0].text(0);
        there.existing = true;
        return there;
    }
    // A person starts it anew: the one that ended no longer stands for its business key.
    SW_CHECK(later("UPDATE lifecycle_instances SET started_once = 0 WHERE id = $1", {rows[0].text(0)}));
    return std::nullopt;
}

Result<Started> Turn::start(NewInstance wanted, bool refuse) {
    return begin(std::move(wanted), refuse);
}

Result<Started> Turn::begin(NewInstance wanted, bool refuse) {
    SW_TRY(auto graph, engine_.definitions().graph(sql_, wanted.definition.id));
    auto business_key = wanted.business_key;
    if (business_key.empty()) {
        SW_TRY(business_key, graph->business_key(wanted.variables));
    }
    const bool once = graph->start_once() && !business_key.empty() && wanted.parent_id.empty();
    if (once) {
        SW_TRY(auto there, started_before(wanted, business_key));
        if (there) {
            return std::move(*there);
        }
    }
    const auto id = unit_.new_id();
    auto& known = known_[id];
    known.loaded = {.id = id,
                    .definition_id = wanted.definition.id,
                    .definition_key = wanted.definition.key,
                    .business_key = business_key,
                    .group = wanted.group,
                    .started_by = wanted.started_by,
                    .parent_id = wanted.parent_id,
                    .parent_token = wanted.parent_token,
                    .depth = wanted.depth,
                    .graph = graph,
                    .instance = lifecycle::new_instance(id)};
    Held held{.known = known, .loaded = known.loaded, .fresh = true, .once = once, .start_element = wanted.element, .told = true};
    held.parent_element = wanted.parent_element;
    SW_TRY(held.model, model_of(sql_, wanted));
    lifecycle::Start start{.element = wanted.element,
                           .variables = std::move(wanted.variables),
                           .business_key = business_key,
                           .started_by = wanted.started_by,
                           .called = !wanted.parent_id.empty()};
    if (auto taken = take_step(held, std::move(start), refuse); !taken) {
        std::erase(changed_, &known);
        known_.erase(id);
        return std::unexpected(std::move(taken.error()));
    }
    return Started{.instance = {.id = id}};
}

Result<Turn::Known*> Turn::know(const std::string& id) {
    auto there = known_.find(id);
    if (there == known_.end()) {
        SW_TRY(auto loaded, engine_.load(sql_, id, true));
        there = known_.try_emplace(id, Known{.loaded = std::move(loaded)}).first;
    }
    if (!there->second.ended.empty()) {
        return has_ended(id, there->second.ended);
    }
    return &there->second;
}

Result<const Loaded*> Turn::instance(const std::string& id) {
    SW_TRY(const auto* known, know(id));
    return &known->loaded;
}

Result<void> Turn::expect(const std::vector<std::string>& ids) {
    std::vector<std::string> unknown;
    std::ranges::copy_if(ids, std::back_inserter(unknown), [&](const auto& id) { return !known_.contains(id); });
    SW_TRY(auto loaded, engine_.load_all(sql_, unknown, true));
    for (auto& one : loaded) {
        auto id = one.id;
        known_.try_emplace(std::move(id), Known{.loaded = std::move(one)});
    }
    return {};
}

Result<void> Turn::send(const std::string& id, EventBody body, bool refuse) {
    SW_TRY(auto* known, know(id));
    Held held{.known = *known, .loaded = known->loaded};
    return take_step(held, std::move(body), refuse);
}

Result<void> Turn::take_step(Held& held, EventBody body, bool refuse) {
    auto& loaded = held.loaded;
    const lifecycle::Event event{.now = unit_.now, .body = std::move(body), .refuse_failure = refuse};
    loaded.document.clear();  // until it is written anew
    SW_TRY(const auto step, lifecycle::step(*loaded.graph, loaded.instance, event, environment(held)));
    if (step.failed) {
        SW_CHECK(park(held, event.body));
    }
    SW_CHECK(carry_out(held, step.commands));
    return take_kept(held);
}

/// The incident keeps the event: what brought it must not bring it again.
Result<void> Turn::park(const Held& held, const EventBody& body) {
    const auto job = [&](std::string_view kind, lifecycle::Id item) -> Result<void> {
        SW_CHECK(later("UPDATE lifecycle_jobs SET due_at = $1 WHERE instance_id = $2 AND kind = $3 AND item = $4",
                       {kNever, held.loaded.id, std::string{kind}, item}));
        return {};
    };
    if (const auto* due = std::get_if<lifecycle::TimerDue>(&body)) {
        return job("timer", due->timer);
    }
    if (const auto* go_on = std::get_if<lifecycle::Continue>(&body)) {
        return job("continuation", go_on->token);
    }
    lifecycle::Id token = 0;
    if (const auto* complete = std::get_if<lifecycle::Complete>(&body)) {
        token = complete->token;
    } else if (const auto* error = std::get_if<lifecycle::TaskError>(&body)) {
        token = error->token;
    } else if (const auto* failed = std::get_if<lifecycle::TaskFailed>(&body)) {
        token = failed->token;
    }
    if (token != 0) {
        SW_CHECK(write());
        SW_CHECK(later("UPDATE lifecycle_tasks SET free_at = $1, worker = '' WHERE instance_id = $2 AND token = $3", {kNever, held.loaded.id, token}));
    }
    return {};
}

Result<void> Turn::insert(Held& held) {
    auto& loaded = held.loaded;
    loaded.document = held.ended ? std::string{} : lifecycle::write_instance(*loaded.graph, loaded.instance);
    SW_CHECK(
        later("INSERT INTO lifecycle_instances (id, definition_id, definition_key, business_key, group_name, created_by, state, started_once, "
              "start_element, started_at, reason, outcome, parent_id, parent_token, parent_element, depth, incidents, row_incidents, document) "
              "VALUES ($1, $2, $3, $4, $5, $6, 'active', $7, $8, $9, '', '', $10, $11, $12, $13, $14, 0, $15)",
              {loaded.id, loaded.definition_id, loaded.definition_key, loaded.business_key, loaded.group, loaded.started_by, std::int64_t{held.once},
               held.start_element, store::to_value(unit_.now), loaded.parent_id, loaded.parent_token, held.parent_element, loaded.depth,
               static_cast<std::int64_t>(loaded.instance.incidents.size()), loaded.document}));
    if (held.model) {
        SW_CHECK(link_model(unit_, *held.model, loaded));
    }
    return tell(held, "created");
}

Result<void> Turn::save(Held& held) {
    const auto& loaded = held.loaded;
    if (held.fresh) {
        SW_CHECK(insert(held));
    }
    if (loaded.row_incidents > 0) {
        stopped_.insert(loaded.id);
    }
    if (!held.records.empty()) {
        rows_.add_history(loaded.id, unit_.now, fmt::format("[{}]", held.records));
    }
    if (!held.ended) {
        if (!held.fresh && !std::exchange(held.known.changed, true)) {
            changed_.push_back(&held.known);
        }
        return held.told && !held.fresh ? tell(held, "changed") : Result<void>{};
    }
    return end(held);
}

Result<void> Turn::end(Held& held) {
    const auto& loaded = held.loaded;
    const auto& ended = *held.ended;
    held.known.ended = stored_state(ended.state);
    const auto kept = time_to_live(*loaded.graph);
    SW_CHECK(
        later("UPDATE lifecycle_instances SET document = $1, state = $3, ended_at = $4, reason = $5, outcome = $6, remove_at = $7, incidents = $2 + "
              "row_incidents WHERE id = $8",
              {json::write(ended.variables), static_cast<std::int64_t>(loaded.instance.incidents.size()), held.known.ended, store::to_value(unit_.now),
               ended.reason.empty() ? ended.error_message : ended.reason, std::string{json::text_of(ended.variables, "OUTCOME")},
               kept ? store::to_value(unit_.now + *kept) : store::Value{}, loaded.id}));
    SW_CHECK(tell_caller(held));
    if (loaded.parent_id.empty() && names_model(ended.variables)) {
        SW_CHECK(end_link(unit_, loaded.id, unit_.now));
    }
    return tell(held, "changed");
}

Result<void> Turn::write() {
    for (auto* known : std::exchange(changed_, {})) {
        known->changed = false;
        if (known->ended.empty()) {  // else all that is to be known of it is written
            auto& loaded = known->loaded;
            loaded.document = lifecycle::write_instance(*loaded.graph, loaded.instance);
            rows_.save(loaded.id, loaded.document, static_cast<std::int64_t>(loaded.instance.incidents.size()));
        }
    }
    SW_CHECK(rows_.write(sql_, unit_.now));
    for (const auto& id : std::exchange(stopped_, {})) {
        SW_CHECK(end_incidents_of_gone_rows(unit_, id));
    }
    if (std::exchange(makes_work_, false)) {
        engine_.work(unit_);
    }
    return {};
}

Result<void> Turn::finish() {
    SW_CHECK(drain());
    return write();
}

Result<void> Turn::tell(const Held& held, std::string_view kind) {
    const auto& loaded = held.loaded;
    return store::emit(unit_, {.type = "ProcessInstance",
                               .id = loaded.id,
                               .version = 0,
                               .kind = std::string{kind},
                               .group = loaded.group,
                               .created_by = loaded.started_by,
                               .payload = {{"key", loaded.definition_key}, {"businessKey", loaded.business_key}}});
}

Result<void> Turn::drain() {
    followed_ = 0;
    while (!agenda_.empty()) {
        auto next = std::move(agenda_.front());
        agenda_.pop_front();
        SW_CHECK(++followed_ > kMostFollowing ? put_off(next) : follow(std::move(next)));
    }
    return {};
}

Result<void> Turn::follow(Pending next) {
    if (!next.child) {
        const auto done = send(next.id, std::move(next.body), false);
        return done || is_gone(done.error()) ? Result<void>{} : done;
    }
    const auto parent = next.child->parent_id;
    const auto token = next.child->parent_token;
    const auto allowed = check_callers(sql_, *next.child);
    const auto begun = allowed ? begin(std::move(*next.child), false) : Result<Started>{std::unexpected(allowed.error())};
    if (!begun) {
        if (is_for_later(begun.error())) {
            return std::unexpected(begun.error());
        }
        agenda_.push_back({parent, lifecycle::ChildFailed{token, begun.error().message}});
    }
    return {};
}

/// Too much follows for one transaction: the runner goes on with it.
Result<void> Turn::put_off(const Pending& next) {
    if (next.child) {
        return put_off_call(*next.child);
    }
    const lifecycle::Event event{.now = unit_.now, .body = next.body};
    return add_payload_job(next.id, "event", 0, json::write(lifecycle::write_event(event)));
}

/// The job is the caller's: it goes with the call (CancelChild).
Result<void> Turn::put_off_call(const NewInstance& child) {
    return add_payload_job(child.parent_id, "call", child.parent_token, json::write(kept_of(child)));
}

/// The job is nobody's yet.
Result<void> Turn::put_off_start(const NewInstance& wanted, const std::string& signal) {
    auto kept = kept_of(wanted);
    kept["element"] = wanted.element;
    kept["automatic"] = wanted.automatic;
    kept["process"] = wanted.definition.key;
    kept["by"] = "signal " + signal;
    return add_payload_job({}, "start", 0, json::write(kept));
}

Result<void> Turn::start_kept(const json::object& kept) {
    SW_TRY(auto wanted, new_of(sql_, kept));
    wanted.element = json::text_of(kept, "element");
    wanted.automatic = kept.at("automatic").as_bool();
    const auto started = begin(std::move(wanted), false);
    if (!started && !is_for_later(started.error())) {
        return tell_not_started(unit_, kept, started.error());
    }
    return started ? Result<void>{} : std::unexpected(started.error());
}

Result<void> Turn::add_payload_job(const std::string& instance_id, std::string_view kind, lifecycle::Id item, const std::string& content) {
    SW_TRY(const auto payload,
           sql_.query("INSERT INTO lifecycle_payloads (created_at, content) VALUES ($1, $2) RETURNING row_id", {store::to_value(unit_.now), content}));
    SW_CHECK(
        later("INSERT INTO lifecycle_jobs (instance_id, kind, item, element, due_at, retries, payload_id, error) "
              "VALUES ($1, $2, $3, '', $4, 1, $5, '')",
              {instance_id, std::string{kind}, item, store::to_value(unit_.now), payload[0].integer(0)}));
    makes_work_ = true;
    return {};
}

Result<void> Turn::call(const std::string& parent_id, lifecycle::Id parent_token, const json::object& kept) {
    SW_TRY(const auto* parent, know(parent_id));
    const auto* token = parent->loaded.instance.find(parent_token);
    if (token == nullptr || token->element == lifecycle::kRoot) {
        return {};
    }
    SW_TRY(auto child, new_of(sql_, kept));
    child.parent_id = parent_id;
    child.parent_token = parent_token;
    child.parent_element = parent->loaded.graph->node(token->element).element.id;
    agenda_.push_back({parent_id, {}, std::move(child)});
    return {};
}

}  // namespace slipway::automation
