#include "sagemaker/service.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "base/log.hpp"
#include "sagemaker/deploy_run.hpp"
#include "sagemaker/import_run.hpp"
#include "sagemaker/notices.hpp"

namespace slipway::sagemaker {
namespace {

const identity::Principal kService = identity::Principal::service();

Result<void> end_with(registry::Operations& operations, store::Store& store, registry::Operation operation, registry::OperationState state,
                      const std::optional<Error>& why) {
    const std::atomic<bool> going_on{false};
    Progress progress{operations, store, std::move(operation), going_on};
    if (why) {
        progress.problem("Import", *why);
    }
    return progress.finish(state);
}

}  // namespace

SageMakerService::SageMakerService(registry::Registry& registry, AwsGateway& gateway, Settings settings, WorkerPool& pool)
    : registry_{registry},
      gateway_{gateway},
      settings_{std::move(settings)},
      pool_{pool},
      fan_{pool, settings_.calls_at_once},
      entered_{registry.foundation().sealer},
      checks_{registry.foundation().store},
      index_{registry.foundation().store} {}

SageMakerService::~SageMakerService() {
    stop();
}

void SageMakerService::halt() {
    stopping_ = true;
    const std::lock_guard lock{mutex_};
    waiting_.clear();
    for (auto& [id, progress] : live_) {
        if (progress != nullptr) {
            progress->halt() = true;
        }
    }
}

void SageMakerService::stop() {
    halt();
    wait_idle();
}

void SageMakerService::wait_idle() {
    std::unique_lock lock{mutex_};
    idle_.wait(lock, [&] { return posted_ == 0 && waiting_.empty(); });
}

void SageMakerService::run(const std::string& operation_id) {
    const auto operation =
        store::read<registry::Operation>(store().database(), [&](store::Session& sql) { return operations().get(sql, kService, operation_id); });
    enqueue(operation_id, operation ? operation->group : std::string{});
}

void SageMakerService::enqueue(const std::string& operation_id, const std::string& group) {
    const std::lock_guard lock{mutex_};
    const bool there = live_.contains(operation_id) || std::ranges::find(waiting_, operation_id, &Waiting::id) != waiting_.end();
    if (stopping_ || there) {
        return;
    }
    waiting_.push_back({operation_id, group});
    pump();
}

std::deque<SageMakerService::Waiting>::iterator SageMakerService::next_waiting() {
    // The last place is for a group that has none yet: one group's large accounts must not hold up all others.
    const auto most = std::max<std::size_t>(1, settings_.imports_at_once - 1);
    const auto running = [&](const Waiting& one) { return static_cast<std::size_t>(std::ranges::count(running_groups_, one.group)); };
    const auto next = std::ranges::min_element(waiting_, {}, running);
    return next == waiting_.end() || running(*next) >= most ? waiting_.end() : next;
}

void SageMakerService::pump() {
    while (posted_ < settings_.imports_at_once && !stopping_) {
        const auto next = next_waiting();
        if (next == waiting_.end()) {
            return;
        }
        const auto [id, group] = *next;
        // A full pool is tried again when an import ends, and by resume_running().
        if (!pool_.post([this, id, group] { work(id, group); })) {
            return;
        }
        ++posted_;
        live_.emplace(id, nullptr);
        running_groups_.insert(group);
        waiting_.erase(next);
    }
}

Result<void> SageMakerService::guarded(const std::function<Result<void>()>& work) {
    std::string what;
    try {
        return work();
    } catch (const std::exception& e) {
        what = e.what();
    } catch (...) {
        what = "no std::exception";
    }
    return fail(ErrorCode::internal, "INTERNAL", "The import broke: " + what);
}

Result<void> SageMakerService::broke(const std::string& operation_id, const Error& error) {
    constexpr int kMostBreaks = 3;
    log::error("import_broken", {{"reason", json::value(error.reason)}, {"message", json::value(error.message)}});
    {
        const std::lock_guard lock{mutex_};
        if (error.code != ErrorCode::internal || ++breaks_[operation_id] < kMostBreaks) {
            return {};
        }
        breaks_.erase(operation_id);
    }
    SW_TRY(auto operation,
           store::read<registry::Operation>(store().database(), [&](store::Session& sql) { return operations().get(sql, kService, operation_id); }));
    if (operation.state != registry::OperationState::RUNNING) {
        return {};
    }
    auto why = error;
    why.message = fmt::format("{} (tried {} times). Import again; if that breaks too, the administrator finds it in the log under {}.", error.message,
                              kMostBreaks, operation_id);
    return end_with(operations(), store(), std::move(operation), registry::OperationState::ERROR, why);
}

void SageMakerService::work(const std::string& operation_id, const std::string& group) {
    const log::RequestScope scope{operation_id};
    const auto outcome = guarded([&] { return run_one(operation_id); });
    const auto told = outcome ? outcome : guarded([&] { return broke(operation_id, outcome.error()); });
    if (!told) {
        log::error("import_broken", {{"reason", json::value(told.error().reason)}, {"message", json::value(told.error().message)}});
    }
    // One lock to the end: whoever waits in stop() may destroy this object as soon as it gets it.
    const std::lock_guard lock{mutex_};
    if (outcome) {
        breaks_.erase(operation_id);
    }
    live_.erase(operation_id);
    running_groups_.erase(running_groups_.find(group));
    --posted_;
    pump();
    idle_.notify_all();
}

void SageMakerService::show_live(const std::string& operation_id, Progress* progress) {
    const std::lock_guard lock{mutex_};
    live_[operation_id] = progress;
}

Result<void> SageMakerService::run_one(const std::string& operation_id) {
    SW_TRY(auto operation,
           store::read<registry::Operation>(store().database(), [&](store::Session& sql) { return operations().get(sql, kService, operation_id); }));
    if (operation.state != registry::OperationState::RUNNING || stopping_) {
        return {};
    }
    if (operation.cancel_requested) {
        return end_with(operations(), store(), std::move(operation), registry::OperationState::CANCELLED, std::nullopt);
    }
    const auto request = operation.request.value_or(json::object{});
    const std::string model_name{json::text_of(request, "modelName")};
    const std::string region{json::text_of(request, "region")};
    auto chosen = choose(kService, operation.group, region, model_name, std::string{json::text_of(request, "credentialId")});
    if (!chosen) {
        return end_with(operations(), store(), std::move(operation), registry::OperationState::ERROR, chosen.error());
    }
    const auto reach = reach_of(std::move(*chosen));
    Progress progress{operations(), store(), std::move(operation), stopping_};
    show_live(operation_id, &progress);
    // Also when something throws: nobody may find a progress that is no more.
    const auto hide = [&](Progress*) { show_live(operation_id, nullptr); };
    std::unique_ptr<Progress, decltype(hide)> shown{&progress, hide};
    ImportRun import{store(), index_, *reach.api, progress, fan_, reach.reader};
    const auto outcome =
        import.run(require_account(reach, std::string{json::text_of(request, "account")}, {.ledger = &progress.ledger(), .cancelled = &progress.halt()}));
    shown.reset();
    remember_check(reach.credential, progress.operation());
    return outcome;
}

void SageMakerService::remember_check(const Credential& credential, const registry::Operation& operation) {
    const auto& problems = operation.problems;
    const auto refused = std::ranges::find_if(problems, [](const auto& problem) { return refuses_credential(problem.code); });
    if (refused != problems.end()) {
        checks_.failed(credential, store().clock().now(),
                       AwsError{.error = {},
                                .operation = refused->operation,
                                .code = refused->code,
                                .message = refused->message,
                                .request_id = refused->request_id.value_or(""),
                                .permission = refused->permission.value_or("")});
        return;
    }
    std::set<std::string> lost;
    for (const auto& problem : problems) {
        if (problem.permission) {
            lost.insert(*problem.permission);
        }
    }
    std::set<std::string> permissions;
    for (const auto& [name, count] : operation.aws_calls.by_operation) {
        const bool failed = std::ranges::any_of(operation.problems, [&](const auto& problem) { return problem.operation == name; });
        if (!failed && count > 0 && name != "GetCallerIdentity") {  // which needs none
            permissions.insert("sagemaker:" + name);
        }
    }
    if (!permissions.empty() || !lost.empty()) {
        checks_.worked(credential, store().clock().now(), permissions, {}, lost);
    }
}

Result<void> SageMakerService::resume_running() {
    SW_TRY(const auto all, store::read<std::vector<registry::Operation>>(store().database(), [&](store::Session& sql) { return operations().running(sql); }));
    for (const auto& operation : all) {
        if (operation.kind == registry::OperationKind::IMPORT) {
            enqueue(operation.id, operation.group);
        }
    }
    const std::lock_guard lock{mutex_};
    pump();
    return {};
}

Result<registry::Operation> SageMakerService::cancel(store::Unit& unit, const identity::Principal& who, std::string_view id) {
    SW_TRY(auto operation, operations().cancel(unit, who, id));
    SW_CHECK(hurry_run(unit, operation.id));
    return operation;
}

void SageMakerService::cancelled(const std::string& operation_id) {
    {
        const std::lock_guard lock{mutex_};
        const auto found = live_.find(operation_id);
        if (found != live_.end() && found->second != nullptr) {
            found->second->ask_cancel();
        }
        const auto waits = std::ranges::find(waiting_, operation_id, &Waiting::id);
        if (waits == waiting_.end()) {
            return;
        }
        waiting_.erase(waits);
        idle_.notify_all();
    }
    // It has not begun: nobody but us will end it, and its turn may be hours away.
    if (const auto ended = guarded([&] { return run_one(operation_id); }); !ended) {
        log::error("import_cancel", {{"operationId", json::value(operation_id)}, {"message", json::value(ended.error().message)}});
    }
}

std::unexpected<Error> stopped() {
    return fail(ErrorCode::unavailable, "STOPPING", "The server is stopping and gave up the call to AWS. Try again when it is back.");
}

namespace {

std::string sentence(const std::string& text) {
    return text.empty() || text.ends_with('.') ? text : text + ".";
}

}  // namespace

Error told(const AwsError& error) {
    auto out = error.error;
    if (error.code == "Network") {
        out.reason = "AWS_UNREACHABLE";
        out.message = fmt::format(
            "AWS could not be asked ({}): {} Nothing was stored. Check the server's network and proxy, the region, and "
            "sagemaker-service.endpointUrl.",
            error.operation, sentence(out.message));
    }
    if (out.code == ErrorCode::timeout) {
        out.code = ErrorCode::unavailable;
    }
    if (out.code == ErrorCode::unauthenticated || out.code == ErrorCode::forbidden || out.code == ErrorCode::internal ||
        out.code == ErrorCode::invalid_argument) {
        out.code = ErrorCode::failed_precondition;
    }
    return out;
}

Error told_of_keys(const AwsError& error, const std::string& at) {
    auto out = told(error);
    if (const auto key = refused_key(error.code); !key.empty()) {
        out.faults.push_back({fmt::format("{}/{}", at, key), "one that AWS accepts", error.code});
    }
    return out;
}

}  // namespace slipway::sagemaker
