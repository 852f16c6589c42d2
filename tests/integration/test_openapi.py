"""The routes of the program and api/openapi.yaml say the same, in both directions; and what no token, a dead token or a plain user gets of each."""
import json
import re
import subprocess
import uuid

import pytest
import yaml

from sandbox.process import ROOT
from sandbox.rest import Rest, problem, show

CONTRACT = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
METHODS = ("get", "post", "put", "patch", "delete")
DOCUMENTED = {(method.upper(), path): item[method] for path, item in CONTRACT["paths"].items() for method in METHODS if method in item}


@pytest.fixture(scope="module")
def routes(binary) -> dict:
    """By method and pattern; the page's own files have no operation."""
    listed = json.loads(subprocess.run([binary, "routes"], check=True, capture_output=True, text=True).stdout)
    return {(route["method"], route["pattern"]): route for route in listed if route["operationId"]}


def filled(pattern: str) -> str:
    return re.sub(r"\{[^}]+\}", lambda _: str(uuid.uuid4()), pattern)


def test_every_route_is_documented_and_every_operation_is_there(routes):
    assert sorted(routes.keys() - DOCUMENTED.keys()) == [], "routes that api/openapi.yaml does not have"
    assert sorted(DOCUMENTED.keys() - routes.keys()) == [], "operations that no route answers"


def test_names_and_guards_agree(routes):
    both = routes.keys() & DOCUMENTED.keys()
    assert both
    assert {key: routes[key]["operationId"] for key in both} == {key: DOCUMENTED[key]["operationId"] for key in both}
    assert {key: routes[key]["guard"] for key in both} == {key: DOCUMENTED[key]["x-slipway-guard"] for key in both}


def test_no_route_is_open_by_accident(routes):
    assert {route["operationId"] for route in routes.values() if route["guard"] == "open"} == {
        "getHealth", "getLiveness", "getReadiness", "issueToken", "revokeToken", "createSession", "hintOfJira", "getLogin", "startLogin", "finishLogin", "startDeviceLogin"}


def test_a_dead_token_opens_nothing(server, admin, routes):
    person = admin.new_user(["a-group"])
    assert person.send("DELETE", "/gocli/session").status_code == 204
    for (method, pattern), route in routes.items():
        if route["guard"] != "open":
            answer = Rest(server.url).send(method, filled(pattern), headers={"Authorization": f"Bearer {person.token}"}, json={} if method != "GET" else None)
            assert answer.status_code == 401, (method, pattern, show(answer))


def test_plain_users_are_no_administrators(admin, routes):
    person = admin.new_user(["a-group"])
    guarded = [key for key, route in routes.items() if route["guard"] == "administrator"]
    assert guarded
    for method, pattern in guarded:
        problem(person.send(method, filled(pattern), json={} if method != "GET" else None), 403, "FORBIDDEN")
