#include "sagemaker/progress.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "sagemaker/last_import.hpp"
#include "sagemaker/notices.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kMostProblems = 50;
constexpr auto kBetweenSaves = std::chrono::milliseconds{250};
constexpr auto kBetweenEvents = std::chrono::seconds{1};
constexpr std::string_view kTags = "tags";
constexpr std::string_view kImport = "Import";

}  // namespace

registry::StageOutcome outcome_of(const AwsError& error) {
    const bool says_no = error.error.code == ErrorCode::failed_precondition && error.code != "Garbled";
    return !error.permission.empty() || says_no ? registry::StageOutcome::REFUSED : registry::StageOutcome::INCOMPLETE;
}

Progress::Progress(registry::Operations& operations, store::Store& store, registry::Operation operation, const std::atomic<bool>& stopping)
    : operations_{operations}, store_{store}, operation_{std::move(operation)}, stopping_{stopping}, started_{store.clock().steady()} {
    const auto& calls = operation_.aws_calls;
    before_ = {.total = calls.total, .retried = calls.retried, .throttled = calls.throttled, .saved = calls.saved, .by_operation = calls.by_operation};
}

void Progress::begin_anew(std::string_view name) {
    const auto at = std::ranges::find(operation_.stages, name, &registry::OperationStage::name);
    if (at == operation_.stages.end()) {
        return;
    }
    earlier_[at->name] = {.done = at->done, .total = at->total};
    *at = {.name = at->name, .done = at->done, .total = at->total, .note = std::nullopt};
}

void Progress::show_counts() {
    auto& shown = stage();
    const auto& counts = counted_[shown.name];
    const auto earlier = earlier_.find(shown.name);
    const auto before = earlier == earlier_.end() ? 0 : earlier->second.total.value_or(0);
    shown.total = counts.total ? std::optional{std::max(*counts.total, before)} : std::nullopt;
    shown.done = counts.done + (counts.total ? *shown.total - *counts.total : 0);
}

void Progress::enter(std::string_view name) {
    auto& stages = operation_.stages;
    const auto at = std::ranges::find(stages, name, &registry::OperationStage::name);
    stage_ = static_cast<std::size_t>(at - stages.begin());
    if (at == stages.end()) {
        stages.push_back({.name = std::string{name}, .total = std::nullopt, .note = std::nullopt});
    }
}

void Progress::end_stage() {
    const auto trouble = troubles_.find(stage().name);
    stage().outcome = trouble == troubles_.end() ? registry::StageOutcome::COMPLETE : trouble->second;
    if (!boundless_.contains(stage().name) && earlier_.contains(stage().name)) {
        add_total(0);
    }
}

void Progress::unknown_total() {
    boundless_.insert(stage().name);
    counted_[stage().name].total.reset();
    show_counts();
}

registry::OperationStage& Progress::stage() {
    return operation_.stages.at(stage_);
}

void Progress::add_total(std::int64_t count) {
    if (boundless_.contains(stage().name)) {
        return;
    }
    auto& total = counted_[stage().name].total;
    total = total.value_or(0) + count;
    show_counts();
}

void Progress::add_done(std::int64_t count) {
    counted_[stage().name].done += count;
    show_counts();
}

void Progress::add_skipped(std::int64_t count) {
    add_done(count);
    stage().skipped += count;
    ledger_.saved(count);
}

void Progress::note(std::string text) {
    stage().note = std::move(text);
}

void Progress::begin_tags(std::size_t count) {
    tags_ = {.done = -1, .total = static_cast<std::int64_t>(count)};
    said_ = stage().note;
    tags_read();
}

void Progress::tags_read() {
    ++tags_.done;
    note(fmt::format("reading tags, {} of {}", tags_.done, tags_.total.value_or(0)));
}

void Progress::end_tags() {
    tags_ = {};
    stage().note = std::move(said_);
}

void Progress::note_own(std::size_t count) {
    if (stage().note) {
        return;
    }
    const auto looked_at = stage_total().value_or(0);
    const bool fewer = looked_at < static_cast<std::int64_t>(count);
    note(fewer ? fmt::format("{} of this model, {} looked at anew", count, looked_at) : fmt::format("{} of this model", count));
}

std::string Progress::blame(const AwsError& error) {
    const bool of_tags = error.operation == "ListTags";
    const auto outcome = outcome_of(error);
    auto name = of_tags ? std::string{kTags} : stage().name;
    auto& trouble = troubles_.try_emplace(name, outcome).first->second;
    // What a person can mend is worth more than that something was missed as well.
    trouble = outcome == registry::StageOutcome::REFUSED ? outcome : trouble;
    const auto tags = std::ranges::find(operation_.stages, kTags, &registry::OperationStage::name);
    if (of_tags && tags != operation_.stages.end()) {
        tags->outcome = trouble;
    }
    return name;
}

void Progress::problem(const AwsError& error) {
    const auto of_stage = error.operation == kImport ? std::nullopt : std::optional{blame(error)};
    auto& problems = operation_.problems;
    const bool known =
        std::ranges::any_of(problems, [&](const auto& p) { return p.operation == error.operation && p.code == error.code && p.stage == of_stage; });
    if (known || problems.size() >= kMostProblems) {
        return;
    }
    const auto optional = [](const std::string& text) { return text.empty() ? std::nullopt : std::optional{text}; };
    problems.push_back({.operation = error.operation,
                        .code = error.code,
                        .message = error.message.empty() ? error.error.message : error.message,
                        .permission = optional(error.permission),
                        .request_id = optional(error.request_id),
                        .stage = of_stage});
}

void Progress::problem(const std::string& operation, const Error& error) {
    problem(AwsError{.error = error, .operation = operation, .code = error.reason, .message = error.message, .request_id = {}, .permission = {}});
}

void Progress::update() {
    const auto totals = ledger_.totals();
    auto& calls = operation_.aws_calls;
    calls.total = before_.total + totals.total;
    calls.retried = before_.retried + totals.retried;
    calls.throttled = before_.throttled + totals.throttled;
    calls.saved = before_.saved + totals.saved;
    calls.by_operation = before_.by_operation;
    for (const auto& [operation, count] : totals.by_operation) {
        calls.by_operation[operation] += count;
    }
    std::int64_t remaining = tags_.total.value_or(0) - tags_.done;
    for (const auto& one : operation_.stages) {
        remaining += std::max<std::int64_t>(0, one.total.value_or(0) - one.done);
    }
    const auto elapsed = std::chrono::duration<double>(store_.clock().steady() - started_).count();
    operation_.eta_seconds.reset();
    if (totals.total > 0 && elapsed >= 1 && remaining > 0) {
        operation_.eta_seconds = static_cast<std::int64_t>(static_cast<double>(remaining) * elapsed / static_cast<double>(totals.total)) + 1;
    }
}

Result<void> Progress::write(bool announce) {
    if (operation_.id.empty()) {
        return {};
    }
    return store_.write({.subject = operation_.created_by, .request_id = {}}, [&](store::Unit& unit) -> Result<void> {
        // A cancellation that came meanwhile is in the row alone.
        SW_TRY(const auto stored, operations_.get(unit.sql, identity::Principal::service(), operation_.id));
        operation_.cancel_requested = operation_.cancel_requested || stored.cancel_requested;
        SW_CHECK(operations_.save(unit, operation_, announce));
        if (!operation_.finished) {
            return {};
        }
        SW_CHECK(remember_outcome(unit, operation_));
        return tell(unit, operation_);
    });
}

Result<void> Progress::save(bool now_) {
    const auto now = store_.clock().steady();
    if (stopping_) {
        halt_ = true;
    }
    if (!now_ && saved_ && now - *saved_ < kBetweenSaves) {
        return {};
    }
    saved_ = now;
    const bool announce = now_ || !announced_ || now - *announced_ >= kBetweenEvents;
    if (announce) {
        announced_ = now;
    }
    update();
    SW_CHECK(write(announce));
    if (operation_.cancel_requested) {
        halt_ = true;
    }
    return {};
}

Result<void> Progress::finish(registry::OperationState state) {
    update();
    operation_.eta_seconds.reset();
    operation_.state = state;
    operation_.finished = store_.clock().now();
    return write(true);
}

}  // namespace slipway::sagemaker
