"""SIGKILL at the worst moments: nothing acknowledged is lost, nothing happens twice, imports go on by themselves."""
import collections
import concurrent.futures
import contextlib
import json
import sqlite3
import uuid

import pytest
import requests

from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD

MODELS = f"{MODEL_MANAGE}/storedModels"


def counts_of(admin: Rest) -> dict[str, int]:
    """How many objects there are, and that none is there twice."""
    rows = {name: admin.every(name) for name in ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs")}
    for name, found in rows.items():
        identities = collections.Counter((row["sageMaker"]["arn"], (row.get("storedModel") or row.get("model") or {}).get("id") if name != "runtimes" else "") for row in found if row.get("sageMaker"))
        assert name in ("jobs", "deployableModels") or all(count == 1 for count in identities.values()), (name, identities.most_common(3))
    jobs = collections.Counter(row["sageMaker"]["arn"] for row in rows["jobs"])
    assert all(count == 1 for count in jobs.values()), jobs.most_common(3)
    return {name: len(found) for name, found in rows.items()}


@pytest.fixture(scope="module")
def undisturbed(stack, tmp_path_factory):
    """What an import of this model leaves when nothing happens."""
    from sandbox.server import Slipway
    from sandbox.stack import CONFIG
    server = Slipway(tmp_path_factory.mktemp("undisturbed"), aws=stack.moto.url, config=CONFIG).start()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    admin.import_model("churn-classifier-v3")
    counts = counts_of(admin)
    server.stop()
    return counts


@pytest.mark.parametrize("where, after", [("DescribeTrainingJob", 0), ("DescribeTransformJob", 0), ("DescribeTransformJob", 25), ("DescribeEndpointConfig", 3), ("DescribeEndpoint", 0)])
def test_an_import_goes_on_by_itself(make_server, proxy, undisturbed, where, after):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    proxy.fault("hold", where, after=after)
    operation = admin.start_import("churn-classifier-v3")
    proxy.wait_held()
    server.kill()
    proxy.restore()
    server.start()
    done = admin.wait_operation(operation["id"])
    assert done["state"] == "COMPLETE" and done["problems"] == [], done
    assert counts_of(admin) == undisturbed


def test_killed_again_and_again(make_server, proxy, undisturbed):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    operation = None
    for after in (3, 10, 17):
        proxy.fault("hold", "Describe*", after=after)
        operation = operation or admin.start_import("churn-classifier-v3")
        wait_until(lambda: proxy.held() or admin.operation(operation["id"])["state"] != "RUNNING", "held or ended")
        server.kill()
        proxy.restore()
        server.start()
    assert admin.wait_operation(operation["id"])["state"] == "COMPLETE"
    assert counts_of(admin) == undisturbed


def test_what_is_final_is_not_described_again(make_server, proxy):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    rule = proxy.fault("hold", "DescribeEndpoint")
    operation = admin.start_import("churn-classifier-v3")
    proxy.wait_held()
    server.kill()
    proxy.restore(rule)
    described = proxy.calls()["DescribeTransformJob"]
    server.start()
    admin.wait_operation(operation["id"])
    assert proxy.calls()["DescribeTransformJob"] - described <= 8, "only what may still change"


def test_what_was_described_a_second_ago_is_not_asked_again(make_server, proxy):
    server = make_server()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    proxy.fault("hold", "DescribeTransformJob", after=20)
    operation = admin.start_import("churn-classifier-v3")
    proxy.wait_held()
    wait_until(lambda: described(server) == 20, "what AWS answered is in the index")
    server.kill()
    proxy.restore()
    server.start()
    admin.wait_operation(operation["id"])
    asked = collections.Counter(json.loads(entry["body"])["TransformJobName"] for entry in proxy.requests() if entry["operation"] == "DescribeTransformJob")
    again = sum(count - 1 for count in asked.values())
    assert again <= 8, "only calls that AWS had not answered are made again"


def described(server) -> int:
    """Transform jobs that a process which starts now would not ask for."""
    with contextlib.closing(sqlite3.connect(f"file:{server.data / 'slipway.db'}?mode=ro", uri=True)) as index:
        return index.execute("SELECT COUNT(*) FROM sagemaker_objects WHERE kind = 'TRANSFORM_JOB' AND detail IS NOT NULL").fetchone()[0]


def burst(url: str, token: str, keys: list[str], acknowledged: dict[str, str], wrong: list[str]) -> None:
    """Posts a model for each key; what was answered 201 goes to `acknowledged`. A dead server ends it."""
    person = Rest(url, token)
    for key in keys:
        try:
            answer = person.send("POST", MODELS, json={"modelMetaData": {"name": key}}, headers={"Idempotency-Key": key}, timeout=10)
        except requests.RequestException:
            return
        if answer.status_code == 201:
            acknowledged[key] = answer.json()["id"]
        else:
            wrong.append(answer.text)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_a_burst_of_writes(make_server, request, engine):
    config = {"database": {"url": request.getfixturevalue("postgres").database()}} if engine == "postgres" else {}
    server = make_server(config=config)
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    keys = [str(uuid.uuid4()) for _ in range(2000)]
    acknowledged: dict[str, str] = {}
    wrong: list[str] = []
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(burst, server.url, admin.token, keys[part::8], acknowledged, wrong) for part in range(8)]
        wait_until(lambda: len(acknowledged) > 150, "the burst is under way")
        server.kill()
        concurrent.futures.wait(running)
    assert wrong == [] and len(acknowledged) < len(keys)
    server.start()
    stored = {row["modelMetaData"]["name"]: row["id"] for row in admin.every("storedModels", size=1000)}
    assert {key: stored.get(key) for key in acknowledged} == acknowledged, "what was acknowledged is there, with the id that was told"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda part: burst(server.url, admin.token, keys[part::8], acknowledged, wrong), range(8)))
    rows = admin.every("storedModels", size=1000)
    assert wrong == [] and collections.Counter(row["modelMetaData"]["name"] for row in rows) == collections.Counter(keys), "repeated with its key, each is there once"
    assert {row["modelMetaData"]["name"]: row["id"] for row in rows} == acknowledged
    audited = admin.get(f"{MODEL_MANAGE}/auditRecords", params={"filter": "entityType:StoredModel", "size": 1})["page"]["totalElements"]
    assert audited == len(keys), "one audit row for each"
