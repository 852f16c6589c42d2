"""Jobs that nobody should post, and the cases of the cases page that need no session: through the real door, by the real driver."""
from __future__ import annotations

import json
import pathlib
import time

import pytest

from sandbox.plain_spark import PlainSpark
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
