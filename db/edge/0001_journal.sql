-- Journal of a Spark runtime: what it must not forget. One row per job, its record as JSON.
CREATE TABLE spark_jobs (
    row_id {{row_id}},
    job_id TEXT {{c}} NOT NULL,
    live INTEGER NOT NULL,
    ended_at BIGINT NOT NULL,
    record TEXT NOT NULL
);
CREATE UNIQUE INDEX spark_jobs_job_id ON spark_jobs (job_id);
CREATE INDEX spark_jobs_live ON spark_jobs (live, ended_at);

-- Lines of jobMessages on their way to model-manage.
CREATE TABLE spark_messages (
    row_id {{row_id}},
    job_id TEXT {{c}} NOT NULL,
    seq BIGINT NOT NULL,
    line TEXT NOT NULL
);
CREATE UNIQUE INDEX spark_messages_job_id_seq ON spark_messages (job_id, seq);
