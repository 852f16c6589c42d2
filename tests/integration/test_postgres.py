"""The same on PostgreSQL: a whole import, a second one, restart, many writers at once, and the rule of one server for each database."""
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.account import CANARIES
from sandbox.moto import SECRET_KEY
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD


@pytest.fixture
def on_postgres(make_server, postgres):
    url = postgres.database()
    server = make_server(config={"database": {"url": url}})
    server.database = url
    return server


def versions(admin: Rest) -> dict[str, int]:
    return {row["id"]: row["version"] for name in ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs") for row in admin.every(name)}


def test_an_import_is_the_same_as_on_sqlite(on_postgres, make_server, postgres):
    found = []
    for server in (on_postgres, make_server()):
        admin = Rest.sign_in(server.url, "admin", PASSWORD)
        admin.import_model("churn-classifier-v3")
        admin.import_model("churn-classifier-v2")
        rows = {name: sorted((row.get("sageMaker") or {}).get("arn", row.get("state", "")) for row in admin.every(name)) for name in ("storedModels", "deployableModels", "deployedModels", "runtimes", "jobs")}
        found.append(rows)
    assert found[0] == found[1] and len(found[0]["jobs"]) > 40
    dump = postgres.dump(on_postgres.database)
    assert [needle for needle in (*CANARIES.values(), SECRET_KEY, PASSWORD) if needle in dump] == [] and "churn-classifier-v3" in dump


def test_a_second_import_and_a_restart_change_nothing(on_postgres):
    admin = Rest.sign_in(on_postgres.url, "admin", PASSWORD)
    admin.import_model("fraud-scoring-pipeline")
    before = versions(admin)
    on_postgres.kill()
    on_postgres.start()
    admin.import_model("fraud-scoring-pipeline")
    assert versions(admin) == before


def together(count: int, work) -> list:
    """What `work(number)` answers, all beginning at once."""
    begin = threading.Barrier(count)

    def one(number: int):
        begin.wait()
        return work(number)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


@pytest.fixture(params=["postgres", "sqlite"])
def on_either(request, make_server):
    server = request.getfixturevalue("on_postgres") if request.param == "postgres" else make_server()
    return Rest.sign_in(server.url, "admin", PASSWORD)


def test_imports_beside_each_other_that_share_an_endpoint(on_either, group_of):
    for _ in range(4):
        group = group_of()
        ended = together(2, lambda number: on_either.import_model(f"churn-classifier-v{number + 2}", group=group))
        assert [one["state"] for one in ended] == ["COMPLETE", "COMPLETE"], ended


def test_a_model_is_edited_while_it_is_imported(on_either):
    model = on_either.import_model("churn-classifier-v3")["storedModelId"]
    for _ in range(4):
        running = on_either.start_import("churn-classifier-v3")
        edits = 0
        while on_either.operation(running["id"])["state"] == "RUNNING":
            on_either.patch(f"{MODEL_MANAGE}/storedModels/{model}", {"modelMetaData": {"description": f"edit {edits}"}})
            edits += 1
        ended = on_either.operation(running["id"])
        assert ended["state"] == "COMPLETE", ended


def test_the_same_import_at_once_is_one(on_either):
    for number in range(4):
        group = f"racing-{number}"
        answers = together(4, lambda _, group=group: on_either.send("POST", "/sagemaker-service/api/imports", json={"modelName": "churn-classifier-v3", "group": group}))
        assert {answer.status_code for answer in answers} <= {202, 409}
        first = next(answer.json()["id"] for answer in answers if answer.status_code == 202)
        refused = [answer.json() for answer in answers if answer.status_code == 409]
        assert all(problem.get("operation", {}).get("id") for problem in refused), refused
        on_either.wait_operation(first)


def test_a_name_is_given_to_one_snapshot(on_either):
    model = on_either.new_model()["id"]
    for number in range(10):
        body = {"storedModel": {"id": model}, "metaData": {"name": f"s-{number}"}}
        answers = together(4, lambda _, body=body: on_either.send("POST", f"{MODEL_MANAGE}/deployableModels", json=body).status_code)
        assert sorted(answers) == [201, 409, 409, 409]


def test_changes_without_a_version_all_succeed(on_either):
    path = f"{MODEL_MANAGE}/storedModels/{on_either.new_model()['id']}"
    answers = together(8, lambda number: [on_either.send("PATCH", path, json={"vendor": {f"m{number}-{turn}": turn}}).status_code for turn in range(8)])
    assert {status for each in answers for status in each} == {200}
    model = on_either.get(path)
    assert len(model["vendor"]) == 64 and model["version"] == 65


def test_filters_sort_and_pages_agree(on_postgres, make_server):
    names = ["b", "A", "a", "Z", "ä", "_", "1", "É"]
    answers = []
    for server in (on_postgres, make_server()):
        admin = Rest.sign_in(server.url, "admin", PASSWORD)
        for name in names:
            admin.new_model(name)
        answers.append([[row["modelMetaData"]["name"] for row in admin.every("storedModels", sort=order, size=3)] for order in ("name", "name,desc", "created")]
                       + [[row["modelMetaData"]["name"] for row in admin.every("storedModels", filter=text)] for text in ("name~a", "name=ä", "É", 'name!=a', "created>1h")])
    assert answers[0] == answers[1] and all(answers[0][:3])


def test_a_second_server_on_the_same_database_is_refused(on_postgres, make_server):
    second = make_server(start=False, config={"database": {"url": on_postgres.database}})
    ended = subprocess.run(second.command(), capture_output=True, text=True, timeout=30, env=second.environment)
    assert ended.returncode == 2 and "database.url" in ended.stderr and "--data-dir" not in ended.stderr, ended.stdout + ended.stderr


def test_an_unreachable_database_is_said(make_server):
    second = make_server(start=False, config={"database": {"url": "postgresql://nobody:canary-db-password@127.0.0.1:1/none"}})
    ended = subprocess.run(second.command(), capture_output=True, text=True, timeout=60, env=second.environment)
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0 and "127.0.0.1" in said and "canary-db-password" not in said


def test_health_tells_when_the_database_is_gone(postgres, on_postgres):
    admin = Rest.sign_in(on_postgres.url, "admin", PASSWORD)
    admin.new_model("before")
    name, process = on_postgres.database.rsplit("/", 1)[1], on_postgres.process.child.pid

    def health() -> tuple[int, str]:
        answer = Rest(on_postgres.url).send("GET", "/actuator/health")
        return answer.status_code, answer.json()["status"]

    assert health() == (200, "UP")
    # The other tests share the cluster: it lets nobody into this database any more, and ends who is in.
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgres.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    wait_until(lambda: health() == (503, "DOWN"), "health tells that the database is gone")
    assert admin.send("GET", f"{MODEL_MANAGE}/storedModels").status_code == 503
    postgres.sql(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    wait_until(lambda: health() == (200, "UP"), "health tells that it is back")
    assert [row["modelMetaData"]["name"] for row in admin.every("storedModels")] == ["before"]
    assert on_postgres.process.running() and on_postgres.process.child.pid == process


def test_a_server_that_lost_the_database_to_another_stops(postgres, on_postgres):
    lock = int.from_bytes(b"Slipway\0", "big")
    # Waits for the lock of `serve`, and gets it as soon as the server's connection is gone.
    other = subprocess.Popen(["/usr/lib/postgresql/15/bin/psql", "-qAt", on_postgres.database, "-c", f"SELECT pg_advisory_lock({lock})", "-c", "SELECT pg_sleep(120)"],
                             stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        held = "FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        wait_until(lambda: postgres.sql(f"SELECT 1 {held} AND NOT granted", on_postgres.database), "the other waits")
        postgres.sql(f"SELECT pg_terminate_backend(pid) {held} AND granted", on_postgres.database)
        wait_until(lambda: not on_postgres.process.running(), "the server ends")
        assert on_postgres.process.child.returncode == 2
        assert "Another slipway serve has taken the database" in on_postgres.log()
    finally:
        other.kill()
        other.wait()
