-- Snapshots whose configuration AWS has no more are told apart without reading their documents. PostgreSQL cannot read a text with \u0000 from JSON: such
-- snapshots count as those that are there until they change.
ALTER TABLE deployable_models ADD COLUMN gone BIGINT;
{{sqlite}} UPDATE deployable_models SET gone = json_extract(document, '$.sageMaker.gone') WHERE json_type(document, '$.sageMaker.gone') IN ('true', 'false');
{{postgres}} UPDATE deployable_models SET gone = (document::json -> 'sageMaker' ->> 'gone' = 'true')::int WHERE strpos(document, '\u0000') = 0 AND json_typeof(document::json -> 'sageMaker' -> 'gone') = 'boolean';
