#pragma once

#include "registry/collection.hpp"
#include "registry/job_claims.hpp"
#include "registry/job_logs.hpp"

/// What an edge runtime does with the jobs that it claimed, and what people do when it does not (page 10 "Jobs").
namespace slipway::registry {

/// Use cases around one claimed job. Answers `forbidden`/`NOT_THE_OWNER` where only the principal that claimed the job may act, and only as the instance that
/// claimed it: several hosts may share one client. `instance` (`instanceId` of bodies) is what the caller says it is; empty for a client that says nothing.
/// Thread-safe.
class JobWork {
public:
    explicit JobWork(const Foundation& foundation) : foundation_{foundation} {}

    struct Recorded {
        Attempt attempt;
        bool fresh{false};  ///< false: that attempt exists already, this is its record
    };
    /// Records an intended launch, before anything is launched: `{attempt, tag, instanceId?}`.
    /// @return `conflict`: `ALREADY_ENDED`, `CANCEL_REQUESTED`; `invalid_argument`.
    Result<Recorded> record_attempt(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body);
    Result<std::vector<Attempt>> attempts(store::Session& sql, const identity::Principal& who, std::string_view id);

    struct Messages {
        std::int64_t seq{0};  ///< the last one taken
        bool truncated{false};
    };
    /// `{seq, lines, instanceId?}`: a `seq` that is not above the last one changes nothing. Lines are bounded, control characters in them are shown.
    Result<Messages> add_messages(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body);

    /// append_log() by the owner.
    Result<LogEnd> add_log(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view stream, std::int64_t offset,
                           std::string_view bytes, std::string_view instance = {});
    struct Log {
        LogPart part;
        bool ended{false};  ///< the job has; no more will come
    };
    /// @param offset negative: that many bytes before the end.
    Result<Log> log(store::Session& sql, const identity::Principal& who, std::string_view id, std::string_view stream, std::int64_t offset, std::int64_t most);

    /// The opened secrets behind every `credentialRef` of the job and its model: `{credentials: {ref: {name: value}}, missing: [ref]}`. For the machine
    /// client that claimed the job, while it is not ended; audited once per attempt.
    Result<json::object> credentials(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view instance = {});

    /// `{reason, force?}`: takes the job from its owner, so that it may be claimed again, or ends it when it was to be cancelled. With a recorded attempt
    /// only by force, since that launch may still run.
    /// @return `conflict`: `ALREADY_ENDED`, `NOT_CLAIMED`, `ATTEMPT_RECORDED`; `invalid_argument` without a reason.
    Result<void> reassign(store::Unit& unit, const identity::Principal& who, std::string_view id, const json::object& body);

    /// A new job with the same document, `retryOf` naming this one, which must have ended. @return `conflict`: `NOT_ENDED`, `NOT_AVAILABLE`; of a job in
    /// SageMaker also as Jobs::create().
    Result<store::Entity> retry(store::Unit& unit, const identity::Principal& who, std::string_view id);

private:
    Result<store::Entity> readable(store::Session& sql, const identity::Principal& who, identity::Action action, std::string_view id);
    struct Owned {
        store::Entity job;
        Claim claim;
    };
    Result<Owned> owned(store::Unit& unit, const identity::Principal& who, std::string_view id, std::string_view instance);

    const Foundation& foundation_;
};

/// Members of a job that only the service and the runtime write.
std::span<const std::string_view> server_owned_of_job();

}  // namespace slipway::registry
