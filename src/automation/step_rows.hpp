#pragma once

#include <string>
#include <vector>

#include "lifecycle/command.hpp"
#include "store/unit.hpp"

namespace slipway::automation {

/// A row of `lifecycle_tasks` that is not written yet.
struct NewTask {
    std::string instance_id;
    lifecycle::CreateExternalTask command;
    std::string worker{};  ///< who has it from its first moment; empty: nobody
    std::int64_t free_at{0};
    std::int64_t attempts{0};
};

/// The rows that nearly every step writes, kept back until write(): then many of them go with one statement, which is what makes steps cheap (and on
/// PostgreSQL saves a round trip for each). Who reads or changes tasks, history or states of the same instances meanwhile calls write() first.
class StepRows {
public:
    void add_task(NewTask task) { new_tasks_.push_back(std::move(task)); }
    /// @param may_be_new it may be one of those that are kept back.
    void remove_task(const std::string& instance_id, lifecycle::Id token, bool may_be_new);
    void add_history(const std::string& instance_id, Timestamp at, std::string records);
    void save(const std::string& instance_id, std::string document, std::int64_t incidents);
    /// Those that are kept back; whoever takes one at once sets its worker here.
    std::vector<NewTask>& new_tasks() { return new_tasks_; }

    Result<void> write(store::Session& sql, Timestamp now);

private:
    std::vector<NewTask> new_tasks_;
    store::Values removed_;    ///< two values for each: instance, token
    store::Values histories_;  ///< three: instance, time, records
    store::Values states_;     ///< three: document, incidents, instance
};

/// The number of an incident that is a row alone, which the state of its instance does not know: below 0, and below those that there are.
Result<lifecycle::Id> next_row_incident(store::Session& sql, const std::string& instance_id, Timestamp now);

/// Texts or numbers for a statement `… IN ($1, …)`: the last one comes again until the count is a power of two, so that few statements are prepared.
std::vector<std::string> padded(std::vector<std::string> items);

}  // namespace slipway::automation
