-- What Slipway knows of AWS accounts (src/sagemaker): the index shared by all imported models of an account and region, and entered credentials.

-- One row per AWS object that was seen. object_key is ARN and creation time. `detail` is the content hash of AWS's masked description in blobs.
-- `final` objects never change in AWS, so they are never described again; `pending` ones are to be described.
CREATE TABLE sagemaker_objects (
    object_key TEXT {{c}} PRIMARY KEY,
    account TEXT {{c}} NOT NULL,
    region TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    arn TEXT {{c}} NOT NULL,
    name TEXT {{c}} NOT NULL,
    aws_created BIGINT,
    aws_modified BIGINT,
    status TEXT {{c}} NOT NULL,
    final BIGINT NOT NULL,
    pending BIGINT NOT NULL,
    detail TEXT {{c}}
);
CREATE INDEX sagemaker_objects_kind ON sagemaker_objects (account, region, kind, name);
CREATE INDEX sagemaker_objects_pending ON sagemaker_objects (account, region, kind, object_key) WHERE pending = 1;

-- What an object belongs to: the models of a configuration or transform job, the artifact of a training job, the configuration of an endpoint.
CREATE TABLE sagemaker_links (
    object_key TEXT {{c}} NOT NULL,
    account TEXT {{c}} NOT NULL,
    region TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    target TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX sagemaker_links_object ON sagemaker_links (object_key, target);
CREATE INDEX sagemaker_links_target ON sagemaker_links (account, region, kind, target);

-- How much of an account was listed to the end: creation times from covered_from to covered_to.
CREATE TABLE sagemaker_coverage (
    account TEXT {{c}} NOT NULL,
    region TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    covered_from BIGINT NOT NULL,
    covered_to BIGINT NOT NULL,
    completed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX sagemaker_coverage_kind ON sagemaker_coverage (account, region, kind);

-- Credentials that people entered: `sealed` is a JSON object of the secrets, sealed for the purpose `credential:<id>`.
CREATE TABLE sagemaker_credentials (
    id TEXT {{c}} PRIMARY KEY,
    group_name TEXT {{c}} NOT NULL,
    region TEXT {{c}} NOT NULL,
    access_key_id TEXT {{c}} NOT NULL,
    sealed {{blob}} NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX sagemaker_credentials_key ON sagemaker_credentials (group_name, access_key_id, region);

-- Which credential brings a model up to date.
CREATE TABLE sagemaker_model_credentials (
    stored_model_id TEXT {{c}} PRIMARY KEY,
    credential_id TEXT {{c}} NOT NULL
);
CREATE INDEX sagemaker_model_credentials_credential ON sagemaker_model_credentials (credential_id);
