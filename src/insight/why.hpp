#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"

/// Why something is not as people want it: from recorded facts to a sentence with its next step. Pure.
namespace slipway::insight {

/// What a fact is about.
struct Reference {
    std::string kind;  ///< `notification`, `runtime`, `deployedModel`, `operation`, `job`, `deployableModel`, `processInstance`
    std::string id;
};
struct Fact {
    std::string code;  ///< UPPER_SNAKE_CASE, for machines
    std::string message;
    std::optional<Timestamp> since{};
    std::optional<Reference> ref{};
};
struct NextStep {
    std::string message;
    std::string cli{};   ///< the command line that does it, where there is one
    std::string href{};  ///< the page, relative to where the web page was loaded (`#/tickets/…`), or an address elsewhere
};
struct Answer {
    std::string id;
    std::string kind;  ///< `deployableModel`, `job`
    std::string question;
    std::string answer;
    std::vector<Fact> facts;
    std::vector<NextStep> next;
};
/// `{id, kind, question, answer, facts: [{code, message, since?, ref?: {kind, id}}], next: [{message, cli?, href?}]}`.
json::object to_json(const Answer& answer);

/// What others know of a snapshot: a life cycle that waits, its incident.
struct MoreFacts {
    std::string answer;  ///< what stands in the way, in a sentence; empty: nothing of theirs does
    std::vector<Fact> facts;
    std::vector<NextStep> next;
    std::optional<Timestamp> since{};  ///< of the answer: what was decided or tried before it is no news any more
};

/// Puts what another one knows behind it: the first that names an obstacle leads, since when it was so.
void add(MoreFacts& all, MoreFacts more);

/// A life cycle "SageMaker deploy model" that is over.
struct EndedLifeCycle {
    std::string id;
    std::string snapshot_id;
    std::string outcome;
    std::optional<Timestamp> ended{};
    std::string error_code{};
    std::string error{};  ///< in the words of what failed
    std::vector<std::string> missing_assets{};
    std::string job_id{};  ///< of its test
    std::string job_name{};
};
/// What it leaves to be said of its snapshot.
MoreFacts why_life_cycle_ended(const EndedLifeCycle& over);

/// An approval of before the newest ticket, about something else: it counts still, for exactly that.
struct EarlierApproval {
    std::string id;
    std::string decided_by;
    std::string endpoint;  ///< that was asked for by name
    std::optional<Timestamp> decided{};
};
struct TicketFacts {
    std::string id;
    std::string decision;  ///< empty while it is open
    std::string decided_by;
    std::string comment;
    std::string issue_key;  ///< of the other system that decides it; may be empty there as well while it is being made
    std::string issue_link;
    bool elsewhere{false};
    std::string endpoint;                ///< that was asked for by name
    std::string problem;                 ///< what keeps the other system's issue from being a decision
    bool asks_again{false};              ///< a new issue can be asked for: this one is gone, or one of several
    std::vector<std::string> approvers;  ///< groups; empty: whoever may execute in the group
    Timestamp asked{};
    std::optional<Timestamp> decided{};
    std::optional<EarlierApproval> earlier{};
};
struct RunFacts {
    std::string operation_id;
    std::string deployed_model_id;
    std::string endpoint;
    std::string state;  ///< PLANNED, …, FAILED, …
    bool live{false};
    bool undeploys{false};
    bool made_nothing{false};  ///< it can be given up
    std::string why;
    std::string aws_state;
    std::string permission;   ///< that AWS refused
    bool key_refused{false};  ///< AWS takes the credential no more
    Timestamp since{};
    bool named{true};   ///< somebody chose the endpoint's name; else another deployment gets another one
    bool left{false};   ///< what failed stands in AWS still, under that name
    bool taken{false};  ///< something else stands in AWS under that name now
};
struct DeployedFacts {
    std::string id;
    std::string endpoint;
    std::string runtime_id;
    std::string runtime_state;
    std::optional<Timestamp> since{};
    std::string aws_status{};  ///< AWS's word for the endpoint
};
struct SnapshotFacts {
    std::string id;
    std::string name;
    std::string group;
    bool sagemaker{false};
    bool gone{false};          ///< its configuration is no more in AWS
    std::string made_again{};  ///< id of the snapshot of a configuration that was made under the name of one that is gone
    bool approval_required{false};
    std::optional<DeployedFacts> deployed;
    std::optional<RunFacts> run;        ///< the newest
    std::optional<TicketFacts> ticket;  ///< the newest
    std::vector<std::string> missing_assets;
    std::string rejected_sibling;  ///< name of another model of the same configuration that was rejected
    MoreFacts more;
};
/// Why is this snapshot not deployed?
Answer why_not_deployed(const SnapshotFacts& facts);

struct EngineFacts {
    std::string id;  ///< empty: none is bound
    std::string name;
    std::string type;
    std::string state;
    std::string reason;  ///< why it is in that state, in its own words
    std::optional<Timestamp> last_contact{};
    std::string instance;
    std::optional<Timestamp> offline_since{};  ///< while it is OFFLINE: when it said so, or was heard of last
    std::optional<std::int64_t> workers{};     ///< of its cluster that live, where its manager counts them
    std::string other_id{};                    ///< of one that is there under that name for another group, which who asks may see
    std::string other_group{};
    bool hidden{false};  ///< enrolled for the job's group, and not to be seen by who asks
};
struct JobFacts {
    std::string id;
    std::string status;
    std::string group;
    EngineFacts engine;
    bool sagemaker{false};
    std::string owner;  ///< instance that claimed it
    std::string cancelled_by;
    std::optional<Timestamp> cancel_asked{};
    std::string failure;  ///< of the end: the last that was said
    std::string waits{};  ///< what its runtime said last that it waits for
    std::string tracking_url;
    std::string logs_url;
    bool reached_aws{true};  ///< of a job of SageMaker: AWS has made it, so that it may have a log there
    std::int64_t before{0};  ///< jobs of the same engine that came before and wait as well
    Timestamp created{};
    std::optional<Timestamp> submitted{};
    std::optional<Timestamp> began{};
    std::string aws_trouble{};  ///< why SageMaker was not asked, or does not tell of it, at the last try
};
/// Why a job failed, from its document, in the words of who ran it: without the time of the message and how long it ran. Empty when nobody said.
std::string failure_of(const json::object& job);
/// What the runtime that has taken a job said last that it waits for (`Waits for …`). Empty when it said something else since, or nothing.
std::string waits_of(const json::object& job);
/// Why has this job not started? For one that has: what it does, or how it ended.
Answer why_not_started(const JobFacts& facts);

}  // namespace slipway::insight
