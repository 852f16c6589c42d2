#include <algorithm>

#include "apps/cli/output.hpp"

namespace slipway::cli {
namespace {

const std::vector<Resource>& resources() {
    static const Column id{"ID", "/id", Show::text, true};
    static const Column group{"GROUP", "/group"};
    static const Column created{"CREATED", "/createdDate|/created", Show::time, true};
    static const Column updated{"UPDATED", "/lastModifiedDate", Show::time, true};
    static const Column arn{"ARN", "/sageMaker/arn", Show::text, true};
    static const Column aws_status{"AWS STATUS", "/sageMaker/status"};
    static const Column aws_created{"IN AWS SINCE", "/sageMaker/creationTime", Show::time};
    static const Column console{"AWS CONSOLE", "/sageMaker/consoleUrl", Show::text, true};
    static const Column region{"REGION", "/sageMaker/region"};
    static const std::vector<Resource> all{
        {"model", "business model", "/model-manage/api/storedModels", "/modelMetaData/name", "name", "models", "StoredModel",
         {{"NAME", "/modelMetaData/name"}, {"TYPE", "/modelMetaData/type"}, group, region, {"TAGS", "/modelMetaData/tags", Show::list}, updated, id},
         {{"DESCRIPTION", "/modelMetaData/description"}, {"ASSETS", "/modelAssets", Show::count}, {"TRAINING JOBS", "/sageMaker/trainingJobs", Show::count},
          {"ACCOUNT", "/sageMaker/account"}, arn, aws_created, console, {"GONE", "/sageMaker/gone", Show::yes}, created,
          {"CREATED BY", "/createdBy"}, {"VERSION", "/version"}}},
        {"snapshot", "snapshot", "/model-manage/api/deployableModels", "/metaData/name", "name", "snapshots", "DeployableModel",
         {{"NAME", "/metaData/name"}, {"MODEL", "/storedModel/modelMetaData/name"}, group, {"GENERATED", "/sageMaker/generated", Show::yes}, created, id},
         {{"MODEL ID", "/storedModel/id", Show::text, true}, {"TAGS", "/metaData/tags", Show::list}, {"VARIANTS", "/sageMaker/productionVariants", Show::count},
          arn, aws_created, console, {"GONE", "/sageMaker/gone", Show::yes}, {"CREATED BY", "/createdBy"}, {"VERSION", "/version"}}},
        {"runtime", "runtime", "/model-manage/api/runtimes", "/name", "name", "runtimes", "Runtime",
         {{"NAME", "/name"}, {"TYPE", "/engineType"}, {"STATE", "/state", Show::status}, group, region, updated, id},
         {{"TAGS", "/tags", Show::list}, aws_status, {"CONFIGURATION", "/sageMaker/endpointConfigName"}, arn, aws_created, console,
          {"FAILURE", "/sageMaker/failureReason", Show::text, true}, {"GONE", "/sageMaker/gone", Show::yes}, {"VERSION", "/version"}}},
        {"deployment", "deployment", "/model-manage/api/deployedModels", "", "", "deployments", "DeployedModel",
         {{"MODEL", "/deployableModel/storedModel/name|/deployableModel/storedModel/modelMetaData/name"},
          {"SNAPSHOT", "/deployableModel/name|/deployableModel/metaData/name"}, {"RUNTIME", "/engine/name"}, {"STATE", "/state", Show::status}, group, updated, id},
         {{"SNAPSHOT ID", "/deployableModel/id", Show::text, true}, {"RUNTIME ID", "/engine/id", Show::text, true}, {"UNDEPLOYED", "/undeployTime", Show::time},
          {"VERSION", "/version"}}},
        {"job", "job", "/model-manage/api/jobs", "", "", "jobs", "Job",
         {{"NAME", "/sageMaker/name"}, {"TYPE", "/jobType"}, {"STATUS", "/jobStatus", Show::status},
          {"MODEL", "/model/storedModel/modelMetaData/name|/model/modelMetaData/name|/model/metaData/name|/model/name"},
          {"RUNTIME", "/targetEngine/name|/targetEngine/engineType"}, {"DURATION", "/jobDuration", Show::duration, true}, created, id},
         {{"GROUP", "/group"}, {"OWNER", "/owner"}, {"RESULT", "/jobResult", Show::text, true}, {"FAILURE", "/sageMaker/failureReason", Show::text, true},
          {"MESSAGES", "/jobMessages", Show::count}, {"INPUT", "/inputData/0/fileUrl", Show::text, true}, {"OUTPUT", "/outputData/0/fileUrl", Show::text, true},
          aws_status, arn, console, {"LOGS", "/sageMaker/logsUrl", Show::text, true}, {"VERSION", "/version"}}},
        {"notification", "notification", "/model-manage/api/notifications", "", "", "notifications", "Notification",
         {{"SEVERITY", "/severity", Show::status}, {"TYPE", "/notificationType"}, {"OPEN", "/open", Show::yes}, {"MESSAGE", "/message"}, group, created, id},
         {{"MODEL ID", "/storedModelId", Show::text, true}, {"SNAPSHOT ID", "/deployableModelId", Show::text, true}, {"JOB ID", "/jobId", Show::text, true},
          {"VERSION", "/version"}}},
        {"operation", "operation", "/sagemaker-service/api/operations", "", "", "operations", "Operation",
         {{"KIND", "/kind"}, {"MODEL", "/modelName|/request/modelName"}, {"STATE", "/state", Show::status}, {"PROGRESS", "/stages", Show::progress},
          {"AWS CALLS", "/awsCalls/total"}, {"PROBLEMS", "/problems", Show::count}, group, created, id},
         {{"REGION", "/region"}, {"ACCOUNT", "/account"}, {"MODEL ID", "/storedModelId", Show::text, true}, {"CALLS SAVED", "/awsCalls/saved"},
          {"THROTTLED", "/awsCalls/throttled"}, {"ETA (S)", "/etaSeconds"}, {"STARTED BY", "/createdBy"}, {"FINISHED", "/finished", Show::time}}},
        {"credential", "credential", "/sagemaker-service/api/credentials", "", "", "credentials", "Credential",
         {{"TYPE", "/authenticationType"}, group, {"REGION", "/region"}, {"KEY OR ROLE", "/accessKeyId|/roleArn"},
          {"ENTERED", "/entered", Show::yes}, {"ACCOUNT", "/lastCheck/account"}, {"CHECK", "/lastCheck/ok", Show::status}, id},
         {}},
        {"user", "user", "/model-manage/api/users", "/username", "username", "users", "User",
         {{"NAME", "/username"}, {"GROUPS", "/groups", Show::list}, {"ADMIN", "/admin", Show::yes}, {"DISABLED", "/disabled", Show::yes},
          {"LAST SIGN-IN", "/lastSignIn", Show::time}, id},
         {created, {"CREATED BY", "/createdBy"}, {"VERSION", "/version"}}},
        {"client", "machine client", "/model-manage/api/clients", "/clientId", "clientId", "clients", "Client",
         {{"CLIENT", "/clientId"}, {"GROUPS", "/groups", Show::list}, {"ADMIN", "/admin", Show::yes}, created, id},
         {{"SECRET", "/clientSecret", Show::text, true}}},
        {"account-model", "model of the account", "/sagemaker-service/api/models", "/name", "", "", "",
         {{"NAME", "/name"}, {"IMPORTED", "/imported", Show::yes}, {"CREATED", "/creationTime", Show::time, true}, {"ARN", "/arn", Show::text}}, {}},
        {"event", "event", "", "", "", "", "",
         {{"SEQ", "/seq", Show::text, true}, {"TYPE", "/type"}, {"KIND", "/kind"}, {"VERSION", "/version"}, {"ID", "/id", Show::text, true}}, {}},
        {"context", "context", "", "/name", "", "", "",
         {{"CURRENT", "/current", Show::yes}, {"NAME", "/name"}, {"URL", "/url"}, {"USER", "/user"}, {"SIGNED IN UNTIL", "/expires", Show::time}}, {}},
    };
    return all;
}

}  // namespace

const Resource& resource_of(std::string_view noun) {
    const auto found = std::ranges::find(resources(), noun, &Resource::noun);
    SW_ASSERT(found != resources().end(), "a command names a resource that is not in the table");
    return *found;
}

}  // namespace slipway::cli
