"""Jobs that nobody should post, hosts that are not well, and the cases of the cases page that need no session: through the real door, by the real driver."""
from __future__ import annotations

import base64
import json
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

import pytest
import requests

from sandbox.plain_spark import PlainSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

PRINTS = "# modelop.score\ndef score(i, o, m):\n    print('ran')\n"
SETTINGS = {"master": "local[1]", "maxConcurrentSubmissions": 8}


@pytest.fixture(scope="module")
def runtime(server, admin, tmp_path_factory):
    folder = tmp_path_factory.mktemp("edge")
    edge = SparkRuntime(folder, server.url, machine_client(admin, "edge-hostile"), SETTINGS, spark=PlainSpark(folder)).start()
    edge.wait_enrolled()
    yield edge
    edge.stop()


@pytest.fixture
def run(admin, runtime):
    """Posts a job and gives it back when it has ended in `state`."""
    def run(state: str, source: str = PRINTS, model: dict | None = None, **more) -> dict:
        document = job_document(source, **more)
        document["model"]["storedModel"]["modelMetaData"] |= model or {}
        return wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", document)["id"], state, timeout=60)
    return run


def attempts(admin, job: dict) -> list:
    return admin.get(f"{MODEL_MANAGE}/jobs/{job['id']}/attempts")["_embedded"]["attempts"]


def said(job: dict) -> str:
    return "\n".join(job["jobMessages"])


def output(path: pathlib.Path, **more) -> dict:
    return {"assetType": "EXTERNAL_FILE", "filename": path.name, "fileUrl": path.as_uri(), **more}


@pytest.mark.parametrize("name", ["../../outside.py", "/etc/cron.d/x", "a/../../x.py", "model_job_metadata.py", "ModelOpPySparkDriver.py", "x\u0000y.py", ".."])
def test_a_path_that_leads_out_launches_nothing(admin, run, name):
    job = run("ERROR", assets=[{"assetType": "SOURCE_CODE", "name": name, "sourceCode": "x = 1"}])
    assert attempts(admin, job) == [] and any(word in job["jobMessages"][-1] for word in ("asset", "NUL")), job["jobMessages"]


def test_names_are_names_and_nothing_else(run, tmp_path):
    """Shell words, options and line breaks in what people may name freely."""
    for name in (f"$(touch {tmp_path}/shell)", f"`touch {tmp_path}/shell`; --kill driver-1", "--conf\nspark.x=1\n--kill", "ä 'quoted\" name"):
        job = run("COMPLETE", model={"name": name})
        assert "stdout: ran" in said(job)
    assert not (tmp_path / "shell").exists()


def test_five_megabytes_of_source(run):
    job = run("COMPLETE", "# x\n" * (5 << 18) + PRINTS)
    assert "stdout: ran" in said(job)


@pytest.mark.parametrize("body,words", [
    ("open('nothing-there.csv')", "FileNotFoundError: [Errno 2] No such file or directory: 'nothing-there.csv'"),
    ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
    ("i.values()", "AttributeError: 'list' object has no attribute 'values'"),
])
def test_a_failing_model_ends_with_pythons_own_line(run, body, words):
    job = run("ERROR", f"# modelop.score\ndef score(i, o, m):\n    {body}\n")
    assert job["jobMessages"][-1].endswith(words)


METRICS = "# modelop.metrics\ndef metrics(i, o, m):\n    path = o[0]['fileUrl'].replace('file://', '')\n    %s\n"


@pytest.mark.parametrize("body,result", [  # case 19
    ("open(path, 'w').write('{\"a\":1}\\n{\"a\":2}\\n{\"a\":3}\\n')", {"rows": [{"a": 1}, {"a": 2}, {"a": 3}]}),
    ("open(path, 'w').write('[{\"a\":1},{\"a\":2}]')", {"rows": [{"a": 1}, {"a": 2}]}),
    ("import os; os.makedirs(path); [open(f'{path}/part-0000{n}', 'w').write('{\"a\":%d}\\n' % n) for n in (0, 1)]; open(path + '/_SUCCESS', 'w').close()", {"rows": [{"a": 0}, {"a": 1}]}),
    ("open(path, 'w').write('auc,ks\\n0.7,0.5\\n')", None),
    ("open(path, 'w').write('{\"auc\":NaN,\"ks\":Infinity,\"n\":1}')", {"auc": None, "ks": None, "n": 1}),
    ("open(path, 'w').write('{\"x\":\"' + 'y' * (12 << 20) + '\"}')", None),
], ids=["lines", "array", "parts", "csv", "nan", "12MB"])
def test_metrics_that_are_not_one_json_object(admin, run, tmp_path, body, result):
    job = run("COMPLETE", METRICS % body, job_type="MODEL_BATCH_TEST_JOB", outputs=[output(tmp_path / "metrics")])
    found = [one["testResults"] for one in admin.every("modelTestResults") if one.get("jobId") == job["id"]]
    assert found == ([result] if result else []), said(job)
    if result is None or "auc" in result:
        assert "metrics" in said(job), said(job)


def test_progress_bars_and_endless_lines(admin, run, runtime):
    """Case 20: flat memory, the last state of the line, no escapes."""
    def memory() -> int:
        return int(next(line for line in pathlib.Path(f"/proc/{runtime.process.pid}/status").read_text().splitlines() if line.startswith("VmRSS")).split()[1])
    before = memory()
    job = run("COMPLETE", """# modelop.score
def score(i, o, m):
    import sys
    for n in range(200000):
        sys.stdout.write("\\r\\x1b[32m %d%%|xxx |\\x1b[0m" % (n // 2000))
    sys.stdout.write("\\rdone 100%\\n")
    sys.stderr.write("z" * (30 << 20))
""")
    assert memory() - before < 40 << 10, f"{before} → {memory()} KiB"
    text = said(job)
    assert "stdout: done 100%" in text and "\x1b" not in text and "…" in text and len(text) < 2 << 20
    begin = time.monotonic()
    assert admin.get(f"{MODEL_MANAGE}/jobs/{job['id']}")["jobStatus"] == "COMPLETE"
    assert time.monotonic() - begin < 5


SOURCE_21 = "from __future__ import annotations\nimport sys\n\"\"\"\n# modelop.score\ndef wrong(i, o, m): pass\n\"\"\"\n%s\ndef action(i, o, m):\n\tprint(len('é'), 'é')\n"


@pytest.mark.parametrize("mark", ["#modelop.score", "# modelop.score  ", "# modelop.score\n# a comment between\n@staticmethod"], ids=["tight", "trailing", "decorated"])
@pytest.mark.parametrize("dress", [lambda t: "\ufeff" + t, lambda t: t.replace("\n", "\r\n")], ids=["bom", "crlf"])
def test_source_as_exported(run, mark, dress):
    """Case 21."""
    job = run("COMPLETE", dress(SOURCE_21 % mark))
    assert "stdout: 1 é" in said(job)


def test_an_encoding_cookie(run):
    assert "stdout: 1 é" in said(run("COMPLETE", "# -*- coding: utf-8 -*-\n" + SOURCE_21 % "# modelop.score"))


def test_job_parameters_as_people_type_them(admin, run):
    """Case 23."""
    for parameters, words in (({"--conf": '"spark.cores.max=1"'}, "quotes"), ({"--conf": "spark.a=1 --conf spark.b=2"}, "one setting")):
        job = run("ERROR", parameters=parameters)
        assert words in job["jobMessages"][-1] and attempts(admin, job) == [], job["jobMessages"]
    text = json.dumps(job_document(PRINTS)).replace('"jobParameters": {}', '"jobParameters": {"--conf": "spark.a=1", "--conf": "spark.b=2"}')
    answer = admin.send("POST", f"{MODEL_MANAGE}/jobs", data=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and "--conf" in answer.text, answer.text
    java = "-Da=1 -Db='x y'"
    job = run("COMPLETE", parameters={"spark.executor.extraJavaOptions": java, "--executor-memory": "512MB", "--num-executors": 2})
    command = job["effectiveCommand"]
    assert f"spark.executor.extraJavaOptions={java}" in command and command[command.index("--num-executors") + 1] == "2"
    assert command[command.index("--executor-memory") + 1] == "512MB"


def test_other_outputs_without_marker(run, tmp_path):
    """Case 3: one file; a folder without _SUCCESS; nothing in it; a failure after the write."""
    job = run("COMPLETE", "# modelop.score\ndef s(i, o, m):\n    open(o[0]['fileUrl'].replace('file://', ''), 'w').write('a,b\\n')\n", outputs=[output(tmp_path / "out.csv")])
    assert job["outputData"][0]["fileSize"] == 4
    folder = "# modelop.score\ndef s(i, o, m):\n    import os\n    path = o[0]['fileUrl'].replace('file://', '')\n    os.makedirs(path)\n    open(path + '/part-0', 'w').write(%r)\n%s"
    job = run("COMPLETE", folder % ("x" * 7, ""), outputs=[output(tmp_path / "folder")])
    assert job["outputData"][0]["fileSize"] == 7 and "_SUCCESS" in said(job)
    job = run("COMPLETE", folder % ("", "    open(path + '/_SUCCESS', 'w').close()\n"), outputs=[output(tmp_path / "empty")])
    assert job["outputData"][0]["fileSize"] == 0
    job = run("ERROR", folder % ("x", "    raise ValueError('after the write')\n"), outputs=[output(tmp_path / "failed")])
    assert "fileSize" not in job["outputData"][0] and job["jobMessages"][-1].endswith("ValueError: after the write")


def test_partition_directories(run, tmp_path):
    """Case 18: names as Spark writes them, and sizes add up."""
    names = ["region=EU/ds=a%3Db", "region=50%25/ds=ä%2Fö", "region=__HIVE_DEFAULT_PARTITION__/ds=x y", "region=EU/ds=#?&"]
    source = f"""# modelop.score
def s(i, o, m):
    import os
    path = o[0]['fileUrl'].replace('file://', '')
    for name in {names!r}:
        os.makedirs(f'{{path}}/{{name}}')
        open(f'{{path}}/{{name}}/part-0', 'w').write('12345')
    open(path + '/_SUCCESS', 'w').close()
"""
    job = run("COMPLETE", source, outputs=[output(tmp_path / "out")])
    assert job["outputData"][0]["fileSize"] == 5 * len(names), said(job)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 32 MiB with a runtime's data on it."""
    mount = tmp_path / "disk"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", str(mount)], check=True)
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=True)


def fill(disk: pathlib.Path) -> pathlib.Path:
    """Until nothing can be written there. Gives back what takes the room."""
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        try:
            while ballast.write(b"x" * 4096):
                pass
        except OSError:
            pass
    return disk / "ballast"


def test_a_full_disk_loses_no_job(server, admin, small_disk, tmp_path):
    """Nothing can be written: the job waits, the service lives and says so; with space again everything goes on."""
    edge = SparkRuntime(small_disk, server.url, machine_client(admin, "edge-full"), SETTINGS, name="full", spark=PlainSpark(tmp_path)).start()
    try:
        edge.wait_enrolled()
        ballast = fill(small_disk)
        engine = {"engineType": "SPARK_RUNTIME", "name": "full"}
        identifiers = [admin.post(f"{MODEL_MANAGE}/jobs", job_document(PRINTS, engine=engine))["id"] for _ in range(3)]
        wait_until(lambda: not edge.health()["components"]["diskSpace"]["status"] == "UP", "health says that the disk is full", 30)
        time.sleep(3)  # it tries, and fails, more than once
        states = {admin.get(f"{MODEL_MANAGE}/jobs/{one}")["jobStatus"] for one in identifiers}
        assert states <= {"CREATED", "WAITING"} and edge.process.running()
        ballast.unlink()
        for one in identifiers:
            job = wait_job(admin, one, "COMPLETE", timeout=90)
            assert len(attempts(admin, job)) == 1 and said(job).count("stdout: ran") == 1
    finally:
        edge.stop()


@pytest.fixture
def on_a_small_disk(server, admin, small_disk, tmp_path):
    """Jobs that run there, by their last words, until the disk is full. Gives back what takes the room, the jobs and the folder in which each says its process."""
    edge = SparkRuntime(small_disk, server.url, machine_client(admin, "edge-filled"), SETTINGS, name="filled", spark=PlainSpark(tmp_path)).start()
    go_on = tmp_path / "go-on"
    source = f"""# modelop.score
def s(i, o, m):
    import os, time
    open({str(tmp_path)!r} + "/%s", "w").write(str(os.getpid()))
    while not os.path.exists({str(go_on)!r}):
        time.sleep(0.05)
    %s
"""

    def run(**ends: str) -> tuple:
        edge.wait_enrolled()
        engine = {"engineType": "SPARK_RUNTIME", "name": "filled"}
        jobs = {name: admin.post(f"{MODEL_MANAGE}/jobs", job_document(source % (name, end), engine=engine))["id"] for name, end in ends.items()}
        for name, one in jobs.items():
            wait_until(lambda: (tmp_path / name).exists() and (tmp_path / name).read_text(), f"{name} runs", 30)
            wait_job(admin, one, "RUNNING")
        ballast = fill(small_disk)
        go_on.touch()
        return ballast, jobs, tmp_path
    yield run
    edge.stop()
    admin.delete(f"{MODEL_MANAGE}/clients/edge-filled")


def test_who_fills_the_disk_can_be_stopped(admin, on_a_small_disk):
    ballast, jobs, said_in = on_a_small_disk(sleeps="time.sleep(600)")
    admin.patch(f"{MODEL_MANAGE}/jobs/{jobs['sleeps']}", {"jobStatus": "CANCELLED"})
    process = pathlib.Path("/proc") / (said_in / "sleeps").read_text()
    wait_until(lambda: not process.exists(), "what was cancelled is stopped", 30)
    ballast.unlink()
    wait_job(admin, jobs["sleeps"], "CANCELLED")


def test_what_ends_on_a_full_disk_is_told_truly(admin, on_a_small_disk, small_disk):
    ballast, jobs, said_in = on_a_small_disk(returns="return", raises="raise ValueError('its own words')", leaves="os._exit(3)")
    process = pathlib.Path("/proc") / (said_in / "leaves").read_text()
    wait_until(lambda: len(list(small_disk.rglob("result-1.json.part"))) == 2 and not process.exists(), "all have come to their ends", 30)
    wait_until(lambda: list(small_disk.rglob("attempt-1.exit.part")), "one of them cannot be told", 30)
    assert {admin.get(f"{MODEL_MANAGE}/jobs/{one}")["jobStatus"] for one in jobs.values()} == {"RUNNING"}
    ballast.unlink()
    wait_job(admin, jobs["returns"], "COMPLETE")
    assert wait_job(admin, jobs["raises"], "ERROR")["jobMessages"][-1].endswith("ValueError: its own words")
    assert "exit code 3" in wait_job(admin, jobs["leaves"], "ERROR")["jobMessages"][-1]


def test_a_job_user_runs_the_model_and_can_read_no_secret(server, admin):
    """`jobUser`: the model runs as somebody who reads neither the client secret nor the journal nor another job's files, and leaves its outputs all the same."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-user-"))
    folder.chmod(0o711)
    edge = SparkRuntime(folder, server.url, machine_client(admin, "edge-user"), SETTINGS | {"jobUser": "nobody"}, name="user", spark=PlainSpark(folder)).start()
    try:
        edge.wait_enrolled()
        engine = {"engineType": "SPARK_RUNTIME", "name": "user"}
        source = f"""# modelop.score
def score(i, o, m):
    import os, glob
    print("uid", os.getuid(), "groups", os.getgroups(), "home", os.environ["HOME"])
    print("input", open(i[0]["fileUrl"].replace("file://", "")).read())
    open(o[0]["fileUrl"].replace("file://", ""), "w").write("result")
    for path in ({str(edge.config)!r}, {str(edge.data / 'journal.db')!r}, {str(edge.data / 'instance-id')!r}, "/proc/%d/environ" % {edge.process.pid}):
        try:
            open(path).read()
            print("READ", path)
        except PermissionError:
            print("closed", path)
    for path in ({str(edge.data)!r}, {str(edge.data / 'jobs')!r}, ".."):
        try:
            print("LISTED", os.listdir(path))
        except PermissionError:
            print("closed", path)
    try:
        open("../attempt-1.exit", "w")
        print("WROTE")
    except PermissionError:
        print("closed marker")
"""
        given = {"assetType": "FILE", "filename": "in.txt", "fileContent": base64.b64encode(b"given").decode()}
        document = job_document(source, engine=engine, inputs=[given], outputs=[{"assetType": "FILE", "filename": "out.txt"}])
        job = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", document)["id"], "COMPLETE", "ERROR", timeout=60)
        nobody = pwd.getpwnam("nobody")
        text = said(job)
        assert job["jobStatus"] == "COMPLETE" and f"uid {nobody.pw_uid} " in text and f"home {nobody.pw_dir}" in text, text
        assert "READ" not in text and "LISTED" not in text and "WROTE" not in text and text.count("closed") == 8, text
        assert "input given" in text and base64.b64decode(job["outputData"][0]["fileContent"]) == b"result"
        wait_until(lambda: not list((edge.data / "jobs").glob("*")), "nothing is left of it", 30)
        assert edge.health()["status"] == "UP"
    finally:
        edge.stop()
        shutil.rmtree(folder)




def test_what_a_job_user_leaves_or_names_is_reached_with_its_own_rights(server, admin):
    """Links in the staging area lead nowhere that the model could not go itself: neither reading nor removing follows them with the service's rights."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-border-"))
    folder.chmod(0o711)
    secret, victims = folder / "secret.json", folder / "victims"
    secret.write_text('{"auc": 0.9, "canary": "CANARY"}')
    secret.chmod(0o600)
    victims.mkdir(mode=0o700)
    (victims / "keep.txt").write_text("CANARY")
    (victims / "empty").mkdir()
    edge = SparkRuntime(folder, server.url, machine_client(admin, "edge-border"), SETTINGS | {"jobUser": "nobody"}, name="border", spark=PlainSpark(folder)).start()
    try:
        edge.wait_enrolled()
        engine = {"engineType": "SPARK_RUNTIME", "name": "border"}
        source = f"""# modelop.score
def score(i, o, m):
    import os
    paths = [one["fileUrl"].replace("file://", "") for one in o]
    os.symlink({str(secret)!r}, paths[0])
    for path in paths[1:]:
        os.rmdir(os.path.dirname(path))
        os.symlink({str(victims)!r}, os.path.dirname(path))
"""
        outputs = [{"assetType": "FILE", "filename": name} for name in ("out.json", "keep.txt", "empty")]
        job = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", job_document(source, engine=engine, outputs=outputs))["id"], "COMPLETE", "ERROR", timeout=60)
        assert all("fileContent" not in one for one in job["outputData"]) and "CANARY" not in json.dumps(job), job["outputData"]
        assert secret.exists() and (victims / "keep.txt").exists() and (victims / "empty").exists()
        metrics = "# modelop.metrics\ndef metrics(i, o, m): pass\n"
        document = job_document(metrics, job_type="MODEL_BATCH_TEST_JOB", engine=engine, outputs=[output(secret)])
        job = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", document)["id"], "COMPLETE", "ERROR", timeout=60)
        assert not [one for one in admin.every("modelTestResults") if one.get("jobId") == job["id"]], said(job)
        assert "CANARY" not in json.dumps(job)
    finally:
        edge.stop()
        shutil.rmtree(folder)


@pytest.mark.parametrize("place", ["in", "in/0"])
def test_a_folder_that_a_job_user_has_replaced_is_not_written_through(server, admin, place):
    """What was staged for a job is that user's. When it is staged again (after a reassign, a lost journal) a link may stand in the place of a folder."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-staging-"))
    folder.chmod(0o711)
    victims, staging = folder / "victims", folder / "staging"
    victims.mkdir(mode=0o700)
    staging.mkdir(mode=0o711)
    settings = SETTINGS | {"jobUser": "nobody", "stagingUrl": staging.as_uri()}
    edge = SparkRuntime(folder, server.url, machine_client(admin, f"edge-staging-{place.count('/')}"), settings, name=f"staging-{place.count('/')}", spark=PlainSpark(folder))
    try:
        edge.start().wait_enrolled()
        edge.stop()
        given = {"assetType": "FILE", "filename": "in.txt", "fileContent": base64.b64encode(b"given").decode()}
        job = admin.post(f"{MODEL_MANAGE}/jobs", job_document(PRINTS, engine={"engineType": "SPARK_RUNTIME", "name": edge.name}, inputs=[given]))["id"]
        link = staging / job / place
        link.parent.mkdir(parents=True)
        link.symlink_to(victims)
        for path in (staging / job, link.parent):
            shutil.chown(path, "nobody")
        edge.start().wait_enrolled()
        ended = wait_job(admin, job, "COMPLETE", "ERROR", timeout=60)
        assert list(victims.iterdir()) == [] and victims.owner() == "root", said(ended)
        assert ended["jobStatus"] == "ERROR" and "stands a link" in said(ended), said(ended)
    finally:
        edge.stop()
        shutil.rmtree(folder)


def test_output_without_end_does_not_fill_the_disk(server, admin, tmp_path):
    """400 MiB of printed lines: beginning and end stay, the disk gets the middle back while it runs, and what is left out is said."""
    edge = SparkRuntime(tmp_path, server.url, machine_client(admin, "edge-noisy"), SETTINGS, name="noisy", spark=PlainSpark(tmp_path)).start()
    try:
        edge.wait_enrolled()
        source = """# modelop.score
def score(i, o, m):
    import time
    print("the beginning", flush=True)
    for _ in range(400):
        print(("x" * 1023 + "\\n") * 1024, end="", flush=True)
    time.sleep(5)
    print("the end", flush=True)
"""
        identifier = admin.post(f"{MODEL_MANAGE}/jobs", job_document(source, engine={"engineType": "SPARK_RUNTIME", "name": "noisy"}))["id"]
        log = edge.data / "jobs" / identifier / "stdout-1"
        wait_until(lambda: log.exists() and log.stat().st_size >= 400 << 20, "it has printed", 60, every=0.01)
        wait_until(lambda: log.stat().st_blocks * 512 < 150 << 20, "the disk has its blocks back", 10)
        job = wait_job(admin, identifier, "COMPLETE", timeout=60)
        text = said(job)
        assert "stdout: the beginning" in text and "stdout: the end" in text and "given back to the disk" in text, text[-2000:]
        assert text.index("the beginning") < text.index("given back to the disk") < text.index("stdout: the end")
        lines = requests.get(f"{edge.url}/actuator/prometheus", timeout=5).text.splitlines()
        sent = sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("http_client_requests_seconds_count") and 'method="PUT"' in line)
        assert sent < 60, "what model-manage keeps no more is not sent"
    finally:
        edge.stop()
