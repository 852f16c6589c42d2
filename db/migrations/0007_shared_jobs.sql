-- A training job stands at every model that loads its artifact: one row for each of them.
DROP INDEX jobs_aws;
CREATE UNIQUE INDEX jobs_aws ON jobs (group_name, aws_arn, aws_created, stored_model_id) WHERE aws_arn IS NOT NULL;
