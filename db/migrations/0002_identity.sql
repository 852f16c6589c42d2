-- People, machine clients, their secrets and tokens. Secrets stand in tables of their own, so that no document, audit row or event can show them.

CREATE TABLE users (
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
    name TEXT {{c}} NOT NULL,
    admin BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    last_sign_in BIGINT
);
CREATE UNIQUE INDEX users_id ON users (id);
CREATE UNIQUE INDEX users_name ON users (name);

CREATE TABLE clients (
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
    name TEXT {{c}} NOT NULL,
    admin BIGINT NOT NULL,
    disabled BIGINT NOT NULL,
    last_sign_in BIGINT
);
CREATE UNIQUE INDEX clients_id ON clients (id);
CREATE UNIQUE INDEX clients_name ON clients (name);

-- hash: argon2id of a user's password, or SHA-256 (hex) of a client's generated secret.
CREATE TABLE account_secrets (
    subject_id TEXT {{c}} PRIMARY KEY,
    hash TEXT {{c}} NOT NULL,
    changed_at BIGINT NOT NULL
);

-- Names of users and clients together: a row belongs to its maker by name, so no client may be called like a user.
-- The row of name '' serialises changes of who is administrator.
CREATE TABLE account_names (
    name TEXT {{c}} PRIMARY KEY,
    changes BIGINT NOT NULL
);
INSERT INTO account_names (name, changes) VALUES ('', 0);

-- kind: access, refresh or session; hash: SHA-256 (hex). All tokens of one sign-in are a family.
CREATE TABLE tokens (
    hash TEXT {{c}} PRIMARY KEY,
    kind TEXT {{c}} NOT NULL,
    family TEXT {{c}} NOT NULL,
    subject_kind TEXT {{c}} NOT NULL,
    subject_id TEXT {{c}} NOT NULL,
    issued_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX tokens_family ON tokens (family);
CREATE INDEX tokens_subject ON tokens (subject_id);
CREATE INDEX tokens_expires ON tokens (expires_at);
