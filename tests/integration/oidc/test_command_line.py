"""`slipway login` at a real Keycloak, and what `./dev run --enterprise` prints."""
from __future__ import annotations

import os
import pathlib
import re
import subprocess

import requests
import yaml

from integration.oidc.people import decoded
from sandbox.enterprise import Enterprise
from sandbox.keycloak import Browser, password_of
from sandbox.process import wait_until
from sandbox.rest import Rest, show
from sandbox.server import BINARY, Slipway
from sandbox.stack import CONFIG as SANDBOX
from sandbox.up import shown_binary


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
