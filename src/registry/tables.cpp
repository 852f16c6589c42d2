#include "registry/tables.hpp"

#include <array>

namespace slipway::registry {

namespace {

using store::Column;
using Type = store::ColumnType;
using store::EntityTable;

constexpr std::array kStoredModelColumns{
    Column{"name", Type::text, "/modelMetaData/name", "name"},
    Column{"type", Type::text, "/modelMetaData/type", "type"},
    Column{"model_stage", Type::text, "/modelMetaData/modelStage", "stage"},
    Column{"aws_arn", Type::text, "/sageMaker/arn", "arn"},
    Column{"aws_created", Type::time, "/sageMaker/creationTime", "awsCreated"},
    Column{"aws_account", Type::text, "/sageMaker/account", "account"},
    Column{"aws_region", Type::text, "/sageMaker/region", "region"},
    Column{"aws_name", Type::text, "/sageMaker/name", "awsName"},
};
constexpr std::array<std::string_view, 4> kStoredModelSearch{"/modelMetaData/name", "/modelMetaData/description", "/sageMaker/arn", "/sageMaker/name"};

// Of the model's own group, and of what may be seen there. The summary tells the same (model_summary.hpp).
constexpr std::array kStoredModelTold{
    store::Told{"deployed",
                "EXISTS (SELECT 1 FROM deployed_models AS d WHERE {DeployedModel} AND d.stored_model_id = stored_models.id AND "
                "d.group_name = stored_models.group_name AND d.state IN ('DEPLOYED', 'DEPLOYING', 'UNDEPLOYING'))"},
    store::Told{"attention",
                "EXISTS (SELECT 1 FROM notifications AS n WHERE {Notification} AND n.stored_model_id = stored_models.id AND "
                "n.group_name = stored_models.group_name AND n.open = 1 AND (COALESCE(n.severity, '') NOT IN ('', 'INFO') OR "
                "n.notification_type = 'MODEL_APPROVAL_NOTIFICATION')) "
                "OR EXISTS (SELECT 1 FROM deployed_models AS d WHERE {DeployedModel} AND d.stored_model_id = stored_models.id AND "
                "d.group_name = stored_models.group_name AND d.state = 'FAILED') "
                "OR COALESCE((SELECT j.status FROM jobs AS j WHERE {Job} AND j.stored_model_id = stored_models.id AND "
                "j.group_name = stored_models.group_name ORDER BY COALESCE(j.aws_created, j.created_at) DESC, j.row_id DESC LIMIT 1), '') = 'ERROR'"},
};

constexpr std::array kDeployableModelColumns{
    Column{"name", Type::text, "/metaData/name", "name"},         Column{"stored_model_id", Type::text, "/storedModel/id", "storedModelId"},
    Column{"aws_arn", Type::text, "/sageMaker/arn", "arn"},       Column{"aws_created", Type::time, "/sageMaker/creationTime", "awsCreated"},
    Column{"aws_name", Type::text, "/sageMaker/name", "awsName"}, Column{"generated", Type::boolean, "/sageMaker/generated", "generated"},
    Column{"gone", Type::boolean, "/sageMaker/gone", "gone"},
};
constexpr std::array<std::string_view, 5> kDeployableModelSearch{"/metaData/name", "/metaData/description", "/storedModel/modelMetaData/name", "/sageMaker/arn",
                                                                 "/sageMaker/name"};
constexpr std::array<std::string_view, 1> kDeployableModelDetached{"/storedModel"};

constexpr std::array kDeployedModelColumns{
    Column{"state", Type::text, "/state", "state", true},
    Column{"stored_model_id", Type::text, "/deployableModel/storedModel/id", "storedModelId"},
    Column{"deployable_model_id", Type::text, "/deployableModel/id", "deployableModelId"},
    Column{"runtime_id", Type::text, "/engine/id", "runtimeId"},
};
constexpr std::array<std::string_view, 3> kDeployedModelSearch{"/deployableModel/metaData/name", "/deployableModel/storedModel/modelMetaData/name",
                                                               "/engine/name"};

constexpr std::array kRuntimeColumns{
    Column{"name", Type::text, "/name", "name"},
    Column{"engine_type", Type::text, "/engineType", "engineType"},
    Column{"state", Type::text, "/state", "state"},
    Column{"aws_arn", Type::text, "/sageMaker/arn", "arn"},
    Column{"aws_created", Type::time, "/sageMaker/creationTime", "awsCreated"},
    Column{"aws_name", Type::text, "/sageMaker/name", "awsName"},
    Column{"aws_account", Type::text, "/sageMaker/account", "account"},
    Column{"aws_region", Type::text, "/sageMaker/region", "region"},
};
constexpr std::array<std::string_view, 3> kRuntimeSearch{"/name", "/engineType", "/sageMaker/arn"};

constexpr std::array kJobColumns{
    Column{"name", Type::text, "/sageMaker/name", "name"},
    Column{"job_type", Type::text, "/jobType", "jobType"},
    Column{"status", Type::text, "/jobStatus", "status", true},
    Column{"owner", Type::text, "/owner", "owner", true},
    Column{"stored_model_id", Type::text, "/model/storedModel/id", "storedModelId"},
    Column{"deployable_model_id", Type::text, "/model/id", "deployableModelId"},
    Column{"engine_id", Type::text, "/targetEngine/id", "engineId"},
    Column{"engine_type", Type::text, "/targetEngine/engineType", "engineType"},
    Column{"aws_arn", Type::text, "/sageMaker/arn", "arn"},
    Column{"aws_created", Type::time, "/sageMaker/creationTime", "awsCreated"},
    Column{"ended_at", Type::time, "/jobEndTime", "ended"},
    Column{"cancel_requested_at", Type::time, "/cancelRequested/at", ""},
};
/// Of imported jobs AWS's time, of others ours (index jobs_began).
constexpr std::array kJobComputed{store::Computed{"began", "COALESCE(aws_created, created_at)", Type::time}};
constexpr std::array<std::string_view, 5> kJobSearch{"/sageMaker/name", "/sageMaker/arn", "/model/metaData/name", "/model/storedModel/modelMetaData/name",
                                                     "/targetEngine/name"};
constexpr std::array<std::string_view, 1> kJobDetached{"/model"};

constexpr std::array kNotificationColumns{
    Column{"notification_type", Type::text, "/notificationType", "type"},
    Column{"severity", Type::text, "/severity", "severity"},
    Column{"open", Type::boolean, "/open", "open"},
    Column{"stored_model_id", Type::text, "/storedModelId", "storedModelId"},
    Column{"deployable_model_id", Type::text, "/deployableModelId", "deployableModelId"},
    Column{"job_id", Type::text, "/jobId", "jobId"},
    Column{"dedup_key", Type::text, "/dedupKey", ""},
};
constexpr std::array<std::string_view, 1> kNotificationSearch{"/message"};

constexpr std::array kTestResultColumns{
    Column{"stored_model_id", Type::text, "/storedModelId", "storedModelId"},
    Column{"deployable_model_id", Type::text, "/deployableModelId", "deployableModelId"},
    Column{"job_id", Type::text, "/jobId", "jobId"},
};
constexpr std::array kModelMlcColumns{Column{"stored_model_id", Type::text, "/storedModelId", "storedModelId"}};

}  // namespace

const EntityTable& stored_models_table() {
    static constexpr EntityTable kTable{
        "stored_models", "storedModels", "StoredModel", kStoredModelColumns, "/modelMetaData/tags", kStoredModelSearch, {}, "/id", {}, {}, kStoredModelTold};
    return kTable;
}

const EntityTable& deployable_models_table() {
    static constexpr EntityTable kTable{"deployable_models", "deployableModels",     "DeployableModel",        kDeployableModelColumns,
                                        "/metaData/tags",    kDeployableModelSearch, kDeployableModelDetached, "/storedModel/id"};
    return kTable;
}

const EntityTable& deployed_models_table() {
    static constexpr EntityTable kTable{
        "deployed_models", "deployedModels", "DeployedModel", kDeployedModelColumns, "", kDeployedModelSearch, {}, "/deployableModel/storedModel/id"};
    return kTable;
}

const EntityTable& runtimes_table() {
    static constexpr EntityTable kTable{"runtimes", "runtimes", "Runtime", kRuntimeColumns, "/tags", kRuntimeSearch, {}, ""};
    return kTable;
}

const EntityTable& jobs_table() {
    static constexpr EntityTable kTable{"jobs",       "jobs",           "Job", kJobColumns, "", kJobSearch, kJobDetached, "/model/storedModel/id",
                                        kJobComputed, "stored_model_id"};
    return kTable;
}

const EntityTable& notifications_table() {
    static constexpr EntityTable kTable{"notifications", "notifications", "Notification", kNotificationColumns, "", kNotificationSearch, {}, "/storedModelId"};
    return kTable;
}

const EntityTable& model_test_results_table() {
    static constexpr EntityTable kTable{"model_test_results", "modelTestResults", "ModelTestResult", kTestResultColumns, "", {}, {}, "/storedModelId"};
    return kTable;
}

const EntityTable& model_mlcs_table() {
    static constexpr EntityTable kTable{"model_mlcs", "modelMLCs", "ModelMLC", kModelMlcColumns, "", {}, {}, "/storedModelId"};
    return kTable;
}

}  // namespace slipway::registry
