-- What edge runtimes write beside the registry's rows, so that heartbeats, messages and logs rewrite no object and make no version.

-- Who runs an enrolled runtime, and when it was heard of last. `instance_id` is empty once it removed itself.
CREATE TABLE runtime_contacts (
    runtime_id TEXT {{c}} PRIMARY KEY,
    instance_id TEXT {{c}} NOT NULL,
    principal TEXT {{c}} NOT NULL,
    last_contact BIGINT NOT NULL,
    cluster TEXT {{c}},
    reason TEXT {{c}}
);

ALTER TABLE jobs ADD COLUMN cancel_requested_at BIGINT;
-- A runtime asks for its work in one request, for any number of jobs: all that is answered stands in this index.
CREATE INDEX jobs_work ON jobs (engine_id, owner, row_id, id, version, status, cancel_requested_at, group_name, created_by)
    WHERE status IN ('CREATED', 'WAITING', 'RUNNING');

-- Who has a job: the instance (also `owner` of the job) and the principal whose word counts. Messages are numbered by the owner.
CREATE TABLE job_claims (
    job_id TEXT {{c}} PRIMARY KEY,
    owner TEXT {{c}} NOT NULL,
    principal TEXT {{c}} NOT NULL,
    claimed_at BIGINT NOT NULL,
    message_seq BIGINT NOT NULL,
    message_bytes BIGINT NOT NULL,
    audited_attempt BIGINT NOT NULL
);

-- Written before anything is launched. `released_at` is set when a person took the risk of a second launch.
CREATE TABLE job_attempts (
    job_id TEXT {{c}} NOT NULL,
    attempt BIGINT NOT NULL,
    tag TEXT {{c}} NOT NULL,
    owner TEXT {{c}} NOT NULL,
    recorded_at BIGINT NOT NULL,
    released_at BIGINT
);
CREATE UNIQUE INDEX job_attempts_attempt ON job_attempts (job_id, attempt);

-- Standard output and error of a job, append-only in pieces; `size` is what is kept, `truncated` that more came.
CREATE TABLE job_logs (
    job_id TEXT {{c}} NOT NULL,
    stream TEXT {{c}} NOT NULL,
    size BIGINT NOT NULL,
    truncated BIGINT NOT NULL,
    written_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX job_logs_stream ON job_logs (job_id, stream);
CREATE INDEX job_logs_written ON job_logs (written_at);
CREATE TABLE job_log_pieces (
    job_id TEXT {{c}} NOT NULL,
    stream TEXT {{c}} NOT NULL,
    start_at BIGINT NOT NULL,
    bytes {{blob}} NOT NULL
);
CREATE UNIQUE INDEX job_log_pieces_start ON job_log_pieces (job_id, stream, start_at);
