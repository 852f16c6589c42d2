-- The last word of people on each model of an endpoint configuration (src/registry/configuration_verdicts.hpp): it outlives the snapshots that it was said of.
CREATE TABLE configuration_verdicts (
    aws_arn TEXT {{c}} NOT NULL,
    aws_created TEXT {{c}} NOT NULL,
    model_key TEXT {{c}} NOT NULL,
    decision TEXT {{c}} NOT NULL,
    model_name TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    PRIMARY KEY (aws_arn, aws_created, model_key)
);
