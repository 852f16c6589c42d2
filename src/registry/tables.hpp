#pragma once

#include "store/entity.hpp"

/// How the registry's entities are stored (columns, filters, what is kept apart). Schema: db/migrations/0003_registry.sql.
namespace slipway::registry {

const store::EntityTable& stored_models_table();      ///< columns: name, type, model_stage, aws_arn, aws_created, aws_account, aws_region, aws_name
const store::EntityTable& deployable_models_table();  ///< name, stored_model_id, aws_arn, aws_created, aws_name, generated
const store::EntityTable& deployed_models_table();    ///< state (apart), stored_model_id, deployable_model_id, runtime_id
const store::EntityTable& runtimes_table();           ///< name, engine_type, state, aws_arn, aws_created, aws_name
const store::EntityTable&
jobs_table();  ///< job_type, status (apart), owner (apart), stored_model_id, deployable_model_id, engine_id, engine_type, aws_arn, aws_created, ended_at
const store::EntityTable& notifications_table();       ///< notification_type, severity, open, stored_model_id, deployable_model_id, job_id
const store::EntityTable& model_test_results_table();  ///< stored_model_id, deployable_model_id
const store::EntityTable& model_mlcs_table();          ///< stored_model_id

}  // namespace slipway::registry
