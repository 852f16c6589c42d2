"""What an edge runtime and the server say to each other: enrolment, heartbeats, claims, attempts, messages, logs; one instance launches a job."""
import concurrent.futures
import json
import threading
import time
import uuid

import pytest
import requests

from sandbox.rest import MODEL_MANAGE, Rest, problem, show
from sandbox.server import PASSWORD

JOBS = f"{MODEL_MANAGE}/jobs"
RUNTIMES = f"{MODEL_MANAGE}/runtimes"
MODEL = {"name": "inline", "storedModel": {"modelAssets": [{"assetType": "SOURCE_CODE", "name": "m.py", "sourceCode": "# modelop.score\ndef s(i, o, a): pass\n"}]}}


def job_for(name: str, **more) -> dict:
    return {"jobType": "MODEL_BATCH_JOB", "model": MODEL, "targetEngine": {"engineType": "SPARK_RUNTIME", "name": name}, "inputData": [], "outputData": [], **more}


class Edge:
    """A machine client that enrols one runtime."""

    def __init__(self, admin: Rest, group: str, name: str = "spark-1", client: Rest | None = None):
        self.group, self.name, self.instance = group, name, str(uuid.uuid4())
        self.rest = client or machine(admin, group)
        wrong = self.rest.refused("PUT", f"{RUNTIMES}/{uuid.uuid4()}", 400, json=self.body())
        self.id = wrong["errors"][0]["expected"].split(",")[0]

    def body(self, **more) -> dict:
        return {"name": self.name, "group": self.group, "engineType": "SPARK_RUNTIME", "instanceId": self.instance, "sparkConf": {"--master": "local[1]"}, "state": "ONLINE",
                "cluster": {"manager": "local"}, **more}

    def enrol(self, **more) -> requests.Response:
        return self.rest.send("PUT", f"{RUNTIMES}/{self.id}", json=self.body(**more))

    def beat(self, state: str = "ONLINE", **more) -> requests.Response:
        return self.rest.send("POST", f"{RUNTIMES}/{self.id}/heartbeat", json={"instanceId": self.instance, "state": state, **more})

    def work(self, **more) -> requests.Response:
        headers = more.pop("headers", {})
        return self.rest.send("GET", f"{JOBS}/search/findWorkOfRuntime", params={"runtimeId": self.id, "instanceId": self.instance, **more}, headers=headers)

    def claim(self, job: str, version: int) -> requests.Response:
        return self.rest.send("PATCH", f"{JOBS}/{job}", json={"owner": self.instance}, headers={"If-Match": f'"{version}"'})


def machine(admin: Rest, group: str) -> Rest:
    made = admin.post(f"{MODEL_MANAGE}/clients", {"clientId": f"edge-{uuid.uuid4().hex[:8]}", "groups": [group]})
    client = Rest(admin.url)
    answer = client.send("POST", "/gocli/token", data={"grant_type": "client_credentials"}, auth=(made["clientId"], made["clientSecret"]))
    assert answer.status_code == 200, show(answer)
    client.token = answer.json()["access_token"]
    return client


@pytest.fixture(params=["sqlite", "postgres"])
def place(request):
    """A server on each database: an administrator, and a person with a group of their own."""
    if request.param == "sqlite":
        admin = request.getfixturevalue("admin")
    else:
        server = request.getfixturevalue("make_server")(config={"database": {"url": request.getfixturevalue("postgres").database()}})
        admin = Rest.sign_in(server.url, "admin", PASSWORD)
    group = f"edge-{uuid.uuid4().hex[:8]}"
    person = admin.new_user([group])
    person.group = group
    return admin, person


def test_why_tells_that_the_runtime_which_has_a_job_is_away(place):
    admin, person = place
    edge = Edge(admin, person.group)
    assert edge.enrol().status_code == 201
    job = person.post(JOBS, job_for(edge.name, group=person.group))
    assert edge.claim(job["id"], job["version"]).status_code == 200
    told = person.get(f"{JOBS}/{job['id']}/why")
    assert [fact["code"] for fact in told["facts"]] == ["STATUS_CREATED", "CLAIMED", "LAST_CONTACT"], told
    assert edge.beat("OFFLINE").status_code == 200
    told = person.get(f"{JOBS}/{job['id']}/why")
    assert told["answer"] == f"{edge.name} has taken it, and is not heard of any more: since then nobody knows."
    assert told["next"][-1]["cli"] == f"slipway job reassign {job['id']} --reason '…'"
    assert person.send("POST", f"{JOBS}/{job['id']}/reassign", json={"reason": "gone"}).status_code == 200
    assert "CLAIMED" not in json.dumps(person.get(f"{JOBS}/{job['id']}/why"))


def test_a_job_from_claim_to_end(place):
    admin, person = place
    waiting = person.post(JOBS, {**job_for("x"), "targetEngine": {"engineType": "SPARK_RUNTIME"}})
    edge = Edge(admin, person.group)
    assert edge.enrol().status_code == 201
    assert edge.enrol().status_code == 200
    assert person.get(f"{RUNTIMES}/{edge.id}")["version"] == 1
    found = edge.work().json()["_embedded"]["jobs"]
    assert [item["id"] for item in found] == [waiting["id"]], "bound when it enrolled"
    claimed = edge.claim(waiting["id"], found[0]["version"])
    assert claimed.status_code == 200 and claimed.json()["owner"] == edge.instance, show(claimed)
    path = f"{JOBS}/{waiting['id']}"
    edge.rest.post(f"{path}/attempts", {"attempt": 1, "tag": "t-1"}, 201)
    assert edge.rest.refused("POST", f"{path}/attempts", 409, "ATTEMPT_EXISTS", json={"attempt": 1, "tag": "t-1"})["attempt"]["tag"] == "t-1"
    edge.rest.patch(path, {"jobStatus": "WAITING", "sparkApplication": {"tag": "t-1"}, "effectiveCommand": ["spark-submit", "m.py"]})
    edge.rest.patch(path, {"jobStatus": "RUNNING", "sparkApplication": {"id": "app-1", "trackingUrl": "http://master:8080/app-1"}})
    edge.rest.post(f"{path}/messages", {"seq": 1, "lines": ["app-1 runs", "\u001b[31mred"]}, 200)
    edge.rest.post(f"{path}/messages", {"seq": 1, "lines": ["app-1 runs"]}, 200)
    ended = edge.rest.patch(path, {"jobStatus": "COMPLETE", "jobResult": "SUCCESS"})
    assert ended["jobWaitTime"] <= ended["jobRunTime"] <= ended["jobEndTime"] and ended["jobDuration"] == ended["jobEndTime"] - ended["jobRunTime"]
    assert [line[20:] for line in ended["jobMessages"]] == ["app-1 runs", "␛[31mred"]
    again = edge.rest.patch(path, {"jobStatus": "COMPLETE"})
    assert again["version"] == ended["version"]
    edge.rest.refused("PATCH", path, 409, "ALREADY_ENDED", json={"jobStatus": "ERROR"})
    assert edge.work().json()["_embedded"]["jobs"] == []
    retried = person.post(f"{path}/retry", None, 201)
    assert retried["retryOf"] == waiting["id"] and retried["jobStatus"] == "CREATED" and retried["targetEngine"]["id"] == edge.id
    result = edge.rest.send("POST", f"{MODEL_MANAGE}/modelTestResults", json={"jobId": waiting["id"], "testResults": {"auc": 0.9}}, headers={"Idempotency-Key": "r-1"})
    repeated = edge.rest.send("POST", f"{MODEL_MANAGE}/modelTestResults", json={"jobId": waiting["id"], "testResults": {"auc": 0.9}}, headers={"Idempotency-Key": "r-1"})
    assert result.status_code == 201 and repeated.json()["id"] == result.json()["id"], show(result)
    assert result.json()["group"] == person.group


def test_the_reason_of_an_end_is_the_word_of_the_runtime_alone(place):
    admin, person = place
    edge = Edge(admin, person.group)
    assert edge.enrol().status_code == 201
    job = person.post(JOBS, job_for(edge.name, group=person.group, statusReason="of another job"))
    path = f"{JOBS}/{job['id']}"
    assert "statusReason" not in job
    assert "/statusReason" in json.dumps(person.refused("PATCH", path, 422, json={"statusReason": "mine"}))
    assert edge.claim(job["id"], job["version"]).status_code == 200
    assert "/statusReason" in json.dumps(edge.rest.refused("PATCH", path, 400, json={"statusReason": {"no": "text"}}))
    edge.rest.patch(path, {"jobStatus": "RUNNING", "statusReason": "so far"})
    assert "/statusReason" in json.dumps(edge.rest.refused("PATCH", path, 400, json={"statusReason": {"no": "text"}}))
    assert person.get(path)["statusReason"] == "so far"
    person.send("POST", f"{path}/reassign", json={"reason": "gone", "force": True})
    again = person.get(path)
    assert again["jobStatus"] == "CREATED" and "statusReason" not in again
    assert edge.claim(job["id"], again["version"]).status_code == 200
    ended = edge.rest.patch(path, {"jobStatus": "ERROR", "jobResult": "FAILURE", "statusReason": "Failed after 3.2 s: ValueError: no column age"})
    assert ended["statusReason"] == "Failed after 3.2 s: ValueError: no column age"
    assert person.get(f"{path}/why")["answer"] == "It failed: ValueError: no column age"
    assert "statusReason" not in person.post(f"{path}/retry", None, 201)


def test_many_instances_want_one_job(place):
    admin, person = place
    client = machine(admin, person.group)
    edge = Edge(admin, person.group, client=client)
    assert edge.enrol().status_code == 201
    for _ in range(5):
        job = person.post(JOBS, job_for(edge.name))
        barrier = threading.Barrier(8)

        def race(_):
            barrier.wait()
            return edge.claim(job["id"], job["version"]).status_code

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            statuses = sorted(pool.map(race, range(8)))
        assert statuses == [200] + [412] * 7


def test_only_the_instance_that_claimed_a_job_gives_it_back(place):
    admin, person = place
    edge = Edge(admin, person.group)
    assert edge.enrol().status_code == 201
    job = person.post(JOBS, job_for(edge.name))["id"]
    assert edge.claim(job, 1).status_code == 200
    path = f"{JOBS}/{job}"
    edge.rest.refused("PATCH", path, 403, "NOT_THE_OWNER", json={"owner": None, "instanceId": str(uuid.uuid4())})
    assert person.get(path)["owner"] == edge.instance, "another one with the same client gave it away"
    answer = edge.rest.send("PATCH", path, json={"owner": None, "instanceId": edge.instance})
    assert answer.status_code == 200 and not {"owner", "instanceId"} & answer.json().keys(), show(answer)
    assert edge.claim(job, answer.json()["version"]).status_code == 200
    assert edge.rest.send("PATCH", path, json={"owner": None}).status_code == 200, "one client, one instance: as before"


def test_a_second_instance_and_a_second_client_get_nothing(place):
    admin, person = place
    edge = Edge(admin, person.group)
    assert edge.enrol().status_code == 201
    other = Edge(admin, person.group)
    problem(other.enrol(), 409, "NAME_IN_USE")
    problem(other.beat(), 409, "NAME_IN_USE")
    job = person.post(JOBS, job_for(edge.name))
    problem(other.claim(job["id"], 1), 409, "NOT_YOUR_ENGINE")
    other.instance = edge.instance
    problem(other.claim(job["id"], 1), 409, "NOT_YOUR_ENGINE")
    assert edge.claim(job["id"], 1).status_code == 200
    other.rest.refused("PATCH", f"{JOBS}/{job['id']}", 403, "NOT_THE_OWNER", json={"jobStatus": "COMPLETE"})
    other.rest.refused("POST", f"{JOBS}/{job['id']}/attempts", 403, "NOT_THE_OWNER", json={"attempt": 1, "tag": "t"})
    assert edge.beat("REMOVED").json()["state"] == "REMOVED"
    other.instance = str(uuid.uuid4())
    assert other.enrol().status_code == 200, "at once"
    problem(edge.beat(), 409, "NAME_IN_USE")
    problem(other.claim(job["id"], 2), 409, "CLAIMED")
    person.refused("POST", f"{JOBS}/{job['id']}/reassign", 400, json={})
    assert "owner" not in person.post(f"{JOBS}/{job['id']}/reassign", {"reason": "the node is gone"}, 200)
    assert other.claim(job["id"], 3).status_code == 200


def test_idle_polls_are_not_modified(place):
    admin, person = place
    edge = Edge(admin, person.group)
    edge.enrol()
    first = edge.work()
    same = edge.work(headers={"If-None-Match": first.headers["ETag"]})
    assert same.status_code == 304 and not same.content
    job = person.post(JOBS, job_for(edge.name))
    assert edge.work(headers={"If-None-Match": same.headers["ETag"]}).json()["_embedded"]["jobs"][0]["id"] == job["id"]
    edge.claim(job["id"], 1)
    assert edge.work(owned="cancelRequested").json()["_embedded"]["jobs"] == []
    person.post(f"{JOBS}/{job['id']}/cancel", None, 200)
    assert edge.work(owned="cancelRequested").json()["_embedded"]["jobs"][0]["cancelRequested"]["at"]
    edge.rest.refused("POST", f"{JOBS}/{job['id']}/attempts", 409, "CANCEL_REQUESTED", json={"attempt": 1, "tag": "t"})


def test_a_log_is_followed_without_a_thread(place):
    admin, person = place
    edge = Edge(admin, person.group)
    edge.enrol()
    job = person.post(JOBS, job_for(edge.name))["id"]
    edge.claim(job, 1)
    path = f"{JOBS}/{job}/logs/stdout"

    def put(offset: int, data: bytes, status: int = 200) -> dict:
        return edge.rest.ask("PUT", path, status, params={"offset": offset}, data=data)

    put(0, b"one\n")
    assert put(9, b"x", 409)["expectedOffset"] == 4

    def follow(offset: int) -> tuple[requests.Response, float]:
        began = time.monotonic()
        answer = Rest(person.url, person.token).send("GET", path, params={"follow": "true", "offset": offset})
        return answer, time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(follow, 4) for _ in range(40)]
        # Forty wait on eight threads, and others are still served.
        assert person.get(f"{JOBS}/{job}")["jobStatus"] == "CREATED"
        put(4, b"\x1b[31mtwo\n")
        for one in waiting:
            answer, _ = one.result()
            assert answer.text == "␛[31mtwo\n" and answer.headers["X-Next-Offset"] == "13" and answer.headers["X-Job-Ended"] == "false", show(answer)
        last = pool.submit(follow, 13)
        edge.rest.patch(f"{JOBS}/{job}", {"jobStatus": "COMPLETE"})
        answer, took = last.result()
        assert answer.headers["X-Job-Ended"] == "true" and answer.text == "" and took < 20
    assert person.send("GET", path, params={"raw": "true"}).content == b"one\n\x1b[31mtwo\n"


def test_secrets_are_opened_for_the_owner_alone(place):
    admin, person = place
    edge = Edge(admin, person.group)
    edge.enrol()
    made = person.post(JOBS, job_for(edge.name, inputData=[{"assetType": "EXTERNAL_FILE", "fileUrl": "s3a://b/k", "repositoryInfo": {"repositoryType": "S3_REPOSITORY", "secretKey": "hush-hush"}}]))
    path = f"{JOBS}/{made['id']}/credentials"
    edge.rest.refused("GET", path, 403, "NOT_THE_OWNER")
    edge.claim(made["id"], made["version"])
    opened = edge.rest.get(path)
    assert opened["credentials"] == {made["inputData"][0]["repositoryInfo"]["credentialRef"]: {"secretKey": "hush-hush"}}
    for who in (admin, person, machine(admin, person.group)):
        who.refused("GET", path, 403, "NOT_THE_OWNER")
    edge.rest.get(path)
    records = [record for record in person.every("auditRecords", filter=f"entityId:{made['id']}") if record.get("metaData", {}).get("action") == "CREDENTIALS_READ"]
    assert len(records) == 1 and "hush-hush" not in str(records)
