#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "automation/instances.hpp"

/// What people do to instances by hand is kept twice: in the history of the instance, which goes with it, and in the audit trail, which stays.
namespace slipway::automation {

struct OperatorNote {
    std::string_view what;  ///< `edited`, `moved`, `told`, `cancelled_by`, `retried`, `stopped`, `completed`, `threw`
    std::string reason{};
    json::array names{};    ///< of the variables
    json::array changes{};  ///< as JSON Patch, with `oldValue`
    std::string element{};  ///< of the task that the person worked on
};
Result<void> note(store::Unit& unit, const InstanceInfo& info, const identity::Principal& who, OperatorNote note);

/// The same of many instances: each has it in its history and on its ticket, the audit trail in one record for all of a group, at the first of them.
Result<void> note_many(store::Unit& unit, std::span<const std::string> instances, const identity::Principal& who, const OperatorNote& note);

/// Who lets a job or task be tried again, or stops it. @param path of what is changed, as `/jobs/7`; @param before negative: nobody has set any yet.
OperatorNote retries_note(const std::string& element, const std::string& path, std::int64_t before, std::int64_t now);

/// How a person, or a worker outside, ended a task. @param given the variables that it was given, also its own. @param error code of the error that was thrown;
/// empty: the task was completed.
OperatorNote ending_note(const std::string& element, std::initializer_list<const json::object*> given, const std::string& error);
/// Who ended a task, and with which variables, is asked long after the task is gone; who sets variables by it, or throws an error, is named on the open ticket.
Result<void> note_end(store::Unit& unit, InstanceInfo of, const identity::Principal& who, OperatorNote ended);

/// What becomes of variables. Long values are told by their size and SHA-256; texts under names that look secret are masked by the audit trail.
/// @param removed names.
json::array changes_of(const json::object& before, const json::object& set, const std::vector<std::string>& removed);

}  // namespace slipway::automation
