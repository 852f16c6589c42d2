"""`security.mode: oauth2` against a real Keycloak: the page's sign-in, tokens, groups, machines, rotated keys, disabled accounts, and a provider that is away."""
from __future__ import annotations

import base64
import collections
import concurrent.futures
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest
import requests
import yaml

from sandbox.enterprise import Enterprise
from sandbox.keycloak import AUDIENCE, RUNTIME, STRANGER, UI_SECRET, Browser, Keycloak, password_of, settings
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest, problem, show
from sandbox.server import BINARY, Slipway
from sandbox.spark_runtime import SparkRuntime
from sandbox.stack import CONFIG as SANDBOX
from sandbox.up import shown_binary

MODELS = f"{MODEL_MANAGE}/storedModels"


@pytest.fixture(scope="module")
def keycloak(tmp_path_factory):
    given = os.environ.get("SLIPWAY_TEST_KEYCLOAK")  # the port of one that runs already, to write tests by
    keycloak = Keycloak(tmp_path_factory.mktemp("keycloak"), int(given) if given else None)
    if given:
        yield keycloak
        return
    try:
        yield keycloak.start()
    finally:
        keycloak.stop()


@pytest.fixture(scope="module")
def company(keycloak, tmp_path_factory):
    """A server that knows nobody by itself."""
    server = Slipway(tmp_path_factory.mktemp("company"), config={"security": settings(keycloak)}, password=None)
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def asking(keycloak, tmp_path_factory):
    """A server that asks the provider about each token."""
    server = Slipway(tmp_path_factory.mktemp("asking"), config={"security": settings(keycloak, introspection="all")}, password=None)
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def asking_about_opaque_ones(keycloak, tmp_path_factory):
    server = Slipway(tmp_path_factory.mktemp("opaque"), config={"security": settings(keycloak, introspection="opaque")}, password=None)
    yield server.start()
    server.stop()


def bearer(server: Slipway, keycloak: Keycloak, person: str) -> Rest:
    return Rest(server.url, keycloak.token(person)["access_token"])


def session_of(browser: Browser, server: Slipway) -> requests.Response:
    return browser.http.get(f"{server.url}/gocli/session", timeout=30)


def decoded(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(document: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()


def test_a_person_signs_in_on_the_page(company, keycloak):
    browser = Browser()
    assert session_of(browser, company).status_code == 401
    end = browser.sign_in(company.url, "sam", "#/jobs")
    assert end.status_code == 200 and browser.seen[-1].endswith("/#/jobs") and "<html" in end.text
    session = session_of(browser, company).json()
    assert (session["username"], session["groups"], session["admin"], session["mode"]) == ("sam", ["modelop"], False, "oauth2")
    ours = [cookie for cookie in browser.http.cookies if cookie.name.startswith("slipway")]
    assert [cookie.name for cookie in ours] == ["slipway_session"]
    assert len(ours[0].value) < 64 and ours[0].value.startswith("sws_"), "the cookie holds no token"
    model = {"modelMetaData": {"name": "by-page", "type": "PYSPARK"}}
    assert browser.http.post(company.url + MODELS, json=model, timeout=30).status_code == 403, "no CSRF token"
    made = browser.http.post(company.url + MODELS, json=model, headers={"X-CSRF-Token": session["csrfToken"]}, timeout=30)
    assert made.status_code == 201 and made.json()["createdBy"] == "sam" and made.json()["group"] == "modelop"


def test_a_wrong_password_stays_at_the_provider(company, keycloak):
    browser = Browser()
    page = browser.fill(browser.go(f"{company.url}/gocli/login/start"), username="sam", password="wrong")
    assert page.url.startswith(keycloak.url) and session_of(browser, company).status_code == 401


def test_a_code_is_good_in_the_browser_that_began(company, keycloak):
    """A link with somebody's code signs nobody else in."""
    victim, thief = Browser(), Browser()
    thief.go(f"{company.url}/gocli/login/start")
    victim.sign_in(company.url, "sam")
    link = next(url for url in victim.seen if "/gocli/login/callback" in url)
    end = thief.go(link)
    assert "signIn=SIGN_IN_EXPIRED" in thief.seen[-1] and end.status_code == 200
    assert session_of(thief, company).status_code == 401


def test_signing_out_ends_the_session_at_the_provider_too(company, keycloak):
    browser = Browser()
    browser.sign_in(company.url, "ada")
    csrf = session_of(browser, company).json()["csrfToken"]
    again = Browser()
    again.http.cookies.update({cookie.name: cookie.value for cookie in browser.http.cookies if not cookie.name.startswith("slipway")})
    out = browser.http.delete(f"{company.url}/gocli/session", headers={"X-CSRF-Token": csrf}, timeout=30)
    assert out.status_code == 200 and session_of(browser, company).status_code == 401
    assert browser.go(out.json()["signOutUrl"]).status_code == 200
    assert browser.seen[-1].startswith(company.url), "and back at the page, without a question"
    form = browser.go(f"{company.url}/gocli/login/start")
    assert form.url.startswith(keycloak.url) and "password" in form.text, "the provider asks who it is"


def test_groups_decide_what_is_seen(company, keycloak):
    sam, eve, root, ada = (bearer(company, keycloak, name) for name in ("sam", "eve", "root", "ada"))
    model = sam.new_model()
    assert model["group"] == "modelop" and ada.get(f"{MODELS}/{model['id']}")["id"] == model["id"]
    eve.refused("GET", f"{MODELS}/{model['id']}", 404)
    eve.refused("PATCH", f"{MODELS}/{model['id']}", 404, json={"tags": []})
    assert eve.get(MODELS)["page"]["totalElements"] == 0
    eve.refused("GET", f"{MODEL_MANAGE}/users", 403, "FORBIDDEN")
    assert root.get(f"{MODELS}/{model['id']}")["id"] == model["id"] and root.get("/gocli/session")["admin"] is True
    root.refused("POST", f"{MODEL_MANAGE}/users", 403, "AT_THE_PROVIDER", json={"username": "x", "password": "long enough"})


def test_a_person_in_three_hundred_groups(company, keycloak):
    many = bearer(company, keycloak, "many")
    assert len(many.token) > 5000
    assert len(many.get("/gocli/session")["groups"]) == 301 and many.new_model(group="team-299")["group"] == "team-299"

    def groups() -> list | None:
        """Of a new session; none while a busy provider takes longer than it is given."""
        browser = Browser()
        browser.sign_in(company.url, "many")
        return session_of(browser, company).json().get("groups")
    assert len(wait_until(groups, "the person is signed in", 90)) == 301


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


def test_a_disabled_account_is_out_within_a_minute(company, asking, keycloak):
    """On the page, and where the provider is asked about each token also whoever has one."""
    script, other = bearer(asking, keycloak, "dan"), bearer(asking, keycloak, "sam")
    assert script.send("GET", MODELS).status_code == 200
    browser = Browser()
    browser.sign_in(company.url, "dan")
    assert session_of(browser, company).status_code == 200
    stream = browser.http.get(f"{company.url}{MODEL_MANAGE}/events", stream=True, timeout=90)
    try:
        keycloak.enable("dan", False)
        begin = time.monotonic()
        wait_until(lambda: session_of(browser, company).status_code == 401, "the person is out", 60, every=1)
        for _ in stream.iter_content(1024):
            pass
        assert time.monotonic() - begin < 60, "the stream of events ends as well"
        wait_until(lambda: script.send("GET", MODELS).status_code == 401, "the script is out", 60 - (time.monotonic() - begin), every=1)
        assert "no longer good" in problem(script.send("GET", MODELS), 401, "TOKEN_INVALID")["detail"], "it did not merely end"
        assert other.send("GET", MODELS).status_code == 200
        problem(Rest(company.url).send("POST", "/gocli/token", data={"username": "dan", "password": password_of("dan")}), 401, "SIGN_IN_FAILED")
    finally:
        stream.close()
        keycloak.enable("dan", True)
    assert session_of(browser, company).status_code == 401, "what has ended does not come back"


def test_sessions_are_renewed_in_silence_and_survive_a_restart(company, keycloak):
    browser = Browser()
    browser.sign_in(company.url, "sam")
    cookie = browser.http.cookies["slipway_session"]
    company.stop()
    company.restart()
    assert session_of(browser, company).json()["username"] == "sam"
    time.sleep(31)
    assert session_of(browser, company).json()["username"] == "sam" and browser.http.cookies["slipway_session"] == cookie


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


def sign_in_by_code(line: str, environment: dict, person: str) -> None:
    """Types `line`, a `slipway login`, and the code in a browser."""
    login = subprocess.Popen(f"exec {line}", shell=True, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = re.search(r"Open (\S+) in", login.stderr.readline())[1]
        browser = Browser()
        page = browser.fill(browser.go(address), username=person, password=password_of(person))
        if "<form" in page.text and "oauth" in page.text.lower() and "accept" in page.text:
            page = browser.fill(page, accept="Yes")
        rest = login.communicate(timeout=60)
        assert login.returncode == 0, (rest, page.text[-3000:])
        assert f"as {person}" in rest[1] and "revoked" not in rest[1], rest
    finally:
        login.kill()


def of_the_command_line(home: pathlib.Path, **more: str) -> dict:
    """Its environment, at a machine without a screen."""
    return {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")} | {"SLIPWAY_CONFIG_HOME": str(home), **more}


def test_the_command_line_signs_in_by_a_browser_that_comes_back(company, keycloak, tmp_path):
    """Authorization code with PKCE for a public client, at any free port of 127.0.0.1."""
    program, opened = tmp_path / "browser", tmp_path / "opened"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n')
    program.chmod(0o755)
    environment = of_the_command_line(tmp_path, BROWSER=str(program))
    login = subprocess.Popen([BINARY, "login", company.url], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(opened.exists, "the browser is opened", 20, every=0.1)
        browser = Browser()
        page = browser.fill(browser.go(opened.read_text()), username="ada", password=password_of("ada"))
        assert page.status_code == 200 and "You may close this window" in page.text, page.text[:2000]
        assert re.match(r"http://127\.0\.0\.1:\d+/callback\?", browser.seen[-1])
        _, said = login.communicate(timeout=30)
        assert login.returncode == 0 and "as ada" in said, said
    finally:
        login.kill()
    [context] = yaml.safe_load((tmp_path / "config.yaml").read_text())["contexts"]
    assert decoded(context["accessToken"])["azp"] == "slipway-cli"
    renewed = Rest(company.url).send("POST", "/gocli/token", data={"grant_type": "refresh_token", "refresh_token": context["refreshToken"]})
    assert renewed.status_code == 200, show(renewed)


def test_the_command_line_signs_in_by_code_and_out_at_the_provider(company, keycloak, tmp_path):
    environment = of_the_command_line(tmp_path)

    def slipway(*words: str, **more) -> str:
        ended = subprocess.run([BINARY, *words], env=environment, capture_output=True, text=True, timeout=60, **more)
        assert ended.returncode == 0 and "could not be revoked" not in ended.stderr, ended.stderr
        return ended.stdout

    def check_revoked(held: dict) -> None:
        answer = requests.post(f"{keycloak.issuer}/protocol/openid-connect/token", timeout=30, data={
            "grant_type": "refresh_token", "refresh_token": held["refreshToken"], "client_id": "slipway-cli"})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant"), answer.text

    def held() -> dict:
        [context] = yaml.safe_load((tmp_path / "config.yaml").read_text())["contexts"]
        return context

    line = f"{BINARY} login {company.url}"
    sign_in_by_code(line, environment, "ada")
    first = held()
    slipway("model", "list", "-o", "json")
    sign_in_by_code(line, environment, "ada")
    check_revoked(first)
    second = held()
    slipway("model", "list", "-o", "json")
    slipway("login", company.url, "-u", "sam", "--password-stdin", input=password_of("sam"))
    check_revoked(second)
    third = held()
    slipway("logout")
    check_revoked(third)
    assert "refreshToken" not in held()


def test_what_run_enterprise_prints_does_as_it_says(keycloak, stack, tmp_path):
    """The lines for the terminal, typed as they stand."""
    enterprise = Enterprise(tmp_path / "enterprise")
    enterprise.keycloak = keycloak
    server = Slipway(tmp_path, aws=stack.proxy.url, config=SANDBOX | enterprise.server_config(), password=None).start()
    environment = of_the_command_line(tmp_path)
    try:
        login, *others = [line.split("  #")[0].strip() for line in enterprise.lines(shown_binary(), server.url).splitlines() if line.startswith(f"    {shown_binary()} ")]
        assert login.split()[1] == "login" and len(others) == 2
        # Tokens of the command line live five minutes: `out within a minute` is true where the provider is asked about each.
        assert "within a minute" not in enterprise.lines("slipway", server.url) or enterprise.server_config()["security"]["oauth2"].get("introspection") == "all"
        sign_in_by_code(login, environment, "sam")
        for line in others:
            ended = subprocess.run(line, shell=True, env=environment, capture_output=True, text=True, timeout=120)
            assert ended.returncode == 0, (line, ended.stderr)
        wait_until(lambda: "churn-classifier-v2" in subprocess.run(others[-1], shell=True, env=environment, capture_output=True, text=True, timeout=60).stdout, "its ticket is listed", 60)
    finally:
        server.stop()


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
            for one in waiting:
                problem(one.result(), 503, "IDENTITY_AWAY")
        assert time.monotonic() - begin < 9, "they waited side by side"
        asked = time.monotonic()
        problem(renew(), 503, "IDENTITY_AWAY")
        assert time.monotonic() - asked < 1
    finally:
        os.killpg(keycloak.daemon.process.pid, signal.SIGCONT)
    sam = {"username": "sam", "password": password_of("sam")}
    wait_until(lambda: Rest(company.url).send("POST", "/gocli/token", data=sam).status_code == 200, "it is found again", 20, every=0.5)


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


def server_location(server: Slipway, path: str) -> str:
    return requests.get(server.url + path, allow_redirects=False, timeout=30).headers["Location"]


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
