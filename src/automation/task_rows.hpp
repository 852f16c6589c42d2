#pragma once

#include <optional>
#include <string>
#include <vector>

#include "automation/external_tasks.hpp"
#include "automation/turn.hpp"

/// Rows of `lifecycle_tasks`, for workers outside and for the runner.
namespace slipway::automation {

/// Workers of Slipway itself are called so, with the process behind it.
inline constexpr std::string_view kOwnWorker = "slipway:";

inline constexpr std::string_view kTaskColumns =
    "SELECT t.instance_id, t.token, t.element, t.topic, i.definition_id, i.definition_key, i.business_key, i.group_name, t.worker, t.free_at, t.retries, "
    "t.error, t.error_details, t.priority, t.attempts, t.idempotency_key, i.created_by, t.created_at, t.losses";
/// Of what is locked that often in vain, a person must see something: a worker that does not live as long as its task, or asks for too short a lock.
inline constexpr std::int64_t kMostLosses = 5;
inline constexpr std::string_view kTaskFrom = " FROM lifecycle_tasks t JOIN lifecycle_instances i ON i.id = t.instance_id";

ExternalTask task_of(const store::Row& row);
/// One that is not written yet, as task_of() would read it.
ExternalTask task_of(const NewTask& task, const Loaded& loaded, Timestamp now);

/// The worker has it until then.
Result<void> lock_task(store::Unit& unit, ExternalTask& task, const std::string& worker, Milliseconds lock_for);

/// What the task can see. @param names absent: all.
void fill_task(ExternalTask& task, const Loaded& loaded, const std::optional<std::vector<std::string>>& names);

struct TaskFailure {
    std::string message;
    std::string details;
    std::int64_t retries{0};
    Milliseconds retry_after{0};
};
/// Notes the failure and tells the instance; what its error rules say comes first. The caller finishes the turn.
Result<void> fail_task(Turn& turn, const ExternalTask& task, const TaskFailure& failure);
/// Gives a task back whose error nothing caught, behind a retry: where the incident is gone, and not where what its worker had done fails once more.
Result<void> free_parked(store::Unit& unit, const std::string& instance_id, std::int64_t token, std::int64_t retries);
/// Its lock was lost too often: an incident says so. @param last who had it. The caller finishes the turn.
Result<void> give_up_lost(Turn& turn, const ExternalTask& task, std::string_view last);
/// The row is left alone until a person looks, and an incident says why. Its `token` is that of the task, or the row of the job with a minus.
/// @param table `lifecycle_tasks`, `lifecycle_jobs`, or empty: only the incident. @param row its token, or row.
Result<void> give_up(store::Unit& unit, const std::string& instance_id, std::string_view table, std::int64_t row, const Error& error);
/// An incident that the engine does not know: its number is below 0. @param token as give_up() writes it; 0: there is nothing to be tried again.
Result<void> raise_row_incident(store::Unit& unit, const std::string& instance_id, std::string_view type, std::int64_t token, const std::string& message,
                                const std::string& element = {});
/// The incident that raise_row_incident() made is over.
Result<void> end_row_incident(store::Unit& unit, const std::string& instance_id, lifecycle::Id incident);
/// The job or task that it says is tried no more went with its activity: there is nothing to be tried again.
Result<void> end_incidents_of_gone_rows(store::Unit& unit, const std::string& instance_id);
/// That many more of them are open, or fewer.
Result<void> count_row_incidents(store::Unit& unit, const std::string& instance_id, std::int64_t more);
/// Tells that incidents of an instance came or went which no step of it writes.
Result<void> tell_changed(store::Unit& unit, const std::string& instance_id);

}  // namespace slipway::automation
