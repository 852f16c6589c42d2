#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/json.hpp"

namespace slipway::spark {

/// What a cluster says of an application, in our words; the mapping of each manager's own is in its adapter (reference: spark.md 2.2).
enum class ApplicationState {
    pending,  ///< accepted, not running yet
    running,
    finished,   ///< ended without complaint of the cluster: not yet success
    failed,     ///< the cluster says that it failed
    killed,     ///< somebody killed it
    uncertain,  ///< a word that we do not know: keep what was known before
};

/// How a job is looked up: by id once it is known, else by tag.
struct ApplicationRef {
    std::string tag;
    std::string id;
};

/// One application as the cluster described it.
struct ApplicationReport {
    std::string id;
    std::string tag;  ///< ours, as far as the manager carries tags; else empty
    ApplicationState state{ApplicationState::uncertain};
    std::string word;          ///< the manager's own word: `RUNNING/UNDEFINED`
    std::string diagnostics;   ///< for people
    std::string tracking_url;  ///< empty when there is none
    int attempt{1};
    std::int64_t finished_ms{0};  ///< when it ended, by the manager's clock; 0 while it has not, or where the manager does not say
};

/// Reason of an error of ClusterClient::create_driver(): no manager has seen the submission, so that it may be repeated.
inline constexpr std::string_view kNotSent = "NOT_SENT";

/// Where the driver's output lies.
enum class LogStream { stdout_log, stderr_log };

/// Bytes of one LogPiece at most.
inline constexpr std::size_t kLongestLogPiece = 1U << 20;

/// A piece of a driver's output.
struct LogPiece {
    std::string bytes;        ///< at most kLongestLogPiece
    std::uint64_t offset{0};  ///< where `bytes` begin
    bool end{false};          ///< there is no more behind it at this moment
    std::uint64_t size{0};    ///< of all that there is at this moment; 0 where the cluster does not tell
};

/// A program to be run by a manager that takes submissions over REST (standalone cluster mode).
struct DriverRequest {
    std::string application_name;
    std::vector<std::string> arguments;  ///< of the inner spark-submit
    std::vector<std::pair<std::string, std::string>> environment;
};

/// One predefined cluster. Implementations: adapters/spark_cluster (local, standalone, yarn). Blocks; thread-safe.
/// All pass tests/contract/cluster_client_contract.hpp. An answer that is not one of the manager itself (an error page, half a document, other members than
/// it has) is `unavailable`: nothing may follow from it.
class ClusterClient {
public:
    virtual ~ClusterClient() = default;

    /// `local`, `standalone` or `yarn`.
    virtual std::string manager() const = 0;
    /// True when the run is a process of this host: its exit code and result file decide. False: only the cluster knows.
    virtual bool driver_is_local() const = 0;
    /// True for submissions over create_driver() instead of a spark-submit process.
    virtual bool submits_over_rest() const { return false; }
    /// True when the manager carries the tags of applications: then an id counts only together with the tag, whoever names it.
    virtual bool carries_tags() const { return false; }

    /// All applications of `service_tag` that live, or ended since `ended_since`: one or two requests for any number of jobs.
    /// Managers without tags report what they list; match by id.
    /// @return `unavailable` when the cluster cannot say; statuses must then stay as they are.
    virtual Result<std::vector<ApplicationReport>> report(const std::string& service_tag, Timestamp ended_since) = 0;
    /// One application that a report did not show, by id, else by tag; also where the manager keeps old ones (history).
    /// @return nothing when the cluster is well and does not know it.
    virtual Result<std::optional<ApplicationReport>> find(const ApplicationRef& application) = 0;
    /// Asks for the end of an application; nothing to do for one that ended. Repeating is harmless.
    virtual Result<void> kill(const ApplicationRef& application) = 0;
    /// The driver's output from `offset` on, in cluster modes. @return `not_found` when it is not there (yet, or any more).
    /// `unavailable` as for the others.
    virtual Result<LogPiece> read_log(const ApplicationRef& application, LogStream stream, std::uint64_t offset) = 0;
    /// For health: facts of the cluster (state, workers, version). @return `unavailable` with what is wrong.
    virtual Result<json::object> probe() = 0;
    /// Submits over REST. @return the manager's submission id; `unavailable` or `timeout` when nobody can say whether it was taken, with the reason kNotSent
    /// when it certainly was not.
    virtual Result<std::string> create_driver(const DriverRequest& request);
};

}  // namespace slipway::spark
