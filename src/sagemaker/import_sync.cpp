#include "sagemaker/import_run.hpp"

/// The part of a cycle that writes what changed of one model.
namespace slipway::sagemaker {
namespace {

constexpr std::size_t kBatch = 50;

}  // namespace

ImportRun::ImportRun(store::Store& store, Index& index, SageMakerApi& api, Progress& progress, FanOut& fan, std::string credential, const SyncTarget& target,
                     const IndexScope& scope)
    : index_{index},
      progress_{progress},
      fan_{fan},
      started_{store.clock().now()},
      scope_{scope},
      reader_{api, {.ledger = &progress.ledger(), .cancelled = &progress.halt(), .background = true}},
      filler_{index, scope_, reader_, progress, fan, started_, std::move(credential)},
      registrar_{store, {}, target.stored_model_id, {.account = scope.account, .region = scope.region}, {.trigger = "sync"}},
      model_name_{target.model_name},
      model_created_{target.created} {}

Result<void> ImportRun::sync(const Filler& filled, bool whole, bool reconcile) {
    SW_CHECK(halted());
    SW_TRY(const auto model, registrar_.model());
    const auto unchanged = [&](const Indexed& object) { return !whole && !filled.changed(object); };
    SW_TRY(auto jobs, index_.linked(scope_, Kind::transform_job, {model_name_}));
    std::erase_if(jobs, unchanged);
    SW_TRY(jobs, filler_.readable(Kind::transform_job, of_this_model(std::move(jobs))));
    SW_CHECK(register_jobs(jobs, false));
    if (reconcile) {
        SW_CHECK(training_stage(model));
        SW_CHECK(sync_tags(model));
    }
    SW_CHECK(sync_configurations(filled, whole));
    return whole || filled.endpoints_changed() ? sync_endpoints(filled, whole) : Result<void>{};
}

Result<void> ImportRun::sync_tags(const store::Entity& model) {
    auto tags = reader_.tags(std::string{json::text_of(model.document.at("sageMaker").as_object(), "arn")});
    SW_CHECK(halted());
    if (!tags) {
        // Absent: the listing of models decides about it.
        if (!is_absent(tags.error())) {
            progress_.problem(tags.error());
        }
        return {};
    }
    SW_TRY(const auto registered, registrar_.model_tags(*tags));
    count(registered);
    return {};
}

Result<void> ImportRun::sync_configurations(const Filler& filled, bool whole) {
    SW_TRY(auto linked, index_.linked(scope_, Kind::endpoint_config, {model_name_}));
    configurations_ = of_this_model(std::move(linked));
    if (whole || filled.endpoints_changed()) {
        SW_TRY(const bool some, has_component_endpoints());
        if (some) {
            SW_CHECK(add_component_configurations());
        }
    }
    progress_.enter("register");
    SW_TRY(configurations_, filler_.readable(Kind::endpoint_config, std::move(configurations_)));
    auto fresh = configurations_;
    std::erase_if(fresh, [&](const Indexed& one) { return !whole && !filled.changed(one); });
    for (std::size_t from = 0; from < fresh.size(); from += kBatch) {
        SW_TRY(const auto batch, described(fresh, from, kBatch, true));
        SW_CHECK(halted());
        SW_TRY(const auto registered, registrar_.configurations(batch));
        count(registered);
    }
    return {};
}

Result<void> ImportRun::sync_endpoints(const Filler& filled, bool whole) {
    SW_TRY(const auto endpoints, linked_endpoints());
    for (std::size_t from = 0; from < endpoints.size(); from += kBatch) {
        SW_TRY(auto batch, described(endpoints, from, kBatch, false));
        std::vector<FoundEndpoint> found;
        for (auto& one : batch) {
            const bool fresh = whole || filled.changed(one.object);
            auto key = one.object.key();
            SW_TRY(auto complete, with_configuration(std::move(one)));
            SW_CHECK(halted());
            if (complete) {
                served_.insert(std::move(key));
            }
            if (complete && fresh) {
                found.push_back(std::move(*complete));
            }
        }
        SW_CHECK(register_endpoints(found));
    }
    return settle_endpoints();
}

}  // namespace slipway::sagemaker
