#include "sagemaker/sync_run.hpp"

#include <algorithm>

#include "sagemaker/aws_time.hpp"
#include "sagemaker/import_run.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kOnePage = 100;  ///< what one call lists: listing all costs no more than listing what is new

bool settled(std::string_view status) {
    return status == "InService" || status == "OutOfService" || status == "Failed" || status == "UpdateRollbackFailed" || status == kGone;
}

}  // namespace

SyncRun::SyncRun(store::Store& store, Index& index, IndexScope scope, SageMakerApi& api, Progress& progress, FanOut& fan, std::string reader,
                 SyncMemory& memory, bool reconcile)
    : store_{store},
      index_{index},
      scope_{std::move(scope)},
      api_{api},
      progress_{progress},
      fan_{fan},
      credential_{std::move(reader)},
      memory_{memory},
      reconcile_{reconcile},
      reader_{api, {.ledger = &progress.ledger(), .cancelled = &progress.halt(), .background = true}},
      filler_{index, scope_, reader_, progress, fan, store.clock().now(), credential_} {}

Result<void> SyncRun::run(const std::vector<SyncTarget>& targets) {
    SW_CHECK(read(targets));
    progress_.enter("register");
    for (const auto& target : targets) {
        SW_CHECK(write(target));
    }
    return find_moving(targets);
}

Result<void> SyncRun::read(const std::vector<SyncTarget>& targets) {
    const auto oldest = std::ranges::min(targets, {}, [](const SyncTarget& one) { return one.created.value_or(Timestamp{}); }).created.value_or(Timestamp{});
    std::vector<std::string> names;
    names.reserve(targets.size());
    for (const auto& target : targets) {
        names.push_back(target.model_name);
    }
    SW_CHECK(read_models(targets));
    progress_.enter("endpointConfigurations");
    SW_TRY(const auto known, index_.known(scope_, Kind::endpoint_config));
    filler_.list_patiently(reconcile_ || known.size() < kOnePage);
    SW_CHECK(filler_.fill(Kind::endpoint_config, oldest));
    progress_.enter("endpoints");
    SW_CHECK(filler_.fill(Kind::endpoint, Timestamp{}));
    progress_.enter("transformJobs");
    SW_CHECK(filler_.fill(Kind::transform_job, oldest));
    return filler_.refresh(Kind::transform_job, names);
}

Result<void> SyncRun::read_models(const std::vector<SyncTarget>& targets) {
    if (!reconcile_ && memory_.models_listed >= kOnePage) {
        return {};
    }
    progress_.enter("models");
    std::map<std::string, std::optional<Timestamp>, std::less<>> there;
    const auto listed = reader_.list("ListModels", {{"MaxResults", 100}, {"SortBy", "CreationTime"}, {"SortOrder", "Ascending"}}, "Models",
                                     [&](const json::array& items) -> AwsResult<bool> {
                                         for (const auto& item : items) {
                                             if (const auto* one = item.if_object()) {
                                                 there[std::string{json::text_of(*one, "ModelArn")}] = time_of(*one, "CreationTime");
                                             }
                                         }
                                         return true;
                                     });
    if (!listed) {
        if (is_cancelled(listed.error())) {
            return std::unexpected(listed.error().error);
        }
        progress_.problem(listed.error());
        return {};
    }
    memory_.models_listed = there.size();
    for (const auto& target : targets) {
        if (target.gone) {
            continue;
        }
        const auto found = there.find(target.arn);
        const bool same = found != there.end() && same_instant(found->second, target.created);
        auto& missed = memory_.missed[target.stored_model_id];
        missed = same ? 0 : missed + 1;
        if (missed >= 2) {
            Registrar registrar{store_, {}, target.stored_model_id, {.account = scope_.account, .region = scope_.region}, {.trigger = "sync"}};
            SW_TRY(const auto gone, registrar.model_gone());
            written_[target.group] += gone.written;
        }
        moving_ = moving_ || missed == 1;
    }
    return {};
}

Result<void> SyncRun::write(const SyncTarget& target) {
    ImportRun model{store_, index_, api_, progress_, fan_, credential_, target, scope_};
    // After a replacement the index says more than which objects were read: everything is compared.
    const auto wrote = model.sync(filler_, memory_.whole || reconcile_ || filler_.replaced(), reconcile_);
    if (!wrote && wrote.error().reason == "MODEL_REMOVED") {
        return {};
    }
    SW_CHECK(wrote);
    written_[target.group] += model.registered().written;
    return {};
}

Result<void> SyncRun::find_moving(const std::vector<SyncTarget>& targets) {
    for (const auto kind : {Kind::endpoint, Kind::endpoint_config}) {
        SW_TRY(const auto known, index_.known(scope_, kind));
        for (const auto& [arn, objects] : known.by_arn()) {
            moving_ = moving_ || std::ranges::any_of(
                                     objects, [&](const Indexed& one) { return one.status == kMissing || (kind == Kind::endpoint && !settled(one.status)); });
        }
    }
    std::vector<std::string> names;
    names.reserve(targets.size());
    for (const auto& target : targets) {
        names.push_back(target.model_name);
    }
    SW_TRY(const auto jobs, index_.linked(scope_, Kind::transform_job, names));
    moving_ = moving_ || std::ranges::any_of(jobs, [](const Indexed& job) { return !job.final; });
    return {};
}

}  // namespace slipway::sagemaker
