#pragma once

#include <functional>
#include <map>
#include <string>
#include <variant>

#include "automation/external_tasks.hpp"

namespace slipway::automation {

/// The work is done; these variables go to the instance.
struct Done {
    json::object variables{};
};
/// A BPMN error: the process says what follows.
struct Fault {
    std::string code;
    std::string message;
    json::object variables{};
};
/// It failed for another reason. `again`: by the task's retry cycle; else there is an incident at once.
struct Trouble {
    std::string message;
    std::string details{};
    bool again{true};
};
/// Not yet: look again after that time. Counts as no attempt.
struct Later {
    Milliseconds after{0};
};
using Outcome = std::variant<Done, Fault, Trouble, Later>;

/// Works a topic. Runs outside any transaction, on several threads at once, and again after a crash: what it does outside it does under
/// `task.idempotency_key`, or by once(). Must not take long where it cannot be stopped.
using Handler = std::function<Outcome(const ExternalTask& task)>;
using Handlers = std::map<std::string, Handler, std::less<>>;

/// Does `work` in one transaction and notes its answer with it, so that a second attempt of the task only gets the answer.
/// @return the answer, new or noted; the errors of `work`, which then left nothing.
Result<json::object> once(store::Store& store, const ExternalTask& task, std::string_view what, const std::function<Result<json::object>(store::Unit&)>& work);

/// Whether the same may succeed later without anybody's doing: peers that are away, and faults of our own.
bool may_pass(const Error& error);

/// What an error of a use case means for a task: peers that are away are tried again, refusals are shown to a person.
Trouble trouble_of(const Error& error);

}  // namespace slipway::automation
