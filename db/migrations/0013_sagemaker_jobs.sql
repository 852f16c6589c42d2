-- What is made in AWS for one entity of the registry: transform jobs, training jobs and endpoint configurations (src/sagemaker/creation.hpp). Planned here
-- before it is asked for. Only what was created with such a row is ever asked of AWS: jobs that were stored before it are not.
-- live is 1 until it has ended; revision counts the writes, so that a step that was overtaken changes nothing.
CREATE TABLE sagemaker_creations (
    row_id {{row_id}},
    entity_id TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    account TEXT {{c}} NOT NULL,
    region TEXT {{c}} NOT NULL,
    aws_name TEXT {{c}} NOT NULL,
    state TEXT {{c}} NOT NULL,
    live BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    document TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX sagemaker_creations_entity ON sagemaker_creations (entity_id);
CREATE INDEX sagemaker_creations_due ON sagemaker_creations (next_at) WHERE live = 1;
CREATE INDEX sagemaker_creations_name ON sagemaker_creations (account, region, kind, aws_name) WHERE live = 1;

-- How a snapshot came to be (src/registry/snapshot_origin.hpp): what starts life cycles reads it beside the event `created` of the snapshot.
CREATE TABLE snapshot_origins (
    deployable_model_id TEXT {{c}} PRIMARY KEY,
    origin TEXT {{c}} NOT NULL,
    requested_by TEXT {{c}} NOT NULL,
    starts_lifecycles BIGINT NOT NULL
);
