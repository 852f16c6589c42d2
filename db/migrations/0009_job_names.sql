-- Jobs are found and sorted by the name that they have in AWS: what stands behind the last / of the ARN.
ALTER TABLE jobs ADD COLUMN name TEXT {{c}};
UPDATE jobs SET name = replace(aws_arn, rtrim(aws_arn, replace(aws_arn, '/', '')), '') WHERE aws_arn IS NOT NULL;
CREATE INDEX jobs_name ON jobs (name, row_id);
