-- What every part stands on: audit trail, outbox, blobs, idempotency keys, leases, tags.
-- Placeholders (src/store/migrate.hpp): {{row_id}} {{blob}} {{real}} {{c}}. Times are epoch milliseconds.
-- A statement ends with a semicolon at the end of a line.

-- Shaped like an entity table (src/store/entity.hpp), so that audit records are found, filtered and paged like all else.
-- The document is {entityType, entityId, storedModelId, requestId, changes, metaData}.
CREATE TABLE audit_records (
    row_id {{row_id}},
    id TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    modified_at BIGINT NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    modified_by TEXT {{c}} NOT NULL,
    search_text TEXT {{c}} NOT NULL,
    document TEXT {{c}} NOT NULL,
    entity_type TEXT {{c}} NOT NULL,
    entity_id TEXT {{c}} NOT NULL,
    stored_model_id TEXT {{c}}
);
CREATE UNIQUE INDEX audit_records_id ON audit_records (id);
CREATE INDEX audit_records_group ON audit_records (group_name, row_id);
CREATE INDEX audit_records_entity ON audit_records (entity_id, row_id);
CREATE INDEX audit_records_model ON audit_records (stored_model_id, row_id);
CREATE INDEX audit_records_created ON audit_records (created_at, row_id);

-- seq is the order of the commits: on PostgreSQL a lock sees to it (docs/adr/0011-outbox-order.md).
CREATE TABLE outbox (
    seq {{row_id}},
    type TEXT {{c}} NOT NULL,
    entity_id TEXT {{c}} NOT NULL,
    version BIGINT NOT NULL,
    kind TEXT {{c}} NOT NULL,
    group_name TEXT {{c}} NOT NULL,
    created_by TEXT {{c}} NOT NULL,
    payload TEXT {{c}} NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX outbox_created ON outbox (created_at);

CREATE TABLE blobs (
    hash TEXT {{c}} PRIMARY KEY,
    created_at BIGINT NOT NULL,
    bytes {{blob}} NOT NULL
);

CREATE TABLE idempotency_keys (
    row_id {{row_id}},
    principal TEXT {{c}} NOT NULL,
    key TEXT {{c}} NOT NULL,
    request_hash TEXT {{c}} NOT NULL,
    status BIGINT NOT NULL,
    headers TEXT {{c}} NOT NULL,
    body TEXT {{c}} NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX idempotency_keys_key ON idempotency_keys (principal, key);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);

CREATE TABLE leases (
    name TEXT {{c}} PRIMARY KEY,
    holder TEXT {{c}} NOT NULL,
    token BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Tags of all entities; `type` is EntityTable::type, `row_id` that of the entity's table.
CREATE TABLE entity_tags (
    type TEXT {{c}} NOT NULL,
    row_id BIGINT NOT NULL,
    tag TEXT {{c}} NOT NULL
);
CREATE UNIQUE INDEX entity_tags_row ON entity_tags (type, row_id, tag);
CREATE INDEX entity_tags_tag ON entity_tags (type, tag, row_id);
