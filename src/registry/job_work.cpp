#include "registry/job_work.hpp"

#include <array>
#include <fmt/format.h>

#include "domain/document.hpp"
#include "domain/job.hpp"
#include "domain/visible_text.hpp"
#include "registry/job_messages.hpp"
#include "registry/runtime_contacts.hpp"
#include "registry/tables.hpp"

namespace slipway::registry {

namespace {

constexpr std::size_t kMostLines = 1000;
constexpr std::size_t kLongestLine = 8U << 10;
constexpr std::int64_t kMessageBytes = 4 << 20;  ///< of one owner for one job

constexpr std::array<std::string_view, 16> kServerOwned{"jobStatus",        "jobMessages", "owner",      "cancelRequested", "jobWaitTime",      "jobRunTime",
                                                        "jobEndTime",       "jobDuration", "jobResult",  "sageMaker",       "sparkApplication", "attempts",
                                                        "effectiveCommand", "retryOf",     "instanceId", "statusReason"};

struct AttemptBody {
    std::int64_t attempt{0};
    std::string tag;
    std::optional<std::string> instance_id;
};
BOOST_DESCRIBE_STRUCT(AttemptBody, (), (attempt, tag, instance_id))

struct MessagesBody {
    std::int64_t seq{0};
    std::vector<json::value> lines;  ///< texts, in which NUL is welcome: programs print it
    std::optional<std::string> instance_id;
};
BOOST_DESCRIBE_STRUCT(MessagesBody, (), (seq, lines, instance_id))

bool ended(const store::Entity& job) {
    return domain::is_terminal(json::enum_value<domain::JobStatus>(json::text_of(job.document, "jobStatus")).value_or(domain::JobStatus::CREATED));
}

std::unexpected<Error> already_ended(const store::Entity& job) {
    return fail(ErrorCode::conflict, "ALREADY_ENDED", fmt::format("The job ended as {}.", json::text_of(job.document, "jobStatus")));
}

Result<AttemptBody> attempt_of(const json::object& body) {
    return domain::decode_checked<AttemptBody>(json::value(body), [](const AttemptBody& said, json::Faults& faults) {
        constexpr std::size_t kLongestTag = 200;
        if (said.attempt < 1) {
            faults.add("/attempt", "a whole number from 1", std::to_string(said.attempt));
        }
        const bool fits = !said.tag.empty() && said.tag.size() <= kLongestTag && std::ranges::all_of(said.tag, [](char c) { return c > 0x20 && c < 0x7f; });
        if (!fits) {
            faults.add("/tag", "1 to 200 visible ASCII characters", said.tag.empty() ? "nothing" : "another text");
        }
    });
}

Result<MessagesBody> messages_of(const json::object& body) {
    return domain::decode_checked<MessagesBody>(json::value(body), [](const MessagesBody& said, json::Faults& faults) {
        if (said.seq < 1) {
            faults.add("/seq", "a whole number from 1, growing with each call", std::to_string(said.seq));
        }
        if (said.lines.size() > kMostLines) {
            faults.add("/lines", fmt::format("at most {} lines", kMostLines), std::to_string(said.lines.size()));
        }
        for (std::size_t i = 0; i < said.lines.size(); ++i) {
            if (!said.lines[i].is_string()) {
                faults.add(fmt::format("/lines/{}", i), "text", json::describe_value(said.lines[i]));
            }
        }
    });
}

std::string shown_line(std::string_view line) {
    const auto front = json::utf8_front(line, kLongestLine);
    return domain::visible_text(front, false) + (front.size() < line.size() ? "…" : "");
}

}  // namespace

std::span<const std::string_view> server_owned_of_job() {
    return kServerOwned;
}

Result<store::Entity> JobWork::readable(store::Session& sql, const identity::Principal& who, identity::Action action, std::string_view id) {
    SW_TRY(auto job, store::require(sql, jobs_table(), id, foundation_.access.scope(who, identity::Action::read, "jobs")));
    SW_CHECK(foundation_.access.require(who, action, "jobs", job.group, job.created_by));
    return job;
}

Result<JobWork::Owned> JobWork::owned(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view instance) {
    SW_TRY(auto job, readable(unit.sql, who, identity::Action::write, id));
    SW_TRY(auto claim, lock_claim(unit, job.id));
    const bool another = claim && !instance.empty() && instance != claim->owner;
    if (!claim || another || claim->principal != principal_key(who)) {
        return fail(ErrorCode::forbidden, "NOT_THE_OWNER", "Only the runtime that claimed the job may do this; you have not, or it was taken from you.");
    }
    return Owned{.job = std::move(job), .claim = std::move(*claim)};
}

Result<JobWork::Recorded> JobWork::record_attempt(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body) {
    SW_TRY(const auto said, attempt_of(body));
    SW_TRY(const auto own, owned(unit, who, id, said.instance_id.value_or("")));
    if (ended(own.job)) {
        return already_ended(own.job);
    }
    SW_TRY(const auto known, attempts_of(unit.sql, id));
    for (const auto& one : known) {
        if (one.attempt == said.attempt) {
            return Recorded{.attempt = one, .fresh = false};
        }
    }
    if (own.job.document.contains("cancelRequested")) {
        return fail(ErrorCode::conflict, "CANCEL_REQUESTED", "The job is to be cancelled: launch nothing, and confirm with jobStatus CANCELLED.");
    }
    Attempt attempt{.attempt = said.attempt, .tag = said.tag, .owner = own.claim.owner, .recorded = unit.now, .released = {}};
    SW_CHECK(add_attempt(unit, id, attempt));
    return Recorded{.attempt = std::move(attempt), .fresh = true};
}

Result<std::vector<Attempt>> JobWork::attempts(store::Session& sql, const identity::Principal& who, std::string_view id) {
    SW_TRY(const auto job, readable(sql, who, identity::Action::read, id));
    return attempts_of(sql, job.id);
}

Result<JobWork::Messages> JobWork::add_messages(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body) {
    SW_TRY(const auto said, messages_of(body));
    SW_TRY(auto own, owned(unit, who, id, said.instance_id.value_or("")));
    if (said.seq <= own.claim.message_seq) {
        return Messages{.seq = own.claim.message_seq, .truncated = own.claim.message_bytes >= kMessageBytes};
    }
    std::vector<std::string> lines;
    for (const auto& line : said.lines) {
        if (own.claim.message_bytes >= kMessageBytes) {
            break;
        }
        lines.push_back(shown_line(line.get_string()));
        own.claim.message_bytes += static_cast<std::int64_t>(lines.back().size());
        if (own.claim.message_bytes >= kMessageBytes) {
            lines.emplace_back("… further messages of this run are left out");
        }
    }
    SW_CHECK(append_job_messages(unit, id, lines));
    own.claim.message_seq = said.seq;
    SW_CHECK(keep_claim(unit, id, own.claim));
    return Messages{.seq = said.seq, .truncated = own.claim.message_bytes >= kMessageBytes};
}

Result<LogEnd> JobWork::add_log(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view stream, std::int64_t offset,
                                std::string_view bytes, std::string_view instance) {
    SW_TRY(const auto own, owned(unit, who, id, instance));
    return append_log(unit, own.job.id, stream, offset, bytes);
}

Result<JobWork::Log> JobWork::log(store::Session& sql, const identity::Principal& who, std::string_view id, std::string_view stream, std::int64_t offset,
                                  std::int64_t most) {
    SW_TRY(const auto job, readable(sql, who, identity::Action::read, id));
    if (offset < 0) {
        SW_TRY(const auto all, read_log(sql, job.id, stream, 0, 0));
        offset = std::max<std::int64_t>(all.size + offset, 0);
    }
    SW_TRY(auto part, read_log(sql, job.id, stream, offset, most));
    return Log{.part = std::move(part), .ended = ended(job)};
}

}  // namespace slipway::registry
