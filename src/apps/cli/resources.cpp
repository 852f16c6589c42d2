#include <algorithm>

#include "apps/cli/output.hpp"

namespace slipway::cli {
namespace {

constexpr Column kId{"ID", "/id", Show::text, true, true};
constexpr Column kGroup{"GROUP", "/group"};
constexpr Column kCreated{"CREATED", "/createdDate|/created", Show::time, true};
constexpr Column kUpdated{"UPDATED", "/lastModifiedDate", Show::time, true};
constexpr Column kArn{"ARN", "/sageMaker/arn", Show::text, true};
constexpr Column kAwsStatus{"AWS STATUS", "/sageMaker/status"};
constexpr Column kAwsCreated{"IN AWS SINCE", "/sageMaker/creationTime", Show::time};
constexpr Column kConsole{"AWS CONSOLE", "/sageMaker/consoleUrl", Show::text, true};
constexpr Column kRegion{"REGION", "/sageMaker/region"};

constexpr Column kModelColumns[] = {
    {"NAME", "/modelMetaData/name"}, {"TYPE", "/modelMetaData/type"}, kGroup, kRegion, {"TAGS", "/modelMetaData/tags", Show::list}, kUpdated, kId};
constexpr Column kModelDetails[] = {{"DESCRIPTION", "/modelMetaData/description"},
                                    {"ASSETS", "/modelAssets", Show::count},
                                    {"TRAINING JOBS", "/sageMaker/trainingJobs", Show::count},
                                    {"ACCOUNT", "/sageMaker/account"},
                                    kArn,
                                    kAwsCreated,
                                    kConsole,
                                    {"GONE", "/sageMaker/gone", Show::yes},
                                    kCreated,
                                    {"CREATED BY", "/createdBy"},
                                    {"VERSION", "/version"}};

constexpr Column kSnapshotColumns[] = {{"NAME", "/metaData/name"},
                                       {"MODEL", "/storedModel/modelMetaData/name"},
                                       kGroup,
                                       {"GENERATED", "/sageMaker/generated", Show::yes},
                                       {"GONE", "/sageMaker/gone", Show::yes},
                                       kCreated,
                                       kId};
constexpr Column kSnapshotDetails[] = {{"MODEL ID", "/storedModel/id", Show::text, true},
                                       {"TAGS", "/metaData/tags", Show::list},
                                       {"VARIANTS", "/sageMaker/productionVariants", Show::count},
                                       {"CONFIGURATION", "/sageMaker/name"},
                                       kAwsStatus,
                                       {"FAILURE", "/sageMaker/failureReason", Show::text, true},
                                       kArn,
                                       kAwsCreated,
                                       kConsole,
                                       {"CREATED BY", "/createdBy"},
                                       {"VERSION", "/version"}};

constexpr Column kRuntimeColumns[] = {{"NAME", "/name"}, {"TYPE", "/engineType"}, {"STATE", "/state", Show::status}, kGroup, kRegion, kUpdated, kId};
constexpr Column kRuntimeDetails[] = {{"TAGS", "/tags", Show::list},
                                      {"LAST CONTACT", "/lastContact", Show::time},
                                      {"CLUSTER", "/cluster", Show::members, true},
                                      {"REASON", "/stateReason", Show::text, true},
                                      {"INSTANCE", "/instanceId", Show::text, true},
                                      {"MASTER", "/cluster/master|/sparkConf/--master", Show::text, true},
                                      {"DEPLOY MODE", "/cluster/deployMode"},
                                      kAwsStatus,
                                      {"CONFIGURATION", "/sageMaker/endpointConfigName"},
                                      kArn,
                                      kAwsCreated,
                                      kConsole,
                                      {"FAILURE", "/sageMaker/failureReason", Show::text, true},
                                      {"GONE", "/sageMaker/gone", Show::yes},
                                      {"VERSION", "/version"}};

constexpr Column kDeploymentColumns[] = {{"MODEL", "/deployableModel/storedModel/name|/deployableModel/storedModel/modelMetaData/name"},
                                         {"SNAPSHOT", "/deployableModel/name|/deployableModel/metaData/name"},
                                         {"RUNTIME", "/engine/name"},
                                         {"STATE", "/state", Show::status},
                                         kGroup,
                                         kUpdated,
                                         kId};
constexpr Column kDeploymentDetails[] = {{"SNAPSHOT ID", "/deployableModel/id", Show::text, true},
                                         {"RUNTIME ID", "/engine/id", Show::text, true},
                                         {"DEPLOYED", "/deployTime", Show::time},
                                         {"UNDEPLOYED", "/undeployTime", Show::time},
                                         {"REASON", "/reason", Show::text, true},
                                         {"VERSION", "/version"}};

constexpr Column kDeploymentNames[] = {kDeploymentColumns[0], kDeploymentColumns[1], kDeploymentColumns[2]};

constexpr Column kJobColumns[] = {
    {"NAME", "/sageMaker/name|/model/metaData/name|/model/storedModel/modelMetaData/name|/model/modelMetaData/name|/model/name"},
    {"TYPE", "/jobType"},
    {"STATUS", "/jobStatus", Show::status},
    {"MODEL", "/model/storedModel/modelMetaData/name|/model/modelMetaData/name|/model/metaData/name|/model/name", Show::text, false, true},
    {"RUNTIME", "/targetEngine/name|/targetEngine/engineType", Show::text, false, true},
    {"DURATION", "/jobDuration", Show::duration, true},
    {"STARTED", "/jobRunTime|/jobWaitTime", Show::time, true},
    kId};
/// A job on Spark has no name of its own.
constexpr Column kJobCalled[] = {{"NAME", "/model/metaData/name|/model/storedModel/modelMetaData/name|/model/modelMetaData/name|/model/name"}};
constexpr Column kJobDetails[] = {{"WHY", "/waitsBecause", Show::text, true},
                                  {"ENDED", "/jobEndTime", Show::time},
                                  kAwsCreated,
                                  {"KNOWN SINCE", "/createdDate", Show::time},
                                  {"GROUP", "/group"},
                                  {"OWNER", "/owner"},
                                  {"TO BE CANCELLED", "/cancelRequested/at", Show::time},
                                  {"APPLICATION", "/sparkApplication/id", Show::text, true},
                                  {"TRACKING", "/sparkApplication/trackingUrl", Show::tracking, true},
                                  {"COMMAND", "/effectiveCommand", Show::command, true},
                                  {"RETRY OF", "/retryOf", Show::text, true},
                                  {"RESULT", "/jobResult", Show::text, true},
                                  {"FAILURE", "/sageMaker/failureReason|/jobStatus", Show::failure, true},
                                  {"MESSAGES", "/jobMessages", Show::count},
                                  {"INPUT", "/inputData/0/fileUrl", Show::text, true},
                                  {"OUTPUT", "/outputData/0/fileUrl", Show::text, true},
                                  kAwsStatus,
                                  kArn,
                                  kConsole,
                                  {"LOGS", "/sageMaker/logsUrl", Show::text, true},
                                  {"VERSION", "/version"}};

constexpr Column kNotificationColumns[] = {
    {"SEVERITY", "/severity", Show::status}, {"TYPE", "/notificationType"}, {"OPEN", "/open", Show::yes}, {"MESSAGE", "/message"}, kGroup, kCreated, kId};
constexpr Column kNotificationDetails[] = {{"MODEL ID", "/storedModelId", Show::text, true},
                                           {"SNAPSHOT ID", "/deployableModelId", Show::text, true},
                                           {"JOB ID", "/jobId", Show::text, true},
                                           {"VERSION", "/version"}};

constexpr Column kTicketColumns[] = {{"MESSAGE", "/message"},
                                     {"OPEN", "/open", Show::yes},
                                     {"DECISION", "/decision/decision", Show::status},
                                     {"YOU MAY DECIDE", "/mayDecide", Show::yes, false, true},
                                     {"ASKED BY", "/requestedBy"},
                                     kGroup,
                                     kCreated,
                                     kId};
constexpr Column kTicketDetails[] = {{"YOU MAY NOT DECIDE", "/decisionRefusal/message", Show::text, true},
                                     {"DECIDED BY", "/decision/decidedBy"},
                                     {"DECIDED", "/decision/decidedAt", Show::time},
                                     {"COMMENT", "/decision/comment", Show::text, true},
                                     {"REASON", "/evidence/reason", Show::text, true},
                                     {"CONFIGURATION", "/evidence/configuration/name", Show::text, true},
                                     {"MADE WITH IT", "/evidence/configuration/made", Show::yes},
                                     {"REGION", "/evidence/region"},
                                     {"ACCOUNT", "/evidence/account"},
                                     {"ENDPOINT", "/evidence/subject/endpointName", Show::text, true},
                                     {"ASSETS", "/evidence/assets", Show::present, true},
                                     {"TEST JOB", "/evidence/testJob/name|/evidence/testJob/id", Show::text, true},
                                     {"TEST STATUS", "/evidence/testJob/status", Show::status},
                                     {"TEST OUTPUT", "/evidence/testJob/output", Show::text, true},
                                     {"TEST WROTE", "/evidence/testOutput/said", Show::text, true},
                                     {"COMPARATOR", "/evidence/comparator/result", Show::status},
                                     {"COMPARATOR SAYS", "/evidence/comparator/reasons", Show::lines, true},
                                     {"REPORTED AS PASSED", "/evidence/reportedResult/passed", Show::yes},
                                     {"REPORTED BY", "/evidence/reportedResult/createdBy", Show::text, true},
                                     {"RESTARTED BECAUSE", "/evidence/restartReason", Show::text, true},
                                     {"OTHER MODELS OF IT", "/evidence/siblings", Show::decisions, true},
                                     {"NOT TESTED; LAST JOB OF MODEL", "/evidence/lastModelJob/name|/evidence/lastModelJob/id", Show::text, true},
                                     {"LIFE CYCLE", "/processInstanceId", Show::text, true},
                                     {"ISSUE", "/assignment/issueLink", Show::text, true},
                                     {"ASSIGNMENT STATUS", "/assignment/currentStatus"},  // of the issue while it is open; then the decision
                                     {"PROBLEM", "/assignment/problem/message", Show::text, true},
                                     {"SNAPSHOT ID", "/deployableModelId", Show::text, true},
                                     {"MODEL ID", "/storedModelId", Show::text, true},
                                     {"VERSION", "/version"}};

constexpr Column kOperationColumns[] = {{"KIND", "/kind"},
                                        {"MODEL", "/modelName|/request/modelName"},
                                        {"ENDPOINT", "/request/endpointName"},
                                        {"STATE", "/state", Show::status},
                                        {"PROGRESS", "/stages", Show::progress},
                                        {"AWS CALLS", "/awsCalls/total"},
                                        {"PROBLEMS", "/problems", Show::count},
                                        kGroup,
                                        kCreated,
                                        kId};
constexpr Column kOperationDetails[] = {{"WHAT WAS WRONG", "/problems", Show::problems, true},
                                        {"REGION", "/region"},
                                        {"ACCOUNT", "/account"},
                                        {"MODEL ID", "/storedModelId", Show::text, true},
                                        {"SNAPSHOT ID", "/request/deployableModelId", Show::text, true},
                                        {"CALLS SAVED", "/awsCalls/saved"},
                                        {"THROTTLED", "/awsCalls/throttled"},
                                        {"ETA (S)", "/etaSeconds"},
                                        {"STARTED BY", "/createdBy"},
                                        {"FINISHED", "/finished", Show::time}};

constexpr Column kCredentialColumns[] = {{"TYPE", "/authenticationType"},
                                         kGroup,
                                         {"REGION", "/region"},
                                         {"KEY OR ROLE", "/accessKeyId|/roleArn"},
                                         {"ENTERED", "/entered", Show::yes},
                                         {"ACCOUNT", "/lastCheck/account"},
                                         {"CHECK", "/lastCheck/ok", Show::status},
                                         {"FAILS SINCE", "/lastCheck/since", Show::time},
                                         kId};

constexpr Column kCredentialDetails[] = {{"CHECKED", "/lastCheck/at", Show::time},
                                         {"WHY", "/lastCheck/error/message", Show::text, true},
                                         {"MISSING PERMISSION", "/lastCheck/error/permission", Show::text, true}};

constexpr Column kUserColumns[] = {{"NAME", "/username"},
                                   {"GROUPS", "/groups", Show::list},
                                   {"ADMIN", "/admin", Show::yes},
                                   {"DISABLED", "/disabled", Show::yes},
                                   {"LAST SIGN-IN", "/lastSignIn", Show::time},
                                   kId};
constexpr Column kUserDetails[] = {kCreated, {"CREATED BY", "/createdBy"}, {"VERSION", "/version"}};

constexpr Column kClientColumns[] = {{"CLIENT", "/clientId"}, {"GROUPS", "/groups", Show::list}, {"ADMIN", "/admin", Show::yes}, kCreated, kId};
constexpr Column kClientDetails[] = {{"SECRET", "/clientSecret", Show::text, true}};

constexpr Column kAccountModelColumns[] = {
    {"NAME", "/name"}, {"IMPORTED", "/imported", Show::yes}, {"CREATED", "/creationTime", Show::time, true}, {"ARN", "/arn", Show::text}};

constexpr Column kEventColumns[] = {
    {"SEQ", "/seq", Show::text, true}, {"TYPE", "/type"}, {"KIND", "/kind"}, {"VERSION", "/version"}, {"ID", "/id", Show::text, true}};

constexpr Column kContextColumns[] = {{"CURRENT", "/current", Show::yes}, {"NAME", "/name"}, {"URL", "/url"}, {"USER", "/user"}, {"SIGNED IN", "/signedIn"}};

constexpr Column kOutputColumns[] = {{"KEY", "/key", Show::text, true}, {"SIZE", "/size"}, {"WRITTEN", "/lastModified", Show::time}};

constexpr Resource kResources[] = {
    {"model", "business model", "/model-manage/api/storedModels", "/modelMetaData/name", "name", "models/", "models", "StoredModel", kModelColumns,
     kModelDetails},
    {"snapshot", "snapshot", "/model-manage/api/deployableModels", "/metaData/name", "name", "snapshots/", "models", "DeployableModel", kSnapshotColumns,
     kSnapshotDetails},
    {"runtime", "runtime", "/model-manage/api/runtimes", "/name", "name", "runtimes/", "runtimes", "Runtime", kRuntimeColumns, kRuntimeDetails},
    {"deployment", "deployment", "/model-manage/api/deployedModels", "", "", "", "deployments", "DeployedModel", kDeploymentColumns, kDeploymentDetails, "",
     kDeploymentNames},
    {"job", "job", "/model-manage/api/jobs", "/sageMaker/name", "name", "jobs/", "jobs", "Job", kJobColumns, kJobDetails, "began,desc", kJobCalled},
    {"notification", "notification", "/model-manage/api/notifications", "", "", "", "notifications", "Notification", kNotificationColumns,
     kNotificationDetails},
    {"ticket",
     "ticket",
     "/model-manage/api/notifications",
     "",
     "",
     "",
     "notifications",
     "Notification",
     kTicketColumns,
     kTicketDetails,
     "open,desc created",
     {},
     "type:MODEL_APPROVAL_NOTIFICATION"},
    {"operation", "operation", "/sagemaker-service/api/operations", "", "", "imports/", "models", "Operation", kOperationColumns, kOperationDetails},
    {"credential", "credential", "/sagemaker-service/api/credentials", "", "", "", "credentials", "Credential", kCredentialColumns, kCredentialDetails},
    {"user", "user", "/model-manage/api/users", "/username", "username", "", "users", "User", kUserColumns, kUserDetails},
    {"client", "machine client", "/model-manage/api/clients", "/clientId", "clientId", "", "users", "Client", kClientColumns, kClientDetails},
    {"account-model", "model of the account", "/sagemaker-service/api/models", "/name", "", "", "", "", kAccountModelColumns, {}},
    {"output", "output of a job", "", "/url", "", "", "", "", kOutputColumns, {}},
    {"event", "event", "", "/seq", "", "", "", "", kEventColumns, {}},
    {"context", "context", "", "/name", "", "", "", "", kContextColumns, {}},
};

}  // namespace

const Resource& resource_of(std::string_view noun) {
    const auto found = std::ranges::find(kResources, noun, &Resource::noun);
    SW_ASSERT(found != std::end(kResources), "a command names a resource that is not in the table");
    return *found;
}

}  // namespace slipway::cli
