"""Tokens of a real Keycloak: passed through, forged, of machines, of rotated keys, asked about."""
from __future__ import annotations

import base64
import collections
import concurrent.futures
import hashlib
import hmac
import re
import threading
import time

import requests

from integration.oidc.people import MODELS, bearer, decoded, encoded
from sandbox.keycloak import RUNTIME, STRANGER, UI_SECRET, Browser, password_of, settings
from sandbox.process import wait_until
from sandbox.rest import Rest, problem, show
from sandbox.server import Slipway
from sandbox.spark_runtime import SparkRuntime


def test_tokens_are_passed_through(company, keycloak):
    outside = Rest(company.url)

    def answered() -> requests.Response | None:
        answer = outside.send("POST", "/gocli/token", data={"username": "sam", "password": password_of("sam")})
        return answer if answer.status_code != 503 else None
    answer = wait_until(answered, "the provider has time", 60)
    assert answer.status_code == 200, show(answer)
    first = answer.json()
    assert first["token_type"] == "bearer" and 200 < first["expires_in"] <= 300 and decoded(first["access_token"])["preferred_username"] == "sam"
    second = outside.send("POST", "/gocli/token", data={"grant_type": "refresh_token", "refresh_token": first["refresh_token"]})
    assert second.status_code == 200 and Rest(company.url, second.json()["access_token"]).get("/gocli/session")["username"] == "sam"
    problem(outside.send("POST", "/gocli/token", data={"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}), 401, "SIGN_IN_FAILED")
    problem(outside.send("POST", "/gocli/token", data={"username": "sam", "password": "wrong"}), 401, "SIGN_IN_FAILED")


def test_forged_and_foreign_tokens_open_nothing(company, keycloak):
    good = keycloak.token("root")
    header, content, signature = good["access_token"].split(".")
    keys = requests.get(f"{keycloak.issuer}/protocol/openid-connect/certs", timeout=30).json()["keys"]
    key = next(one for one in keys if one["use"] == "sig" and one["alg"] == "RS256")
    forged = []
    for algorithm in ("none", "None", "HS256"):
        text = f"{encoded({'alg': algorithm, 'kid': key['kid'], 'typ': 'JWT'})}.{content}"
        pem = f"-----BEGIN CERTIFICATE-----\n{key['x5c'][0]}\n-----END CERTIFICATE-----\n".encode()
        mac = base64.urlsafe_b64encode(hmac.new(pem, text.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
        forged += [f"{text}.", f"{text}.{mac}"]
    claims = decoded(good["access_token"])
    forged += [f"{header}.{encoded({**claims, 'preferred_username': 'ada'})}.{signature}", good["id_token"], good["refresh_token"], f"{header}.{content}.", content, "x" * 20000,
               requests.post(f"{keycloak.url}/realms/master/protocol/openid-connect/token", timeout=30, data={
                   "client_id": "admin-cli", "grant_type": "password", "username": "admin", "password": "keycloak-admin-pw"}).json()["access_token"]]
    for token in forged:
        answer = Rest(company.url, token).send("GET", MODELS)
        problem(answer, 401, "TOKEN_INVALID")
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert Rest(company.url, good["access_token"]).get(MODELS)


def test_machines_need_their_name_and_their_scope(company, keycloak, tmp_path):
    direct = Rest(company.url, keycloak.machine_token(RUNTIME))
    assert direct.get("/gocli/session")["username"] == "spark-runtime" and direct.get("/gocli/session")["groups"] == ["modelop"]
    passed = requests.post(f"{company.url}/gocli/token", data={"grant_type": "client_credentials"}, timeout=30,
                           auth=tuple(requests.utils.quote(part, safe="") for part in RUNTIME.values()))
    assert passed.status_code == 200 and "refresh_token" not in passed.json(), show(passed)
    Rest(company.url, keycloak.machine_token(STRANGER)).refused("GET", MODELS, 403, "CLIENT_UNKNOWN")
    problem(Rest(company.url).send("POST", "/gocli/token", data={"grant_type": "client_credentials", "client_id": "spark-runtime", "client_secret": "wrong"}), 401, "SIGN_IN_FAILED")
    more = settings(keycloak, clients={"spark-runtime": {"groups": ["modelop"], "scopes": ["another"]}})
    strict = Slipway(tmp_path, config={"security": more}, password=None).start()
    try:
        answer = Rest(strict.url, direct.token).send("GET", MODELS)
        problem(answer, 403, "INSUFFICIENT_SCOPE")
        assert 'scope="another"' in answer.headers["WWW-Authenticate"]
    finally:
        strict.stop()


def test_a_runtime_enrols_with_the_machines_account(company, keycloak, tmp_path):
    runtime = SparkRuntime(tmp_path, company.url, RUNTIME, {"master": "local[1]"}).start()
    try:
        runtime.wait_enrolled()
        found = bearer(company, keycloak, "sam").every("runtimes")
        assert [(one["name"], one["group"], one["createdBy"]) for one in found] == [("spark-runtime-1", "modelop", "spark-runtime")]
        assert RUNTIME["clientSecret"] not in runtime.log()
    finally:
        runtime.stop()


def test_rotated_keys_under_load(company, keycloak):
    """Nobody who holds a good token is refused, before, while and after the provider changes its key."""
    stop, statuses = threading.Event(), []
    tokens = [keycloak.token("sam")["access_token"]]

    def work() -> None:
        person = Rest(company.url)
        while not stop.is_set():
            person.token = tokens[-1]
            statuses.append(person.send("GET", MODELS).status_code)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(work) for _ in range(4)]
        for priority in (1000, 1001):
            before = tokens[-1].split(".")[0]
            keycloak.rotate(priority)
            tokens.append(keycloak.token("sam")["access_token"])
            assert tokens[-1].split(".")[0] != before, "another key signs"
            time.sleep(11)  # an unknown key makes the server look at most once in ten seconds
        stop.set()
        for future in futures:
            future.result()
    assert len(statuses) > 100 and set(statuses) == {200}
    assert all(Rest(company.url, token).get(MODELS) for token in tokens)


def test_a_flood_of_unknown_keys_reaches_nobody(company, keycloak):
    header, content, signature = keycloak.token("sam")["access_token"].split(".")
    seen = keycloak.token("sam")["access_token"]
    begin, codes = time.monotonic(), collections.Counter()
    for number in range(300):
        token = f"{encoded({'alg': 'RS256', 'kid': f'unknown-{number}'})}.{content}.{signature}"
        answer = Rest(company.url, token).send("GET", MODELS)
        codes[answer.status_code, answer.json()["code"]] += 1
        assert answer.status_code == 401 or 1 <= int(answer.headers["Retry-After"]) <= 10, show(answer)
    assert set(codes) <= {(401, "TOKEN_INVALID"), (503, "KEY_NOT_SEEN_YET")}, codes
    assert codes[503, "KEY_NOT_SEEN_YET"] > 200, "for most of them nobody was asked"
    assert Rest(company.url, seen).get(MODELS)
    assert time.monotonic() - begin < 60


def test_the_provider_is_asked_about_each_token(asking, keycloak):
    """`introspection: all`: a token that was taken back there counts no more, signed as it is."""
    taken_back = keycloak.token("sam")
    person = Rest(asking.url, taken_back["access_token"])
    assert person.get("/gocli/session")["groups"] == ["modelop"]
    assert Rest(asking.url).send("POST", "/gocli/revoke", data={"token": taken_back["access_token"], "client_id": "slipway-ui", "client_secret": UI_SECRET}).status_code == 200
    assert "no longer good" in problem(person.send("GET", MODELS), 401, "TOKEN_INVALID")["detail"]
    assert Rest(asking.url, keycloak.machine_token(RUNTIME)).get("/gocli/session")["username"] == "spark-runtime"


def test_the_provider_is_asked_about_opaque_tokens_alone(asking_about_opaque_ones, keycloak):
    """`introspection: opaque`: what is signed is checked here, whatever stands behind it; Keycloak knows nothing of the others."""
    server, token = asking_about_opaque_ones, keycloak.token("sam")["access_token"]
    assert Rest(server.url, token).get("/gocli/session")["username"] == "sam"
    for behind in (".", "..", ".x"):
        problem(Rest(server.url, token + behind).send("GET", MODELS), 401, "TOKEN_INVALID")
    refused = [Rest(server.url, f"opaque-{number}").send("GET", MODELS) for number in range(40)]
    assert "no longer good" in problem(refused[0], 401, "TOKEN_INVALID")["detail"], "it was asked about"
    limited = [answer for answer in refused if answer.status_code == 429]
    assert limited and all(int(answer.headers["Retry-After"]) >= 1 for answer in limited), "who makes tokens up is slowed"
    assert Rest(server.url, keycloak.token("ada")["access_token"]).get("/gocli/session")["username"] == "ada", "and nobody else at that address"


def test_no_secret_and_no_token_stays_behind(company, keycloak):
    tokens = keycloak.token("sam")
    browser = Browser()
    browser.sign_in(company.url, "sam")
    Rest(company.url).send("POST", "/gocli/token", data={"username": "sam", "password": "canary wrong password"})
    Rest(company.url, tokens["access_token"]).get(MODELS)
    Rest(company.url, tokens["access_token"][:-8] + "AAAAAAAA").send("GET", MODELS)
    Rest(company.url).send("POST", "/gocli/token", data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]})
    code = re.search(r"[?&]code=([^&]+)", next(url for url in browser.seen if "/gocli/login/callback" in url))[1]
    log, stored = company.log(), company.stored()
    for secret in (UI_SECRET, "canary wrong password", password_of("sam"), tokens["access_token"], tokens["refresh_token"], tokens["id_token"], code, browser.http.cookies["slipway_session"],
                   tokens["access_token"].split(".")[2][:40], "eyJ"):
        assert secret not in log and secret.encode() not in stored, secret[:12]
    assert "First start" not in log, "no administrator of our own is made"
