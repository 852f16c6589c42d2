"""Every operation of api/openapi.yaml: without a token, with the wrong group, with the wrong method. Denied by default."""
import re
import uuid

import pytest
import yaml

from sandbox.process import ROOT
from sandbox.rest import Rest, problem, show

CONTRACT = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
METHODS = ("get", "post", "put", "patch", "delete")
OPERATIONS = [(method.upper(), path, item[method]) for path, item in CONTRACT["paths"].items() for method in METHODS if method in item]
NAMES = [operation["operationId"] for _, _, operation in OPERATIONS]


def filled(path: str) -> str:
    """The path with an id that does not exist."""
    return re.sub(r"\{[^}]+\}", lambda _: str(uuid.uuid4()), path)


def example_of(operation: dict):
    """The first example body of an operation."""
    body = operation.get("requestBody")
    if not body:
        return None
    body = resolve(body)
    content = body["content"].get("application/json") or next(iter(body["content"].values()))
    examples = content.get("examples") or {}
    return resolve(next(iter(examples.values())))["value"] if examples else content.get("example", {})


def resolve(node: dict) -> dict:
    while "$ref" in node:
        found = CONTRACT
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


@pytest.mark.parametrize("method, path, operation", OPERATIONS, ids=NAMES)
def test_without_a_token(server, method, path, operation):
    answer = Rest(server.url).send(method, filled(path), json=example_of(operation) if method != "GET" else None, stream=True)
    if operation["x-slipway-guard"] == "open":
        assert answer.status_code in (200, 400, 401, 415, 429, 503), show(answer)
    else:
        problem(answer, 401, "UNAUTHENTICATED")


@pytest.fixture(scope="module")
def outsider(admin):
    return admin.new_user(["nobody-elses-group"])


@pytest.mark.parametrize("method, path, operation", OPERATIONS, ids=NAMES)
def test_with_the_wrong_group(outsider, method, path, operation):
    """Administrators' routes are refused; of others a stranger sees nothing: not found, or a list without content."""
    guard = operation["x-slipway-guard"]
    if guard == "open" or operation["operationId"] == "deleteSession":
        return
    if operation["operationId"] == "streamEvents":
        return  # test_events.py
    path_with_id = "{" in path
    params = {name: str(uuid.uuid4()) for name in ("storedModelId", "deployableModelId", "runtimeId", "instanceId")} | {"name": "x"} if "/search/" in path else None
    answer = outsider.send(method, filled(path), json=example_of(operation) if method in ("POST", "PUT", "PATCH") else None, params=params)
    if guard == "administrator":
        problem(answer, 403, "FORBIDDEN")
    elif operation["operationId"] == "enrolRuntime":  # makes what is not there, under the one right id
        problem(answer, 400)
    elif path_with_id:
        problem(answer, 404)
    elif method == "GET":
        assert answer.status_code in (200, 404, 422, 503), show(answer)
        if answer.status_code == 200 and "_embedded" in answer.text and operation["operationId"] != "listAuditRecords":  # of what it made itself
            assert answer.json()["page"]["totalElements"] == 0, show(answer)
    else:
        assert answer.status_code in (201, 202, 400, 403, 404, 409, 422), show(answer)


@pytest.mark.parametrize("path, field", [(path, field) for method, path, operation in OPERATIONS for field in operation.get("x-slipway-filter", []) if "/search/" not in path])
def test_filter_fields_are_those_of_the_contract(admin, path, field):
    term = "tag.team=x" if field == "tag" else f"{field}>1d" if field in ("created", "updated") else f"{field}:1" if field != "duration" else "duration>1"
    answer = admin.send("GET", path, params={"filter": term})
    assert answer.status_code == 200 or "lastModifiedBy" not in answer.json()["detail"], show(answer)  # which a list of the known fields names


@pytest.mark.parametrize("path", sorted(CONTRACT["paths"]))
def test_other_methods_are_refused_with_allow(admin, path):
    allowed = {method.upper() for method in METHODS if method in CONTRACT["paths"][path]}
    for method in {"POST", "PUT", "PATCH", "DELETE"} - allowed:
        answer = admin.send(method, filled(path), json={})
        problem(answer, 405)
        assert allowed <= {word.strip() for word in answer.headers["Allow"].split(",")}


@pytest.mark.parametrize("path", ["/nowhere", "/model-manage/api/nosuch", "/model-manage/api/storedModels/x/y/z", "/sagemaker-service/api", "/actuator/env", "/model-manage/api/../../etc/passwd",
                                  "/model-manage/api/storedModels/%2e%2e/%2e%2e", "/..%2f..%2fetc/passwd", "/assets/../../../etc/passwd"])
def test_unknown_paths(admin, path):
    import http.client
    host = admin.url.removeprefix("http://")
    link = http.client.HTTPConnection(host, timeout=10)
    link.request("GET", path, headers={"Authorization": f"Bearer {admin.token}", "Accept": "application/json"})
    answer = link.getresponse()
    body = answer.read()
    assert answer.status in (400, 404), (answer.status, body[:200])
    assert b"root:" not in body


def test_ids_that_are_none(admin):
    for text in ("not-a-uuid", "%00", "%F0%28%8C%BC", "0" * 300, "'; DROP TABLE users; --"):
        answer = admin.send("GET", f"/model-manage/api/storedModels/{text}")
        assert answer.status_code in (400, 404), show(answer)


def test_every_answer_has_the_safe_headers(server, admin):
    for path in ("/", "/model-manage/api/storedModels", "/nowhere"):
        answer = admin.send("GET", path)
        assert answer.headers.get("X-Content-Type-Options") == "nosniff", path
    page = Rest(server.url).send("GET", "/")
    policy = page.headers.get("Content-Security-Policy", "")
    assert page.status_code == 200 and "default-src" in policy and "unsafe-eval" not in policy and "unsafe-inline" not in policy.split("style-src")[0]
    assert page.headers.get("X-Frame-Options") == "DENY" or "frame-ancestors 'none'" in policy
