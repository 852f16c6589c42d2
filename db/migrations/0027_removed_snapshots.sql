-- Snapshots of endpoint configurations that a person deleted (src/registry/removed_snapshots.hpp): a sync does not bring them back, an import does.
CREATE TABLE removed_snapshots (
    stored_model_id TEXT {{c}} NOT NULL,
    aws_arn TEXT {{c}} NOT NULL,
    aws_created BIGINT NOT NULL,
    PRIMARY KEY (stored_model_id, aws_arn, aws_created)
);

-- Deployments that were given up before AWS came to an end: each new one asks for them.
CREATE INDEX deploy_runs_given_up_endpoint ON deploy_runs (endpoint_key) WHERE state = 'TIMED_OUT';
CREATE INDEX deploy_runs_given_up_snapshot ON deploy_runs (deployable_model_id) WHERE state = 'TIMED_OUT';
