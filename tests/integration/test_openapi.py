"""The routes of the program and api/openapi.yaml say the same, in both directions; and what no token, a dead token or a plain user gets of each."""
import json
import re
import subprocess
import uuid

import pytest
import yaml

from sandbox.process import ROOT
from sandbox.rest import Rest, problem, show
from sandbox.server import PASSWORD

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


def resolved(part: dict) -> dict:
    while "$ref" in part:
        reference, part = part["$ref"], CONTRACT
        for step in reference[2:].split("/"):
            part = part[step]
    return part


def parameters(path: str, operation: dict) -> dict[str, dict]:
    return {one["name"]: one for one in map(resolved, [*CONTRACT["paths"][path].get("parameters", []), *operation.get("parameters", [])])}


def example(operation: dict):
    """The body that the contract shows, so that a handler comes as far as its header."""
    content = resolved(operation.get("requestBody", {})).get("content", {}).get("application/json", {})
    return content["example"] if "example" in content else next((resolved(one)["value"] for one in content.get("examples", {}).values()), {})


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
        "getHealth", "getLiveness", "getReadiness", "issueToken", "revokeToken", "createSession", "hintOfJira", "getLogin", "startLogin", "finishLogin", "startDeviceLogin",
        "startLoopbackLogin"}


# The first two end the token that the others need, the last one takes a form.
NOT_ASKED = {"deleteSession", "changePassword", "createMlcDeployment"}


@pytest.mark.parametrize("header, wrong, methods", [("If-Match", "nonsense", {"POST", "PUT", "PATCH", "DELETE"}), ("Idempotency-Key", "a b", {"POST"})])
def test_the_headers_that_are_read_are_those_that_are_documented(make_server, header, wrong, methods):
    """A value that cannot be is refused by its name where it is read, and by nothing else."""
    admin = Rest.sign_in(make_server().url, "admin", PASSWORD)
    read, told = set(), set()
    for (method, path), operation in DOCUMENTED.items():
        name = operation["operationId"]
        if method in methods and operation["x-slipway-guard"] != "open" and name not in NOT_ASKED:
            given = parameters(path, operation)
            target = re.sub(r"\{([^}]+)\}", lambda found: given[found[1]].get("example", str(uuid.uuid4())), path)
            answer = admin.send(method, target, json=example(operation), headers={header: wrong})
            read |= {name} if header in answer.text else set()
            told |= {name} if header in given else set()
    assert read and sorted(read - told) == [], f"read {header} and do not say so"
    assert sorted(told - read) == [], f"say that they read {header}"


def test_the_query_parameters_that_are_read_are_those_that_are_documented():
    # Filters of life cycles are read where they are carried out.
    folders = (ROOT / "src/http", ROOT / "src/automation")
    sources = "".join(file.read_text() for folder in folders for file in folder.glob("*.cpp") if not file.name.endswith("_test.cpp"))
    told = {one["name"] for (_, path), operation in DOCUMENTED.items() for one in parameters(path, operation).values() if one["in"] == "query"}
    read = set(re.findall(r'(?:query_value|query_text|number_of|parameters\.(?:text|flag|number))\((?:exchange, |request, )?"(\w+)"', sources))
    assert "follow" in read and sorted(read - told) == []
    assert sorted(name for name in told if f'"{name}"' not in sources) == []


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
