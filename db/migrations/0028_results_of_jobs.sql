-- Results of one job are found by an index. PostgreSQL cannot read a text with \u0000 from JSON: such results are not found by their job.
ALTER TABLE model_test_results ADD COLUMN job_id TEXT {{c}};
{{sqlite}} UPDATE model_test_results SET job_id = json_extract(document, '$.jobId') WHERE json_type(document, '$.jobId') = 'text';
{{postgres}} UPDATE model_test_results SET job_id = document::json ->> 'jobId' WHERE strpos(document, '\u0000') = 0 AND json_typeof(document::json -> 'jobId') = 'string';
CREATE INDEX model_test_results_job ON model_test_results (job_id, row_id);
