#include "sagemaker/syncer.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/log.hpp"
#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostModels = 100'000;

std::optional<SyncTarget> target_of(const store::Entity& model) {
    const auto* facts = json::object_of(model.document, "sageMaker");
    if (facts == nullptr || facts->contains("gone") || json::text_of(*facts, "arn").empty()) {
        return std::nullopt;
    }
    return SyncTarget{.stored_model_id = model.id,
                      .group = model.group,
                      .model_name = std::string{json::text_of(*facts, "name")},
                      .arn = std::string{json::text_of(*facts, "arn")},
                      .created = time_of(*facts, "creationTime")};
}

void add(CallLedger::Totals& sum, const CallLedger::Totals& more) {
    sum.total += more.total;
    sum.retried += more.retried;
    sum.throttled += more.throttled;
    sum.saved += more.saved;
    for (const auto& [name, count] : more.by_operation) {
        sum.by_operation[name] += count;
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

Result<std::vector<IndexScope>> Syncer::scopes(store::Session& sql, const store::Scope& whose) {
    SW_TRY(const auto rows, sql.query("SELECT DISTINCT aws_account, aws_region, group_name, created_by FROM stored_models WHERE aws_arn IS NOT NULL"));
    std::set<IndexScope> found;
    for (const auto& row : rows) {
        if (whose.allows(row.text(2), row.text(3)) && row.optional_text(0) && row.optional_text(1)) {
            found.insert({.account = row.text(0), .region = row.text(1)});
        }
    }
    return std::vector<IndexScope>(found.begin(), found.end());
}

Result<void> Syncer::advance() {
    auto& store = registry_.foundation().store;
    const auto before = store.clock().now();
    SW_CHECK(adopt_requests());
    SW_TRY(const auto all, store::read<std::vector<IndexScope>>(store.database(), [&](store::Session& sql) { return scopes(sql, store::Scope::all()); }));
    SW_CHECK(end_vacant(all, before));
    const auto now = store.clock().now();
    const std::lock_guard lock{mutex_};
    std::erase_if(known_, [&](const auto& one) { return !one.second.state.running && std::ranges::find(all, one.first) == all.end(); });
    for (const auto& scope : all) {
        const auto [at, is_new] = known_.try_emplace(scope);
        auto& account = at->second;
        if (is_new) {
            // Its model was imported a moment ago, or the server has other things to do just after its start.
            account.state.scope = scope;
            account.state.next = now + next_pause(pace_, Milliseconds{0}, {}, random_());
        }
        const bool asked_for = std::ranges::any_of(waiting_, [&](const auto& one) { return one.second.left.contains(scope); });
        const bool due = asked_for || account.state.next <= now;
        // A full pool is tried again the next time.
        if (due && !account.state.running && !stopping_ && pool_.post([this, scope] { work(scope); })) {
            account.state.running = true;
            ++running_;
        }
    }
    return {};
}

Result<std::vector<SyncState>> Syncer::states(store::Session& sql, const identity::Principal& who) {
    SW_TRY(const auto all, scopes(sql, registry_.foundation().access.scope(who, identity::Action::read, "storedModels")));
    std::vector<SyncState> out;
    const std::lock_guard lock{mutex_};
    for (const auto& scope : all) {
        const auto found = known_.find(scope);
        out.push_back(found == known_.end() ? SyncState{.scope = scope} : found->second.state);
    }
    return out;
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
        reconcile = !account.reconciled || started - *account.reconciled >= pace_.reconcile;
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
    out.problems.push_back({.operation = "Sync", .code = broken.reason, .message = broken.message, .permission = {}, .request_id = {}});
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
    state.models = cycle.models;
    state.written = cycle.registered.written;
    state.calls = cycle.calls;
    state.problems = cycle.problems;
    // What was refused stays refused; what could not be heard may have been anything.
    memory.whole = cycle.verdict.pressed;
    account.memory = std::move(memory);
    if (cycle.problems.empty()) {
        state.succeeded = now;
    }
    if (reconcile && !cycle.failed) {
        account.reconciled = now;
    }
}

Result<Syncer::Cycle> Syncer::cycle(const IndexScope& scope, SyncMemory& memory, bool reconcile) {
    auto& store = registry_.foundation().store;
    SW_TRY(const auto models, store::read<std::vector<store::Entity>>(store.database(), [&](store::Session& sql) {
               return store::find_by(sql, registry::stored_models_table(), {{"aws_account", scope.account}, {"aws_region", scope.region}}, store::Scope::all(),
                                     kMostModels);
           }));
    Cycle out;
    std::map<std::string, Share> shares;
    for (const auto& model : models) {
        auto target = target_of(model);
        if (!target) {
            continue;
        }
        ++out.models;
        auto reach = accounts_.reach_for(target->group, scope.region, target->model_name, target->stored_model_id);
        if (!reach) {
            out.problems.push_back(
                {.operation = target->model_name, .code = reach.error().reason, .message = reach.error().message, .permission = {}, .request_id = {}});
            continue;
        }
        auto& share = shares[reach->reader];
        share.reach = std::move(*reach);
        share.targets.push_back(std::move(*target));
    }
    for (auto& [reader, share] : shares) {
        SW_CHECK(look(scope, share.reach, share.targets, memory, reconcile, out));
    }
    out.failed = !out.problems.empty() && !out.looked;
    out.verdict.pressed = out.verdict.pressed || out.failed ||
                          std::ranges::any_of(out.problems, [](const auto& one) { return one.code == "Network" || one.code == "ThrottlingException"; });
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
        out.looked = true;
    } else if (is_cancelled(reached.error())) {
        ran = std::unexpected(reached.error().error);
    } else {
        progress.problem(reached.error());
    }
    const auto totals = progress.ledger().totals();
    add(out.calls, totals);
    std::ranges::copy(progress.operation().problems, std::back_inserter(out.problems));
    out.registered.written += run.registered().written;
    out.registered.unchanged += run.registered().unchanged;
    out.verdict.moving = out.verdict.moving || run.moving();
    out.verdict.pressed = out.verdict.pressed || totals.throttled > 0;
    return ran;
}

}  // namespace slipway::sagemaker
