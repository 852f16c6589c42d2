"""The runtime with a real Key Distribution Centre, and on HDFS and YARN that let nobody in without a ticket of it."""
from __future__ import annotations

import datetime
import http.server
import os
import pathlib
import re
import shutil
import signal
import tempfile
import threading
import time

import pytest

from fault.stub_spark import StubSpark
from sandbox.forgetful import Forgetful
from sandbox.kdc import REALM, Kdc, tickets
from sandbox.plain_spark import PlainSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE
from sandbox.secure_hadoop import OTHER_REALM, SecureHadoop
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

PRINCIPAL = f"svc@{REALM}"
LIFE = 60
LONG = pytest.mark.skipif(not os.environ.get("SLIPWAY_LONG"), reason="takes minutes: SLIPWAY_LONG=1")
SHOWS = """import os, subprocess
# modelop.score
def score(external_inputs, external_outputs, external_model_assets):
    cache = os.environ["KRB5CCNAME"]
    print("cache", cache, oct(os.stat(cache[5:]).st_mode & 0o777), oct(os.stat(os.path.dirname(cache[5:])).st_mode & 0o777))
    print(subprocess.run(["klist", "-s"]).returncode, "is klist -s")
"""
# Reads and writes HDFS from the driver and from executors, before and after its first ticket has ended.
OUTLIVES = """import time
# modelop.score
def score(external_inputs, external_outputs, external_model_assets):
    from pyspark.sql import SparkSession
    spark = SparkSession.builder.getOrCreate()
    base = external_outputs[0]["fileUrl"]
    for round in range(%d):
        spark.range(100).write.mode("overwrite").parquet(base + "/round")
        assert spark.read.parquet(base + "/round").count() == 100
        time.sleep(%d)
    spark.range(7).write.mode("overwrite").parquet(base + "/end")
    print("rows", spark.read.parquet(base + "/end").count())
"""


def kerberos(kdc: Kdc, keytab: pathlib.Path, principal: str = PRINCIPAL) -> dict:
    return {"kerberos": {"principal": principal, "keytab": str(keytab), "krb5Conf": str(kdc.conf)}}


def component(runtime: SparkRuntime) -> dict:
    return runtime.health()["components"]["kerberos"]


def wait_kerberos(runtime: SparkRuntime, status: str, timeout: float = 30) -> dict:
    wait_until(lambda: component(runtime)["status"] == status, f"kerberos is {status}", timeout, every=0.1)
    return component(runtime)


def messages(job: dict) -> str:
    return "\n".join(str(line) for line in job["jobMessages"])


def test_the_life_of_a_ticket(server, admin, tmp_path):
    """Its own cache beside a site's defaults, renewed at half of its life, a KDC and a keytab that are lost and come back; jobs get a copy and never the keytab."""
    kdc = Kdc(tmp_path / "kdc", life=12, renewable=30)
    keytab, settings = kdc.keytab("svc", "svc"), {"master": "local[1]"}
    settings |= kerberos(kdc, keytab)
    runtime = SparkRuntime(tmp_path / "edge", server.url, machine_client(admin, "edge-kerberos"), settings, name="kerberos", spark=PlainSpark(tmp_path), environment={"KRB5CCNAME": "KCM:"})
    runtime.start()
    try:
        away = wait_kerberos(runtime, "DOWN")
        assert "No Kerberos ticket for svc@TEST.LOCAL: " in away["details"]["reason"], "the KDC is away at the start"
        kdc.start()
        wait_kerberos(runtime, "UP")
        runtime.wait_enrolled()
        cache = runtime.data / "krb5/krb5cc"
        assert (cache.stat().st_mode & 0o777, cache.parent.stat().st_mode & 0o777) == (0o600, 0o700)
        first = tickets(kdc.environment(), cache)
        assert f"Default principal: {PRINCIPAL}" in first
        wait_until(lambda: tickets(kdc.environment(), cache) != first, "it is renewed", 10, every=0.2)

        done = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", job_document(SHOWS, engine={"engineType": "SPARK_RUNTIME", "name": "kerberos"}))["id"], "COMPLETE")
        text = messages(done)
        found = re.search(r"cache FILE:(\S+) 0o600 0o700", text)
        assert found and found[1].startswith(str(runtime.data / "jobs")) and "0 is klist -s" in text, text
        wait_until(lambda: not pathlib.Path(found[1]).exists(), "the copy is gone with its job", 10)
        assert str(keytab) not in text + runtime.log() and not list(runtime.data.rglob("*.keytab"))

        hidden = keytab.rename(tmp_path / "hidden")
        assert "keytab" in wait_kerberos(runtime, "DOWN")["details"]["reason"]
        assert tickets(kdc.environment(), cache), "the ticket serves on"
        hidden.rename(keytab)
        wait_kerberos(runtime, "UP")
        kdc.stop()
        wait_kerberos(runtime, "DOWN", 30)
        kdc.daemon.start()
        wait_kerberos(runtime, "UP", 40)
        kdc.new_key("svc")
        assert "have the keytab made anew" in wait_kerberos(runtime, "DOWN", 60)["details"]["reason"]
        keytab.unlink()
        kdc.keytab("svc", "svc")
        wait_kerberos(runtime, "UP", 40)
    finally:
        assert runtime.stop() == 0
        kdc.stop()


def test_a_restart_while_nobody_gives_tickets(server, admin, tmp_path):
    """The ticket of before serves on, for jobs as well, and health says until when; it is replaced by itself when the Key Distribution Centre is back."""
    kdc = Kdc(tmp_path / "kdc", life=600)
    settings = {"master": "local[1]"} | kerberos(kdc, kdc.keytab("svc", "svc"))
    runtime = SparkRuntime(tmp_path / "edge", server.url, machine_client(admin, "edge-restart"), settings, name="kerberos-restart", spark=PlainSpark(tmp_path))
    kdc.start()
    runtime.start()
    try:
        ends = wait_kerberos(runtime, "UP")["details"]["ticketEnds"]
        kdc.stop()
        assert runtime.stop() == 0
        runtime.start()
        runtime.wait_enrolled()
        seen = wait_until(lambda: (part := component(runtime))["details"].get("reason") and part, "nobody gives a new one", 30, every=0.1)
        assert seen["details"]["ticketEnds"] == ends and "No Kerberos ticket for svc@TEST.LOCAL: " in seen["details"]["reason"]
        done = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", job_document(SHOWS, engine={"engineType": "SPARK_RUNTIME", "name": "kerberos-restart"}))["id"], "COMPLETE")
        assert "0 is klist -s" in messages(done)
        kdc.start()
        assert wait_kerberos(runtime, "UP", 70)["details"]["ticketEnds"] > ends
    finally:
        assert runtime.stop() == 0
        kdc.stop()


# Outlives its ticket while nobody gives a new one, and has one again afterwards.
EXPIRES = """import subprocess, time
# modelop.score
def score(i, o, m):
    for good in (False, True):
        until = time.time() + 60
        while (subprocess.run(["klist", "-s"]).returncode == 0) != good and time.time() < until:
            time.sleep(0.1)
        print("ticket", "is back" if good else "has ended", time.time() < until, flush=True)
"""


def test_a_ticket_that_ends_in_the_middle_of_a_job(server, admin, tmp_path):
    """The Key Distribution Centre is away for longer than the ticket lives: said so, the job goes on, and finds the next ticket where it had the last one."""
    kdc = Kdc(tmp_path / "kdc", life=8, renewable=20)
    settings = {"master": "local[1]"} | kerberos(kdc, kdc.keytab("svc", "svc"))
    kdc.start()
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "edge-ends"), settings, name="kerberos-ends", spark=PlainSpark(tmp_path)).start()
    try:
        runtime.wait_enrolled()
        wait_kerberos(runtime, "UP")
        job = admin.post(f"{MODEL_MANAGE}/jobs", job_document(EXPIRES, engine={"engineType": "SPARK_RUNTIME", "name": "kerberos-ends"}))["id"]
        wait_job(admin, job, "RUNNING")
        kdc.stop()
        wait_until(lambda: "has ended True" in admin.send("GET", f"{MODEL_MANAGE}/jobs/{job}/logs/stdout").text, "the job sees its ticket end", 30, every=0.2)
        assert component(runtime)["status"] == "DOWN" and admin.get(f"{MODEL_MANAGE}/jobs/{job}")["jobStatus"] == "RUNNING"
        kdc.start()
        assert "is back True" in messages(wait_job(admin, job, "COMPLETE"))
    finally:
        assert runtime.stop() == 0
        kdc.stop()


def test_a_job_user_has_a_ticket_that_lives_on_and_reaches_no_keytab(server, admin):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-kerberos-"))
    folder.chmod(0o711)
    kdc = Kdc(folder / "kdc", life=12, renewable=30)
    keytab = kdc.keytab("svc", "svc")
    kdc.start()
    settings = {"master": "local[1]", "jobUser": "nobody", **kerberos(kdc, keytab)}
    edge = SparkRuntime(folder, server.url, machine_client(admin, "kerberos-user"), settings, name="kerberos-user", spark=PlainSpark(folder)).start()
    source = f"""# modelop.score
def score(i, o, m):
    import os, subprocess, time
    cache = os.environ["KRB5CCNAME"][5:]
    print("owner", os.stat(cache).st_uid == os.getuid() != 0, "klist", subprocess.run(["klist", "-s"]).returncode)
    first, until = open(cache, "rb").read(), time.time() + 30
    while open(cache, "rb").read() == first and time.time() < until:
        time.sleep(0.2)
    print("renewed", time.time() < until, "klist", subprocess.run(["klist", "-s"]).returncode)
    for path in ({str(keytab)!r}, {str(edge.data / 'krb5/krb5cc')!r}):
        try:
            open(path).read()
            print("READ", path)
        except PermissionError:
            print("closed")
"""
    try:
        edge.wait_enrolled()
        wait_kerberos(edge, "UP")
        body = job_document(source, engine={"engineType": "SPARK_RUNTIME", "name": "kerberos-user"})
        text = messages(wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", body)["id"], "COMPLETE", timeout=90))
        assert "owner True klist 0" in text and "renewed True klist 0" in text and text.count("closed") == 2 and "READ" not in text, text
        wait_until(lambda: not list((edge.data / "jobs").glob("*/ticket/krb5cc")), "no ticket is left of it", 30)
    finally:
        edge.stop()
        kdc.stop()
        shutil.rmtree(folder)


def test_a_centre_that_hangs_holds_up_neither_health_nor_a_stop(server, admin, tmp_path):
    """It takes questions and gives no answer: libkrb5 waits half a minute for it, in the midst of a request to the cluster."""
    kdc = Kdc(tmp_path / "kdc")
    kdc.keytab("http", "HTTP/localhost")
    kdc.start()
    peer = http.server.ThreadingHTTPServer(("localhost", 0), Forgetful)
    threading.Thread(target=peer.serve_forever, daemon=True).start()
    settings = {"master": "spark://localhost:7077", "statusUrls": [f"http://localhost:{peer.server_port}"]} | kerberos(kdc, kdc.keytab("svc", "svc"))
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "edge-hangs"), settings, name="kerberos-hangs", spark=StubSpark(tmp_path)).start()
    try:
        runtime.wait_enrolled()
        os.kill(kdc.daemon.process.child.pid, signal.SIGSTOP)
        asked, Forgetful.strict = len(Forgetful.asked), True
        wait_until(lambda: len(Forgetful.asked) > asked, "the cluster asks for a ticket", 15, every=0.1)
        begin = time.monotonic()
        assert runtime.health()["components"]["kerberos"]["status"] == "UP" and time.monotonic() - begin < 2, "it has a ticket"
        assert runtime.stop() == 0 and time.monotonic() - begin < 10
        [known] = admin.get(f"{MODEL_MANAGE}/runtimes/search/findByName", params={"name": "kerberos-hangs"})["_embedded"]["runtimes"]
        assert known["state"] == "REMOVED", "it said good-bye all the same"
    finally:
        Forgetful.strict = False
        os.kill(kdc.daemon.process.child.pid, signal.SIGCONT)
        runtime.stop()
        peer.shutdown()
        kdc.stop()


def test_the_history_is_asked_with_the_ticket(server, admin, tmp_path):
    """What the master has forgotten is looked for at a history server behind SPNEGO."""
    kdc = Kdc(tmp_path / "kdc")
    kdc.keytab("http", "HTTP/localhost")
    kdc.start()
    peer = http.server.ThreadingHTTPServer(("localhost", 0), Forgetful)
    threading.Thread(target=peer.serve_forever, daemon=True).start()
    url, spark = f"http://localhost:{peer.server_port}", StubSpark(tmp_path)
    settings = {"master": "spark://localhost:7077", "statusUrls": [url], "historyUrl": url} | kerberos(kdc, kdc.keytab("svc", "svc"))
    runtime = SparkRuntime(tmp_path, server.url, machine_client(admin, "edge-history"), settings, name="kerberos-history", spark=spark).start()
    try:
        runtime.wait_enrolled()
        source = "#plan sleep=2 end=returned\n# modelop.score\ndef action(a, b, c):\n    pass\n"
        job = admin.post(f"{MODEL_MANAGE}/jobs", job_document(source, engine={"engineType": "SPARK_RUNTIME", "name": "kerberos-history"}))
        done = wait_job(admin, job["id"], "COMPLETE")
        asked = {path: len(given) for path, given in Forgetful.asked if given.startswith("Negotiate ")}
        application = f"/api/v1/applications/{done['sparkApplication']['id']}"
        assert asked.get(application, 0) > 200, (Forgetful.asked, "a ticket is longer than that")
    finally:
        assert runtime.stop() == 0
        peer.shutdown()
        kdc.stop()


@pytest.fixture(scope="module")
def kdc(tmp_path_factory):
    kdc = Kdc(tmp_path_factory.mktemp("kdc"), life=LIFE)
    kdc.start()
    yield kdc
    kdc.stop()


@pytest.fixture(scope="module")
def secured(tmp_path_factory, kdc):
    hadoop = SecureHadoop(tmp_path_factory.mktemp("secured"), kdc)
    try:
        hadoop.start()
        hadoop.make_home("svc")
        yield hadoop
    finally:
        hadoop.stop()


def yarn_settings(secured: SecureHadoop, kdc: Kdc, keytab: pathlib.Path, mode: str) -> dict:
    spark = Spark()
    where = f"-Djava.security.krb5.conf={kdc.conf}"
    conf = {"spark.yarn.jars": f"local:{spark.home}/jars/*", "spark.executor.instances": "1", "spark.executor.memory": "512m", "spark.yarn.am.memory": "512m", "spark.ui.enabled": "false",
            "--driver-memory": "512m", "spark.yarn.report.interval": "500ms", "spark.yarn.am.extraJavaOptions": where, "spark.executor.extraJavaOptions": f"{spark.java_options} {where}",
            "spark.yarn.appMasterEnv.PYSPARK_PYTHON": str(spark.python), "spark.executorEnv.PYSPARK_PYTHON": str(spark.python), "spark.yarn.appMasterEnv.SPARK_LOCAL_IP": "127.0.0.1",
            "spark.executorEnv.SPARK_LOCAL_IP": "127.0.0.1", "--driver-java-options": f"{spark.java_options} {where}"}
    return {"master": "yarn", "deployMode": mode, "statusUrls": [secured.rm], "webHdfsUrl": [secured.webhdfs], "jobHistoryUrl": secured.history, "hadoopConfDir": str(secured.conf),
            "stagingUrl": f"{secured.fs}/user/svc/staging", "sparkConf": conf, **kerberos(kdc, keytab, f"svc@{kdc.realm}")}


@pytest.fixture(scope="module")
def on_yarn(secured, kdc, server, admin, tmp_path_factory):
    """A runtime for each deploy mode."""
    keytab = kdc.keytab("edge", "svc")
    made = {}
    for mode in ("client", "cluster"):
        name = f"yarn-{mode}"
        made[mode] = SparkRuntime(tmp_path_factory.mktemp(name), server.url, machine_client(admin, name), yarn_settings(secured, kdc, keytab, mode), name=name, spark=Spark()).start()
    for runtime in made.values():
        runtime.wait_enrolled(120)
    yield made
    for runtime in made.values():
        runtime.stop()


def on_hdfs(secured: SecureHadoop, name: str) -> list[dict]:
    return [{"assetType": "EXTERNAL_FILE", "assetRole": "UNKNOWN", "name": name, "fileUrl": f"{secured.fs}/user/svc/{name}"}]


@pytest.mark.parametrize("mode", ["client", "cluster"])
def test_a_job_on_a_secured_cluster(mode, secured, on_yarn, admin):
    """It reads and writes HDFS as the principal; the cluster is asked with SPNEGO."""
    source = OUTLIVES % (1, 0)
    body = job_document(source, engine={"engineType": "SPARK_RUNTIME", "name": f"yarn-{mode}"}, outputs=on_hdfs(secured, f"out-{mode}"))
    done = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", body)["id"], "COMPLETE", timeout=300)
    [application] = [one for one in secured.applications(done["sparkApplication"]["tag"])]
    assert (application["user"], application["finalStatus"]) == ("svc", "SUCCEEDED")
    if mode == "client":
        assert "rows 7" in messages(done)
    assert ".keytab" not in messages(done) + on_yarn[mode].log()


@LONG
def test_a_job_outlives_three_lives_of_its_ticket(secured, on_yarn, admin):
    body = job_document(OUTLIVES % (8, 30), engine={"engineType": "SPARK_RUNTIME", "name": "yarn-client"}, outputs=on_hdfs(secured, "out-long"))
    began = time.monotonic()
    done = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", body)["id"], "COMPLETE", timeout=900)
    assert time.monotonic() - began > 3 * LIFE and "rows 7" in messages(done)


@pytest.fixture(scope="module")
def of_another_realm(secured, kdc, server, admin, tmp_path_factory):
    """A runtime whose principal is of a realm that nobody trusts yet, and that realm."""
    folder = tmp_path_factory.mktemp("realms")
    other = Kdc(folder / "kdc", life=LIFE, realm=OTHER_REALM, services=REALM)
    keytab = other.keytab("edge", "svc")
    other.start()
    runtime = SparkRuntime(folder, server.url, machine_client(admin, "two-realms"), yarn_settings(secured, other, keytab, "client"), name="two-realms", spark=Spark()).start()
    yield runtime, other
    runtime.stop()
    other.stop()


def test_a_principal_of_another_realm(of_another_realm, kdc):
    """Its ticket is good, and opens nothing at the cluster: said so, until the cluster's realm trusts the other one."""
    runtime, other = of_another_realm
    assert wait_kerberos(runtime, "UP")["details"]["principal"] == f"svc@{OTHER_REALM}"
    spark = wait_until(lambda: (part := runtime.health()["components"]["spark"]).get("details", {}).get("reason") and part, "the cluster does not let us in", 60, every=0.2)
    assert spark["status"] == "DOWN" and "kerberos: " in spark["details"]["reason"]
    other.trust(kdc)
    wait_until(lambda: runtime.health()["components"]["spark"]["status"] == "UP", "the cluster lets us in", 60, every=0.2)


def test_a_job_of_another_realm(of_another_realm, secured, admin):
    """HDFS and the driver's own delegation tokens, too, go by the ticket between the two."""
    body = job_document(OUTLIVES % (1, 0), engine={"engineType": "SPARK_RUNTIME", "name": "two-realms"}, outputs=on_hdfs(secured, "out-realms"))
    done = wait_job(admin, admin.post(f"{MODEL_MANAGE}/jobs", body)["id"], "COMPLETE", timeout=300)
    [application] = secured.applications(done["sparkApplication"]["tag"])
    assert (application["user"], application["finalStatus"]) == ("svc", "SUCCEEDED") and "rows 7" in messages(done)


def is_up(runtime: SparkRuntime) -> bool:
    return runtime.health()["components"]["spark"]["status"] == "UP"


def test_the_cluster_is_lost_with_the_ticket_and_comes_back(secured, on_yarn, kdc):
    """A realm that is gone just after a renewal: the cluster is reached until the ticket's end, after a restart without the cluster's cookies, too; then it is lost,
    said as such and not as a cluster that is away, and mended by itself."""
    runtime = on_yarn["client"]
    before = wait_kerberos(runtime, "UP")["details"]["ticketEnds"]
    ends = wait_until(lambda: (now := component(runtime)["details"]["ticketEnds"]) > before and now, "the ticket is renewed", LIFE, every=0.1)
    kdc.stop()
    try:
        assert runtime.stop() == 0
        runtime.start()
        wait_until(lambda: is_up(runtime), "the cluster lets us in by the ticket of before", 20, every=0.2)
        until = datetime.datetime.fromisoformat(ends).timestamp() - 5
        assert until - time.time() > LIFE / 4, "there is something to see"
        while time.time() < until:
            spark = runtime.health()["components"]["spark"]
            assert spark["status"] == "UP", spark
            time.sleep(0.5)
        assert component(runtime)["details"]["ticketEnds"] == ends and "Cannot contact any KDC" in component(runtime)["details"]["reason"]
        wait_until(lambda: not is_up(runtime), "the cluster lets us in no more", 200, every=1)
        assert "kerberos: " in runtime.health()["components"]["spark"]["details"]["reason"]
        assert component(runtime)["status"] == "DOWN"
    finally:
        kdc.start()
    wait_until(lambda: is_up(runtime), "it is back", 60, every=0.5)
    wait_kerberos(runtime, "UP")
