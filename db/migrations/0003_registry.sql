-- The registry's entities (src/registry/tables.cpp): the envelope, the columns that finders need, and the JSON document.
-- Columns are filled from the document by src/store/entity.cpp; large members of a document stand in blobs by their content hash.

-- One AWS object is one row per group: its identity is ARN and creation time, never the name.
CREATE TABLE stored_models (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    name TEXT {{c}},
    type TEXT {{c}},
    model_stage TEXT {{c}},
    aws_arn TEXT {{c}},
    aws_created BIGINT,
    aws_account TEXT {{c}},
    aws_region TEXT {{c}},
    aws_name TEXT {{c}}
);
CREATE UNIQUE INDEX stored_models_id ON stored_models (id);
CREATE INDEX stored_models_group ON stored_models (group_name, row_id);
CREATE INDEX stored_models_created ON stored_models (created_at, row_id);
CREATE INDEX stored_models_modified ON stored_models (modified_at, row_id);
CREATE INDEX stored_models_name ON stored_models (name, row_id);
CREATE UNIQUE INDEX stored_models_aws ON stored_models (group_name, aws_arn, aws_created) WHERE aws_arn IS NOT NULL;

-- A configuration of several models is one snapshot of each.
CREATE TABLE deployable_models (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    name TEXT {{c}},
    stored_model_id TEXT {{c}},
    aws_arn TEXT {{c}},
    aws_created BIGINT,
    aws_name TEXT {{c}},
    generated BIGINT
);
CREATE UNIQUE INDEX deployable_models_id ON deployable_models (id);
CREATE INDEX deployable_models_group ON deployable_models (group_name, row_id);
CREATE INDEX deployable_models_created ON deployable_models (created_at, row_id);
CREATE INDEX deployable_models_modified ON deployable_models (modified_at, row_id);
CREATE INDEX deployable_models_name ON deployable_models (name, row_id);
CREATE INDEX deployable_models_model ON deployable_models (stored_model_id, row_id);
CREATE UNIQUE INDEX deployable_models_aws ON deployable_models (group_name, aws_arn, aws_created, stored_model_id) WHERE aws_arn IS NOT NULL;

CREATE TABLE deployed_models (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    state TEXT {{c}},
    stored_model_id TEXT {{c}},
    deployable_model_id TEXT {{c}},
    runtime_id TEXT {{c}}
);
CREATE UNIQUE INDEX deployed_models_id ON deployed_models (id);
CREATE INDEX deployed_models_group ON deployed_models (group_name, row_id);
CREATE INDEX deployed_models_created ON deployed_models (created_at, row_id);
CREATE INDEX deployed_models_modified ON deployed_models (modified_at, row_id);
CREATE INDEX deployed_models_state ON deployed_models (state, row_id);
CREATE INDEX deployed_models_model ON deployed_models (stored_model_id, row_id);
CREATE INDEX deployed_models_snapshot ON deployed_models (deployable_model_id, row_id);
CREATE INDEX deployed_models_runtime ON deployed_models (runtime_id, row_id);

CREATE TABLE runtimes (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    name TEXT {{c}},
    engine_type TEXT {{c}},
    state TEXT {{c}},
    aws_arn TEXT {{c}},
    aws_created BIGINT,
    aws_name TEXT {{c}},
    aws_account TEXT {{c}},
    aws_region TEXT {{c}}
);
CREATE UNIQUE INDEX runtimes_id ON runtimes (id);
CREATE INDEX runtimes_group ON runtimes (group_name, row_id);
CREATE INDEX runtimes_created ON runtimes (created_at, row_id);
CREATE INDEX runtimes_modified ON runtimes (modified_at, row_id);
CREATE INDEX runtimes_name ON runtimes (name, row_id);
CREATE UNIQUE INDEX runtimes_enrolled ON runtimes (group_name, engine_type, name) WHERE engine_type <> 'SAGEMAKER_RUNTIME';
CREATE UNIQUE INDEX runtimes_aws ON runtimes (group_name, aws_arn, aws_created) WHERE aws_arn IS NOT NULL;

CREATE TABLE jobs (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    job_type TEXT {{c}},
    status TEXT {{c}},
    owner TEXT {{c}},
    stored_model_id TEXT {{c}},
    deployable_model_id TEXT {{c}},
    engine_id TEXT {{c}},
    engine_type TEXT {{c}},
    aws_arn TEXT {{c}},
    aws_created BIGINT,
    ended_at BIGINT
);
CREATE UNIQUE INDEX jobs_id ON jobs (id);
CREATE INDEX jobs_group ON jobs (group_name, row_id);
CREATE INDEX jobs_created ON jobs (created_at, row_id);
CREATE INDEX jobs_modified ON jobs (modified_at, row_id);
CREATE INDEX jobs_status ON jobs (status, row_id);
CREATE INDEX jobs_model ON jobs (stored_model_id, row_id);
CREATE INDEX jobs_snapshot ON jobs (deployable_model_id, row_id);
CREATE INDEX jobs_engine ON jobs (engine_id, status, row_id);
CREATE INDEX jobs_waiting ON jobs (engine_type, group_name, row_id) WHERE engine_id IS NULL AND status = 'CREATED';
CREATE UNIQUE INDEX jobs_aws ON jobs (group_name, aws_arn, aws_created) WHERE aws_arn IS NOT NULL;

-- While a notification is open, the same finding is said once.
CREATE TABLE notifications (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    notification_type TEXT {{c}},
    severity TEXT {{c}},
    open BIGINT,
    stored_model_id TEXT {{c}},
    deployable_model_id TEXT {{c}},
    job_id TEXT {{c}},
    dedup_key TEXT {{c}}
);
CREATE UNIQUE INDEX notifications_id ON notifications (id);
CREATE INDEX notifications_group ON notifications (group_name, row_id);
CREATE INDEX notifications_created ON notifications (created_at, row_id);
CREATE INDEX notifications_modified ON notifications (modified_at, row_id);
CREATE INDEX notifications_model ON notifications (stored_model_id, row_id);
CREATE INDEX notifications_snapshot ON notifications (deployable_model_id, row_id);
CREATE INDEX notifications_job ON notifications (job_id, row_id);
CREATE UNIQUE INDEX notifications_key ON notifications (group_name, dedup_key) WHERE dedup_key IS NOT NULL AND open = 1;

CREATE TABLE model_test_results (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    stored_model_id TEXT {{c}},
    deployable_model_id TEXT {{c}}
);
CREATE UNIQUE INDEX model_test_results_id ON model_test_results (id);
CREATE INDEX model_test_results_group ON model_test_results (group_name, row_id);
CREATE INDEX model_test_results_created ON model_test_results (created_at, row_id);
CREATE INDEX model_test_results_modified ON model_test_results (modified_at, row_id);
CREATE INDEX model_test_results_model ON model_test_results (stored_model_id, row_id);
CREATE INDEX model_test_results_snapshot ON model_test_results (deployable_model_id, row_id);

CREATE TABLE model_mlcs (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    stored_model_id TEXT {{c}}
);
CREATE UNIQUE INDEX model_mlcs_id ON model_mlcs (id);
CREATE INDEX model_mlcs_group ON model_mlcs (group_name, row_id);
CREATE INDEX model_mlcs_created ON model_mlcs (created_at, row_id);
CREATE INDEX model_mlcs_modified ON model_mlcs (modified_at, row_id);
CREATE INDEX model_mlcs_model ON model_mlcs (stored_model_id, row_id);

-- Lines of jobMessages, append-only; `line` is a JSON value. `seq` makes a repeated append change nothing.
CREATE TABLE job_messages (
    job_id TEXT {{c}} NOT NULL,
    seq BIGINT NOT NULL,
    written_at BIGINT NOT NULL,
    line TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX job_messages_job ON job_messages (job_id, seq);
CREATE INDEX job_messages_written ON job_messages (written_at);

-- Keys and passwords found in posted documents: a JSON object {name: value} sealed for the purpose `secret:<reference>`.
-- Whoever unseals one checks that the document that names it is of the same group.
CREATE TABLE sealed_secrets (
    reference TEXT {{c}} PRIMARY KEY,
    group_name TEXT {{c}} NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    sealed {{blob}} NOT NULL
);

-- Long work (src/registry/operations.hpp). One running operation per unique_key.
CREATE TABLE operations (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    state TEXT {{c}} NOT NULL,
    unique_key TEXT {{c}},
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    document TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX operations_id ON operations (id);
CREATE UNIQUE INDEX operations_key ON operations (unique_key) WHERE unique_key IS NOT NULL AND state = 'RUNNING';
CREATE INDEX operations_state ON operations (state, row_id);
CREATE INDEX operations_finished ON operations (finished_at);
