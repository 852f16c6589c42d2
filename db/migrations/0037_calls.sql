-- The call activity of a called instance: an incident of what it called is shown at it, and history names what each visit of it called.
ALTER TABLE lifecycle_instances ADD COLUMN parent_element TEXT {{c}} NOT NULL DEFAULT '';
-- What is open is asked for from everywhere, and is little beside all that ever was.
CREATE INDEX lifecycle_incidents_open ON lifecycle_incidents (instance_id) WHERE resolved_at IS NULL;

-- Those that run already: their callers' states know. PostgreSQL cannot read a text with \u0000 from JSON.
{{sqlite}} UPDATE lifecycle_instances SET parent_element = x.element FROM (
{{sqlite}}     SELECT p.id AS caller, json_extract(t.value, '$.i') AS token, json_extract(t.value, '$.e') AS element
{{sqlite}}     FROM lifecycle_instances p, json_each(CASE WHEN json_valid(p.document) THEN p.document ELSE '{}' END, '$.t') t
{{sqlite}}     WHERE p.state = 'active' AND p.id IN (SELECT c.parent_id FROM lifecycle_instances c WHERE c.parent_id <> '')
{{sqlite}} ) x WHERE lifecycle_instances.parent_id = x.caller AND parent_id <> '' AND parent_token = x.token AND state = 'active' AND x.element IS NOT NULL;
{{postgres}} UPDATE lifecycle_instances SET parent_element = x.element FROM (
{{postgres}}     SELECT p.id AS caller, (t.value ->> 'i')::bigint AS token, t.value ->> 'e' AS element
{{postgres}}     FROM lifecycle_instances p, json_array_elements(p.document::json -> 't') t
{{postgres}}     WHERE p.state = 'active' AND strpos(p.document, '\u0000') = 0 AND p.id IN (SELECT c.parent_id FROM lifecycle_instances c WHERE c.parent_id <> '')
{{postgres}} ) x WHERE lifecycle_instances.parent_id = x.caller AND parent_id <> '' AND parent_token = x.token AND state = 'active' AND x.element IS NOT NULL;
