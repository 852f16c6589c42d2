-- What life cycles found in the output of a test job (src/registry/test_verdicts.hpp): the evidence of approvals is taken from here, never from variables.
CREATE TABLE test_verdicts (
    job_id TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    PRIMARY KEY (job_id)
);
