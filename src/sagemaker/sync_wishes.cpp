#include <algorithm>
#include <fmt/format.h>

#include "sagemaker/syncer.hpp"

/// Cycles that people ask for, as operations.
namespace slipway::sagemaker {

std::string stage_of(const IndexScope& scope) {
    return fmt::format("{}/{}", scope.account, scope.region);
}

Result<void> Syncer::adopt_requests() {
    {
        const std::lock_guard lock{mutex_};
        if (std::exchange(adopted_, true)) {
            return {};
        }
    }
    auto& store = registry_.foundation().store;
    auto adopted = store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto running, registry_.operations().running(sql));
        for (const auto& operation : running) {
            if (operation.kind != registry::OperationKind::SYNC) {
                continue;
            }
            Waiting waiting{.left = {}, .groups = {operation.group}, .since = operation.created};
            SW_TRY(const auto all, places(sql, store::Scope::all()));
            for (const auto& [scope, groups] : all) {
                const auto at = std::ranges::find(operation.stages, stage_of(scope), &registry::OperationStage::name);
                if (at != operation.stages.end() && !at->outcome) {
                    waiting.left.insert(scope);
                }
            }
            const std::lock_guard lock{mutex_};
            waiting_.emplace(operation.id, std::move(waiting));
        }
        return {};
    });
    if (!adopted) {
        const std::lock_guard lock{mutex_};
        adopted_ = false;
    }
    return adopted;
}

/// What could not be written of its end waits for the next cycle of that place: else nobody would ever end it.
void Syncer::wish_again(const std::string& id, const Waiting& before) {
    const std::lock_guard lock{mutex_};
    auto& waiting = waiting_.try_emplace(id, Waiting{.left = {}, .groups = before.groups, .since = before.since}).first->second;
    waiting.left.insert(before.left.begin(), before.left.end());
}

Result<void> Syncer::end_vacant(const Places& all, Timestamp before) {
    std::vector<std::pair<std::string, Waiting>> over;
    {
        const std::lock_guard lock{mutex_};
        for (auto& [id, waiting] : waiting_) {
            if (waiting.since > before) {
                continue;  // its accounts were read after `all`
            }
            std::erase_if(waiting.left, [&](const IndexScope& scope) { return !all.contains(scope); });
            if (waiting.left.empty()) {
                over.emplace_back(id, waiting);
            }
        }
        std::erase_if(waiting_, [](const auto& one) { return one.second.left.empty(); });
    }
    Result<void> all_told;
    for (const auto& [id, waiting] : over) {
        auto told = registry_.foundation().store.write({}, [&](store::Unit& unit) -> Result<void> {
            auto found = registry_.operations().get(unit.sql, identity::Principal::service(), id);
            if (!found || found->state != registry::OperationState::RUNNING) {
                return {};
            }
            end(*found, registry::OperationState::COMPLETE, unit.now);
            return registry_.operations().save(unit, *found, true);
        });
        if (!told) {
            wish_again(id, waiting);
            all_told = std::move(told);
        }
    }
    return all_told;
}

void Syncer::end(registry::Operation& operation, registry::OperationState state, Timestamp now) {
    for (auto& stage : operation.stages) {
        if (!stage.outcome) {
            stage.done = 1;
            stage.outcome = registry::StageOutcome::COMPLETE;
            stage.note = "no model is left here";
        }
    }
    operation.state = operation.cancel_requested ? registry::OperationState::CANCELLED : state;
    operation.finished = now;
}

Result<registry::Operation> Syncer::request(store::Unit& unit, const identity::Principal& who) {
    const auto& foundation = registry_.foundation();
    SW_TRY(const auto all, places(unit.sql, foundation.access.scope(who, identity::Action::read, "storedModels")));
    if (all.empty()) {
        return fail(ErrorCode::failed_precondition, "NOTHING_TO_SYNC", "There is no imported model: import one first.");
    }
    registry::Operation operation;
    SW_TRY(operation.group, foundation.access.group_for_new(who, "storedModels", "", "", foundation.default_group));
    operation.created_by = who.name;
    operation.kind = registry::OperationKind::SYNC;
    operation.created = unit.now;
    Waiting waiting{.left = {}, .groups = {operation.group}, .since = unit.now};
    for (const auto& [scope, groups] : all) {
        waiting.left.insert(scope);
        waiting.groups.insert(groups.begin(), groups.end());
        operation.stages.push_back({.name = stage_of(scope), .total = 1});
    }
    SW_TRY(auto started, registry_.operations().start(unit, std::move(operation), {}));
    // If the transaction fails after all, the operation is not there when its cycle ends, and is forgotten.
    const std::lock_guard lock{mutex_};
    waiting_[started.id] = std::move(waiting);
    return started;
}

void Syncer::put_into(registry::Operation& operation, const std::string& name, const Cycle& cycle, const std::set<std::string>& groups) {
    const auto stage = std::ranges::find(operation.stages, name, &registry::OperationStage::name);
    if (stage != operation.stages.end()) {
        stage->done = 1;
        std::int64_t models = 0;
        std::int64_t written = 0;
        for (const auto& [group, part] : cycle.parts) {
            models += groups.contains(group) ? part.models : 0;
            written += groups.contains(group) ? part.written : 0;
        }
        stage->outcome = cycle.problems(groups).empty() ? registry::StageOutcome::COMPLETE : registry::StageOutcome::INCOMPLETE;
        stage->note = fmt::format("{} models, {} written", models, written);
    }
    auto& calls = operation.aws_calls;
    calls.total += cycle.calls.total;
    calls.retried += cycle.calls.retried;
    calls.throttled += cycle.calls.throttled;
    calls.saved += cycle.calls.saved;
    for (const auto& [operation_name, count] : cycle.calls.by_operation) {
        calls.by_operation[operation_name] += count;
    }
    std::ranges::copy(cycle.problems({operation.group}), std::back_inserter(operation.problems));
}

Result<void> Syncer::tell_waiting(const IndexScope& scope, Timestamp started, const Cycle& cycle) {
    struct Told {
        std::string id;
        Waiting place;  ///< as if this one were all that is left
        bool last;
    };
    std::vector<Told> told;
    {
        const std::lock_guard lock{mutex_};
        for (auto& [id, waiting] : waiting_) {
            // A cycle that began before the wish may have missed what the wish is about.
            if (started >= waiting.since && waiting.left.erase(scope) > 0) {
                told.push_back({.id = id, .place = {.left = {scope}, .groups = waiting.groups, .since = waiting.since}, .last = waiting.left.empty()});
            }
        }
        std::erase_if(waiting_, [](const auto& one) { return one.second.left.empty(); });
    }
    Result<void> all_told;
    for (const auto& [id, place, last] : told) {
        auto written = registry_.foundation().store.write({}, [&](store::Unit& unit) -> Result<void> {
            auto found = registry_.operations().get(unit.sql, identity::Principal::service(), id);
            if (!found || found->state != registry::OperationState::RUNNING) {
                return {};
            }
            auto& operation = *found;
            put_into(operation, stage_of(scope), cycle, place.groups);
            if (last) {
                end(operation, cycle.failed ? registry::OperationState::ERROR : registry::OperationState::COMPLETE, unit.now);
            } else if (operation.cancel_requested) {
                operation.state = registry::OperationState::CANCELLED;
                operation.finished = unit.now;
            }
            return registry_.operations().save(unit, operation, true);
        });
        if (!written) {
            wish_again(id, place);
            all_told = std::move(written);
        }
    }
    return all_told;
}

}  // namespace slipway::sagemaker
