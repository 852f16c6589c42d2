-- Life cycles that were started for a snapshot before the registry told of them: their business key is its id.
INSERT INTO model_mlcs (id, group_name, version, created_at, modified_at, created_by, modified_by, search_text, stored_model_id, document)
SELECT i.id, d.group_name, 1, i.started_at, coalesce(i.ended_at, i.started_at), i.created_by, i.created_by, '', d.stored_model_id,
{{sqlite}} json_patch('{}', json_object('storedModelId', d.stored_model_id, 'processInstance', json_object('id', i.id,
{{sqlite}} 'processDefinitionKey', i.definition_key, 'businessKey', i.business_key,
{{sqlite}} 'startTime', strftime('%Y-%m-%dT%H:%M:%fZ', i.started_at / 1000.0, 'unixepoch'),
{{sqlite}} 'endTime', strftime('%Y-%m-%dT%H:%M:%fZ', i.ended_at / 1000.0, 'unixepoch'))))
{{postgres}} json_strip_nulls(json_build_object('storedModelId', d.stored_model_id, 'processInstance', json_build_object('id', i.id,
{{postgres}} 'processDefinitionKey', i.definition_key, 'businessKey', i.business_key,
{{postgres}} 'startTime', to_char(to_timestamp(i.started_at / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
{{postgres}} 'endTime', to_char(to_timestamp(i.ended_at / 1000.0) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))))::text
FROM lifecycle_instances i JOIN deployable_models d ON d.id = i.business_key AND (i.group_name = d.group_name OR i.group_name = '')
WHERE i.parent_id = '' AND d.stored_model_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM model_mlcs m WHERE m.id = i.id);
