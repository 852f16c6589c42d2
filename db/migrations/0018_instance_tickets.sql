-- The approval that an instance asked for last, and when it is removed with its history (historyTimeToLive of its process), set at its end.
ALTER TABLE lifecycle_instances ADD COLUMN ticket_id TEXT {{c}} NOT NULL DEFAULT '';
ALTER TABLE lifecycle_instances ADD COLUMN remove_at BIGINT;
ALTER TABLE lifecycle_definitions ADD COLUMN days_kept BIGINT;
CREATE INDEX lifecycle_instances_removal ON lifecycle_instances (remove_at) WHERE remove_at IS NOT NULL;
CREATE INDEX lifecycle_effects_instance ON lifecycle_effects (instance_id);
DROP INDEX lifecycle_tasks_worker;
