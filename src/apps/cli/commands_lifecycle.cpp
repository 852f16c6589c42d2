#include "apps/cli/command_flags.hpp"
#include "apps/cli/handlers.hpp"

namespace slipway::cli {

namespace {

Command cancel_command(const Argument& instance, const Flag& reason) {
    return {"lifecycle cancel",
            "End an instance with all that it waits for",
            "An open ticket of it is closed and its test job stopped. What was decided stays decided, and an endpoint that was asked for is made all the same.",
            {instance},
            Flags{reason} + output(),
            lifecycle_cancel,
            {}};
}

Command retry_command(const Argument& instance) {
    return {"lifecycle retry",
            "Try again what an instance is stuck on",
            "What it called and is stuck is tried again with it.",
            {instance},
            output(),
            lifecycle_retry,
            {}};
}

Command undeploy_command() {
    return {"lifecycle undeploy",
            "Take a deployment of life cycles away",
            "Its files and definitions go, and the version before each is the newest again. Of administrators and who deployed it.",
            {{"DEPLOYMENT", "Id, as lifecycle show tells it"}},
            Flags{{"--cascade", "", "", "End what runs of it; without, it is refused while instances run"}} + connection(),
            lifecycle_undeploy,
            {}};
}

}  // namespace

std::vector<Command> lifecycle_commands() {
    const Flag reason{"--reason", "", "TEXT", "Why; kept in the audit trail"};
    const Argument instance{"INSTANCE", "Id"};
    return {
        {"lifecycle list", "List life cycles, the newest version of each", "", {}, output(), lifecycle_list, {}},
        {"lifecycle deploy",
         "Deploy a BPMN or DMN file",
         "What cannot run here is refused, each element named; a file that is deployed already changes nothing.",
         {{"FILE", "File as the Camunda Modeler writes it", Offers::file}},
         Flags{kGroup} + output(),
         lifecycle_deploy,
         {"slipway lifecycle deploy review.bpmn --group risk"}},
        undeploy_command(),
        {"lifecycle show",
         "Show a life cycle, or an instance with where it is and what it is stuck on",
         "",
         {{"WHAT", "Key of a life cycle, or id of an instance"}},
         Flags{{"--xml", "", "", "The file of the life cycle instead"}} + output(),
         lifecycle_show,
         {"slipway lifecycle show SageMaker_Deploy_Model --xml"}},
        {"lifecycle instances",
         "List instances, newest first",
         "",
         {{"KEY", "Of one life cycle", Offers::nothing, true}},
         Flags{{"--for", "", "SNAPSHOT", "Those of a snapshot, by name or id", Offers::snapshot},
               {"--running", "", "", "Only those that have not ended"},
               {"--stuck", "", "", "Only those with incidents"},
               {"--limit", "-n", "N", "At most N (100)"}} +
             output(),
         lifecycle_instances,
         {"slipway lifecycle instances --stuck"}},
        retry_command(instance),
        cancel_command(instance, reason),
        {"lifecycle restart",
         "Start the life cycle of a snapshot anew",
         "One that waits is cancelled and its ticket closed; once under way to an endpoint it is refused.",
         {{"SNAPSHOT", "Name or id", Offers::snapshot}},
         Flags{reason} + output(),
         lifecycle_restart,
         {}},
    };
}

std::vector<Command> task_commands() {
    const Argument task{"TASK", "Id, or the id of an instance in which one task waits"};
    return {
        {"task list",
         "List tasks of life cycles that wait for people, oldest first",
         "",
         {},
         Flags{{"--process", "", "KEY", "Of one life cycle"},
               {"--instance", "", "ID", "Of one instance"},
               {"--mine", "", "", "Only those that are yours, offered to you or a group of yours, or anybody's"},
               {"--limit", "-n", "N", "At most N (100)"},
               {"--all", "-a", "", "All of them"}} +
             output(),
         task_list,
         {"slipway task list --mine"}},
        {"task show", "Show a task, with what it knows", "", {task}, output(), task_show, {}},
        {"task claim",
         "Take a task, so that nobody else does it",
         "Of its candidates; what somebody has already they give back, or an administrator.",
         {task},
         Flags{{"--for", "", "USER", "Give it to somebody else, as an administrator or who started the instance"}} + output(),
         task_claim,
         {}},
        {"task release", "Give a task back to its candidates", "", {task}, output(), task_release, {}},
        {"task complete",
         "Complete a task, so that its life cycle goes on",
         "Of who has it or, while nobody has, of its candidates; without candidates of anybody who may run life cycles of its group. Shows where the instance "
         "is then.",
         {task},
         Flags{
             {"--var", "", "NAME=VALUE",
              "A variable for the life cycle; may be given several times. Numbers, true, false, null, and lists and objects of JSON are that, all else is text "
              "(\"42\" in quotes too)",
              Offers::nothing, true}} +
             output(),
         task_complete,
         {"slipway task complete 0198f2a0-0000-7000-8000-000000000007:4 --var approved=true --var comment='drift is explained'"}},
    };
}

}  // namespace slipway::cli
