-- Deployments under way and as they ended (src/sagemaker/deploy_run.hpp). A change to AWS is planned here before it is made.
-- live is 1 until the run has its verdict: one at a time for each snapshot and for each endpoint (endpoint_key, in lower case as AWS compares names).
CREATE TABLE deploy_runs (
    row_id {{row_id}},
    operation_id TEXT {{c}} NOT NULL,
    deployed_model_id TEXT {{c}} NOT NULL,
    deployable_model_id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    endpoint_key TEXT {{c}} NOT NULL,
    state TEXT {{c}} NOT NULL,
    live BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    document TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX deploy_runs_operation ON deploy_runs (operation_id);
CREATE INDEX deploy_runs_deployed_model ON deploy_runs (deployed_model_id, row_id);
CREATE INDEX deploy_runs_due ON deploy_runs (next_at) WHERE live = 1;
CREATE UNIQUE INDEX deploy_runs_endpoint ON deploy_runs (endpoint_key) WHERE live = 1;
CREATE UNIQUE INDEX deploy_runs_snapshot ON deploy_runs (deployable_model_id) WHERE live = 1;
