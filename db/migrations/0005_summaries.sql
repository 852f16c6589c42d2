-- The job of a model that began last (src/registry/model_summary.cpp): imported jobs by AWS's time, others by ours.
CREATE INDEX jobs_model_began ON jobs (stored_model_id, COALESCE(aws_created, created_at), row_id);

-- What the collection of unused blobs asks for (src/registry/garbage.cpp).
CREATE INDEX blobs_created ON blobs (created_at);
CREATE INDEX sagemaker_objects_detail ON sagemaker_objects (detail);

-- What the last use of a credential showed (src/sagemaker/credential_checks.hpp): `document` has no secret; `fingerprint` is that of what it signs with.
CREATE TABLE sagemaker_credential_checks (
    credential_id TEXT {{c}} PRIMARY KEY,
    fingerprint TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL
);
