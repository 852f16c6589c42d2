#include "sagemaker/import_run.hpp"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

#include "base/log.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/training.hpp"

namespace slipway::sagemaker {
namespace {

constexpr std::size_t kBatch = 50;

std::string request_text(const registry::Operation& operation, std::string_view key) {
    return operation.request ? std::string{json::text_of(*operation.request, key)} : std::string{};
}

}  // namespace

ImportRun::ImportRun(store::Store& store, Index& index, SageMakerApi& api, Progress& progress, FanOut& fan, std::string credential)
    : index_{index},
      progress_{progress},
      fan_{fan},
      started_{store.clock().now()},
      scope_{.account = request_text(progress.operation(), "account"), .region = request_text(progress.operation(), "region")},
      reader_{api, {.ledger = &progress.ledger(), .cancelled = &progress.halt(), .background = false}},
      filler_{index, scope_, reader_, progress, fan, started_, std::move(credential)},
      registrar_{store,
                 {.subject = progress.operation().created_by, .request_id = {}},
                 progress.operation().stored_model_id.value_or(""),
                 {.account = scope_.account, .region = scope_.region},
                 {.trigger = "import",
                  .requested_by = progress.operation().created_by,
                  .starts_lifecycles = request_text(progress.operation(), "startLifecycles") != "none"}},
      model_name_{request_text(progress.operation(), "modelName")} {
    const auto& request = progress.operation().request;
    const auto* deep = request ? request->if_contains("deep") : nullptr;
    deep_ = deep != nullptr && deep->is_bool() && deep->get_bool();
}

Result<void> ImportRun::run(const AwsResult<void>& reached) {
    const auto outcome = reached ? stages() : Result<void>{std::unexpected(reached.error().error)};
    if (outcome) {
        return progress_.finish(registry::OperationState::COMPLETE);
    }
    if (progress_.stopping()) {
        // It stays RUNNING, with its calls counted, and goes on after the next start.
        return progress_.save(true);
    }
    if (progress_.cancelled()) {
        progress_.note("Cancelled; what was stored until then stays.");
        return progress_.finish(registry::OperationState::CANCELLED);
    }
    log::warn("import_failed", {{"operationId", json::value(progress_.operation().id)}, {"reason", json::value(outcome.error().reason)}});
    reached ? progress_.problem("Import", outcome.error()) : progress_.problem(reached.error());
    return progress_.finish(registry::OperationState::ERROR);
}

Result<void> ImportRun::halted() const {
    if (reader_.cancelled()) {
        return fail(ErrorCode::unavailable, "CANCELLED", "The work was halted.");
    }
    return {};
}

void ImportRun::forget_earlier_run() {
    // A run after a restart counts from the beginning again, and finds out for itself what is missing.
    bool tags_read = true;
    for (auto& stage : progress_.operation().stages) {
        if (stage.name == "tags") {
            tags_read = stage.done > 0;
            if (tags_read) {
                stage.outcome = registry::StageOutcome::COMPLETE;
            }
        } else if (stage.name != "model") {
            progress_.begin_anew(stage.name);
        }
    }
    // What was said before the first run stands: the model's own tags, and secrets that were sealed.
    std::erase_if(progress_.operation().problems, [&](const auto& one) { return one.operation != "Import" && (tags_read || one.operation != "ListTags"); });
}

Result<void> ImportRun::stages() {
    forget_earlier_run();
    SW_TRY(const auto model, registrar_.model());
    if (const auto* facts = json::object_of(model.document, "sageMaker")) {
        model_created_ = time_of(*facts, "creationTime");
    }
    SW_CHECK(progress_.save());
    SW_CHECK(training_stage(model));
    SW_CHECK(transform_stage());
    SW_CHECK(configuration_stage());
    SW_CHECK(endpoint_stage());
    return register_stage();
}

void ImportRun::count(const Registered& registered) {
    registered_.written += registered.written;
    registered_.unchanged += registered.unchanged;
}

std::vector<Indexed> ImportRun::of_this_model(std::vector<Indexed> objects) const {
    // What is older belongs to an earlier model of this name.
    std::erase_if(objects, [&](const Indexed& object) {
        return !object.detail || (!deep_ && model_created_ && object.created && *object.created < *model_created_ - std::chrono::seconds{1});
    });
    return objects;
}

Result<void> ImportRun::training_stage(const store::Entity& model) {
    progress_.enter("trainingJobs");
    const auto* facts = json::object_of(model.document, "sageMaker");
    const auto* answer = facts == nullptr ? nullptr : json::object_of(*facts, "describe");
    if (answer == nullptr) {
        progress_.end_stage();
        return {};
    }
    TrainingFinder finder{index_, scope_, reader_, filler_, progress_};
    SW_TRY(auto jobs, finder.find(artifacts_of(*answer)));
    SW_CHECK(halted());
    std::erase_if(jobs, [](const Indexed& job) { return !job.detail; });
    const bool none = jobs.empty();
    SW_TRY(jobs, filler_.readable(Kind::training_job, std::move(jobs)));
    std::vector<domain::AwsReference> links;
    for (const auto& job : jobs) {
        SW_TRY(const auto description, index_.description(job));
        links.push_back(training_job_reference(description));
    }
    SW_CHECK(register_jobs(jobs, true));
    if (none || !links.empty()) {
        SW_TRY(const auto linked, registrar_.link_training_jobs(links));
        count(linked);
    }
    if (!progress_.stage_total()) {
        progress_.add_total(static_cast<std::int64_t>(jobs.size()));
        progress_.add_done(static_cast<std::int64_t>(jobs.size()));
    }
    progress_.note_own(jobs.size());
    progress_.end_stage();
    return progress_.save();
}

Result<void> ImportRun::read_transform_jobs() {
    SW_CHECK(filler_.fill(Kind::transform_job, deep_ ? Timestamp{} : model_created_.value_or(Timestamp{})));
    return filler_.refresh(Kind::transform_job, {model_name_});
}

Result<void> ImportRun::transform_stage() {
    progress_.enter("transformJobs");
    const auto read = read_transform_jobs();
    if (!read && !progress_.cancelled()) {
        return read;
    }
    // Also what was found until a cancellation is kept.
    SW_TRY(auto linked, index_.linked(scope_, Kind::transform_job, {model_name_}));
    SW_TRY(const auto jobs, filler_.readable(Kind::transform_job, of_this_model(std::move(linked))));
    SW_CHECK(register_jobs(jobs, false));
    SW_CHECK(read);
    progress_.note_own(jobs.size());
    progress_.end_stage();
    return progress_.save();
}

Result<void> ImportRun::register_jobs(const std::vector<Indexed>& jobs, bool training) {
    for (std::size_t from = 0; from < jobs.size(); from += kBatch) {
        if (progress_.stopping()) {
            SW_CHECK(halted());
        }
        SW_TRY(const auto batch, described(jobs, from, kBatch, false));
        SW_TRY(const auto registered, training ? registrar_.training_jobs(batch) : registrar_.transform_jobs(batch));
        count(registered);
        SW_CHECK(progress_.save());
    }
    return {};
}

Result<std::vector<Found>> ImportRun::described(const std::vector<Indexed>& objects, std::size_t from, std::size_t count, bool with_tags) {
    std::vector<Found> found;
    for (std::size_t i = from; i < std::min(from + count, objects.size()); ++i) {
        SW_TRY(auto description, index_.description(objects[i]));
        found.push_back({.object = objects[i], .description = std::move(description), .tags = std::nullopt});
    }
    if (with_tags) {
        std::vector<Found*> tagged;
        for (auto& one : found) {
            if (one.object.status != kGone) {
                tagged.push_back(&one);
            }
        }
        SW_CHECK(read_tags(tagged));
    }
    return found;
}

Result<void> ImportRun::read_tags(std::span<Found* const> objects) {
    if (objects.empty() || !may_read_tags_) {
        return {};
    }
    progress_.begin_tags(objects.size());
    auto saved = progress_.save();
    while (saved.has_value() && !objects.empty() && may_read_tags_ && !reader_.cancelled()) {
        const auto some = tags_answered_ ? objects : objects.first(1);
        objects = objects.subspan(some.size());
        std::vector<std::optional<AwsResult<Tags>>> answers(some.size());
        fan_.run(
            some.size(), [&](std::size_t i) { answers[i] = reader_.tags(some[i]->object.arn); },
            [&](std::size_t i) {
                const bool goes_on = answers[i] && take_tags(*some[i], std::move(*answers[i]));
                progress_.tags_read();
                saved = progress_.save();
                return goes_on && saved.has_value();
            });
    }
    progress_.end_tags();
    return saved;
}

bool ImportRun::take_tags(Found& object, AwsResult<Tags> tags) {
    if (tags) {
        object.tags = std::move(*tags);
        tags_answered_ = true;
    } else if (!is_cancelled(tags.error()) && !is_absent(tags.error())) {
        progress_.problem(tags.error());
        may_read_tags_ = tags.error().permission.empty();
    }
    return may_read_tags_ && !reader_.cancelled();
}

Result<void> ImportRun::configuration_stage() {
    progress_.enter("endpointConfigurations");
    SW_CHECK(filler_.fill(Kind::endpoint_config, deep_ ? Timestamp{} : model_created_.value_or(Timestamp{})));
    SW_TRY(auto linked, index_.linked(scope_, Kind::endpoint_config, {model_name_}));
    configurations_ = of_this_model(std::move(linked));
    SW_CHECK(add_component_configurations());
    progress_.enter("endpointConfigurations");
    SW_TRY(configurations_, filler_.readable(Kind::endpoint_config, std::move(configurations_)));
    for (std::size_t from = 0; from < configurations_.size(); from += kBatch) {
        SW_CHECK(halted());
        SW_TRY(auto batch, described(configurations_, from, kBatch, true));
        SW_CHECK(verify_configurations(batch));
        SW_CHECK(halted());
        SW_TRY(const auto registered, registrar_.configurations(batch));
        count(registered);
        SW_CHECK(progress_.save());
    }
    progress_.note_own(configurations_.size());
    progress_.end_stage();
    return progress_.save();
}

Result<std::optional<FoundEndpoint>> ImportRun::with_configuration(Found endpoint) {
    const auto name = text_member(endpoint.description, "EndpointConfigName");
    SW_TRY(const auto named, index_.named(scope_, Kind::endpoint_config, name.value_or("")));
    const Indexed* serves = nullptr;
    const auto limit = endpoint.object.created;
    for (const auto& one : named) {
        // Made again under its name after the endpoint: the endpoint still serves the earlier one, unless it was updated to it.
        const bool earlier = !limit || !one.created || *one.created <= *limit + std::chrono::seconds{1};
        if (earlier || serves == nullptr) {
            serves = &one;
        }
    }
    const auto ours = [&](const Indexed& one) { return serves != nullptr && one.key() == serves->key(); };
    const bool of_component = serves != nullptr && by_component_.contains(serves->key());
    if (std::ranges::none_of(configurations_, ours) || (of_component && !component_endpoints_.contains(endpoint.object.name))) {
        return std::optional<FoundEndpoint>{};
    }
    SW_TRY(auto description, index_.description(*serves));
    const auto* capture = json::object_of(description, "DataCaptureConfig");
    const auto* enabled = capture == nullptr ? nullptr : capture->if_contains("EnableCapture");
    const bool captures = enabled != nullptr && enabled->is_bool() && enabled->get_bool();
    FoundEndpoint found{
        .endpoint = std::move(endpoint), .configuration = *serves, .configuration_description = std::move(description), .monitoring = json::array{}};
    if (captures) {
        found.monitoring = monitoring_of(found.endpoint.object);
    }
    return std::optional{std::move(found)};
}

std::optional<json::array> ImportRun::monitoring_of(const Indexed& endpoint) {
    json::array schedules;
    if (!may_read_monitoring_ || reader_.cancelled()) {
        return std::nullopt;
    }
    auto extras = reader_.for_extras();
    const auto outcome = extras.list("ListMonitoringSchedules", {{"EndpointName", endpoint.name}, {"MaxResults", 100}}, "MonitoringScheduleSummaries",
                                     [&](const json::array& items) -> AwsResult<bool> {
                                         for (const auto& item : items) {
                                             if (item.is_object()) {
                                                 const auto& one = item.get_object();
                                                 schedules.push_back({{"name", json::text_of(one, "MonitoringScheduleName")},
                                                                      {"arn", json::text_of(one, "MonitoringScheduleArn")},
                                                                      {"status", json::text_of(one, "MonitoringScheduleStatus")},
                                                                      {"type", json::text_of(one, "MonitoringType")}});
                                             }
                                         }
                                         return true;
                                     });
    if (!outcome && !is_cancelled(outcome.error())) {
        may_read_monitoring_ = false;
        progress_.problem(outcome.error());
    }
    return outcome ? std::optional{std::move(schedules)} : std::nullopt;
}

Result<std::vector<Indexed>> ImportRun::linked_endpoints() {
    std::vector<std::string> names;
    names.reserve(configurations_.size());
    for (const auto& configuration : configurations_) {
        names.push_back(configuration.name);
    }
    SW_TRY(auto endpoints, index_.linked(scope_, Kind::endpoint, names));
    std::erase_if(endpoints, [](const Indexed& endpoint) { return !endpoint.detail || endpoint.status == kGone; });
    return filler_.readable(Kind::endpoint, std::move(endpoints));
}

Result<void> ImportRun::register_endpoints(std::vector<FoundEndpoint>& found) {
    std::vector<Found*> tagged;
    tagged.reserve(found.size());
    for (auto& one : found) {
        tagged.push_back(&one.endpoint);
    }
    SW_CHECK(read_tags(tagged));
    SW_CHECK(halted());
    SW_TRY(const auto registered, registrar_.endpoints(found));
    count(registered);
    return {};
}

Result<void> ImportRun::endpoint_stage() {
    progress_.enter("endpoints");
    SW_TRY(const auto endpoints, linked_endpoints());
    std::size_t ours = 0;
    for (std::size_t from = 0; from < endpoints.size(); from += kBatch) {
        SW_TRY(auto batch, described(endpoints, from, kBatch, false));
        std::vector<FoundEndpoint> found;
        for (auto& one : batch) {
            SW_TRY(auto complete, with_configuration(std::move(one)));
            SW_CHECK(halted());
            if (complete) {
                found.push_back(std::move(*complete));
            }
        }
        for (const auto& one : found) {
            served_.insert(one.endpoint.object.key());
        }
        SW_CHECK(register_endpoints(found));
        ours += found.size();
        SW_CHECK(progress_.save());
    }
    SW_CHECK(settle_endpoints());
    progress_.note_own(ours);
    progress_.end_stage();
    return progress_.save();
}

Result<void> ImportRun::register_stage() {
    progress_.enter("register");
    SW_CHECK(halted());
    const bool listed_all = std::ranges::none_of(progress_.operation().problems,
                                                 [](const auto& p) { return p.operation == "ListEndpointConfigs" || p.operation == "DescribeEndpointConfig"; });
    if (configurations_.empty() && listed_all) {
        SW_TRY(const auto generated, registrar_.generated_snapshot());
        count(generated);
    }
    progress_.add_total(registered_.written + registered_.unchanged);
    progress_.add_done(registered_.written);
    progress_.add_done(registered_.unchanged);
    progress_.note(fmt::format("{} written, {} unchanged", registered_.written, registered_.unchanged));
    progress_.end_stage();
    return {};
}

}  // namespace slipway::sagemaker
