#include <fmt/format.h>

#include "domain/job.hpp"
#include "registry/job_messages.hpp"
#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/creation_step.hpp"
#include "sagemaker/deploy_plan.hpp"
#include "sagemaker/fill.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/masking.hpp"
#include "sagemaker/notices.hpp"
#include "sagemaker/registrar.hpp"

/// What steps of what is made in AWS write into the registry.
namespace slipway::sagemaker {
namespace {

bool ended(std::string_view status) {
    return status == "Completed" || status == "Failed" || status == "Stopped";
}

Result<void> say(store::Unit& unit, const std::string& job_id, const std::string& line) {
    if (line.empty()) {
        return {};
    }
    const std::vector<std::string> lines{line};
    return registry::append_job_messages(unit, job_id, lines);
}

}  // namespace

Result<void> CreationStep::take(const json::object& answer) {
    auto& detail = creation_.detail;
    const auto description = masked(answer);
    const auto created = time_of(answer, "CreationTime");
    if (detail.created && !same_instant(detail.created, created)) {
        return end("The job was deleted in AWS, and another one was made under its name.");
    }
    if (detail.waits_since && !detail.stop_sent) {
        detail.why.reset();  // AWS has answered; that it may not be stopped stays said
    }
    detail.waits_since.reset();
    detail.created = created;
    detail.arn = std::string{json::text_of(answer, fmt::format("{}Arn", creation_.prefix()))};
    detail.secondary = json::text_of(answer, "SecondaryStatus");
    detail.failures = 0;
    const std::string status{json::text_of(answer, fmt::format("{}Status", creation_.prefix()))};
    detail.looks = status == detail.status ? detail.looks + 1 : 0;
    detail.status = status;
    const bool over = ended(status) || creation_.kind == CreationKind::ENDPOINT_CONFIG;
    creation_.state = over ? CreationState::ENDED : CreationState::FOLLOWED;
    constexpr Milliseconds kLongest = std::chrono::seconds{15};
    creation_.next_at = now() + std::min(next_look(detail.looks), kLongest);
    return save([&](store::Unit& unit) -> Result<void> {
        if (creation_.kind != CreationKind::ENDPOINT_CONFIG) {
            return take_job(unit, description);
        }
        SW_CHECK(note_made(unit, {.account = creation_.account, .region = creation_.region}, Kind::endpoint_config, answer));
        return take_configuration(unit, description);
    });
}

Result<void> CreationStep::take_job(store::Unit& unit, const json::object& answer) {
    SW_TRY(const auto row, store::find(unit.sql, registry::jobs_table(), creation_.entity_id, store::Scope::all()));
    if (!row) {
        return {};
    }
    const Place place{.account = creation_.account, .region = creation_.region};
    const auto job = creation_.kind == CreationKind::TRAINING_JOB ? map_training_job(answer, {}, place, {}) : map_transform_job(answer, {}, place, {});
    SW_TRY(const auto after, lay_over_job(unit, *row, domain::to_json(job), creation_.detail.stored_model_id));
    const auto became = json::text_of(after.document, "jobStatus");
    if (became == json::text_of(row->document, "jobStatus")) {
        return {};
    }
    return say(unit, row->id,
               fmt::format("SageMaker: {}{}{}", creation_.detail.status, job.sage_maker->failure_reason ? ": " : "",
                           explained(job.sage_maker->failure_reason.value_or(""))));
}

Result<void> CreationStep::take_configuration(store::Unit& unit, const json::object& answer) {
    const auto& table = registry::deployable_models_table();
    SW_TRY(const auto row, store::find(unit.sql, table, creation_.entity_id, store::Scope::all()));
    if (!row) {
        return {};
    }
    const auto* model = json::object_of(row->document, "storedModel");
    const auto mapped = map_configuration(answer, {}, {.account = creation_.account, .region = creation_.region}, model == nullptr ? json::object{} : *model);
    auto document = row->document;
    document["sageMaker"] = json::encode_object(*mapped.sage_maker);
    SW_CHECK(store::update(unit, table, *row, std::move(document)));
    return {};
}

Result<void> CreationStep::end(std::string why, bool cancelled) {
    creation_.state = CreationState::ENDED;
    creation_.detail.why = why;
    const bool is_job = creation_.kind != CreationKind::ENDPOINT_CONFIG;
    return save([&](store::Unit& unit) -> Result<void> {
        const auto& table = is_job ? registry::jobs_table() : registry::deployable_models_table();
        SW_TRY(const auto row, store::find(unit.sql, table, creation_.entity_id, store::Scope::all()));
        if (!row) {
            return {};
        }
        auto document = row->document;
        if (auto* facts = document["sageMaker"].if_object()) {
            (*facts)["status"] = cancelled ? "Cancelled" : "NotCreated";
            (*facts)["failureReason"] = why;
        }
        if (!is_job) {
            SW_CHECK(store::update(unit, table, *row, std::move(document)));
            return tell_failed_configuration(unit, creation_.group, creation_.entity_id, creation_.detail.stored_model_id, creation_.aws_name, why);
        }
        document["jobStatus"] = json::encode(cancelled ? domain::JobStatus::CANCELLED : domain::JobStatus::ERROR);
        document["jobEndTime"] = to_epoch_ms(unit.now);
        SW_CHECK(store::update(unit, table, *row, std::move(document)));
        SW_CHECK(say(unit, row->id, why));
        return cancelled ? Result<void>{}
                         : tell_failed_job(unit, creation_.group, creation_.entity_id, creation_.detail.stored_model_id, creation_.aws_name, why);
    });
}

}  // namespace slipway::sagemaker
