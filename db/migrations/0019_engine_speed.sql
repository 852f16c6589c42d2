-- Steps rewrite the row of their instance again and again: with room in its page PostgreSQL keeps it there, and none of the indexes changes.
{{postgres}} ALTER TABLE lifecycle_instances SET (fillfactor = 50);

-- What this server has in hand has no end of its lock (src/automation/turn.hpp, kNever): nobody looks for it, so it need not stand in the index.
DROP INDEX lifecycle_tasks_free;
CREATE INDEX lifecycle_tasks_free ON lifecycle_tasks (topic, free_at) WHERE retries <> 0 AND free_at < 9000000000000000;
