#include "sagemaker/creation_step.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

#include "registry/tables.hpp"
#include "sagemaker/aws_time.hpp"
#include "sagemaker/aws_wait.hpp"
#include "sagemaker/deploy_plan.hpp"

namespace slipway::sagemaker {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kMostSteps = 6;
constexpr Milliseconds kSoon = seconds{3};
constexpr Milliseconds kLongestLook = seconds{15};

bool name_taken(const AwsError& error) {
    return error.code == "ResourceInUse" || error.message.contains("already exist");
}

}  // namespace

std::string purpose_of_request(const std::string& entity_id) {
    return "aws-request:" + entity_id;
}

Result<void> CreationStep::load(const std::string& entity_id) {
    return foundation_.store.read([&](store::Session& sql) -> Result<void> {
        SW_TRY(auto creation, find_creation(sql, entity_id));
        if (!creation) {
            return fail(ErrorCode::not_found, "NOT_FOUND", "Nothing is to be made for it.", entity_id);
        }
        creation_ = std::move(*creation);
        const auto& table = creation_.kind == CreationKind::ENDPOINT_CONFIG ? registry::deployable_models_table() : registry::jobs_table();
        SW_TRY(entity_, store::find(sql, table, entity_id, store::Scope::all()));
        return {};
    });
}

Result<void> CreationStep::connect() {
    if (reader_) {
        return {};
    }
    SW_TRY(auto reach, accounts_.reach_for(creation_.group, creation_.region, creation_.detail.model_name, creation_.detail.stored_model_id));
    if (const auto reached = accounts_.require_account(reach, creation_.account, {.cancelled = &stopping_}); !reached) {
        return std::unexpected(reached.error().error);
    }
    api_ = std::move(reach.api);
    reader_.emplace(*api_, CallOptions{.cancelled = &stopping_});
    return {};
}

Result<void> CreationStep::run(const std::string& entity_id) {
    SW_CHECK(load(entity_id));
    if (creation_.next_at - now() > kLongestPause) {  // the clock was set back: nothing was asked for later than now
        for (auto* asked : {&creation_.detail.requested_at, &creation_.detail.last_asked}) {
            *asked = *asked ? std::optional{std::min(**asked, now())} : std::nullopt;
        }
        creation_.next_at = now();
    }
    for (int step = 0; step < kMostSteps && creation_.state != CreationState::ENDED && is_due(creation_.next_at, now()) && !stopping_; ++step) {
        if (!entity_) {
            // Removed by a person. AWS may have it all the same: it is theirs then.
            creation_.state = CreationState::ENDED;
            return save();
        }
        if (creation_.state == CreationState::PLANNED) {
            creation_.state = CreationState::REQUESTED;
            SW_CHECK(save());
            continue;
        }
        if (const auto connected = connect(); !connected) {
            return out_of_reach(connected.error());
        }
        SW_CHECK(creation_.state == CreationState::REQUESTED ? request() : look());
    }
    return {};
}

std::string CreationStep::name_member() const {
    return fmt::format("{}Name", creation_.prefix());
}

AwsResult<json::object> CreationStep::describe() {
    return reader_->call(fmt::format("Describe{}", creation_.prefix()), {{name_member(), creation_.aws_name}});
}

AwsResult<bool> CreationStep::is_ours(const json::object& answer) {
    const auto& detail = creation_.detail;
    const auto tags = reader_->tags(std::string{json::text_of(answer, fmt::format("{}Arn", creation_.prefix()))});
    if (!tags && !tags.error().permission.empty() && detail.requested_at) {
        // Without the right to read tags: AWS said that it made it for us, or it was made after we asked, under a name that nobody else would choose.
        if (detail.arn && !detail.arn->empty()) {
            return *detail.arn == json::text_of(answer, fmt::format("{}Arn", creation_.prefix()));
        }
        const auto created = time_of(answer, "CreationTime");
        return created && *created >= detail.asked_in_aws.value_or(*detail.requested_at) - seconds{1};
    }
    SW_CHECK(tags);
    return made_by(*tags, {.instance = instance_,
                           .stored_model_id = detail.stored_model_id,
                           .deployable_model_id = detail.deployable_model_id,
                           .request_hash = detail.request_hash});
}

bool CreationStep::may_be_hidden() const {
    const auto& detail = creation_.detail;
    const auto& asked = detail.last_asked ? detail.last_asked : detail.requested_at;
    return asked && now() - *asked < kConsistent;
}

Result<void> CreationStep::request() {
    const auto there = describe();
    if (there) {
        return found(*there);
    }
    if (!is_absent(there.error())) {
        return troubled(there.error(), !creation_.detail.requested_at);
    }
    const bool cancelled = entity_->document.contains("cancelRequested");
    if (cancelled && may_be_hidden()) {
        return look_again(kSoon, "To be stopped as soon as AWS shows it.");
    }
    return cancelled ? end("Cancelled before AWS had it.", true) : create();
}

Result<void> CreationStep::create() {
    auto& detail = creation_.detail;
    SW_TRY(const auto sealed, crypto::from_base64(detail.sealed_request));
    SW_TRY(const auto text, foundation_.sealer.unseal(sealed, purpose_of_request(creation_.entity_id)));
    SW_TRY(auto body, json::parse_object(text.reveal()));
    body["Tags"] = ownership_tags({.instance = instance_,
                                   .stored_model_id = detail.stored_model_id,
                                   .deployable_model_id = detail.deployable_model_id,
                                   .request_hash = detail.request_hash});
    const bool first = !detail.requested_at;
    const auto asked_before = std::exchange(detail.last_asked, now());
    if (first) {
        detail.requested_at = detail.last_asked;
        detail.asked_in_aws = now() + api_->clock_ahead();
    }
    SW_CHECK(save());
    const auto made = reader_->call(fmt::format("Create{}", creation_.prefix()), body);
    if (!made && !is_transient(made.error()) && !is_cancelled(made.error())) {
        detail.last_asked = asked_before;
    }
    if (made) {
        detail.arn = std::string{json::text_of(*made, fmt::format("{}Arn", creation_.prefix()))};
        // Described next: its time of creation is part of what it is.
        return look_again(Milliseconds{0});
    }
    if (name_taken(made.error())) {
        return look_again(kSoon, made.error().error.message);
    }
    if (made.error().code == "ResourceLimitExceeded" && now() - *detail.requested_at < kLongestWait) {
        return look_again(kLongestPause, made.error().error.message + std::string{kTriedAgain}, made.error().error.reason);
    }
    // What an earlier request has made may still be hidden.
    return troubled(made.error(), first || !may_be_hidden());
}

Result<void> CreationStep::found(const json::object& answer) {
    const auto ours = is_ours(answer);
    if (!ours) {
        return troubled(ours.error(), !creation_.detail.requested_at);
    }
    if (!*ours) {
        return end(fmt::format("There is a {} {} in AWS already that this did not make. Choose another name.",
                               creation_.kind == CreationKind::ENDPOINT_CONFIG ? "configuration" : "job", creation_.aws_name));
    }
    creation_.state = CreationState::FOLLOWED;
    return take(answer);
}

Result<bool> CreationStep::stop() {
    auto& detail = creation_.detail;
    const bool wanted = entity_ && entity_->document.contains("cancelRequested") && !detail.stop_sent;
    if (!wanted) {
        return true;
    }
    const auto stopped = reader_->call(fmt::format("Stop{}", creation_.prefix()), {{name_member(), creation_.aws_name}});
    if (!stopped && (is_transient(stopped.error()) || is_cancelled(stopped.error()))) {
        SW_CHECK(troubled(stopped.error()));
        return false;
    }
    // A definite refusal: mostly it has ended meanwhile, which the next look shows. Anything else is told and not tried again.
    detail.stop_sent = true;
    if (!stopped && !stopped.error().permission.empty()) {
        detail.why = stopped.error().error.message;
    }
    return true;
}

Result<void> CreationStep::look() {
    const auto answer = describe();
    if (answer) {
        return take(*answer);
    }
    if (!is_absent(answer.error())) {
        return troubled(answer.error());
    }
    return may_be_hidden() ? look_again(kSoon) : end("The job was deleted in AWS before it was seen to end.");
}

std::optional<std::map<std::string, std::string>> CreationStep::statuses(const std::vector<Creation>& batch) {
    const auto oldest = std::ranges::min(batch, {}, [](const Creation& one) { return one.detail.created.value_or(Timestamp{}); }).detail.created;
    json::object request{{"MaxResults", 100}, {"SortBy", "CreationTime"}, {"SortOrder", "Ascending"}};
    if (oldest) {
        request["CreationTimeAfter"] = to_aws(*oldest - minutes{1});
    }
    std::map<std::string, std::string> found;
    const auto prefix = creation_.prefix();
    const auto listed =
        reader_->list(fmt::format("List{}s", prefix), std::move(request), fmt::format("{}Summaries", prefix), [&](const json::array& items) -> AwsResult<bool> {
            for (const auto& item : items) {
                if (const auto* one = item.if_object()) {
                    found[std::string{json::text_of(*one, fmt::format("{}Arn", prefix))}] =
                        fmt::format("{}/{}", json::text_of(*one, fmt::format("{}Status", prefix)), json::text_of(*one, "SecondaryStatus"));
                }
            }
            return true;
        });
    return listed ? std::optional{std::move(found)} : std::nullopt;
}

Result<void> CreationStep::follow(const std::vector<std::string>& entity_ids) {
    constexpr std::size_t kFewJobs = 3;
    std::vector<Creation> batch;
    for (const auto& id : entity_ids) {
        SW_CHECK(load(id));
        if (creation_.state == CreationState::FOLLOWED) {
            batch.push_back(creation_);
        }
    }
    if (batch.empty()) {
        return {};
    }
    creation_ = batch.front();
    if (const auto connected = connect(); !connected) {
        return out_of_reach(connected.error());
    }
    // One listing tells of all of them; a few are described as cheaply.
    const auto listed = batch.size() > kFewJobs ? statuses(batch) : std::nullopt;
    for (const auto& one : batch) {
        if (stopping_) {
            return {};
        }
        SW_CHECK(load(one.entity_id));
        if (creation_.state != CreationState::FOLLOWED) {
            continue;
        }
        if (!entity_) {
            creation_.state = CreationState::ENDED;
            SW_CHECK(save());
            continue;
        }
        SW_TRY(const bool stopped, stop());
        if (stopped) {
            SW_CHECK(listed && is_as_before(*listed) ? look_again(next_look(creation_.detail.looks)) : look());
        }
    }
    return {};
}

bool CreationStep::is_as_before(const std::map<std::string, std::string>& listed) const {
    const auto seen = listed.find(creation_.detail.arn.value_or(""));
    if (seen == listed.end()) {
        return false;
    }
    const auto before = fmt::format("{}/{}", creation_.detail.status, creation_.detail.secondary);
    // Some listings hide what a training job waits for.
    const bool waits = json::text_of(entity_->document, "jobStatus") == "WAITING";
    return seen->second == before || (seen->second == creation_.detail.status + "/" && !waits);
}

Result<void> CreationStep::out_of_reach(const Error& error) {
    if (error.reason == "CANCELLED") {
        return {};
    }
    // What AWS was asked for may be there.
    const bool asked = creation_.state == CreationState::FOLLOWED || creation_.detail.requested_at;
    const bool passes = error.code == ErrorCode::unavailable || error.code == ErrorCode::timeout;
    return asked || passes ? look_again(kLongestPause, error.message, reason_of_wait(error)) : end(error.message);
}

Result<void> CreationStep::troubled(const AwsError& error, bool final_ends) {
    if (is_cancelled(error)) {
        return {};
    }
    if (final_ends && !is_transient(error)) {
        return end(error.error.message);
    }
    constexpr std::int64_t kDoublings = 6;
    const auto pause = std::min<Milliseconds>(seconds{5} * (1 << std::min(creation_.detail.failures, kDoublings)), kLongestPause);
    ++creation_.detail.failures;
    return look_again(pause, error.error.message, reason_of_wait(error.error));
}

Result<void> CreationStep::look_again(Milliseconds in, std::string why, std::string reason) {
    ++creation_.detail.looks;
    const auto pause = creation_.state == CreationState::FOLLOWED && why.empty() ? std::min(in, kLongestLook) : in;
    creation_.next_at = now() + pause;
    auto& detail = creation_.detail;
    detail.waits_since = why.empty() ? std::nullopt : std::optional{detail.waits_since.value_or(now())};
    detail.why = why.empty() ? std::nullopt : std::optional{std::move(why)};
    detail.wait_reason = reason.empty() ? std::nullopt : std::optional{std::move(reason)};
    return save();
}

Result<void> CreationStep::tell_of_wait(store::Unit& unit, bool lasts, bool told) const {
    if (!lasts) {
        return told ? settle_wait(unit, creation_.group, creation_.entity_id) : Result<void>{};
    }
    const auto& detail = creation_.detail;
    const bool is_job = creation_.kind != CreationKind::ENDPOINT_CONFIG;
    const auto known = [](const std::string& id) { return id.empty() ? std::nullopt : std::optional{id}; };
    return tell_wait(
        unit,
        {.id = creation_.entity_id,
         .group = creation_.group,
         .what = fmt::format("The {} {}", is_job ? "job" : "endpoint configuration", creation_.aws_name),
         .why = detail.why.value_or(""),
         .reason = detail.wait_reason.value_or(""),
         .ending = is_job ? fmt::format("To give it up: slipway job cancel {}.", creation_.entity_id) : "To give it up: delete the snapshot on its page.",
         .since = *detail.waits_since,
         .stored_model_id = known(detail.stored_model_id),
         .deployable_model_id = is_job ? known(detail.deployable_model_id) : known(creation_.entity_id),
         .job_id = is_job ? known(creation_.entity_id) : std::nullopt},
        told);
}

Result<void> CreationStep::save(const std::function<Result<void>(store::Unit&)>& more) {
    auto& detail = creation_.detail;
    if (creation_.state == CreationState::ENDED) {
        detail.waits_since.reset();
    }
    const bool lasts = detail.waits_since && now() - *detail.waits_since >= kLongWait;
    const bool told = detail.wait_told.has_value();
    detail.wait_told = lasts ? std::optional{detail.wait_told.value_or(now())} : std::nullopt;
    auto written = creation_;
    const auto outcome = foundation_.store.write({}, [&](store::Unit& unit) -> Result<void> {
        written = creation_;
        SW_CHECK(save_creation(unit, written));
        SW_CHECK(tell_of_wait(unit, lasts, told));
        return more ? more(unit) : Result<void>{};
    });
    SW_CHECK(outcome);
    creation_ = std::move(written);
    return {};
}

}  // namespace slipway::sagemaker
