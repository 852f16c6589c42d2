#include "sagemaker/syncer.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/log.hpp"
#include "sagemaker/sync_targets.hpp"

namespace slipway::sagemaker {
namespace {

void add(CallLedger::Totals& sum, const CallLedger::Totals& more) {
    sum.total += more.total;
    sum.retried += more.retried;
    sum.throttled += more.throttled;
    sum.saved += more.saved;
    for (const auto& [name, count] : more.by_operation) {
        sum.by_operation[name] += count;
    }
}

/// Adds those that are not told yet.
void add_problems(std::vector<registry::OperationProblem>& to, const std::vector<registry::OperationProblem>& more) {
    for (const auto& one : more) {
        const auto same = [&](const registry::OperationProblem& other) {
            return other.operation == one.operation && other.code == one.code && other.message == one.message && other.stage == one.stage;
        };
        if (std::ranges::none_of(to, same)) {
            to.push_back(one);
        }
    }
}

/// What a cycle does for one credential.
struct Share {
    SageMakerService::Reach reach;
    std::vector<SyncTarget> targets;
};

}  // namespace

Syncer::Syncer(registry::Registry& registry, SageMakerService& accounts, SyncPace pace, WorkerPool& pool, std::function<double()> random)
    : registry_{registry}, accounts_{accounts}, pace_{pace}, pool_{pool}, random_{std::move(random)} {}

Syncer::~Syncer() {
    stop();
}

void Syncer::halt() {
    stopping_ = true;
    const std::lock_guard lock{mutex_};
    for (auto* progress : live_) {
        progress->halt() = true;
    }
}

void Syncer::stop() {
    halt();
    wait_idle();
}

void Syncer::wait_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [&] { return running_ == 0; });
}

std::vector<registry::OperationProblem> Syncer::Cycle::problems(const std::set<std::string>& groups) const {
    auto out = of_all;
    for (const auto& [group, part] : parts) {
        if (groups.contains(group)) {
            add_problems(out, part.problems);
        }
    }
    return out;
}

Result<Syncer::Places> Syncer::places(store::Session& sql, const store::Scope& whose) {
    SW_TRY(const auto rows, sql.query("SELECT DISTINCT aws_account, aws_region, group_name, created_by FROM stored_models WHERE aws_arn IS NOT NULL"));
    Places found;
    for (const auto& row : rows) {
        if (whose.allows(row.text(2), row.text(3)) && row.optional_text(0) && row.optional_text(1)) {
            found[{.account = row.text(0), .region = row.text(1)}].insert(row.text(2));
        }
    }
    return found;
}

Result<void> Syncer::advance() {
    auto& store = registry_.foundation().store;
    const auto before = store.clock().now();
    SW_CHECK(adopt_requests());
    SW_TRY(const auto all, store::read<Places>(store.database(), [&](store::Session& sql) { return places(sql, store::Scope::all()); }));
    SW_CHECK(end_vacant(all, before));
    const auto now = store.clock().now();
    const std::lock_guard lock{mutex_};
    for (auto& [id, wish] : waiting_) {
        wish.since = wish.since - now > pace_.usual ? now : wish.since;  // the same
    }
    std::erase_if(known_, [&](const auto& one) { return !one.second.state.running && !all.contains(one.first); });
    for (const auto& place : all) {
        const auto& scope = place.first;
        const auto [at, is_new] = known_.try_emplace(scope);
        auto& account = at->second;
        if (is_new) {
            // Its model was imported a moment ago, or the server has other things to do just after its start.
            account.state.scope = scope;
            account.state.next = now + next_pause(pace_, Milliseconds{0}, {}, random_());
        }
        const bool asked_for = std::ranges::any_of(waiting_, [&](const auto& one) { return one.second.left.contains(scope); });
        // Later than its own pause: the clock was set back.
        const bool due = asked_for || account.state.next <= now || account.state.next - now > std::max(account.state.pause, 2 * pace_.usual);
        // A full pool is tried again the next time.
        if (due && !account.state.running && !stopping_ && pool_.post([this, scope] { work(scope); })) {
            account.state.running = true;
            ++running_;
        }
    }
    return {};
}

Result<std::vector<SyncState>> Syncer::states(store::Session& sql, const identity::Principal& who) {
    SW_TRY(const auto all, places(sql, registry_.foundation().access.scope(who, identity::Action::read, "storedModels")));
    std::vector<SyncState> out;
    const std::lock_guard lock{mutex_};
    for (const auto& [scope, groups] : all) {
        const auto found = known_.find(scope);
        out.push_back(found == known_.end() ? SyncState{.scope = scope} : seen_by(groups, found->second));
    }
    return out;
}

SyncState Syncer::seen_by(const std::set<std::string>& groups, const Account& account) {
    auto state = account.state;
    bool first = true;
    for (const auto& name : groups) {
        const auto found = account.groups.find(name);
        if (found == account.groups.end()) {
            continue;  // nothing of its models is left in AWS
        }
        const auto& group = found->second;
        state.models += group.last.models;
        state.written += group.last.written;
        add_problems(state.problems, group.last.problems);
        // What all of them know of is as old as the oldest of it; nothing is older than any time.
        state.succeeded = first ? group.succeeded : std::min(state.succeeded, group.succeeded);
        first = false;
    }
    return state;
}

void Syncer::work(const IndexScope& scope) {
    const log::RequestScope request{"sync:" + stage_of(scope)};
    const auto& clock = registry_.foundation().store.clock();
    const auto started = clock.now();
    SyncMemory memory;
    bool reconcile = false;
    {
        const std::lock_guard lock{mutex_};
        auto& account = known_[scope];
        account.state.started = started;
        memory = account.memory;
        reconcile = !account.reconciled || started - *account.reconciled >= pace_.reconcile || started < *account.reconciled;
    }
    const auto done = guarded(scope, memory, reconcile);
    if (!stopping_) {
        if (const auto told = tell_waiting(scope, started, done); !told) {
            log::error("sync_untold", {{"message", json::value(told.error().message)}});
        }
    }
    const std::lock_guard lock{mutex_};
    auto& account = known_[scope];
    account.state.running = false;
    if (!stopping_) {
        note(account, done, std::move(memory), reconcile);
    }
    --running_;
    idle_.notify_all();
}

Syncer::Cycle Syncer::guarded(const IndexScope& scope, SyncMemory& memory, bool reconcile) {
    Error broken{ErrorCode::internal, "INTERNAL", "The cycle broke.", {}, {}};
    try {
        auto done = cycle(scope, memory, reconcile);
        if (done) {
            return std::move(*done);
        }
        broken = std::move(done.error());
    } catch (const std::exception& e) {
        broken.message = fmt::format("The cycle broke: {}", e.what());
    }
    if (!stopping_) {
        log::error("sync_broken", {{"message", json::value(broken.message)}});
    }
    Cycle out;
    out.failed = out.verdict.pressed = true;
    out.of_all.push_back({.operation = "Sync", .code = broken.reason, .message = broken.message, .permission = {}, .request_id = {}});
    return out;
}

void Syncer::note(Account& account, const Cycle& cycle, SyncMemory memory, bool reconcile) {
    const auto now = registry_.foundation().store.clock().now();
    auto& state = account.state;
    state.finished = now;
    state.moving = cycle.verdict.moving;
    state.pressed = cycle.verdict.pressed;
    state.pause = next_pause(pace_, state.pause, cycle.verdict, random_());
    state.next = now + state.pause;
    state.calls = cycle.calls;
    state.problems = cycle.of_all;
    // What was refused stays refused; what could not be heard may have been anything.
    memory.whole = cycle.verdict.pressed;
    account.memory = std::move(memory);
    state.succeeded = cycle.of_all.empty() ? now : state.succeeded;
    for (const auto& [name, part] : cycle.parts) {
        auto& group = account.groups[name];
        group.last = part;
        group.succeeded = part.problems.empty() && cycle.of_all.empty() ? now : group.succeeded;
    }
    if (cycle.of_all.empty()) {
        std::erase_if(account.groups, [&](const auto& one) { return !cycle.parts.contains(one.first); });
    }
    if (reconcile && !cycle.failed) {
        account.reconciled = now;
    }
}

Result<Syncer::Cycle> Syncer::cycle(const IndexScope& scope, SyncMemory& memory, bool reconcile) {
    auto& store = registry_.foundation().store;
    SW_TRY(auto targets, store::read<std::vector<SyncTarget>>(store.database(), [&](store::Session& sql) { return sync_targets(sql, scope); }));
    Cycle out;
    std::map<std::string, Share> shares;
    for (auto& target : targets) {
        auto& part = out.parts[target.group];
        ++part.models;
        auto reach = accounts_.reach_for(target.group, scope.region, target.model_name, target.stored_model_id);
        if (!reach) {
            part.problems.push_back(
                {.operation = target.model_name, .code = reach.error().reason, .message = reach.error().message, .permission = {}, .request_id = {}});
            continue;
        }
        auto& share = shares[reach->reader];
        share.reach = std::move(*reach);
        share.targets.push_back(std::move(target));
    }
    for (auto& [reader, share] : shares) {
        SW_CHECK(look(scope, share.reach, share.targets, memory, reconcile, out));
    }
    const auto any = [&](const auto& is) {
        return std::ranges::any_of(out.parts, [&](const auto& part) { return std::ranges::any_of(part.second.problems, is); });
    };
    out.failed = !out.looked && any([](const auto&) { return true; });
    out.verdict.pressed = out.verdict.pressed || out.failed || any([](const auto& one) { return one.code == "Network" || one.code == "ThrottlingException"; });
    return out;
}

Result<void> Syncer::look(const IndexScope& scope, const SageMakerService::Reach& reach, const std::vector<SyncTarget>& targets, SyncMemory& memory,
                          bool reconcile, Cycle& out) {
    Progress progress{registry_.operations(), registry_.foundation().store, registry::Operation{.created_by = "SYSTEM", .kind = registry::OperationKind::SYNC},
                      stopping_};
    const auto show = [&](bool shown) {
        const std::lock_guard lock{mutex_};
        progress.halt() = stopping_.load();
        shown ? void(live_.insert(&progress)) : void(live_.erase(&progress));
    };
    show(true);
    const auto hide = [&](Progress*) { show(false); };
    const std::unique_ptr<Progress, decltype(hide)> shown{&progress, hide};
    SyncRun run{registry_.foundation().store, accounts_.index(), scope, *reach.api, progress, accounts_.fan(), reach.reader, memory, reconcile};
    progress.enter("account");
    const auto reached = accounts_.require_account(reach, scope.account, {.ledger = &progress.ledger(), .cancelled = &progress.halt(), .background = true});
    Result<void> ran;
    if (reached) {
        ran = run.run(targets);
        out.looked = out.looked || was_heard(progress.ledger().totals(), progress.operation().problems);
    } else if (is_cancelled(reached.error())) {
        ran = std::unexpected(reached.error().error);
    } else {
        progress.problem(reached.error());
    }
    const auto totals = progress.ledger().totals();
    add(out.calls, totals);
    // What AWS refuses these keys concerns every group whose models they serve.
    std::set<std::string> groups;
    for (const auto& target : targets) {
        groups.insert(target.group);
    }
    for (const auto& group : groups) {
        add_problems(out.parts[group].problems, progress.operation().problems);
    }
    for (const auto& [group, written] : run.written()) {
        out.parts[group].written += written;
    }
    out.verdict.moving = out.verdict.moving || run.moving();
    out.verdict.pressed = out.verdict.pressed || totals.throttled > 0;
    return ran;
}

}  // namespace slipway::sagemaker
