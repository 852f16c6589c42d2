#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "registry/collection.hpp"

/// Approvals: tickets are notifications of the type `MODEL_APPROVAL_NOTIFICATION` (page 10 "Approvals"). Here they are asked for and looked up; who decides
/// on them, and where, is in tickets/.
namespace slipway::registry {

inline constexpr std::string_view kApproval = "MODEL_APPROVAL_NOTIFICATION";
/// `assignmentType` of tickets that are decided here.
inline constexpr std::string_view kBuiltIn = "BUILTIN_NOTIFICATION_ASSIGNMENT";

/// `deployments.requireApproval` and `tickets` of the configuration.
struct ApprovalSettings {
    bool for_all{true};                                         ///< every group needs approvals
    std::vector<std::string> groups;                            ///< those that do, where not all do
    std::map<std::string, std::vector<std::string>> approvers;  ///< group of the model → groups that decide; a group without entry: whoever has EXECUTE there
    bool four_eyes{false};                                      ///< who asked may not decide
    Milliseconds expire_after{std::chrono::days{30}};
    Milliseconds remind_every{std::chrono::days{3}};
    std::string assignment{kBuiltIn};  ///< `assignmentType` of new tickets: where they are decided
};

/// What is to be approved.
struct ApprovalRequest {
    store::Entity snapshot;
    json::object subject;  ///< exactly what would be done: configuration content, variants, deployment configuration, endpoint name
    std::string requested_by;
    std::string summary;    ///< a line for people
    json::object evidence;  ///< besides what every ticket shows
};

/// SHA-256 (hexadecimal) of `subject` however its members are ordered: an approval binds this and nothing else.
std::string approval_hash(const json::object& subject);

/// What a snapshot's approval says.
enum class ApprovalState { none, open, approved, refused };
struct Approval {
    ApprovalState state{ApprovalState::none};
    std::string ticket_id;
    std::string decision;  ///< of a refused one: `REJECTED`, `EXPIRED`, `CANCELLED`
};

/// The gate. Thread-safe: no state but its settings.
class Approvals {
public:
    explicit Approvals(ApprovalSettings settings) : settings_{std::move(settings)} {}

    const ApprovalSettings& settings() const { return settings_; }
    bool required(std::string_view group) const;
    /// The newest ticket of the snapshot about exactly `hash`.
    Result<Approval> about(store::Session& sql, const std::string& snapshot_id, const std::string& hash) const;
    /// Opens a ticket with its evidence, unless one about the same is open: then that one, with what is newer in the evidence.
    Result<store::Entity> open(store::Unit& unit, const ApprovalRequest& request) const;
    /// The other snapshots of the same configuration with what was decided on them, newest decision first:
    /// `[{deployableModelId, storedModelId, model, decision, removed}]`; `decision` is absent while there is none, `removed` where a
    /// rejected one was deleted: its rejection stays until somebody approves the model of this configuration.
    Result<json::array> siblings(store::Session& sql, const store::Entity& snapshot) const;
    /// Brings into `evidence` how the snapshot stands now: `model`, `snapshot`, `assets`, `siblings`, `testJob` (the one that is named there already, else the
    /// newest), `testResult`.
    Result<void> look_again(store::Session& sql, const store::Entity& snapshot, json::object& evidence) const;

private:
    Result<store::Entity> bring_up_to_date(store::Unit& unit, const store::Entity& ticket, const ApprovalRequest& request) const;

    ApprovalSettings settings_;
};

/// The last approval or rejection of the snapshot by a person; empty where nobody decided. A ticket that was withdrawn or expired says nothing about it.
Result<json::object> last_word(store::Session& sql, const std::string& snapshot_id);

/// Whether `who` decides on a ticket that lives here: the groups of `approvers` for the group of the model, else whoever has EXECUTE there.
/// @return `forbidden`/`NOT_AN_APPROVER` or `FOUR_EYES`, `forbidden` and `not_found` as Access::require().
Result<void> may_decide(const ApprovalSettings& settings, const identity::Access& access, const identity::Principal& who, const store::Entity& ticket);

/// Writes a decision into an open ticket and closes it, with what reminded of it.
/// @param decision `APPROVED`, `REJECTED`, `EXPIRED` or `CANCELLED`.
Result<store::Entity> decide_ticket(store::Unit& unit, const store::Entity& ticket, std::string_view decision, const std::string& by,
                                    const std::string& comment);

}  // namespace slipway::registry
