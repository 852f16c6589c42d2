"""A job's folder as the runtime lays it out, and the driver run in it: by plain Python or by a real spark-submit."""
from __future__ import annotations

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile

from sandbox.process import ROOT
from sandbox.spark import Spark

DRIVER = ROOT / "src/spark/driver/ModelOpPySparkDriver.py"
# Another interpreter for what needs no Spark: DRIVER_PYTHON=python3.6 tries the suite on an old one by hand.
PYTHON = os.environ.get("DRIVER_PYTHON", sys.executable)


def asset(name: str, url: str | None = None, **more) -> dict:
    return {"assetType": "EXTERNAL_FILE", "filename": name, "fileFormat": "CSV", "fileUrl": url or f"hdfs:///demo/{name}", **more}


class DriverJob:
    """`source` is the model, text or bytes as posted; `files` lie beside it under their own paths; `metadata` overrides members."""

    def __init__(self, folder: pathlib.Path, source: str | bytes, files: dict[str, str] | None = None, **metadata):
        self.folder = folder
        folder.mkdir(parents=True)
        self.result_path, self.application_path = folder / "result.json", folder / "application.json"
        self.metadata = {
            "version": 1, "jobId": "5b0a2b1e-8a2e-4f6e-9f5e-0d6a2f0c9f11", "attempt": 1, "tag": "mmj-5b0a2b1e8a2e4f6e-1", "jobType": "MODEL_BATCH_JOB",
            "function": "score", "initFunction": None, "inputs": [asset("in.csv")], "outputs": [asset("out.csv")], "modelAssets": [],
            "applicationPath": str(self.application_path), "resultPath": str(self.result_path), "resultUrl": None,
            "expectedMaster": "local[1]", "onOwnMaster": "error", "resultLimit": 1048576, **metadata}
        shutil.copy(DRIVER, folder)
        (folder / "model_source_code.py").write_bytes(source.encode() if isinstance(source, str) else source)
        literal = json.dumps(json.dumps(self.metadata))
        (folder / "model_job_metadata.py").write_text(f"import json\n\nMETADATA = json.loads({literal})\n", encoding="ascii")
        for name, text in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)

    def pack(self, files: dict[str, str]) -> pathlib.Path:
        """The archive in which a cluster's driver gets what lies in folders."""
        path = self.folder / "job_files.tar"
        with tarfile.open(path, "w") as tar:
            for name, text in files.items():
                member = tarfile.TarInfo(name)
                member.size = len(text.encode())
                tar.addfile(member, io.BytesIO(text.encode()))
        return path

    @property
    def driver(self) -> str:
        return str(self.folder / DRIVER.name)

    def run(self, python: str = PYTHON, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess:
        """By plain Python, from a folder that is not the job's; both streams as bytes."""
        reader, writer = os.pipe()  # as spark-submit's JVM holds it, without ever writing
        try:
            return subprocess.run([python, self.driver], stdin=reader, capture_output=True, cwd="/", timeout=timeout,
                                  env={**os.environ, "PYTHONUNBUFFERED": "YES", **environment})
        finally:
            os.close(reader)
            os.close(writer)

    def result(self) -> dict | None:
        return read(self.result_path)

    def application(self) -> dict | None:
        return read(self.application_path)


def read(path: pathlib.Path) -> dict | None:
    """A document that a driver has written; None where it has not. Half a document fails the test."""
    return json.loads(path.read_bytes().decode("ascii")) if path.exists() else None


class Ran:
    """What one job of a batch has left."""

    def __init__(self, job: DriverJob):
        self.job, self.folder = job, job.folder
        self.status = int((job.folder / "status").read_text())
        self.out, self.err = (job.folder / "stdout").read_text(), (job.folder / "stderr").read_text()
        self.result = read(job.folder / "hadoop/result.json") if job.metadata["resultUrl"] else job.result()
        self.application = job.application()


def run_batch(spark: Spark, jobs: dict[str, DriverJob], cwd: pathlib.Path) -> dict[str, Ran]:
    """All of `jobs` in turn on one JVM in local mode: see batch.py."""
    done = spark.submit("--master", "local[1]", str(pathlib.Path(__file__).with_name("batch.py")), *(job.driver for job in jobs.values()), cwd=cwd, timeout=600, PYTHONWARNINGS="ignore")
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()[-4000:]
    return {name: Ran(job) for name, job in jobs.items()}
