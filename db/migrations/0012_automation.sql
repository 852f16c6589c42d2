-- Life cycles (src/automation): what is deployed, what runs, and what it waits for. Times are epoch milliseconds.
-- Rights are those of the instance (group_name, created_by); an empty group of a definition is everybody's.

CREATE TABLE lifecycle_deployments (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    name TEXT {{c}} NOT NULL,
    source TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    content_hash TEXT {{c}} NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX lifecycle_deployments_id ON lifecycle_deployments (id);
CREATE INDEX lifecycle_deployments_name ON lifecycle_deployments (group_name, name, row_id);

-- Files, byte for byte.
CREATE TABLE lifecycle_resources (
    deployment_id TEXT {{c}} NOT NULL,
    name TEXT {{c}} NOT NULL,
    content {{blob}} NOT NULL
);
CREATE UNIQUE INDEX lifecycle_resources_name ON lifecycle_resources (deployment_id, name);

CREATE TABLE lifecycle_definitions (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    decision BIGINT NOT NULL,
    definition_key TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    version_tag TEXT {{c}} NOT NULL,
    name TEXT {{c}} NOT NULL,
    deployment_id TEXT {{c}} NOT NULL,
    resource TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    latest BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX lifecycle_definitions_id ON lifecycle_definitions (id);
CREATE UNIQUE INDEX lifecycle_definitions_version ON lifecycle_definitions (decision, definition_key, group_name, version);
CREATE INDEX lifecycle_definitions_deployment ON lifecycle_definitions (deployment_id);

-- What starts the newest version of a process by itself. due_at of a timer is null once it fires no more.
CREATE TABLE lifecycle_starts (
    definition_id TEXT {{c}} NOT NULL,
    definition_key TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    element TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    name TEXT {{c}} NOT NULL,
    due_at BIGINT,
    anchor BIGINT NOT NULL,
    position BIGINT NOT NULL,
    firings_left BIGINT NOT NULL
);
CREATE UNIQUE INDEX lifecycle_starts_element ON lifecycle_starts (definition_id, element);
CREATE INDEX lifecycle_starts_name ON lifecycle_starts (kind, name);
CREATE INDEX lifecycle_starts_due ON lifecycle_starts (due_at) WHERE kind = 'timer';

-- started_once is 1 for the instance that a business key has of a process that starts once for each.
CREATE TABLE lifecycle_instances (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    definition_id TEXT {{c}} NOT NULL,
    definition_key TEXT {{c}} NOT NULL,
    business_key TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    state TEXT {{c}} NOT NULL,
    started_once BIGINT NOT NULL,
    start_element TEXT {{c}} NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    reason TEXT {{c}} NOT NULL,
    outcome TEXT {{c}} NOT NULL,
    parent_id TEXT {{c}} NOT NULL,
    parent_token BIGINT NOT NULL,
    depth BIGINT NOT NULL,
    incidents BIGINT NOT NULL,
    document TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX lifecycle_instances_id ON lifecycle_instances (id);
CREATE INDEX lifecycle_instances_key ON lifecycle_instances (business_key, definition_key);
CREATE INDEX lifecycle_instances_definition ON lifecycle_instances (definition_key, row_id);
CREATE INDEX lifecycle_instances_parent ON lifecycle_instances (parent_id, parent_token) WHERE parent_id <> '';
CREATE UNIQUE INDEX lifecycle_instances_once ON lifecycle_instances (definition_key, group_name, business_key) WHERE started_once = 1;

-- Work by topic. free_at: from when on it may be fetched: the end of a lock or of the wait before the next try. retries is -1 until it fails.
CREATE TABLE lifecycle_tasks (
    row_id {{row_id}},
    instance_id TEXT {{c}} NOT NULL,
    token BIGINT NOT NULL,
    element TEXT {{c}} NOT NULL,
    topic TEXT {{c}} NOT NULL,
    priority BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    free_at BIGINT NOT NULL,
    worker TEXT {{c}} NOT NULL,
    retries BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    retry_cycle TEXT {{c}} NOT NULL,
    idempotency_key TEXT {{c}} NOT NULL,
    error TEXT {{c}} NOT NULL,
    error_details TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX lifecycle_tasks_token ON lifecycle_tasks (instance_id, token);
CREATE INDEX lifecycle_tasks_free ON lifecycle_tasks (topic, free_at) WHERE retries <> 0;
CREATE INDEX lifecycle_tasks_worker ON lifecycle_tasks (worker) WHERE worker <> '';

-- Tasks for people: their members stand in detail.
CREATE TABLE lifecycle_user_tasks (
    row_id {{row_id}},
    instance_id TEXT {{c}} NOT NULL,
    token BIGINT NOT NULL,
    element TEXT {{c}} NOT NULL,
    created_at BIGINT NOT NULL,
    detail TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX lifecycle_user_tasks_token ON lifecycle_user_tasks (instance_id, token);

-- What the engine itself has to do: timers, continuations, deliveries of signals (item is the id of the timer, token or subscription).
CREATE TABLE lifecycle_jobs (
    row_id {{row_id}},
    instance_id TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    item BIGINT NOT NULL,
    element TEXT {{c}} NOT NULL,
    due_at BIGINT NOT NULL,
    retries BIGINT NOT NULL,
    payload_id BIGINT NOT NULL,
    error TEXT {{c}} NOT NULL
);
CREATE INDEX lifecycle_jobs_item ON lifecycle_jobs (instance_id, kind, item);
CREATE INDEX lifecycle_jobs_due ON lifecycle_jobs (due_at) WHERE retries > 0;

-- What a signal carries, once for all its receivers.
CREATE TABLE lifecycle_payloads (
    row_id {{row_id}},
    created_at BIGINT NOT NULL,
    content TEXT {{c}} NOT NULL
);

CREATE TABLE lifecycle_subscriptions (
    row_id {{row_id}},
    instance_id TEXT {{c}} NOT NULL,
    subscription BIGINT NOT NULL,
    token BIGINT NOT NULL,
    element TEXT {{c}} NOT NULL,
    kind TEXT {{c}} NOT NULL,
    name TEXT {{c}} NOT NULL,
    correlation_key TEXT {{c}}
);
CREATE UNIQUE INDEX lifecycle_subscriptions_id ON lifecycle_subscriptions (instance_id, subscription);
CREATE INDEX lifecycle_subscriptions_name ON lifecycle_subscriptions (kind, name, correlation_key);

CREATE TABLE lifecycle_incidents (
    row_id {{row_id}},
    instance_id TEXT {{c}} NOT NULL,
    incident BIGINT NOT NULL,
    type TEXT {{c}} NOT NULL,
    token BIGINT NOT NULL,
    element TEXT {{c}} NOT NULL,
    message TEXT {{c}} NOT NULL,
    created_at BIGINT NOT NULL,
    resolved_at BIGINT
);
CREATE UNIQUE INDEX lifecycle_incidents_id ON lifecycle_incidents (instance_id, incident);

-- Append only: what one step did, an array of records.
CREATE TABLE lifecycle_history (
    row_id {{row_id}},
    instance_id TEXT {{c}} NOT NULL,
    at BIGINT NOT NULL,
    records TEXT {{c}} NOT NULL
);
CREATE INDEX lifecycle_history_instance ON lifecycle_history (instance_id, row_id);

-- Messages that nobody waited for yet (waiting = 1), and ids of those that came, so that one that comes twice is known.
CREATE TABLE lifecycle_messages (
    row_id {{row_id}},
    dedup_id TEXT {{c}},
    name TEXT {{c}} NOT NULL,
    correlation_key TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    waiting BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    content TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX lifecycle_messages_dedup ON lifecycle_messages (dedup_id) WHERE dedup_id IS NOT NULL;
CREATE INDEX lifecycle_messages_name ON lifecycle_messages (name, correlation_key) WHERE waiting = 1;
CREATE INDEX lifecycle_messages_expiry ON lifecycle_messages (expires_at);

-- What a task did in the registry, so that a second attempt does it no second time.
CREATE TABLE lifecycle_effects (
    effect_key TEXT {{c}} PRIMARY KEY,
    instance_id TEXT {{c}} NOT NULL,
    answer TEXT {{c}} NOT NULL,
    created_at BIGINT NOT NULL
);

-- How far the outbox was read.
CREATE TABLE lifecycle_cursors (
    name TEXT {{c}} PRIMARY KEY,
    seq BIGINT NOT NULL
);
