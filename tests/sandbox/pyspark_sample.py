"""The sample PySpark model of `./dev run --spark` and of the tests, and the assets of its three jobs."""
from __future__ import annotations

import pathlib

from sandbox.process import ROOT

MODEL = ROOT / "tests/sandbox/pyspark_model"
SOURCE = MODEL / "credit_risk.py"
INIT = "begin"
LABELLED, NEW = MODEL / "data/applications_2025.csv", MODEL / "data/applications_2026.csv"

# function → (job type, input, name and format of the output)
JOBS = {
    "train": ("MODEL_BATCH_TRAINING_JOB", LABELLED, ("scorecard.json", "JSON")),
    "score": ("MODEL_BATCH_JOB", NEW, ("decisions.csv", "CSV")),
    "metrics": ("MODEL_BATCH_TEST_JOB", LABELLED, ("metrics.json", "JSON")),
}


def external(path: pathlib.Path, kind: str, role: str = "UNKNOWN") -> dict:
    """An asset that lies on this host."""
    return {"assetType": "EXTERNAL_FILE", "assetRole": role, "filename": path.name, "fileFormat": kind, "fileUrl": path.as_uri()}


def assets(function: str, folder: pathlib.Path) -> tuple[str, list[dict], list[dict]]:
    """Job type, inputs and outputs of the job that calls `function`; outputs go to `folder`."""
    job_type, data, (name, kind) = JOBS[function]
    return job_type, [external(data, "CSV", "TRAINING_DATA" if function == "train" else "TEST_DATA")], [external(folder / name, kind)]


def trained(folder: pathlib.Path) -> dict:
    """The scorecard that a training job has left in `folder`, as an asset of the model."""
    return external(folder / "scorecard.json", "JSON")
