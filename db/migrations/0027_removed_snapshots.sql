-- Snapshots of endpoint configurations that a person deleted (src/registry/removed_snapshots.hpp): a sync does not bring them back, an import does.
CREATE TABLE removed_snapshots (
    stored_model_id TEXT {{c}} NOT NULL,
    aws_arn TEXT {{c}} NOT NULL,
    aws_created BIGINT NOT NULL,
    PRIMARY KEY (stored_model_id, aws_arn, aws_created)
);
