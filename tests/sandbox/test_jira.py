"""The Jira fake answers in Atlassian's shapes and fails in every way of the list: section 8 of the life-cycle reference."""
import concurrent.futures
import hashlib
import hmac
import http.server
import json
import subprocess
import threading

import pytest
import requests

from sandbox.jira.site import EMAIL, TOKEN
from sandbox.jira_fake import JiraFake
from sandbox.process import ROOT, wait_until

SECRET = "hook-secret"


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jira")
    made = {flavor: JiraFake(folder, flavor) for flavor in ("cloud", "datacenter")}
    yield made
    for fake in made.values():
        fake.stop()


@pytest.fixture
def cloud(sites):
    sites["cloud"].reset()
    return Client(sites["cloud"])


@pytest.fixture(params=["cloud", "datacenter"])
def jira(sites, request):
    sites[request.param].reset()
    return Client(sites[request.param])


@pytest.fixture
def datacenter(sites):
    sites["datacenter"].reset()
    return Client(sites["datacenter"])


class Client:
    """REST as Slipway would speak it."""

    def __init__(self, fake: JiraFake):
        self.fake = fake
        self.base = f"{fake.url}/rest/api/{3 if fake.flavor == 'cloud' else 2}"
        self.http = requests.Session()
        self.http.headers["Authorization"] = fake.authorization

    def ask(self, method: str, path: str, body=None, status: int = 200, **more):
        answer = self.http.request(method, self.base + path, json=body, timeout=more.pop("timeout", 10), **more)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def text(self, words: str):
        if self.fake.flavor == "datacenter":
            return words
        return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": words}]}]}

    def body(self, **fields) -> dict:
        return {"fields": {"project": {"key": "MRM"}, "issuetype": {"name": "Task"}, "summary": "Approve", "description": self.text("Evidence"), "labels": ["mlc", "mlc-1"], **fields}}

    def create(self, status: int = 201, **fields) -> dict:
        return self.ask("POST", "/issue", self.body(**fields), status)

    def search(self, jql: str, **more) -> dict:
        return self.ask("POST", "/search/jql" if self.fake.flavor == "cloud" else "/search", {"jql": jql, **more})

    def ids(self, jql: str, **more) -> list[str]:
        return [issue["id"] for issue in self.search(jql, **more)["issues"]]

    def transition_to(self, issue: str, status: str) -> str:
        rows = self.ask("GET", f"/issue/{issue}/transitions")["transitions"]
        return next(row["id"] for row in rows if row["to"]["name"] == status)


def test_the_answers_fit_the_schemas_of_jira_js(cloud):
    done = subprocess.run([ROOT / "build/tools/bin/node", ROOT / "tests/node/jira_check.mjs", cloud.fake.url, EMAIL, TOKEN], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    report = json.loads(done.stdout)
    assert report["drift"] == [], "members that Atlassian's documents do not know"
    assert report["seen"]["many"] == [["Approved"], ["MRM-404"]] and report["seen"]["gone"] == 404


def test_an_issue_from_birth_to_decision(jira):
    made = jira.create()
    assert set(made) == {"id", "key", "self"} and made["key"] == "MRM-1"
    told = jira.ask("GET", f"/issue/{made['key']}")
    assert told["fields"]["status"]["statusCategory"]["key"] == "new" and told["fields"]["description"] == jira.text("Evidence")
    assert told["fields"]["reporter"]["displayName"] == "Slipway" and ("accountId" in told["fields"]["reporter"]) is (jira.fake.flavor == "cloud")
    jira.ask("POST", f"/issue/{made['id']}/transitions", {"transition": {"id": jira.transition_to(made["id"], "Rejected")}, "update": {"comment": [{"add": {"body": jira.text("no")}}]}}, 204)
    told = jira.ask("GET", f"/issue/{made['id']}?fields=status,resolution&expand=changelog")
    assert (told["fields"]["status"]["name"], told["fields"]["resolution"]["name"], set(told["fields"])) == ("Rejected", "Won't Do", {"status", "resolution"})
    assert [(item["field"], item["toString"]) for item in told["changelog"]["histories"][0]["items"]] == [("status", "Rejected"), ("resolution", "Won't Do")]
    jira.ask("POST", f"/issue/{made['id']}/comment", {"body": jira.text("decision taken")}, 201)
    assert [row["body"] for row in jira.ask("GET", f"/issue/{made['id']}/comment")["comments"]] == [jira.text("no"), jira.text("decision taken")]
    jira.fake.decide(made["id"], "To Do")
    reopened = jira.ask("GET", f"/issue/{made['id']}?expand=changelog")
    assert reopened["fields"]["resolution"] is None and reopened["changelog"]["histories"][0]["author"]["displayName"] == "Ravi Lead"


def test_every_fault_of_the_fields_is_told_at_once(jira):
    answer = jira.create(400, summary="two\nlines", labels=["a b"], customfield_1="x", issuetype={"name": "Epic"}, project={"key": "NO"})
    assert set(answer["errors"]) == {"summary", "labels", "customfield_1", "issuetype", "project"} and answer["errorMessages"] == []
    assert "less than 255" in jira.create(400, summary="x" * 256)["errors"]["summary"]
    assert "32,767" in jira.create(400, description=jira.text("x" * 32_768))["errors"]["description"]
    wrong = {"type": "doc", "version": 1, "content": [{"type": "text", "text": "loose"}]} if jira.fake.flavor == "cloud" else {"type": "doc"}
    assert jira.create(400, description=wrong)["errors"]["description"]
    jira.fake.settings(required={"customfield_10042": "Risk owner"})
    assert jira.create(400)["errors"] == {"customfield_10042": "Risk owner is required."}
    assert jira.create(customfield_10042="Ravi")["key"] == "MRM-1" and len(jira.fake.issues()) == 1


def test_transitions_differ_by_project_and_may_want_a_resolution(jira):
    here, there = jira.create()["id"], jira.create(project={"key": "OPS"})["id"]
    assert jira.transition_to(here, "Done") != jira.transition_to(there, "Done")
    assert "not valid" in jira.ask("POST", f"/issue/{there}/transitions", {"transition": {"id": jira.transition_to(here, "Done")}}, 400)["errorMessages"][0]
    jira.fake.settings(resolution_required=["Done"])
    number = jira.transition_to(here, "Done")
    assert jira.ask("POST", f"/issue/{here}/transitions", {"transition": {"id": number}}, 400)["errors"]["resolution"]
    jira.ask("POST", f"/issue/{here}/transitions", {"transition": {"id": number}, "fields": {"resolution": {"name": "Declined"}}}, 204)
    assert jira.ask("GET", f"/issue/{here}")["fields"]["resolution"]["name"] == "Declined"


def test_moved_deleted_and_properties(jira):
    made = jira.ask("POST", "/issue", {**jira.body(), "properties": [{"key": "mlc.intent", "value": {"id": "7"}}]}, 201)
    assert jira.ask("GET", f"/issue/{made['id']}/properties/mlc.intent")["value"] == {"id": "7"}
    assert jira.ask("GET", f"/issue/{made['id']}?properties=mlc.intent")["properties"] == {"mlc.intent": {"id": "7"}}
    jira.ask("PUT", f"/issue/{made['id']}/properties/more", {"a": 1}, 201)
    jira.ask("DELETE", f"/issue/{made['id']}/properties/more", status=204)
    jira.ask("GET", f"/issue/{made['id']}/properties/more", status=404)
    jira.fake.act("move", made["key"], project="OPS")
    assert {jira.ask("GET", f"/issue/{name}")["key"] for name in (made["id"], made["key"], "OPS-1")} == {"OPS-1"}
    assert jira.ids("project = OPS AND labels = mlc-1") == [made["id"]] and jira.ids("project = MRM") == []
    jira.fake.act("delete", made["id"])
    assert jira.ask("GET", f"/issue/{made['id']}", status=404)["errorMessages"] == ["Issue does not exist or you do not have permission to see it."]
    assert jira.ids("project = OPS") == [] and jira.fake.issues()[0]["deleted"]


def test_queries(jira):
    first, second = jira.create()["id"], jira.create(labels=["other", "mlc-open-a"])["id"]
    jira.fake.decide(second, "Done")
    assert jira.ids("labels = mlc-open-a") == [second] and jira.ids('labels IN ("mlc", other) ORDER BY created ASC, key') == [first, second]
    assert jira.ids("project = MRM AND statusCategory = Done") == [second] and jira.ids('project = MRM and status != "To Do"') == [second]
    assert jira.ids(f"id in ({first}, MRM-2) AND updated >= -5m ORDER BY key DESC") == [second, first]
    assert jira.ids("project not in (OPS) AND resolution = Unresolved") == [first]
    jira.fake.advance(3600)
    assert jira.ids('project = MRM AND updated >= "-5m"') == [] and len(jira.ids("project = MRM AND updated >= -2h")) == 2
    for jql in ("labels = ", "colour = red", "labels ~ mlc", "project = NOPE", "labels = a OR labels = b", "updated >= soon"):
        path = "/search/jql" if jira.fake.flavor == "cloud" else "/search"
        assert jira.ask("POST", path, {"jql": jql}, 400)["errorMessages"][0].startswith("Error in the JQL Query"), jql


def test_cloud_pages_by_token(cloud):
    made = [cloud.create()["id"] for _ in range(5)]
    jql = "labels = mlc ORDER BY created"
    assert set(cloud.search(jql)["issues"][0]) == {"id"}, "the id alone where no fields are asked for"
    found, token, pages = [], None, 0
    while True:
        page = cloud.search(jql, maxResults=2, fields=["status"], **({"nextPageToken": token} if token else {}))
        found += [issue["id"] for issue in page["issues"]]
        pages, token = pages + 1, page.get("nextPageToken")
        assert "total" not in page and page["isLast"] is (token is None)
        if page["isLast"]:
            break
    assert (found, pages) == (made, 3)
    token = cloud.search(jql, maxResults=2)["nextPageToken"]
    assert "token" in cloud.ask("POST", "/search/jql", {"jql": "labels = other", "nextPageToken": token}, 400)["errorMessages"][0]
    cloud.fake.advance(8 * 86400)
    cloud.ask("POST", "/search/jql", {"jql": jql, "nextPageToken": token}, 400)
    cloud.fake.settings(page_limit=1)
    assert len(cloud.search(jql, maxResults=50, fields=["status"])["issues"]) == 1, "short pages are legal"
    assert "Unbounded" in cloud.ask("POST", "/search/jql", {"jql": "ORDER BY updated"}, 400)["errorMessages"][0]
    assert "removed" in cloud.ask("GET", "/search?jql=labels=mlc", status=410)["errorMessages"][0]
    cloud.ask("POST", "/search/jql", {"jql": jql, "reconcileIssues": list(range(51))}, 400)
    cloud.ask("POST", "/issue/bulkfetch", {"issueIdsOrKeys": [str(n) for n in range(101)]}, 400)
    cloud.ask("POST", "/webhook", {"url": "http://x", "webhooks": []}, 403)


def test_datacenter_pages_by_offset(datacenter):
    made = [datacenter.create()["id"] for _ in range(3)]
    page = datacenter.search("ORDER BY created", startAt=1, maxResults=1)
    assert (page["total"], page["startAt"], [issue["id"] for issue in page["issues"]]) == (3, 1, made[1:2])
    answer = datacenter.http.get(datacenter.base + "/myself")
    assert answer.json()["name"] == "slipway" and answer.headers["X-RateLimit-FillRate"] == "10"
    datacenter.ask("POST", "/search/jql", {"jql": "project = MRM"}, 404)
    assert requests.get(datacenter.base + "/myself", auth=(EMAIL, TOKEN)).status_code == 403, "basic is off"


def test_the_index_is_slow(cloud):
    cloud.fake.settings(index_delay=60)
    made = cloud.create()["id"]
    assert cloud.ids("labels = mlc-1") == [] and cloud.ids("labels = mlc-1", reconcileIssues=[int(made)]) == [made]
    assert cloud.ask("GET", f"/issue/{made}")["id"] == made, "there, only not found"
    cloud.fake.advance(61)
    assert cloud.ids("labels = mlc-1") == [made]
    cloud.fake.decide(made, "Done")
    assert cloud.ids("project = MRM AND status = Done") == [] and cloud.ids('project = MRM AND status = "To Do"') == [made]


def test_wrong_secrets(jira):
    for header in ("", "Bearer nobody", "Basic bm9ib2R5Om5vYm9keQ=="):
        answer = requests.post(f"{jira.base}/issue", json=jira.body(), headers={"Authorization": header}, timeout=10)
        assert answer.status_code in (401, 403) and answer.json()["errorMessages"]
    assert jira.fake.issues() == [] and not any(entry["carried_out"] for entry in jira.fake.requests())


@pytest.mark.parametrize("status", [401, 403, 404, 409, 413, 422, 500, 503])
def test_refusals_before_anything_is_done(jira, status):
    jira.fake.fault("status", "createIssue", status=status, times=1)
    assert jira.create(status)["errorMessages"]
    assert jira.fake.issues() == []
    jira.create()


def test_throttled_with_and_without_a_time(jira):
    jira.fake.fault("throttle", "createIssue", times=1, retry_after=7)
    jira.fake.fault("throttle", "getCurrentUser", times=1)
    first = jira.http.post(f"{jira.base}/issue", json=jira.body())
    second = jira.http.get(f"{jira.base}/myself")
    assert (first.status_code, first.headers["Retry-After"], second.status_code, "Retry-After" in second.headers) == (429, "7", 429, False)
    assert ("RateLimit-Reason" in first.headers) is (jira.fake.flavor == "cloud") and jira.fake.issues() == []


def test_a_rate(jira):
    jira.fake.fault("throttle", "getCurrentUser", rate=0, burst=2)
    assert [jira.http.get(f"{jira.base}/myself").status_code for _ in range(4)] == [200, 200, 429, 429]


def test_created_and_the_answer_is_lost(jira):
    jira.fake.fault("status", "createIssue", status=500, carried_out=True, times=1)
    jira.fake.fault("lost", "createIssue", after=1, times=1)
    stalled = jira.fake.fault("stall", "createIssue", after=2, times=1, carried_out=True)
    jira.create(500)
    with pytest.raises(requests.ConnectionError):
        jira.create()
    with pytest.raises(requests.ReadTimeout):
        jira.ask("POST", "/issue", jira.body(), 201, timeout=0.5)
    jira.fake.wait_held()
    jira.fake.restore(stalled)
    assert len(jira.fake.issues("mlc-1")) == 3 == len(jira.ids("labels = mlc-1"))
    assert [(entry["carried_out"], entry["answered"]) for entry in jira.fake.requests() if entry["operation"] == "createIssue"] == [(True, 500), (True, None), (True, None)]


def test_answers_that_are_none(cloud):
    cloud.create()
    with cloud.fake.faulting("html", "getCurrentUser"):
        answer = cloud.http.get(cloud.base + "/myself")
        assert answer.status_code == 200 and answer.text.startswith("<!DOCTYPE html>")
    with cloud.fake.faulting("garbage", "searchJql"), pytest.raises(requests.JSONDecodeError):
        cloud.search("labels = mlc")
    with cloud.fake.faulting("reset", "getCurrentUser"), pytest.raises(requests.ConnectionError):
        cloud.ask("GET", "/myself")
    cloud.fake.fault("empty_page", "searchJql", times=1)
    page = cloud.search("labels = mlc")
    assert (page["issues"], page["isLast"]) == ([], False)
    assert len(cloud.search("labels = mlc", nextPageToken=page["nextPageToken"])["issues"]) == 1, "it leads on"


def test_a_held_call_goes_on(cloud):
    rule = cloud.fake.fault("hold", "createIssue")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(cloud.create)
        cloud.fake.wait_held()
        assert cloud.fake.issues() == []
        cloud.fake.restore(rule)
        assert waiting.result()["key"] == "MRM-1"


@pytest.fixture
def receiver():
    """Keeps what webhooks bring; answers with the statuses of `answers`, then 200."""
    got: list[tuple[dict, bytes]] = []
    answers: list[int] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(answers.pop(0) if answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.got, server.answers, server.url = got, answers, f"http://127.0.0.1:{server.server_address[1]}/hook"
    yield server
    server.shutdown()
    server.server_close()


def signed(headers: dict, body: bytes) -> bool:
    return headers.get("X-Hub-Signature") == "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


def test_webhooks(jira, receiver):
    jira.fake.webhook(receiver.url, SECRET, ["jira:issue_updated"])
    receiver.answers.append(503)
    made = jira.create()["id"]
    jira.fake.decide(made, "Approved")
    wait_until(lambda: len(receiver.got) == 2, "sent again after the 503")
    (first, body), (second, _) = receiver.got
    assert first["X-Atlassian-Webhook-Identifier"] == second["X-Atlassian-Webhook-Identifier"] and second["X-Atlassian-Webhook-Retry"] == "1"
    assert signed(first, body)
    event = json.loads(body)
    assert (event["webhookEvent"], event["issue"]["id"], event["changelog"]["items"][0]["toString"], event["user"]["displayName"]) == ("jira:issue_updated", made, "Approved", "Ravi Lead")


def test_webhooks_that_go_wrong(cloud, receiver):
    cloud.fake.webhook(receiver.url, SECRET)
    made = cloud.create()["id"]
    wait_until(lambda: len(receiver.got) == 1, "of the creation")
    for fault in ("duplicate", "lost", "forged", "unsigned", "late"):
        cloud.fake.fault(fault, "webhook", times=1)
        cloud.fake.act("comment", made, text=fault)
    cloud.fake.decide(made, "Done")
    wait_until(lambda: len(receiver.got) == 7, "all but the lost one")
    told = [(json.loads(body).get("comment", {}).get("body", {}).get("content", [{}])[0].get("content", [{}])[0].get("text", "decided"), signed(headers, body)) for headers, body in receiver.got[1:]]
    assert told == [("duplicate", True), ("duplicate", True), ("forged", False), ("unsigned", False), ("decided", True), ("late", True)]
    assert len({headers["X-Atlassian-Webhook-Identifier"] for headers, _ in receiver.got}) == 6
    assert "lost" in [row["status"] for row in cloud.fake.deliveries()]


def test_wrong_orders_are_refused(cloud):
    for call in (lambda: cloud.fake.fault("earthquake"), lambda: cloud.fake.settings(colour="red"), lambda: cloud.fake.act("sing", cloud.create()["id"]),
                 lambda: cloud.fake.decide("MRM-99", "Done"), lambda: cloud.fake.act("delete", "MRM-1", by="nobody")):
        with pytest.raises(AssertionError):
            call()


def test_many_at_once(cloud):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: Client(cloud.fake).create()["key"], range(40)))
    assert len(set(keys)) == 40 and cloud.fake.calls()["createIssue"] == 40
