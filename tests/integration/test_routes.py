"""Every operation of api/openapi.yaml, where accounts are ours and where they are a provider's: without a token, with the wrong group, with the wrong scope, with the
right ones; and with the wrong method. Denied by default."""
import base64
import re
import uuid

import pytest
import yaml

from sandbox.process import ROOT
from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY
from sandbox.rest import MODEL_MANAGE, SAGEMAKER, Rest, problem, show
from sandbox.server import Slipway
from sandbox.stack import TEST_CONFIG
from sandbox.token_issuer import TokenIssuer

CONTRACT = yaml.safe_load((ROOT / "api/openapi.yaml").read_text())
MLC = "/mlc-service/rest"
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


class Colleague(Rest):
    """A person of a provider, with a token that it signed. Further ones are made as where accounts are ours."""

    def __init__(self, url: str, issuer: TokenIssuer, groups: list[str], scope: str = "slipway"):
        super().__init__(url, issuer.sign(3600, sub=str(uuid.uuid4()), preferred_username=f"user-{uuid.uuid4().hex[:12]}", memberOf=groups, scope=f"openid {scope}"))
        self.issuer = issuer

    def new_user(self, groups: list[str], admin: bool = False, password: str = "") -> "Colleague":
        return Colleague(self.url, self.issuer, [*groups, *(["slipway-admins"] if admin else [])])


@pytest.fixture(scope="module")
def company(stack, tmp_path_factory):
    """An administrator of a server whose accounts are a provider's, and whose tokens must have a scope."""
    issuer = TokenIssuer()
    server = Slipway(tmp_path_factory.mktemp("company"), aws=stack.proxy.url, config={**TEST_CONFIG, "security": issuer.security(scopes=["slipway"])}, password=None)
    yield Colleague(server.start().url, issuer, ["slipway-admins"])
    server.stop()
    issuer.stop()


@pytest.fixture(scope="module", params=["builtin", "oauth2"])
def boss(request) -> Rest:
    """An administrator of a server in each mode."""
    return request.getfixturevalue("admin" if request.param == "builtin" else "company")


@pytest.mark.parametrize("method, path, operation", OPERATIONS, ids=NAMES)
def test_without_a_token(boss, method, path, operation):
    answer = Rest(boss.url).send(method, filled(path), json=example_of(operation) if method != "GET" else None, stream=True)
    if operation["x-slipway-guard"] == "open":  # 303: to the provider and back; 403: what is the provider's business; 404: a webhook without a secret is none
        assert answer.status_code in (200, 303, 400, 401, 403, 404, 415, 429, 503), show(answer)
        assert answer.status_code != 403 or answer.json()["code"] in ("AT_THE_PROVIDER", "GRANT_NOT_ALLOWED"), show(answer)
    else:
        problem(answer, 401, "UNAUTHENTICATED")


# Who may everything is refused by these all the same, for another reason than a lack of rights: credentials are for the client that claimed the job, and accounts are
# the provider's where there is one.
REFUSED_ALL = {"getJobCredentials": "NOT_THE_OWNER", **dict.fromkeys(("changePassword", "createUser", "patchUser", "createClient", "patchClient"), "AT_THE_PROVIDER")}

# A person's task, a worker's, one of a worker that failed, and a timer wait at once.
LIFE_CYCLE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="d" targetNamespace="t">
  <bpmn:process id="KEY" isExecutable="true">
    <bpmn:startEvent id="start"/><bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="fork"/>
    <bpmn:parallelGateway id="fork"/>
    <bpmn:sequenceFlow id="f1" sourceRef="fork" targetRef="review"/><bpmn:userTask id="review"/>
    <bpmn:sequenceFlow id="f2" sourceRef="fork" targetRef="work"/><bpmn:serviceTask id="work" camunda:type="external" camunda:topic="KEY"/>
    <bpmn:sequenceFlow id="f3" sourceRef="fork" targetRef="stuck"/><bpmn:serviceTask id="stuck" camunda:type="external" camunda:topic="KEY-stuck"/>
    <bpmn:sequenceFlow id="f4" sourceRef="fork" targetRef="later"/>
    <bpmn:intermediateCatchEvent id="later"><bpmn:timerEventDefinition><bpmn:timeDuration>P300D</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>
  </bpmn:process>
</bpmn:definitions>"""


class Victims:
    """One object of each collection in a group of their own; `member` is in it."""

    def __init__(self, admin: Rest, group: str):
        self.admin, self.group, self.member = admin, group, admin.new_user([group])
        keys = {"accessKeyId": ACCESS_KEY, "secretAccessKey": SECRET_KEY, "region": REGION}
        operation = self.member.import_model("churn-classifier-v3", credentials=keys)
        credential = next(one["id"] for one in self.member.get(f"{SAGEMAKER}/credentials")["credentials"] if one.get("group") == group)
        self.name = f"victim-{group}"
        model = self.member.new_model(self.name, modelAssets=[{"assetType": "SOURCE_CODE", "name": "score.py", "sourceCode": "pass", "primaryModelSource": True}])
        self.model = model["id"]
        snapshot = self.make("deployableModels", {"storedModel": {"id": self.model}})
        runtime = self.make("runtimes", {"name": self.name, "engineType": "SPARK_RUNTIME"})
        job = self.make("jobs", {"jobType": "MODEL_BATCH_JOB", "model": {"id": snapshot["id"], "storedModel": {"id": self.model, "modelMetaData": {"name": self.name}}},
                                 "targetEngine": {"engineType": "SPARK_RUNTIME"},
                                 "inputData": [{"assetType": "FILE", "name": "in.csv", "fileContent": base64.b64encode(b"a,b").decode()}]})
        about = {"storedModelId": self.model, "deployableModelId": snapshot["id"]}
        self.snapshot = snapshot["id"]
        self.ids = {
            "storedModels": self.model, "deployableModels": snapshot["id"], "deployedModels": self.member.every("deployedModels")[0]["id"],
            "runtimes": runtime["id"], "engines": runtime["id"], "jobs": job["id"], "modelBatchJob": job["id"],
            "modelTestResults": self.make("modelTestResults", {**about, "testResults": {"auc": 0.9}})["id"],
            "notifications": self.make("notifications", {**about, "notificationType": "ENGINE_NOTIFICATION", "severity": "INFO", "message": "hidden"})["id"],
            "auditRecords": self.member.every("auditRecords", filter=f"entityId:{self.model}")[0]["id"],
            "credentials": credential, "imports": operation["id"], "operations": operation["id"]}
        self.ids |= self.life_cycle()
        self.assets = {"storedModels": model["modelAssets"][0]["assetId"], "deployableModels": snapshot["storedModel"]["modelAssets"][0]["assetId"], "jobs": job["inputData"][0]["assetId"]}

    def life_cycle(self) -> dict[str, str]:
        """A file, a process and an instance with all that can wait in it."""
        self.key = f"{self.name}-process"
        form = f'--b\r\nContent-Disposition: form-data; name="data"; filename="victim.bpmn"\r\n\r\n{LIFE_CYCLE.replace("KEY", self.key)}\r\n--b--\r\n'
        answer = self.member.send("POST", f"{MLC}/deployment/create", data=form.encode(), headers={"Content-Type": "multipart/form-data; boundary=b"})
        assert answer.status_code == 200, show(answer)
        started = self.member.send("POST", f"{MLC}/process-definition/key/{self.key}/start", json={"variables": {self.name: {"value": 1}}}).json()
        fetch = {"workerId": "w", "maxTasks": 1, "topics": [{"topicName": f"{self.key}-stuck", "lockDuration": 60000}]}
        stuck = self.member.send("POST", f"{MLC}/external-task/fetchAndLock", json=fetch).json()[0]["id"]
        self.member.send("POST", f"{MLC}/external-task/{stuck}/failure", json={"workerId": "w", "errorMessage": "no", "retries": 0})
        of = {"processInstanceId": started["id"]}

        def only(path: str, **match) -> str:
            return next(one["id"] for one in self.member.get(f"{MLC}/{path}", params=of) if all(one[name] == value for name, value in match.items()))
        return {"deployment": answer.json()["id"], "process-definition": started["definitionId"], "process-instance": started["id"], "history": started["id"],
                "external-task": only("external-task", activityId="work"), "task": only("task"), "job": only("job"), "incident": only("incident")}

    def make(self, collection: str, body: dict) -> dict:
        return self.member.post(f"{MODEL_MANAGE}/{collection}", body)

    def path(self, pattern: str) -> str:
        """The pattern with the ids of objects that are there."""
        collection = (pattern.split("/") + ["", "", ""])[3]
        known = {"{id}": self.ids.get(collection, str(uuid.uuid4())), "{assetId}": self.assets.get(collection, str(uuid.uuid4())), "{stream}": "stdout", "{name}": self.name,
                 "{resource}": "victim.bpmn", "{key}": self.key, "{component}": self.name}
        return re.sub(r"\{[^}]+\}", lambda part: known[part[0]], pattern) + ("?offset=0" if pattern.endswith("{stream}") else "")

    def all(self) -> dict:
        """Everything that is in the group, as its member sees it."""
        waiting = {path: self.member.get(f"{MLC}/{path}", params={"processInstanceId": self.ids["process-instance"]}) for path in ("task", "external-task", "job", "incident")}
        return {**waiting, "instance": self.member.get(f"{MLC}/process-instance/{self.ids['process-instance']}"), **{name: self.member.every(name) for name in ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs", "modelTestResults", "notifications", "auditRecords")},
                "operations": self.member.get(f"{SAGEMAKER}/operations")["_embedded"], "credentials": [one["id"] for one in self.member.get(f"{SAGEMAKER}/credentials")["credentials"]]}


@pytest.fixture(scope="module")
def victims(boss):
    return Victims(boss, f"victims-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module")
def outsider(boss):
    return boss.new_user(["nobody-elses-group"])


READS = [(path, operation) for method, path, operation in OPERATIONS if method == "GET" and "{id}" in path and operation["x-slipway-guard"] == "signedIn"]


@pytest.mark.parametrize("path, operation", READS, ids=[operation["operationId"] for _, operation in READS])
def test_the_ids_below_are_those_of_objects_that_are_there(victims, path, operation):
    """Else "not found" proves nothing."""
    if victims.path(path) != victims.path(path):
        return  # nothing of this kind can be made by REST: modelMLCs, and jobs of other types
    answer = victims.member.send("GET", victims.path(path))
    if operation["operationId"] == "getJobCredentials":  # for the client alone that claimed the job
        problem(answer, 403, "NOT_THE_OWNER")
    elif operation["operationId"] == "listJobOutputs":  # the job is there, and runs on Spark
        problem(answer, 422, "NOT_SAGEMAKER")
    else:
        assert answer.status_code == 200, show(answer)


@pytest.mark.parametrize("method, path, operation", OPERATIONS, ids=NAMES)
def test_with_the_wrong_group(outsider, victims, method, path, operation):
    """Administrators' routes are refused; of others a stranger sees nothing: not found, or a list without content."""
    guard = operation["x-slipway-guard"]
    if guard == "open" or operation["operationId"] == "deleteSession":
        return
    if operation["operationId"] == "streamEvents":
        return  # test_events.py
    path_with_id = "{" in path
    params = {"storedModelId": victims.model, "deployableModelId": victims.snapshot, "runtimeId": victims.ids["runtimes"], "instanceId": "x", "name": victims.name} if "/search/" in path else None
    if operation["operationId"] == "getJobDefaults":
        params = {"storedModelId": victims.model}
    if path.startswith("/mlc-service/rest/history/"):
        params = {"processInstanceId": victims.ids["process-instance"]}
    answer = outsider.send(method, victims.path(path), json=example_of(operation) if method in ("POST", "PUT", "PATCH") else None, params=params)
    if guard == "administrator":
        problem(answer, 403, "FORBIDDEN")
    elif operation["operationId"] == "enrolRuntime":  # makes what is not there, under the one right id
        problem(answer, 400)
    elif path_with_id:
        problem(answer, 404)
    elif path.startswith("/mlc-service/rest/"):  # of others' life cycles nothing is there to be seen, started or reached; the built-in ones are everybody's
        assert answer.status_code in (200, 204, 400, 404, 415), show(answer)
        assert answer.status_code != 200 or answer.json() in ({"count": 0}, {"count": 1}) or all(one["tenantId"] is None for one in answer.json() or []), show(answer)
    elif method == "GET":
        assert answer.status_code in (200, 404, 422, 503), show(answer)
        if answer.status_code == 200 and "_embedded" in answer.text and operation["operationId"] != "listAuditRecords":  # of what it made itself
            assert answer.json()["page"]["totalElements"] == 0, show(answer)
    elif operation["operationId"] == "browseModelsWithKeys":  # an account by keys of one's own; what others imported of it is not told
        assert answer.status_code == 200 and not any(one["imported"] for one in answer.json()["models"]), show(answer)
    else:
        assert answer.status_code in (201, 202, 400, 403, 404, 409, 422), show(answer)


def test_nothing_was_changed_by_the_wrong_group(outsider, victims):
    before = victims.all()
    for method, path, operation in OPERATIONS:
        if "{id}" in path and method != "GET" and operation["x-slipway-guard"] == "signedIn":
            body = example_of(operation) or {}
            answer = outsider.send(method, victims.path(path), json=body if method != "DELETE" else None)
            problem(answer, 400 if operation["operationId"] == "enrolRuntime" else 404)  # that makes what is not there, under the one right id of the own group
    enrolment = {"name": victims.name, "engineType": "SPARK_RUNTIME", "instanceId": "stranger", "group": victims.group}
    outsider.refused("PUT", f"{MODEL_MANAGE}/runtimes/{victims.ids['runtimes']}", 403, json=enrolment)
    for refers in ({"storedModel": {"id": victims.model}}, {"deployableModel": {"id": victims.snapshot}, "engine": {"id": victims.ids["runtimes"]}}):
        answer = outsider.send("POST", f"{MODEL_MANAGE}/{'deployableModels' if 'storedModel' in refers else 'deployedModels'}", json=refers)
        assert answer.status_code in (400, 404, 409, 422), show(answer)
    assert victims.all() == before


@pytest.fixture(scope="module")
def chief(boss):
    """Another administrator."""
    return boss.new_user([], admin=True)


@pytest.fixture(scope="module")
def otherwise_right(company):
    """A token of the right provider, person and group that was given for something else."""
    return Colleague(company.url, company.issuer, ["slipway-admins"], "something-else")


@pytest.mark.parametrize("method, path, operation", OPERATIONS, ids=NAMES)
def test_with_the_wrong_scope(otherwise_right, method, path, operation):
    if operation["x-slipway-guard"] != "open":
        answer = otherwise_right.send(method, filled(path), json={} if method != "GET" else None)
        problem(answer, 403, "INSUFFICIENT_SCOPE")


@pytest.mark.parametrize("method, path, operation", OPERATIONS, ids=NAMES)
def test_with_the_right_token(boss, chief, victims, method, path, operation):
    """Whoever may is let in: what comes then is the matter of others, and never about who asks."""
    guard = operation["x-slipway-guard"]
    if guard == "open" or operation["operationId"] == "streamEvents":
        return
    person = boss.new_user([victims.group]) if operation["operationId"] == "deleteSession" else chief if guard == "administrator" else victims.member
    reads = method == "GET" and guard == "signedIn"
    answer = person.send(method, victims.path(path) if reads else filled(path), json={} if method != "GET" else None)
    assert answer.status_code not in (401, 405, 500), show(answer)
    assert answer.status_code != 403 or answer.json()["code"] == REFUSED_ALL.get(operation["operationId"]), show(answer)


@pytest.mark.parametrize("path, field", [(path, field) for method, path, operation in OPERATIONS for field in operation.get("x-slipway-filter", []) if "/search/" not in path])
def test_filter_fields_are_those_of_the_contract(admin, path, field):
    term = "tag.team=x" if field == "tag" else f"{field}>1d" if field in ("created", "updated") else f"{field}:1" if field != "duration" else "duration>1"
    answer = admin.send("GET", path, params={"filter": term})
    # What is wrong with a value is told with the value; of a field that nobody knows the name alone.
    known = answer.status_code == 200 or (answer.status_code == 400 and all(fault["got"] != field for fault in answer.json()["errors"]))
    assert known, show(answer)


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
