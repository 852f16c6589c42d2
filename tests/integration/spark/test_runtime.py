"""The runtime service with a real server and real Spark: jobs as people post them, each once, ended truly."""
from __future__ import annotations

import base64
import os
import pathlib
import signal

import pytest

from fault.stub_spark import pids, read_of
from sandbox import pyspark_sample
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

PRINTS = """# modelop.score
def score(external_inputs, external_outputs, external_model_assets):
    print("inputs", len(external_inputs), "outputs", len(external_outputs))
    import sys
    sys.stderr.write("to stderr\\n")
"""
SLEEPS = """import time
# modelop.score
def score(external_inputs, external_outputs, external_model_assets):
    open(external_outputs[0]["fileUrl"].replace("file://", ""), "a").write("ran\\n")
    print("begun", flush=True)
    time.sleep(%d)
"""


def local_settings(spark: Spark) -> dict:
    """Runs on this host without a SparkContext cost as little as a JVM can."""
    return {"master": "local[1]", "sparkConf": {"--driver-memory": "512m", "--driver-java-options": spark.java_options, "spark.ui.enabled": "false"}}


@pytest.fixture(scope="module")
def runtime(server, admin, tmp_path_factory):
    """A runtime with a local master, for all tests that need no cluster."""
    edge = SparkRuntime(tmp_path_factory.mktemp("edge"), server.url, machine_client(admin, "edge-1"), local_settings(Spark())).start(relative=True)
    edge.wait_enrolled()
    yield edge
    edge.stop()


def post(rest: Rest, document: dict) -> str:
    return rest.post(f"{MODEL_MANAGE}/jobs", document)["id"]


def output(path: pathlib.Path) -> dict:
    return {"assetType": "EXTERNAL_FILE", "filename": path.name, "fileUrl": path.as_uri()}


def test_enrolment(server, admin, runtime):
    engine, = [one for one in admin.every("runtimes") if one["name"] == "spark-runtime-1"]
    assert (engine["engineType"], engine["group"], engine["state"]) == ("SPARK_RUNTIME", "modelop", "ONLINE")
    health = runtime.health()
    assert health["status"] == "UP" and set(health["components"]) >= {"spark", "modelManage", "diskSpace"}
    before = engine["version"]
    runtime.stop()
    runtime.start().wait_enrolled()
    again, = [one for one in admin.every("runtimes") if one["name"] == "spark-runtime-1"]
    assert again["id"] == engine["id"] and again["version"] >= before


def test_a_job_runs_to_its_end(admin, runtime):
    identifier = post(admin, job_document(PRINTS))
    job = wait_job(admin, identifier, "COMPLETE")
    text = "\n".join(job["jobMessages"])
    assert "stdout: inputs 0 outputs 0" in text and "to stderr" in text and "Complete after" in text
    assert job["jobResult"] == "SUCCESS" and job["jobWaitTime"] <= job["jobEndTime"] and job["effectiveCommand"][0].endswith("spark-submit")
    log = admin.send("GET", f"{MODEL_MANAGE}/jobs/{identifier}/logs/stdout").text
    assert "inputs 0 outputs 0" in log
    wait_until(lambda: not (runtime.data / "jobs" / identifier).exists(), "its folder is gone", 10)  # after model-manage has the end


def test_the_sample_model_trains_scores_and_measures(admin, runtime, tmp_path):
    trained = []
    for function in ("train", "score", "metrics"):
        job_type, inputs, outputs = pyspark_sample.assets(function, tmp_path)
        document = job_document(pyspark_sample.SOURCE.read_text(), job_type=job_type, inputs=inputs, outputs=outputs, assets=trained)
        job = wait_job(admin, post(admin, document), "COMPLETE", timeout=180)
        assert job["sparkApplication"]["id"].startswith("local-"), job["jobMessages"]
        assert any("Spark application id: local-" in line for line in job["jobMessages"])
        if function == "train":
            trained = [pyspark_sample.trained(tmp_path)]
    results = [one for one in admin.every("modelTestResults") if one.get("jobId") == job["id"]]
    assert len(results) == 1 and results[0]["testResults"]


def test_a_failing_model_says_its_own_last_line(admin, runtime):
    job = wait_job(admin, post(admin, job_document("# modelop.score\ndef s(a, b, c):\n    raise ValueError('no rows in ' + str(len(a)))\n")), "ERROR")
    assert job["jobMessages"][-1].endswith("ValueError: no rows in 0")


@pytest.mark.parametrize("source,words", [
    ("def score(a, b, c): pass\n", "# modelop.score"),
    ("# modelop.score\ndef a(x, y, z): pass\n# modelop.score\ndef b(x, y, z): pass\n", "more than one function"),
    ("# modelop.score\ndef s(a, b, c):\n    return (1\n", "line 3"),
    ("import os\n# modelop.score\ndef s(a, b, c):\n    os._exit(0)\n", "ended before it reported"),
    ("# modelop.init\ndef i():\n    return 1 / 0\n# modelop.score\ndef s(a, b, c): pass\n", "ZeroDivisionError: division by zero"),
])
def test_bad_models_end_with_a_reason(admin, runtime, source, words):
    job = wait_job(admin, post(admin, job_document(source)), "ERROR")
    assert words in job["jobMessages"][-1], job["jobMessages"][-3:]


@pytest.mark.parametrize("parameters,words", [
    ({"--conf": '"spark.cores.max=1"'}, "without quotes"), ({"--kill": "driver-1"}, "runtime service"), ({"--queue": "a\nb"}, "line breaks"),
    ({"--files": "/etc/shadow"}, "store that the cluster reads"), ({"executorMemory": "1g"}, "an option of spark-submit"),
])
def test_hostile_parameters_launch_nothing(admin, runtime, parameters, words):
    job = wait_job(admin, post(admin, job_document(PRINTS, parameters=parameters)), "ERROR")
    assert words in job["jobMessages"][-1]
    assert not admin.get(f"{MODEL_MANAGE}/jobs/{job['id']}/attempts")["_embedded"]["attempts"]


def test_embedded_files_go_in_and_come_back(admin, runtime):
    source = """# modelop.score
def score(i, o, m):
    text = open(i[0]["fileUrl"].replace("file://", "")).read()
    assert i[0]["assetType"] == "EXTERNAL_FILE" and "fileContent" not in i[0]
    open(o[0]["fileUrl"].replace("file://", ""), "w").write(text.upper())
"""
    given = {"assetType": "FILE", "filename": "in.csv", "fileContent": base64.b64encode("a,é\n".encode()).decode()}
    job = wait_job(admin, post(admin, job_document(source, inputs=[given], outputs=[{"assetType": "FILE", "filename": "out.csv"}])), "COMPLETE")
    assert base64.b64decode(job["outputData"][0]["fileContent"]).decode() == "A,É\n"
    wait_until(lambda: not list((runtime.data / "staging").rglob("*.csv")), "what was staged is taken away", 30)


def test_cancel_while_it_runs(admin, runtime, tmp_path):
    identifier = post(admin, job_document(SLEEPS % 300, outputs=[output(tmp_path / "ledger")]))
    wait_until(lambda: (tmp_path / "ledger").exists(), "the model runs", 60)
    admin.post(f"{MODEL_MANAGE}/jobs/{identifier}/cancel", None, 200)
    job = wait_job(admin, identifier, "CANCELLED", timeout=60)
    assert "Cancelled after" in job["jobMessages"][-1]


def test_the_time_allowed_for_a_job_is_over(admin, runtime, tmp_path):
    document = job_document(SLEEPS % 300, outputs=[output(tmp_path / "ledger")]) | {"jobTimeout": 4000}
    job = wait_job(admin, post(admin, document), "ERROR", timeout=60)
    assert "the time allowed for the job was over" in job["jobMessages"][-1], job["jobMessages"]
    assert job["jobDuration"] < 30_000
    wait_until(lambda: not list((runtime.data / "jobs").glob(f"{job['id']}*")), "nothing is left of it", 30)


def test_a_killed_runtime_finds_its_job_again(admin, runtime, tmp_path):
    ledger = tmp_path / "ledger"
    identifier = post(admin, job_document(SLEEPS % 6, outputs=[output(ledger)]))
    wait_until(lambda: ledger.exists(), "the model runs", 60)
    runtime.kill()
    runtime.start()
    wait_job(admin, identifier, "COMPLETE")
    assert ledger.read_text() == "ran\n"


def test_a_killed_supervisor_neither_doubles_nor_loses(admin, runtime, tmp_path):
    ledger = tmp_path / "ledger"
    identifier = post(admin, job_document(SLEEPS % 4, outputs=[output(ledger)]))
    wait_until(lambda: ledger.exists(), "the model runs", 60)
    supervisor = int((runtime.data / "jobs" / identifier / "attempt-1.started").read_text().split()[0])
    os.kill(supervisor, signal.SIGKILL)
    job = wait_job(admin, identifier, "COMPLETE", "ERROR")
    assert ledger.read_text() == "ran\n" and job["jobStatus"] == "COMPLETE"


def test_a_killed_server_loses_no_word(server, admin, runtime, tmp_path):
    ledger = tmp_path / "ledger"
    identifier = post(admin, job_document(SLEEPS % 4, outputs=[output(ledger)]))
    wait_until(lambda: ledger.exists(), "the model runs", 60)
    server.kill()
    wait_until(lambda: not list((runtime.data / "jobs" / identifier).glob("attempt-1.started")) or (runtime.data / "jobs" / identifier / "attempt-1.exit").exists(),
               "the run has ended", 60)
    server.restart()
    wait_job(admin, identifier, "COMPLETE")
    assert ledger.read_text() == "ran\n"


def test_a_lost_journal_launches_nothing_twice(server, admin, tmp_path):
    edge = SparkRuntime(tmp_path / "edge", server.url, machine_client(admin, "edge-lost"), local_settings(Spark()), name="lost").start()
    edge.wait_enrolled()
    ledger = tmp_path / "ledger"
    identifier = post(admin, job_document(SLEEPS % 300, outputs=[output(ledger)], engine={"engineType": "SPARK_RUNTIME", "name": "lost"}))
    wait_until(lambda: ledger.exists(), "the model runs", 60)
    edge.kill()
    for path in edge.data.glob("journal.db*"):
        path.unlink()
    edge.start()
    job = wait_job(admin, identifier, "ERROR", "RUNNING", timeout=60)
    assert ledger.read_text() == "ran\n"
    if job["jobStatus"] == "RUNNING":
        admin.post(f"{MODEL_MANAGE}/jobs/{identifier}/cancel", None, 200)
        wait_job(admin, identifier, "CANCELLED", timeout=60)
    edge.stop()


def test_two_runtimes_side_by_side_claim_no_job_twice(server, admin, runtime, tmp_path):
    second = SparkRuntime(tmp_path / "second", server.url, machine_client(admin, "edge-2"), local_settings(Spark()))
    second.start()
    wait_until(lambda: second.health()["components"]["modelManage"]["details"]["standing"] == "NAME_IN_USE", "the second one sees the first", 60)
    identifier = post(admin, job_document(PRINTS))
    wait_job(admin, identifier, "COMPLETE")
    assert len(admin.get(f"{MODEL_MANAGE}/jobs/{identifier}/attempts")["_embedded"]["attempts"]) == 1
    second.stop()


def test_standalone_cluster(server, admin, spark_cluster, tmp_path):
    """On a cluster: application id from the driver, state from the master, and FINISHED alone is no success."""
    spark = spark_cluster.spark
    settings = {"master": spark_cluster.url, "statusUrls": [spark_cluster.ui], "historyUrl": spark_cluster.history_ui, "executorMemory": "512m",
                "sparkConf": {"--driver-memory": "512m", "--driver-java-options": spark.java_options, "spark.ui.enabled": "false", "spark.cores.max": "1",
                              "spark.executor.extraJavaOptions": spark.java_options, "spark.eventLog.enabled": "true", "spark.eventLog.dir": spark_cluster.events.as_uri()}}
    edge = SparkRuntime(tmp_path / "edge", server.url, machine_client(admin, "edge-standalone"), settings, name="standalone", spark=spark).start()
    edge.wait_enrolled()
    engine = {"engineType": "SPARK_RUNTIME", "name": "standalone"}
    good = """from pyspark.sql import SparkSession
# modelop.score
def score(i, o, m):
    spark = SparkSession.builder.appName("mine").getOrCreate()
    print("COUNT", spark.range(5).count())
    spark.range(3).write.mode("overwrite").csv(o[0]["fileUrl"])
    spark.stop()
"""
    done = wait_job(admin, post(admin, job_document(good, outputs=[output(tmp_path / "out")], engine=engine)), "COMPLETE", timeout=180)
    assert done["sparkApplication"]["id"].startswith("app-") and any("COUNT 5" in line for line in done["jobMessages"])
    assert any(one["id"] == done["sparkApplication"]["id"] for one in spark_cluster.applications())
    bad = good.replace("    spark.stop()", "    spark.stop()\n    raise ValueError('after the write')")
    failed = wait_job(admin, post(admin, job_document(bad, outputs=[output(tmp_path / "out2")], engine=engine)), "ERROR", timeout=180)
    assert failed["jobMessages"][-1].endswith("ValueError: after the write")
    held = post(admin, job_document(good.replace("    spark.stop()", "    import time\n    time.sleep(600)"), outputs=[output(tmp_path / "out3")], engine=engine))
    wait_until(lambda: "COUNT 5" in admin.send("GET", f"{MODEL_MANAGE}/jobs/{held}/logs/stdout").text, "it runs", 180, every=0.5)
    admin.post(f"{MODEL_MANAGE}/jobs/{held}/cancel", None, 200)
    gone = wait_job(admin, held, "CANCELLED", timeout=60)["sparkApplication"]["id"]
    wait_until(lambda: gone not in [one["id"] for one in spark_cluster.state()["activeapps"]], "nothing of it runs on the cluster", 60, every=0.5)
    edge.stop()
    assert admin.get(f"{MODEL_MANAGE}/runtimes/search/findByName", params={"name": "standalone"})["_embedded"]["runtimes"][0]["state"] == "REMOVED"


def kill_driver(application: dict) -> bool:
    """SIGKILL to the JVM and the Python of a driver, wherever YARN has put it."""
    marks = (f"MODELOP_TAG={application['tag']}\0".encode(), f"CONTAINER_ID=container_{application['id'].removeprefix('application_')}_01_000001\0".encode())
    found = [pid for pid in pids() if any(mark in read_of(pid, "environ") for mark in marks) and b"slipway" not in read_of(pid, "cmdline").split(b"\0")[0]]
    for pid in found:
        os.kill(pid, signal.SIGKILL)
    return bool(found)


@pytest.mark.parametrize("mode", ["client", "cluster"])
def test_yarn(server, admin, hadoop, tmp_path, mode):
    spark = Spark()
    arguments = hadoop.submit_arguments(spark, mode)
    conf = {}
    for at, word in enumerate(arguments):
        if word == "--conf":
            key, value = arguments[at + 1].split("=", 1)
            conf[key] = value
        elif word.startswith("--") and word not in ("--master", "--deploy-mode"):
            conf[word] = arguments[at + 1]
    if mode == "client":  # Spark 4 adds YARN's filter to pages that it starts at that moment, and now and then dies of it (IllegalStateException of AmIpFilter)
        conf["spark.ui.enabled"] = "false"
    settings = {"master": "yarn", "deployMode": mode, "statusUrls": [hadoop.rm], "webHdfsUrl": [hadoop.webhdfs], "jobHistoryUrl": hadoop.history,
                "hadoopConfDir": str(hadoop.conf), "stagingUrl": f"{hadoop.fs}/slipway/staging", "sparkConf": conf}
    edge = SparkRuntime(tmp_path / "edge", server.url, machine_client(admin, f"edge-yarn-{mode}"), settings, name=f"yarn-{mode}", spark=spark).start()
    try:
        edge.wait_enrolled()
        engine = {"engineType": "SPARK_RUNTIME", "name": f"yarn-{mode}"}
        source = """from pyspark.sql import SparkSession
# modelop.score
def score(i, o, m):
    spark = SparkSession.builder.getOrCreate()
    print("GIVEN", [row.value for one in i for row in spark.read.text(one["fileUrl"]).collect()])
    print("COUNT", spark.range(5).count(), flush=True)
    spark.range(3).write.mode("overwrite").csv(o[0]["fileUrl"])
    import time
    time.sleep(15)
    spark.stop()
"""
        out = {"assetType": "EXTERNAL_FILE", "filename": "out", "fileUrl": f"{hadoop.fs}/slipway/out-{mode}"}
        given = {"assetType": "FILE", "filename": "in.txt", "fileContent": base64.b64encode(b"given").decode()}
        identifier = post(admin, job_document(source, inputs=[given], outputs=[out], engine=engine))
        wait_until(lambda: "COUNT 5" in admin.send("GET", f"{MODEL_MANAGE}/jobs/{identifier}/logs/stdout").text, "its log is followed", 300, every=0.5)
        assert admin.get(f"{MODEL_MANAGE}/jobs/{identifier}")["jobStatus"] == "RUNNING"
        said = admin.send("GET", f"{MODEL_MANAGE}/jobs/{identifier}/logs/stdout").text
        assert "GIVEN ['given']" in said and "Failed to add file" not in said, said
        staged = f"{hadoop.webhdfs}/webhdfs/v1/slipway/staging"  # which is made by the runtime, as is what lies in it
        modes = [one["permission"] for below in ("", f"/{identifier}", f"/{identifier}/in") for one in hadoop.get(f"{staged}{below}?op=LISTSTATUS")["FileStatuses"]["FileStatus"] if one["type"] == "DIRECTORY"]
        assert modes and set(modes) == {"700"}, modes
        edge.kill()
        edge.start()
        held, struck = (post(admin, job_document(source.replace("sleep(15)", "sleep(600)"), outputs=[out], engine=engine)) for _ in range(2))
        done = wait_job(admin, identifier, "COMPLETE", timeout=300)
        assert sum("COUNT 5" in line for line in done["jobMessages"]) == 1
        assert len(admin.get(f"{MODEL_MANAGE}/jobs/{identifier}/attempts")["_embedded"]["attempts"]) == 1
        assert done["sparkApplication"]["id"].startswith("application_")
        wait_job(admin, held, "RUNNING", timeout=300)
        admin.post(f"{MODEL_MANAGE}/jobs/{held}/cancel", None, 200)
        gone = wait_job(admin, held, "CANCELLED", timeout=120)["sparkApplication"]["id"]
        wait_until(lambda: next(one["state"] for one in hadoop.applications() if one["id"] == gone) in ("KILLED", "FINISHED", "FAILED"), "nothing of it runs on the cluster", 60, every=0.5)
        running = wait_job(admin, struck, "RUNNING", timeout=300)
        wait_until(lambda: kill_driver(running["sparkApplication"]), "its driver is killed", 60, every=0.5)
        lost = wait_job(admin, struck, "ERROR", timeout=300)
        assert lost["jobMessages"][-1] and len(admin.get(f"{MODEL_MANAGE}/jobs/{struck}/attempts")["_embedded"]["attempts"]) == 1, lost["jobMessages"]
        bad = "# modelop.score\ndef score(i, o, m):\n    raise ValueError('on yarn')\n"
        failed = wait_job(admin, post(admin, job_document(bad, engine=engine)), "ERROR", timeout=300)
        assert "on yarn" in "\n".join(failed["jobMessages"])
    finally:
        edge.stop()
