-- Of each job the last status that was signalled is kept instead of all of them, so that one that comes back is signalled again.
-- What stands there of before: `status:JOB:STATUS`, with 36 characters of the job.
DELETE FROM lifecycle_messages WHERE name = 'job.status' AND row_id NOT IN
    (SELECT max(row_id) FROM lifecycle_messages WHERE name = 'job.status' GROUP BY substr(dedup_id, 1, 43));
UPDATE lifecycle_messages SET content = substr(dedup_id, 45), dedup_id = substr(dedup_id, 1, 43) WHERE name = 'job.status';
