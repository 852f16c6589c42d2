-- What lists of tasks for people ask for stands beside their detail, so that the database can find and page them.
ALTER TABLE lifecycle_user_tasks ADD COLUMN name TEXT {{c}} NOT NULL DEFAULT '';
ALTER TABLE lifecycle_user_tasks ADD COLUMN assignee TEXT {{c}} NOT NULL DEFAULT '';
ALTER TABLE lifecycle_user_tasks ADD COLUMN priority BIGINT NOT NULL DEFAULT 50;
CREATE INDEX lifecycle_user_tasks_assignee ON lifecycle_user_tasks (assignee, row_id);

-- Who may take a task: kind is `group` or `user`.
CREATE TABLE lifecycle_candidates (
    instance_id TEXT {{c}} NOT NULL,
    token BIGINT NOT NULL,
    kind TEXT {{c}} NOT NULL,
    name TEXT {{c}} NOT NULL
);
CREATE INDEX lifecycle_candidates_task ON lifecycle_candidates (instance_id, token, kind, name);
CREATE INDEX lifecycle_candidates_name ON lifecycle_candidates (kind, name);

-- How often in a row the lock of a task was lost: it ran out, or its server died, and nobody had said what became of the work.
ALTER TABLE lifecycle_tasks ADD COLUMN losses BIGINT NOT NULL DEFAULT 0;

-- Those that wait already. PostgreSQL cannot read a text with \u0000 from JSON.
{{sqlite}} UPDATE lifecycle_user_tasks SET name = COALESCE(json_extract(detail, '$.name'), ''), assignee = COALESCE(json_extract(detail, '$.assignee'), ''), priority = COALESCE(json_extract(detail, '$.priority'), 50);
{{sqlite}} INSERT INTO lifecycle_candidates (instance_id, token, kind, name) SELECT t.instance_id, t.token, 'group', c.value FROM lifecycle_user_tasks t, json_each(t.detail, '$.candidateGroups') c;
{{sqlite}} INSERT INTO lifecycle_candidates (instance_id, token, kind, name) SELECT t.instance_id, t.token, 'user', c.value FROM lifecycle_user_tasks t, json_each(t.detail, '$.candidateUsers') c;
{{postgres}} UPDATE lifecycle_user_tasks SET name = COALESCE(detail::json ->> 'name', ''), assignee = COALESCE(detail::json ->> 'assignee', ''), priority = COALESCE((detail::json ->> 'priority')::bigint, 50) WHERE strpos(detail, '\u0000') = 0;
{{postgres}} INSERT INTO lifecycle_candidates (instance_id, token, kind, name) SELECT t.instance_id, t.token, 'group', c.value FROM lifecycle_user_tasks t, json_array_elements_text(t.detail::json -> 'candidateGroups') c WHERE strpos(t.detail, '\u0000') = 0;
{{postgres}} INSERT INTO lifecycle_candidates (instance_id, token, kind, name) SELECT t.instance_id, t.token, 'user', c.value FROM lifecycle_user_tasks t, json_array_elements_text(t.detail::json -> 'candidateUsers') c WHERE strpos(t.detail, '\u0000') = 0;
