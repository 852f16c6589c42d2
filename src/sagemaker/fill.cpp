#include "sagemaker/fill.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <fmt/format.h>
#include <mutex>
#include <utility>

#include "sagemaker/aws_time.hpp"
#include "sagemaker/mapping.hpp"
#include "sagemaker/masking.hpp"

namespace slipway::sagemaker {
namespace {

// Clocks of AWS's own parts differ, and listings are cut to whole seconds.
constexpr auto kOverlap = std::chrono::minutes{5};
constexpr std::size_t kBatch = 40;
constexpr auto kBetweenSaves = std::chrono::seconds{1};

constexpr std::string_view kList = "LIST";

/// How AWS spells a kind in its operations and members.
struct Words {
    std::string_view prefix;  ///< of members, and of `Describe…`
    std::string_view list;
    std::string_view items;
};

const Words& words_of(Kind kind) {
    static constexpr std::array<Words, 5> kWords{{{"EndpointConfig", "ListEndpointConfigs", "EndpointConfigs"},
                                                  {"Endpoint", "ListEndpoints", "Endpoints"},
                                                  {"TrainingJob", "ListTrainingJobs", "TrainingJobSummaries"},
                                                  {"TransformJob", "ListTransformJobs", "TransformJobSummaries"},
                                                  {"InferenceComponent", "ListInferenceComponents", "InferenceComponents"}}};
    return kWords.at(static_cast<std::size_t>(kind));
}

bool ended(std::string_view status) {
    return status == "Completed" || status == "Failed" || status == "Stopped";
}

/// Endpoints and their components change as long as they live, so all of them are listed each time.
bool lives_on(Kind kind) {
    return kind == Kind::endpoint || kind == Kind::inference_component;
}

bool is_final(Kind kind, std::string_view status) {
    return kind == Kind::endpoint_config || (!lives_on(kind) && ended(status));
}

Indexed indexed_of(Kind kind, const json::object& answer) {
    const auto prefix = words_of(kind).prefix;
    Indexed object;
    object.arn = json::text_of(answer, fmt::format("{}Arn", prefix));
    object.name = json::text_of(answer, fmt::format("{}Name", prefix));
    object.status = json::text_of(answer, fmt::format("{}Status", prefix));
    object.created = time_of(answer, "CreationTime");
    object.modified = time_of(answer, "LastModifiedTime");
    return object;
}

/// True when the listing shows that a known object was, or is being, changed since it was described.
bool moved(const Indexed& known, const Indexed& seen) {
    const bool settled = ended(seen.status) || seen.status == "InService" || seen.status == "OutOfService";
    return !known.final && (!settled || known.status != seen.status || !same_instant(known.modified, seen.modified));
}

/// @param from epoch: all.
json::object request_since(Timestamp from) {
    json::object request{{"MaxResults", 100}, {"SortBy", "CreationTime"}, {"SortOrder", "Ascending"}};
    if (to_epoch_ms(from) > 0) {
        request["CreationTimeAfter"] = to_aws(from);
    }
    return request;
}

}  // namespace

IndexEntry entry_of(Kind kind, const json::object& answer) {
    IndexEntry entry;
    entry.object = indexed_of(kind, answer);
    entry.object.final = is_final(kind, entry.object.status);
    switch (kind) {
        case Kind::endpoint_config: entry.links = models_of_configuration(answer); break;
        case Kind::transform_job: entry.links = {std::string{json::text_of(answer, "ModelName")}}; break;
        case Kind::training_job: entry.links = {artifact_of_training_job(answer)}; break;
        case Kind::endpoint: entry.links = {std::string{json::text_of(answer, "EndpointConfigName")}}; break;
        case Kind::inference_component:
            if (const auto* specification = json::object_of(answer, "Specification")) {
                entry.links = {std::string{json::text_of(*specification, "ModelName")}};
            }
            break;
    }
    std::erase(entry.links, std::string{});
    entry.description = masked(answer);
    return entry;
}

Result<void> Filler::halted() const {
    if (reader_.cancelled()) {
        return fail(ErrorCode::unavailable, "CANCELLED", "The work was halted.");
    }
    return {};
}

Result<void> Filler::fill(Kind kind, Timestamp since) {
    const auto flight = index_.flight(scope_, kind);
    std::unique_lock lock{*flight, std::defer_lock};
    while (!lock.try_lock_for(std::chrono::milliseconds{200})) {
        SW_CHECK(progress_.save());
        SW_CHECK(halted());
    }
    SW_CHECK(list(kind, since));
    SW_CHECK(halted());
    SW_CHECK(describe_pending(kind));
    return prove_described(kind);
}

bool Filler::lists_all(Kind kind) const {
    return lives_on(kind) || (kind == Kind::endpoint_config && patient_ && whole_configurations_);
}

Result<void> Filler::list(Kind kind, Timestamp since) {
    SW_TRY(const auto covered, index_.coverage(scope_, to_string(kind)));
    const bool enough = covered && covered->from <= since;
    SW_TRY(const bool may, is_proven(kList, kind));
    if (enough && may && covered->completed > started_ && covered->completed <= index_.now()) {  // later than now: before the clock was set back
        return {};
    }
    const auto from = (enough ? covered->to : since) - kOverlap;
    // Listings of jobs and configurations begin where the last one ended: what is older does not show.
    const bool all = lists_all(kind);
    const auto oldest = all ? std::nullopt : std::optional{from - std::chrono::seconds{1}};
    SW_TRY(const auto known, index_.known(scope_, kind, oldest));
    auto newest = covered ? std::max(covered->to, since) : since;
    std::set<std::string> seen;
    const auto outcome =
        reader_.list(words_of(kind).list, request_since(all ? Timestamp{} : from), words_of(kind).items, [&](const json::array& items) -> AwsResult<bool> {
            const auto saved = index_.save(scope_, kind, changes(kind, known, items, newest, seen));
            const auto shown = saved ? progress_.save() : saved;
            if (!shown) {
                return own_error(shown.error());
            }
            return true;
        });
    if (!outcome) {
        SW_CHECK(halted());
        if (!outcome.error().permission.empty()) {
            refused_.insert(kind);
        }
        progress_.problem(outcome.error());
        progress_.unknown_total();
        const auto& permission = outcome.error().permission;
        progress_.note(permission.empty() ? fmt::format("{} failed: {}", words_of(kind).list, outcome.error().code)
                                          : fmt::format("refused: {} is missing", permission));
        return {};
    }
    SW_CHECK(prove(kList, kind));
    if (all) {
        SW_CHECK(index_.save(scope_, kind, missing(known, seen)));
    }
    SW_CHECK(retire(kind));
    return index_.cover(scope_, to_string(kind), covered ? std::min(covered->from, from) : from, newest);
}

Result<void> Filler::retire(Kind kind) {
    if (kind == Kind::endpoint || kind == Kind::endpoint_config) {
        SW_TRY(const auto retired, index_.retire_replaced(scope_, kind));
        replaced_ = replaced_ || retired > 0;
    }
    return {};
}

std::vector<IndexEntry> Filler::changes(Kind kind, const KnownObjects& known, const json::array& items, Timestamp& newest, std::set<std::string>& seen_keys) {
    std::vector<IndexEntry> entries;
    std::int64_t skipped = 0;
    for (const auto& item : items) {
        if (!item.is_object()) {
            continue;
        }
        auto seen = indexed_of(kind, item.get_object());
        if (seen.arn.empty() || seen.name.empty()) {
            continue;
        }
        newest = std::max(newest, seen.created.value_or(newest));
        const auto* before = known.find(seen.arn, seen.created);
        if (before != nullptr) {
            seen_keys.insert(before->key());
        }
        if (before == nullptr) {
            seen.pending = true;
            listed_.insert(seen.key());
            entries.push_back({.object = std::move(seen), .description = std::nullopt, .links = {}});
        } else if (before->pending || before->status == kMissing || before->status == kGone || moved(*before, seen)) {
            auto again = *before;
            listed_.insert(again.key());
            again.pending = true;
            again.modified = seen.modified;
            entries.push_back({.object = std::move(again), .description = std::nullopt, .links = {}});
        } else {
            ++skipped;
        }
    }
    progress_.add_total(skipped);
    progress_.add_skipped(skipped);
    return entries;
}

Result<void> Filler::describe_pending(Kind kind) {
    SW_TRY(const auto waiting, index_.count_pending(scope_, kind));
    progress_.add_total(waiting);
    std::string after;
    for (;;) {
        SW_TRY(const auto objects, index_.pending(scope_, kind, after, kBatch));
        if (objects.empty()) {
            return {};
        }
        after = objects.back().key();
        SW_TRY(const bool go_on, describe_all(kind, objects));
        SW_CHECK(progress_.save());
        SW_CHECK(halted());
        if (!go_on) {
            return {};
        }
    }
}

AwsResult<json::object> Filler::ask(Kind kind, const std::string& name) {
    const auto prefix = words_of(kind).prefix;
    return reader_.call(fmt::format("Describe{}", prefix), {{fmt::format("{}Name", prefix), name}});
}

Result<void> Filler::keep(Kind kind, std::vector<IndexEntry>& batch) {
    const auto now = progress_.steady();
    if (batch.empty() || (batch.size() < kBatch && now - kept_ < kBetweenSaves)) {
        return {};
    }
    kept_ = now;
    SW_CHECK(index_.save(scope_, kind, batch));
    batch.clear();
    return {};
}

Result<bool> Filler::describe_all(Kind kind, std::span<const Indexed> objects) {
    std::vector<IndexEntry> batch;
    kept_ = progress_.steady();
    const auto went = describe_side_by_side(kind, objects, batch);
    SW_CHECK(index_.save(scope_, kind, batch));
    return went;
}

Result<bool> Filler::describe_side_by_side(Kind kind, std::span<const Indexed> objects, std::vector<IndexEntry>& batch) {
    Result<bool> go_on{true};
    while (!objects.empty() && go_on && *go_on) {
        // One call tells whether AWS describes this kind to us at all; the rest go side by side.
        const auto some = answered_.contains(kind) ? objects : objects.first(1);
        objects = objects.subspan(some.size());
        std::vector<std::optional<AwsResult<json::object>>> answers(some.size());
        fan_.run(
            some.size(), [&](std::size_t i) { answers[i] = ask(kind, some[i].name); },
            [&](std::size_t i) {
                if (!answers[i]) {
                    go_on = fail(ErrorCode::internal, "INTERNAL", "A description was lost.");
                    return false;
                }
                go_on = take_in(kind, some[i], *std::exchange(answers[i], std::nullopt), batch);
                if (const auto kept = keep(kind, batch); go_on && !kept) {
                    go_on = std::unexpected(kept.error());
                }
                return go_on && *go_on;
            },
            [&] {
                static_cast<void>(keep(kind, batch));
                static_cast<void>(progress_.save());
            });
        // AWS answered these while the work was halted or given up.
        for (std::size_t i = 0; i < some.size(); ++i) {
            if (answers[i] && *answers[i]) {
                static_cast<void>(take_in(kind, some[i], **answers[i], batch));
            }
        }
    }
    return go_on;
}

Result<bool> Filler::take_in(Kind kind, Indexed object, const AwsResult<json::object>& answer, std::vector<IndexEntry>& batch) {
    object.pending = false;
    if (!answer && !is_absent(answer.error())) {
        SW_CHECK(halted());
        progress_.problem(answer.error());
        const bool hopeless = !answer.error().permission.empty() || answer.error().error.code != ErrorCode::failed_precondition;
        return !hopeless;
    }
    answered_.insert(kind);
    progress_.add_done();
    endpoints_changed_ = endpoints_changed_ || lives_on(kind);
    if (!answer && may_come(object)) {
        tell_lag(object, answer.error());
        object.status = kMissing;
        object.final = false;
        object.pending = true;
        batch.push_back({.object = std::move(object), .description = std::nullopt, .links = {}});
        return true;
    }
    described_.insert(object.key());
    auto entry = answer ? entry_of(kind, *answer) : IndexEntry{};
    const bool same = answer && entry.object.arn == object.arn && same_instant(entry.object.created, object.created);
    if (!same) {
        // Deleted meanwhile, or made again under its name: what was listed is no more.
        object.final = true;
        object.status = kGone;
        batch.push_back({.object = object, .description = std::nullopt, .links = {}});
    }
    if (answer) {
        entry.object.created = same ? object.created : entry.object.created;
        entry.object.modified = object.modified ? object.modified : entry.object.modified;
        described_.insert(entry.object.key());
        batch.push_back(std::move(entry));
    }
    SW_CHECK(progress_.save());
    return true;
}

AwsResult<std::optional<json::object>> Filler::describe(Kind kind, const std::string& name) {
    auto answer = ask(kind, name);
    if (!answer && is_absent(answer.error())) {
        answered_.insert(kind);
        return std::optional<json::object>{};
    }
    SW_CHECK(answer);
    answered_.insert(kind);
    auto entry = entry_of(kind, *answer);
    described_.insert(entry.object.key());
    if (const auto saved = index_.save(scope_, kind, {entry}); !saved) {
        return own_error(saved.error());
    }
    return entry.description;
}

Result<void> Filler::refresh(Kind kind, const std::vector<std::string>& targets) {
    SW_TRY(auto objects, index_.linked(scope_, kind, targets));
    std::erase_if(objects, [&](const Indexed& object) { return object.final || object.pending || described_.contains(object.key()); });
    if (objects.empty()) {
        return {};
    }
    progress_.add_total(static_cast<std::int64_t>(objects.size()));
    SW_CHECK(describe_all(kind, objects));
    return {};
}

}  // namespace slipway::sagemaker
