"""`jobUser`: models run as somebody who reaches nothing of ours, and nothing of ours follows what they leave."""
from __future__ import annotations

import base64
import json
import pathlib
import pwd
import shutil
import tempfile

import pytest

from integration.spark.test_hostile_jobs import PRINTS, SETTINGS, output, said
from sandbox.plain_spark import PlainSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job


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
