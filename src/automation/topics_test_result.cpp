#include <fmt/format.h>
#include <fmt/ranges.h>

#include "automation/bridge.hpp"
#include "automation/sagemaker_topics.hpp"
#include "domain/required_assets.hpp"
#include "registry/evidence.hpp"
#include "registry/tables.hpp"
#include "registry/test_verdicts.hpp"

/// What a test job wrote, and what the comparator says of it.
namespace slipway::automation {
namespace {

constexpr Milliseconds kUntilItEnds = std::chrono::seconds{5};
constexpr std::size_t kLargestOutput = 1U << 20;  ///< of a test job that a comparator reads
constexpr std::size_t kMostShown = 4096;          ///< of metrics in a ticket

/// Why nothing can be recorded of a test, now or at all; nothing when it completed.
std::optional<Outcome> no_result_of(const std::optional<store::Entity>& job) {
    if (!job) {
        return Trouble{.message = "No test job of this snapshot is known by that id: it was deleted, or it ran for something else.", .again = false};
    }
    if (!has_ended(*job)) {
        return Later{kUntilItEnds};
    }
    const auto status = json::text_of(job->document, "jobStatus");
    return status == "COMPLETE" ? std::nullopt
                                : std::optional<Outcome>{Trouble{.message = fmt::format("The test job has not completed, it is {}.", status), .again = false}};
}

json::object facts_of_test(const store::Entity& job) {
    json::object out{{"jobId", job.id}, {"status", json::text_of(job.document, "jobStatus")}};
    for (const auto* member : {"outputData", "jobDuration"}) {
        if (const auto* value = job.document.if_contains(member)) {
            out[member] = *value;
        }
    }
    return out;
}

/// `{objects, bytes, inputs?, said}`: AWS calls a job Completed that wrote nothing, or less than it read.
json::object shown_totals(const sagemaker::OutputTotals& totals) {
    json::object out{{"objects", totals.objects}, {"bytes", totals.bytes}};
    auto said = fmt::format("{}{} object{}, {} bytes", totals.more ? "more than " : "", totals.objects, totals.objects == 1 ? "" : "s", totals.bytes);
    if (totals.inputs) {
        out["inputs"] = *totals.inputs;
        if (!totals.more && totals.objects < *totals.inputs) {
            said = fmt::format("{} of {} objects: the job is Completed, and wrote less than it read", totals.objects, *totals.inputs);
        }
    }
    out["said"] = totals.objects == 0 && !totals.more ? "0 objects: the job is Completed, and wrote nothing" : said;
    return out;
}

}  // namespace

/// Nothing of it is taken from variables but which job it was: what is recorded here is what an approver reads.
Outcome SageMakerTopics::record_test_result(const ExternalTask& task) {
    std::optional<store::Entity> job;
    const auto read = store().read([&](store::Session& sql) -> Result<void> {
        SW_TRY(const auto snapshot, store::require(sql, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"), scope_of(task.group)));
        SW_TRY(job, registry::job_of_snapshot(sql, snapshot, variable(task, "JOB", "id")));
        return {};
    });
    if (!read) {
        return trouble_of(read.error());
    }
    if (const auto obstacle = no_result_of(job)) {
        return *obstacle;
    }
    auto result = facts_of_test(*job);
    const auto totals = outputs_.totals(*job);
    if (!totals && may_pass(totals.error())) {
        return trouble_of(totals.error());
    }
    result["output"] = totals ? shown_totals(*totals) : json::object{{"said", totals.error().message}};
    const auto verdict = verdict_on_test(task, *job, result);
    if (!verdict) {
        auto trouble = trouble_of(verdict.error());
        trouble.message = fmt::format("The result of the test cannot be compared: {}{}", trouble.message,
                                      trouble.again ? "" : " Mend the comparator of the model or its rules, then try again.");
        return trouble;
    }
    if (*verdict) {
        result["comparator"] = to_string((*verdict)->kind);
        result["comparatorReasons"] = json::array((*verdict)->reasons.begin(), (*verdict)->reasons.end());
        if ((*verdict)->kind != Verdict::Kind::not_evaluated) {
            result["passed"] = (*verdict)->kind == Verdict::Kind::passed;
        }
    }
    const auto kept = store().write({}, [&](store::Unit& unit) { return registry::keep_test_verdict(unit, job->id, result); });
    return kept ? Outcome{Done{{{"TEST_RESULT", result}}}} : Outcome{trouble_of(kept.error())};
}

/// The decision table that counts (report_assets()), then the model's of now, where it is another one: a table that gives no decision is mended there, for a
/// snapshot stays as it was made.
Result<SageMakerTopics::Comparators> SageMakerTopics::comparators_of(const ExternalTask& task) {
    Comparators found;
    SW_CHECK(store().read([&](store::Session& sql) -> Result<void> {
        const auto scope = scope_of(task.group);
        SW_TRY(const auto snapshot, store::require(sql, registry::deployable_models_table(), variable(task, "DEPLOYABLE_MODEL_ID"), scope));
        const auto* copy = json::object_of(snapshot.document, "storedModel");
        const std::string model_id{copy == nullptr ? "" : json::text_of(*copy, "id")};
        SW_TRY(const auto model, store::find(sql, registry::stored_models_table(), model_id, scope));
        const auto& now = model ? model->document : json::object{};
        auto marks = snapshot.document;
        marks.erase("storedModel");
        auto& tables = found.tables;
        for (const auto& report : {domain::report_assets(snapshot.document, now), domain::report_assets(marks, now)}) {
            const auto& asset = report.of("result-comparator");
            // Which one counts a person has said; where nobody did, none is taken for another.
            if (!asset.present || (!tables.empty() && (!asset.rivals.empty() || !asset.unknown_mark.empty()))) {
                found.rivals = asset.rivals;
                continue;
            }
            const bool is_own = asset.found_in == "snapshot";
            SW_TRY(auto read, registry_.collection(is_own ? "deployableModels" : "storedModels")
                                  .asset_content(sql, identity::Principal::service(), is_own ? snapshot.id : model_id, asset.asset_id));
            if (tables.empty() || tables.front().content != read.bytes) {
                tables.push_back({.file = asset.file_name, .content = std::move(read.bytes)});
            }
        }
        return {};
    }));
    return found;
}

/// Known before the test is paid for. Empty where one of them can be read, or none is kept here.
std::string SageMakerTopics::unreadable_comparator(const ExternalTask& task) {
    const auto found = comparators_of(task);
    std::string why;
    for (const auto& table : found ? found->tables : std::vector<Comparator>{}) {
        const auto read = engine_.definitions().tables(table.content);
        if (read) {
            return {};
        }
        why += why.empty() ? fmt::format("The comparator {} cannot be read: {}", table.file, read.error().message)
                           : fmt::format(" There are two; nor can the model's of now, {}, be read: {}", table.file, read.error().message);
    }
    if (why.empty()) {
        return why;
    }
    if (found->rivals.empty()) {
        return why + " Mend it at the model, then try again.";
    }
    return why + fmt::format(
                     " The model has several now: {}. Name the one that counts in metaData.custom.sageMaker.testTransform.comparator of the snapshot, then try "
                     "again.",
                     fmt::join(found->rivals, ", "));
}

/// What cannot be read for good is not evaluated, and the ticket says why; a decision that fails or is ambiguous is for a person.
Result<std::optional<Verdict>> SageMakerTopics::verdict_on_test(const ExternalTask& task, const store::Entity& job, json::object& result) {
    const auto not_evaluated = [](const Error& error) -> Result<std::optional<Verdict>> {
        return may_pass(error) ? Result<std::optional<Verdict>>{std::unexpected(error)} : Verdict{.reasons = {error.message}};
    };
    const auto tables = comparators_of(task);
    if (!tables) {
        return not_evaluated(tables.error());
    }
    if (tables->tables.empty()) {
        return std::nullopt;
    }
    const auto text = outputs_.only_output(job, kLargestOutput);
    if (!text) {
        return not_evaluated(text.error());
    }
    const auto metrics = metrics_of(*text);
    if (!metrics) {
        return not_evaluated(metrics.error());
    }
    if (json::write(*metrics).size() <= kMostShown) {
        result["testResults"] = *metrics;
    }
    auto verdict = compare(engine_.definitions(), tables->tables.front().content, *metrics);
    if (verdict || may_pass(verdict.error()) || tables->tables.size() == 1) {
        return verdict;
    }
    auto mended = compare(engine_.definitions(), tables->tables.back().content, *metrics);
    if (!mended) {
        return std::unexpected(mended.error());
    }
    mended->reasons.push_back(fmt::format("By the model's comparator of now: the snapshot's gives no decision ({})", verdict.error().message));
    return mended;
}

}  // namespace slipway::automation
