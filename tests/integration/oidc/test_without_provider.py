"""A provider that is away, hangs, or answers with what is nothing."""
from __future__ import annotations

import concurrent.futures
import http.server
import os
import signal
import threading
import time

import pytest
import requests

from integration.oidc.people import MODELS, bearer, encoded, session_of
from sandbox.keycloak import AUDIENCE, Browser, password_of, settings
from sandbox.process import wait_until
from sandbox.rest import Rest, problem
from sandbox.server import Slipway


def test_a_provider_that_hangs_in_the_middle(company, keycloak):
    """It takes requests and answers none: who brings a token waits for nobody, who needs a new one hears that within seconds, and from then on at once."""
    tokens = keycloak.token("sam")
    fresh = keycloak.token("sam")["access_token"]
    assert Rest(company.url, tokens["access_token"]).get(MODELS)

    def renew() -> requests.Response:
        return Rest(company.url).send("POST", "/gocli/token", data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})

    os.killpg(keycloak.daemon.process.pid, signal.SIGSTOP)
    try:
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            waiting = [pool.submit(renew) for _ in range(12)]
            for token in (tokens["access_token"], fresh):
                asked = time.monotonic()
                assert Rest(company.url, token).get(MODELS) and time.monotonic() - asked < 2
            # Of one address four are under way at a time.
            codes = [one.result().json()["code"] for one in waiting]
            assert set(codes) <= {"IDENTITY_AWAY", "BUSY"} and codes.count("IDENTITY_AWAY") >= 4, codes
        assert time.monotonic() - begin < 12, "they waited side by side, for their own form and for one of ours"
        asked = time.monotonic()
        problem(renew(), 503, "IDENTITY_AWAY")
        assert time.monotonic() - asked < 1
    finally:
        os.killpg(keycloak.daemon.process.pid, signal.SIGCONT)
    sam = {"username": "sam", "password": password_of("sam")}
    wait_until(lambda: Rest(company.url).send("POST", "/gocli/token", data=sam).status_code == 200, "it is found again", 20, every=0.5)


def server_location(server: Slipway, path: str) -> str:
    return requests.get(server.url + path, allow_redirects=False, timeout=30).headers["Location"]


def test_a_provider_that_is_away_at_start_and_comes_and_goes(keycloak, tmp_path):
    """Last: the provider is stopped. A truthful state, 503 with a problem document, nothing believed that was not checked, and all by itself again."""
    server = Slipway(tmp_path, config={"security": settings(keycloak, recheckInterval="5s")}, password=None).start()
    try:
        token, browser = keycloak.token("sam"), Browser()
        browser.sign_in(server.url, "sam")
        keycloak.stop()
        person = Rest(server.url, token["access_token"])
        assert person.get(MODELS), "keys that are known go on"
        time.sleep(6)
        assert session_of(browser, server).status_code == 200, "and so does a session whose token has not ended"
        answer = Rest(server.url).send("POST", "/gocli/token", data={"username": "sam", "password": password_of("sam")})
        problem(answer, 503, "IDENTITY_AWAY")
        assert "signIn=IDENTITY_AWAY" in server_location(server, "/gocli/login/start") or keycloak.url in server_location(server, "/gocli/login/start")
        server.stop()
        late = Slipway(tmp_path / "late", config={"security": settings(keycloak)}, password=None)
        late.start_unready()
        try:
            problem(Rest(late.url, token["access_token"]).send("GET", MODELS), 503, "IDENTITY_AWAY")
            health = requests.get(f"{late.url}/actuator/health/readiness", timeout=10)
            assert health.status_code == 503
            keycloak.start()
            wait_until(lambda: requests.get(f"{late.url}/actuator/health/readiness", timeout=10).status_code == 200, "the server finds the provider by itself", 60, every=0.5)
            assert bearer(late, keycloak, "sam").get(MODELS) is not None
        finally:
            late.stop()
    finally:
        server.stop()


class Odd(http.server.BaseHTTPRequestHandler):
    """A provider that answers what it is told to."""
    mode = "html"

    def do_GET(self) -> None:  # noqa: N802
        if Odd.mode == "slow":
            time.sleep(30)
        body = b"<html>Welcome to the wireless network</html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            pass

    def log_message(self, *_) -> None:
        pass


@pytest.mark.parametrize("mode", ["html", "slow"])
def test_a_provider_that_answers_html_or_takes_half_a_minute(tmp_path, mode):
    Odd.mode = mode
    odd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=odd.serve_forever, daemon=True).start()
    issuer = f"http://127.0.0.1:{odd.server_port}/realm"
    server = Slipway(tmp_path, config={"security": {"mode": "oauth2", "oauth2": {"issuerUri": issuer, "audience": AUDIENCE, "login": {"clientId": "x"}}}}, password=None)
    server.start_unready()
    token = f"{encoded({'alg': 'RS256', 'kid': 'k'})}.{encoded({'iss': issuer, 'aud': AUDIENCE, 'exp': time.time() + 300, 'sub': 'x'})}.AAAA"
    try:
        begin = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda _: Rest(server.url, token).send("GET", MODELS), range(48)))
        assert {answer.status_code for answer in answers} == {503} and all(answer.headers["Content-Type"] == "application/problem+json" for answer in answers)
        assert time.monotonic() - begin < 25, "nobody waits half a minute, and one does not wait for the other"
        assert Rest(server.url).send("GET", MODELS).status_code == 401
        assert requests.get(f"{server.url}/actuator/health/liveness", timeout=10).status_code == 200
    finally:
        server.stop()
        odd.shutdown()
