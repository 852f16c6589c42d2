#include "apps/cli/command_flags.hpp"
#include "apps/cli/handlers.hpp"
#include "apps/cli/sync.hpp"

namespace slipway::cli {

std::vector<Command> snapshot_commands() {
    return {
        {"snapshot list", "List snapshots", "", {}, listed(), list_objects, {}},
        {"snapshot show", "Show a snapshot", "", {{"SNAPSHOT", "Name or id", Offers::snapshot}}, shown(), show_object, {}},
        {"snapshot create",
         "Make a snapshot of a business model",
         "For a SageMaker model with --instance-type an endpoint configuration is made in AWS, which the snapshot stands for.",
         {{"MODEL", "Name or id of the model", Offers::model}},
         Flags{{"--name", "", "NAME", "Name of the snapshot (model and time)"},
               {"--description", "", "TEXT", "Description"},
               kTag,
               {"--runtime", "", "RUNTIME", "Spark runtime that its jobs are meant for: name or id", Offers::runtime},
               {"--instance-type", "", "TYPE", "Make an endpoint configuration in AWS with these instances"},
               {"--instance-count", "", "N", "How many of them (1)"},
               {"--configuration", "", "NAME", "Its name in AWS (made from the model)"}} +
             output(),
         snapshot_create,
         {"slipway snapshot create churn --runtime spark-runtime-1", "slipway snapshot create churn --instance-type ml.m5.large"}},
    };
}

std::vector<Command> run_commands() {
    return {
        {"runtime list", "List runtimes", "", {}, listed(), list_objects, {}},
        {"runtime show", "Show a runtime", "", {{"RUNTIME", "Name or id", Offers::runtime}}, shown(), show_object, {}},
        {"deployment list", "List deployments", "", {}, listed(), list_objects, {}},
        {"deployment show", "Show a deployment", "", {{"DEPLOYMENT", "Id", Offers::deployment}}, shown(), show_object, {}},
    };
}

std::vector<Command> deployment_commands() {
    const Flag reason{"--reason", "", "TEXT", "Why; kept in the audit trail and shown in the ticket"};
    return {
        {"deploy",
         "Put a snapshot of a SageMaker model on an endpoint",
         "Where approvals are required, the first call opens a ticket and exits 4; the same call deploys once the ticket is approved. Waits until the endpoint "
         "serves the snapshot; exits 1 when it does not.",
         {{"SNAPSHOT", "Name or id", Offers::snapshot}},
         Flags{{"--endpoint", "", "NAME", "Name of the endpoint (made from the model)"},
               {"--instance-type", "", "TYPE", "Instances of a snapshot without configuration in AWS"},
               {"--instance-count", "", "N", "How many of them (1)"},
               {"--credential", "", "ID", "Credential to use (slipway credential list)", Offers::credential},
               reason,
               kNoWait,
               kTimeout} +
             output(),
         deploy_snapshot,
         {"slipway deploy churn-20261126_0900 --endpoint churn-prod --reason 'release 12'"}},
        {"sync",
         "Look at the SageMaker accounts of all imported models now",
         "The server does so by itself every minute, more often while something changes. Waits until every account was looked at once.",
         {},
         Flags{{"--status", "", "", "Show when each account was looked at last, and begin nothing"}, kNoWait, kTimeout} + output(),
         sync_accounts,
         {"slipway sync", "slipway sync --status"}},
        {"undeploy",
         "Take a deployment off its endpoint, and remove the endpoint",
         "",
         {{"DEPLOYMENT", "Id", Offers::deployment}},
         Flags{reason, kNoWait, kTimeout} + output(),
         undeploy_deployment,
         {}},
    };
}

std::vector<Command> ticket_commands() {
    const Flag comment{"--comment", "-m", "TEXT", "What the decision rests on"};
    return {
        {"ticket list",
         "List approval tickets",
         "",
         {},
         Flags{{"--wait", "", "PERIOD", "Wait at most so long until there is one, for example 30s"}} + listed(),
         list_objects,
         {"slipway ticket list --filter open:true", "slipway ticket list --filter open:true --wait 30s -o name"}},
        {"ticket show", "Show a ticket with its evidence", "", {{"TICKET", "Id", Offers::notification}}, shown(), show_object, {}},
        {"ticket approve", "Approve what a ticket asks for", "", {{"TICKET", "Id", Offers::notification}}, Flags{comment} + output(), ticket_approve, {}},
        {"ticket reject", "Reject what a ticket asks for", "", {{"TICKET", "Id", Offers::notification}}, Flags{comment} + output(), ticket_reject, {}},
        {"ticket recheck",
         "Look at the assets and tests of a ticket again",
         "Brings the evidence of an open ticket up to date. A ticket whose issue in Jira is no more gets another one.",
         {{"TICKET", "Id", Offers::notification}},
         output(),
         ticket_recheck,
         {}},
        {"why",
         "Say why a snapshot is not deployed, or why a job has not started",
         "Answers from what is recorded, with the next step. A name is looked up among snapshots first, then among jobs.",
         {{"WHAT", "Name or id of a snapshot or job", Offers::snapshot}},
         output(),
         why,
         {"slipway why churn-20261126_0900", "slipway why 0198f2a0-0000-7000-8000-000000000001 -o json"}},
    };
}

static Command job_create_command() {
    return {
        "job create",
        "Create a job from a JSON document, or for a snapshot",
        "With --snapshot the job is made from the flags; what a job in SageMaker needs besides comes from the model, its data and its last job. With --wait "
        "it "
        "exits 1 when the job does not end as COMPLETE.",
        {{"FILE", "Document of the job; - is standard input", Offers::file, true}},
        Flags{{"--file", "-f", "FILE", "The same", Offers::file},
              {"--snapshot", "-s", "SNAPSHOT", "Snapshot to run: name or id", Offers::snapshot},
              {"--training", "", "", "Train instead of scoring"},
              {"--metrics", "", "", "Measure instead of scoring: the model's metrics function, for a test result"},
              {"--runtime", "", "RUNTIME", "Spark runtime that runs it: name or id; needed where the group has several", Offers::runtime},
              {"--from", "", "URL", "Data to read, for example s3://bucket/holdout.csv"},
              {"--to", "", "URL", "Where to write, for example s3://bucket/scores/"},
              {"--instance-type", "", "TYPE", "Instances of a job in SageMaker"},
              {"--instance-count", "", "N", "How many of them (1)"},
              {"--parameters", "", "FILE",
               "JSON object of the parameters: {\"--executor-memory\": \"2g\", \"spark.executor.cores\": 2}; for SageMaker the body of CreateTransformJob or "
               "CreateTrainingJob",
               Offers::file},
              {"--wait", "", "", "Wait for the end of the job"},
              kTimeout} +
            output(),
        job_create,
        {"slipway job create job.json --wait", "slipway job create --snapshot churn-20261126_0900 --from s3://bucket/holdout.csv --wait",
         "slipway job create --snapshot risk-20261126_0900 --metrics --from hdfs:///test.csv --to hdfs:///metrics.json --runtime spark-runtime-1",
         "jq . job.json | slipway job create -"}};
}

std::vector<Command> job_commands() {
    return {
        {"job list", "List jobs", "", {}, listed(), list_objects, {"slipway job list --filter status:ERROR --watch"}},
        {"job show", "Show a job", "", {{"JOB", "Name or id", Offers::job}}, shown(), job_show, {}},
        job_create_command(),
        {"job watch",
         "Follow a job to its end",
         "Exits 1 when it does not end as COMPLETE.",
         {{"JOB", "Name or id", Offers::job}},
         Flags{kTimeout} + output(),
         job_watch,
         {}},
        {"job logs",
         "Print what a job wrote",
         "Control characters are shown as pictures; --raw prints the bytes as they came.",
         {{"JOB", "Name or id", Offers::job}},
         Flags{{"--follow", "-f", "", "Go on until the job ends"},
               {"--stderr", "", "", "Standard error instead of standard output"},
               {"--tail", "", "BYTES", "Only the last BYTES bytes of what is there"},
               {"--raw", "", "", "The bytes as they came"}} +
             connection(),
         job_logs,
         {"slipway job logs 0198f2a0-0000-7000-8000-000000000001 -f"}},
        {"job outputs",
         "List what a job in SageMaker wrote into S3",
         "Objects below the places that the job declares. Exits 1 when a place cannot be read; why is said on standard error.",
         {{"JOB", "Name or id", Offers::job}},
         output(),
         job_outputs,
         {"slipway job outputs 0198f2a0-0000-7000-8000-000000000001 -o json"}},
        {"job cancel", "Ask for the end of a job", "", {{"JOB", "Name or id", Offers::job}}, output(), job_cancel, {}},
        {"job retry", "Run a job again, with the same document", "", {{"JOB", "Name or id", Offers::job}}, output(), job_retry, {}},
        {"job reassign",
         "Take a job from a runtime that does not go on",
         "It may be claimed again then. Once a launch was recorded only --force does it, since that launch may still run: your name is kept with it.",
         {{"JOB", "Name or id", Offers::job}},
         Flags{{"--reason", "", "TEXT", "Why; kept in the audit trail"}, {"--force", "", "", "Though a launch was recorded"}} + output(),
         job_reassign,
         {}},
    };
}

}  // namespace slipway::cli
