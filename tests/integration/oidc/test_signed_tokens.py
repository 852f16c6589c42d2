"""Tokens that the provider's own key signed, and that are good for nobody here: what they lack is said, and they do not count as good a moment later."""
from __future__ import annotations

import base64
import hashlib
import hmac
import time

import pytest

from integration.oidc.people import MODELS, encoded
from sandbox.rest import Rest, problem
from sandbox.server import Slipway
from sandbox.token_issuer import TokenIssuer


@pytest.fixture(scope="module")
def issuer():
    issuer = TokenIssuer()
    yield issuer
    issuer.stop()


def person(issuer: TokenIssuer, life: int = 300, **claims) -> str:
    return issuer.sign(life, **{"sub": "f3a1", "preferred_username": "ana", "groups": ["/risk"], **claims})


def by_clock_of(issuer: TokenIssuer, minutes: int) -> str:
    """What a provider gives whose clock is so many minutes ahead of ours."""
    now = int(time.time()) + 60 * minutes
    return person(issuer, iat=now, nbf=now, exp=now + 240)


def test_tokens_that_are_not_for_now_or_not_for_us(issuer, tmp_path):
    now = int(time.time())
    server = Slipway(tmp_path, config={"security": issuer.security()}, password=None).start()
    try:
        good = person(issuer)
        assert Rest(server.url, good).get(MODELS) is not None
        assert Rest(server.url, person(issuer, exp=now - 20, nbf=now - 300)).get(MODELS) is not None, "clocks may differ by a minute"
        assert Rest(server.url, person(issuer, nbf=now + 30)).get(MODELS) is not None
        for token, word in [(person(issuer, exp=now - 120), "expired"), (by_clock_of(issuer, -5), "expired"), (person(issuer, nbf=now + 120), "not valid yet"),
                            (by_clock_of(issuer, 5), "not valid yet"), (person(issuer, aud="urn:other"), "audience"), (person(issuer, aud=["eureka"]), "audience"),
                            (person(issuer, iss=f"{issuer.url}/realms/other"), "issuer"), (person(issuer, iss=f"{issuer.url}/"), "issuer")]:
            for _ in range(2):  # what is remembered of it, too
                answer = Rest(server.url, token).send("GET", MODELS)
                assert word in problem(answer, 401, "TOKEN_INVALID")["detail"], token
                assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        claims = good.split(".")[1]
        for algorithm in ("none", "HS256"):
            text = f"{encoded({'alg': algorithm, 'kid': 'k1', 'typ': 'JWT'})}.{claims}"
            mac = base64.urlsafe_b64encode(hmac.new(issuer.key.as_pem(private=False), text.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
            for token in (f"{text}.", f"{text}.{mac}"):
                problem(Rest(server.url, token).send("GET", MODELS), 401, "TOKEN_INVALID")
        assert good not in server.log() and good.split(".")[2] not in server.log(), "no token in the log"
    finally:
        server.stop()


def test_clocks_that_differ_by_minutes_where_that_is_allowed(issuer, tmp_path):
    server = Slipway(tmp_path, config={"security": issuer.security(clockSkew="6m")}, password=None).start()
    try:
        for minutes in (-5, 5):
            assert Rest(server.url, by_clock_of(issuer, minutes)).get(MODELS) is not None, minutes
        for minutes, word in ((-11, "expired"), (7, "not valid yet")):
            assert word in problem(Rest(server.url, by_clock_of(issuer, minutes)).send("GET", MODELS), 401, "TOKEN_INVALID")["detail"]
    finally:
        server.stop()
