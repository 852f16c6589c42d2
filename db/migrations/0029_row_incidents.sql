-- Open incidents of an instance that are rows alone, which its state does not know (src/automation/step_rows.hpp): `incidents` is those of the state and these.
ALTER TABLE lifecycle_instances ADD COLUMN row_incidents BIGINT NOT NULL DEFAULT 0;

UPDATE lifecycle_instances SET row_incidents = (
    SELECT COUNT(*) FROM lifecycle_incidents n WHERE n.instance_id = lifecycle_instances.id AND n.incident < 0 AND n.resolved_at IS NULL
) WHERE id IN (SELECT n.instance_id FROM lifecycle_incidents n WHERE n.incident < 0 AND n.resolved_at IS NULL);
