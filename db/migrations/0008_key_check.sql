-- A value sealed with the server's key at the first start: whoever starts with another key is told, before anything is lost.
CREATE TABLE key_check (
    id BIGINT PRIMARY KEY,
    sealed {{blob}} NOT NULL
);
