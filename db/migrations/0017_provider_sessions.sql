-- Sessions of the page with an OpenID provider behind them (src/identity/provider_sessions.hpp). hash: SHA-256 (hex) of the cookie; sealed: the provider's
-- tokens, readable with the server's key alone; principal: who it is, as the provider said last; check_at: when it is asked again.
CREATE TABLE provider_sessions (
    hash TEXT {{c}} PRIMARY KEY,
    principal TEXT {{c}} NOT NULL,
    sealed {{blob}} NOT NULL,
    expires_at BIGINT NOT NULL,
    access_expires_at BIGINT NOT NULL,
    check_at BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL
);
CREATE INDEX provider_sessions_expires ON provider_sessions (expires_at);
