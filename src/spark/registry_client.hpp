#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"
#include "base/secret.hpp"
#include "domain/job.hpp"
#include "spark/cluster_client.hpp"

namespace slipway::spark {

/// This runtime as it enrols (`PUT runtimes/{id}`).
struct Enrolment {
    std::string runtime_id;  ///< domain::enrolment_id()
    std::string instance_id;
    std::string name;
    std::string group;
    json::object document;  ///< `sparkConf`, `executorMemory`, `cluster`, …
};

/// A job as the bulk question shows it.
struct WorkItem {
    std::string id;
    std::int64_t version{0};
    std::string status;
    std::string owner;  ///< instance id, or empty
    bool cancel_requested{false};
    bool operator==(const WorkItem&) const = default;
};

/// What model-manage has for a runtime.
using WorkAnswer = std::shared_ptr<const std::vector<WorkItem>>;

/// A job's document with its version.
struct JobDocument {
    std::int64_t version{0};
    json::object document;
};

/// An attempt that was recorded before it was launched.
struct AttemptRecord {
    int attempt{1};
    std::string tag;
    std::string owner{};   ///< instance that made it; as model-manage tells it
    bool released{false};  ///< a person took the job from its owner since
};

/// model-manage as an edge runtime sees it. Implementation: adapters/model_manage (HTTP, OAuth2). Blocks; thread-safe.
/// Errors of all calls: `unavailable`/`timeout` when it is away (try again later), `unauthenticated`/`forbidden` for our own rights, besides those named.
class RegistryClient {
public:
    virtual ~RegistryClient() = default;

    /// Enrols or renews. @return the runtime as registered; `conflict`/`NAME_IN_USE` when another instance lives under the name.
    virtual Result<json::object> enrol(const Enrolment& enrolment) = 0;
    /// @param state `ONLINE`, `OFFLINE` or `REMOVED`. @return `not_found` when the enrolment must be made anew, `conflict`/`NAME_IN_USE`.
    virtual Result<void> heartbeat(const Enrolment& enrolment, std::string_view state, const json::object& cluster, std::string_view reason) = 0;
    /// CREATED jobs without owner and our own that have not ended, of this runtime only: one request for any number.
    /// An answer like the one before is the same object.
    virtual Result<WorkAnswer> work(const Enrolment& enrolment) = 0;

    /// @return `not_found` when somebody deleted it.
    virtual Result<JobDocument> job(const std::string& id) = 0;
    /// Embedded content of a job's own asset.
    virtual Result<std::string> content(const std::string& job_id, const std::string& asset_id) = 0;
    /// Opened secrets of a claimed job, by `credentialRef`.
    virtual Result<std::map<std::string, std::map<std::string, Secret>>> credentials(const std::string& job_id) = 0;

    /// @return the new version; `conflict` when somebody else was first or the job is not to be had.
    virtual Result<std::int64_t> claim(const std::string& job_id, std::int64_t version, const std::string& instance_id) = 0;
    /// Gives a claimed job back. @return `conflict`/`ATTEMPT_RECORDED` when one of its attempts is recorded, or it is to be cancelled: it stays with its owner.
    /// @param patience `timeout` after that.
    virtual Result<void> release(const std::string& job_id, Milliseconds patience) = 0;
    /// @return `conflict`/`ATTEMPT_EXISTS` when it is recorded already, by this instance, and not taken from it; `NOT_THE_OWNER` when the job is another's.
    virtual Result<void> record_attempt(const std::string& job_id, const AttemptRecord& attempt) = 0;
    virtual Result<std::vector<AttemptRecord>> attempts(const std::string& job_id) = 0;

    /// Merge patch of a claimed job: `jobStatus`, `sparkApplication`, … @return `conflict` when the job has ended otherwise, `not_found`.
    virtual Result<void> push(const std::string& job_id, const json::object& patch) = 0;
    /// Lines of `jobMessages`; a `seq` that was sent before changes nothing.
    virtual Result<void> add_messages(const std::string& job_id, std::int64_t seq, const std::vector<std::string>& lines) = 0;
    /// Appends to a log. @return the offset that is expected next: also when these bytes were there already, and when others are missing before them.
    virtual Result<std::uint64_t> append_log(const std::string& job_id, LogStream stream, std::uint64_t offset, std::string_view bytes) = 0;
    /// A ModelTestResult; a repeat with the same key makes no second.
    virtual Result<void> add_test_result(const std::string& idempotency_key, const json::object& test_result) = 0;
};

}  // namespace slipway::spark
