"""The files that a completed job leaves in S3, where its bucket is in this account."""
from __future__ import annotations

from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import s3_backends

FILES, LINES = 100, 10_000  # of a larger input the rest is left out
METRICS = b'{"auc": 0.93, "f1": 0.88}\n'


def split(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bucket, key


def of_transform(backend: Any, job: Any) -> None:
    """One `.out` for each input file: with one score for each of its lines, or for one in JSON with the metrics of the whole, as a comparator reads them."""
    storage = s3_backends[backend.account_id]["aws"]
    bucket, prefix = split(job.transform_input["DataSource"]["S3DataSource"]["S3Uri"])
    out, folder = split(job.transform_output["S3OutputPath"])
    try:
        keys = storage.list_objects(storage.get_bucket(bucket), prefix, None, None, FILES)[0]
        for key in keys:
            lines = key.value.count(b"\n") or 1
            name = key.name.removeprefix(prefix).lstrip("/") or key.name.rsplit("/", 1)[-1]
            content = METRICS if name.endswith(".json") else b"0.93\n" * min(lines, LINES)
            storage.put_object(out, f"{folder.rstrip('/')}/{name}.out", content)
    except S3ClientError:
        return  # a bucket of another account


def of_training(backend: Any, job: Any) -> None:
    bucket, key = split(job.model_artifacts["S3ModelArtifacts"])
    try:
        s3_backends[backend.account_id]["aws"].put_object(bucket, key, b"the weights of " + job.training_job_name.encode())
    except S3ClientError:
        return
