-- Jobs in the order in which they began, imported ones by AWS's time (sort `began`, src/registry/tables.cpp).
CREATE INDEX jobs_began ON jobs (COALESCE(aws_created, created_at), row_id);
