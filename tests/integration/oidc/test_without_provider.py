"""A provider that is away, hangs, or answers with what is nothing."""
from __future__ import annotations

import concurrent.futures
import contextlib
import http.server
import os
import signal
import socket
import sqlite3
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


class LateAnswers:
    """Stands before a provider: what it is asked goes through at once, and while `come` is not set the answers do not come back; those about tokens (RFC 7662)
    while `tells` is not. So it is, too, with one that hangs: it carries out when it wakes what it was sent before."""

    def __init__(self, port: int):
        self.upstream, self.come, self.tells = port, threading.Event(), threading.Event()
        self.come.set()
        self.tells.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.upstream))
                asked: list[bytes] = [b""]
                for pair in ((near, far, False), (far, near, True)):
                    threading.Thread(target=self._relay, args=(*pair, asked), daemon=True).start()
        except OSError:
            pass

    def _relay(self, source: socket.socket, target: socket.socket, held: bool, asked: list[bytes]) -> None:
        try:
            while data := source.recv(65536):
                if held:
                    (self.tells if b"/introspect" in asked[0] else self.come).wait(120)
                elif data.startswith((b"GET ", b"POST ")):
                    asked[0] = data.split(b"\r\n", 1)[0]
                target.sendall(data)
        except OSError:
            pass
        for one in (source, target):
            one.close()

    def stop(self) -> None:
        self.come.set()
        self.tells.set()
        self.listener.close()


@pytest.mark.parametrize("introspection", ["none", "all"])
def test_a_page_outlives_a_provider_whose_answers_come_later_than_its_token_ends(keycloak, tmp_path, introspection):
    """The realm takes a refresh token once alone. A renewal whose answer comes late is taken all the same, also where nobody tells yet about the tokens that it
    brings: whoever asked again with the token of before would be taken for a thief, and thrown out."""
    life, hang = 10, 15
    before = LateAnswers(keycloak.port)
    security = settings(keycloak, recheckInterval="1s", introspection=introspection, issuerUri=keycloak.issuer.replace(str(keycloak.port), str(before.port)))
    server = Slipway(tmp_path, config={"security": security}, password=None).start()
    of_before = keycloak.admin("GET", "").json()["accessTokenLifespan"]
    keycloak.admin("PUT", "", {"accessTokenLifespan": life})
    try:
        browsers = [Browser() for _ in range(3)]
        for browser, person in zip(browsers, ("ada", "dan", "root")):
            browser.sign_in(server.url, person)
            assert session_of(browser, server).status_code == 200

        def look(seconds: float) -> list[set[int]]:
            """As the page does, which asks again and again. What each was answered."""
            until = time.monotonic() + seconds

            def one(browser: Browser) -> set[int]:
                codes = set()
                while time.monotonic() < until:
                    asked = time.monotonic()
                    codes.add(session_of(browser, server).status_code)
                    assert time.monotonic() - asked < 8, "nobody waits for as long as the provider hangs"
                    time.sleep(0.3)
                return codes
            with concurrent.futures.ThreadPoolExecutor(len(browsers)) as pool:
                return list(pool.map(one, browsers))

        before.come.clear()
        before.tells.clear()
        seen = look(hang)
        before.come.set()
        assert all(codes == {200, 503} for codes in seen), f"first what is known, then that it cannot be known: {seen}"
        if introspection == "all":
            seen = look(6)
            assert all(codes == {503} for codes in seen), f"tokens are given again, and nobody tells about them: {seen}"
        before.tells.set()
        wait_until(lambda: all(session_of(browser, server).status_code == 200 for browser in browsers), "everybody goes on", 15, every=0.5)
        seen = look(4)
        assert all(codes == {200} for codes in seen), f"and is renewed by the tokens that came late: {seen}"
        assert "session_ended_by_provider" not in server.log_file.read_text()
        signs_out = browsers[0]
        csrf = session_of(signs_out, server).json()["csrfToken"]
        before.come.clear()
        asked = time.monotonic()
        out = signs_out.http.delete(f"{server.url}/gocli/session", headers={"X-CSRF-Token": csrf}, timeout=30)
        assert out.status_code == 200 and time.monotonic() - asked < 2, "that its token is taken back there is waited for behind it"
        assert session_of(signs_out, server).status_code == 401
    finally:
        before.stop()
        keycloak.admin("PUT", "", {"accessTokenLifespan": of_before})
        server.stop()


def test_a_page_outlives_a_database_that_cannot_write_for_a_moment(keycloak, tmp_path):
    """The realm takes a refresh token once alone: what a renewal brought is held until it can be stored."""
    server = Slipway(tmp_path, config={"security": settings(keycloak, recheckInterval="1s")}, password=None).start()
    browser = Browser()

    def look(seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert session_of(browser, server).status_code == 200, what
            time.sleep(0.3)
    try:
        browser.sign_in(server.url, "ada")
        with contextlib.closing(sqlite3.connect(server.data / "slipway.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # who writes waits for a while and is refused
            look(12, "she still reads")
            other.execute("ROLLBACK")
        look(4, "and is renewed by the token that could not be stored")
        server.stop()
        server.start()
        assert session_of(browser, server).status_code == 200
        told = server.log_file.read_text()
        assert "session_not_stored" in told and "session_ended_by_provider" not in told
    finally:
        server.stop()


def test_a_renewal_of_the_command_line_that_is_answered_late_is_there_for_who_asks_again(keycloak, tmp_path):
    """The same for tokens that a client of ours keeps: it brings the token of before again, and gets what that one came to."""
    before = LateAnswers(keycloak.port)
    security = settings(keycloak, issuerUri=keycloak.issuer.replace(str(keycloak.port), str(before.port)))
    server = Slipway(tmp_path, config={"security": security}, password=None).start()
    try:
        def ask(**form: str) -> requests.Response:
            return Rest(server.url).send("POST", "/gocli/token", data=form)

        tokens = ask(username="sam", password=password_of("sam")).json()
        before.come.clear()
        problem(ask(grant_type="refresh_token", refresh_token=tokens["refresh_token"]), 503, "IDENTITY_AWAY")
        asked = time.monotonic()
        problem(ask(grant_type="refresh_token", refresh_token=tokens["refresh_token"]), 503, "IDENTITY_AWAY")
        assert time.monotonic() - asked < 2, "it is under way already"
        before.come.set()
        [newer] = wait_until(lambda: (answer := ask(grant_type="refresh_token", refresh_token=tokens["refresh_token"])).status_code != 503 and [answer], "the answer has come", 20, every=0.5)
        assert newer.status_code == 200, newer.text
        assert Rest(server.url, newer.json()["access_token"]).get(MODELS) is not None
        assert ask(grant_type="refresh_token", refresh_token=newer.json()["refresh_token"]).status_code == 200, "its session goes on"
        problem(ask(grant_type="refresh_token", refresh_token=tokens["refresh_token"]), 401, "SIGN_IN_FAILED")
    finally:
        before.stop()
        server.stop()


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
        where = server_location(server, "/gocli/login/start?to=%23%2Fjobs")
        assert where == "/?signIn=IDENTITY_AWAY#/jobs", "the browser stays at the page, which says it and knows where the person wanted to go"
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
