"""Transform and training jobs in the course of time."""
from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow

from sandbox.moto_life import outputs, words
from sandbox.moto_life.course import Life


def change(job: Any, **attributes) -> None:
    for name, value in attributes.items():
        setattr(job, name, value)
    job.last_modified_time = utcnow()


def create_transform(life: Life, backend: Any, job: Any) -> None:
    """What moto has Completed is InProgress first, Pending before its start."""
    change(job, transform_job_status="InProgress", transform_start_time=None, transform_end_time=None)
    job.last_modified_time = job.creation_time

    def finish(end: str, reason: str) -> None:
        job.transform_start_time = job.transform_start_time or utcnow()
        change(job, transform_job_status=end, failure_reason=reason if end == "Failed" else "", transform_end_time=utcnow())
        if end == "Completed":
            outputs.of_transform(backend, job)
    names = [job.transform_job_name, job.model_name]
    life.begin(job, "transform-job", "transform-job", names, finish, lambda _: [(0.2, lambda: change(job, transform_start_time=utcnow()))])


def create_training(life: Life, backend: Any, job: Any) -> None:
    change(job, training_job_status="InProgress", training_start_time=None, training_end_time=None, final_metric_data_list=None, secondary_status_transitions=[])
    enter(job, "Starting", "Preparing the instances for training")
    job.last_modified_time = job.creation_time

    def train() -> None:
        enter(job, "Training", "Training image download completed. Training in progress.")
        job.training_start_time = utcnow()

    def finish(end: str, reason: str) -> None:
        now = utcnow()
        start = job.training_start_time or now
        spent = max(1, round((now - start).total_seconds()))  # AWS bills no less
        change(job, training_job_status=end, training_start_time=start, training_end_time=now, training_time_in_seconds=spent, billable_time_in_seconds=spent,
               failure_reason=reason if end == "Failed" else None)
        enter(job, end, {"Completed": "Training job completed", "Failed": "Training job failed", "Stopped": "Training job stopped"}[end])
        job.secondary_status_transitions[-1]["EndTime"] = now
        if end == "Completed":
            job.final_metric_data_list = [{"MetricName": "train:progress", "Value": 100.0, "Timestamp": now}]
            outputs.of_training(backend, job)

    def between(_end: str) -> list:
        return [(0.1, lambda: enter(job, "Downloading", "Downloading the training image")), (0.3, train),
                (0.9, lambda: enter(job, "Uploading", "Uploading generated training model"))]
    life.begin(job, "training-job", "training-job", [job.training_job_name], finish, between)


def enter(job: Any, status: str, message: str) -> None:
    """A secondary status begins, the one before it ends."""
    now = utcnow()
    if job.secondary_status_transitions:
        job.secondary_status_transitions[-1]["EndTime"] = now
    job.secondary_status_transitions.append({"Status": status, "StartTime": now, "StatusMessage": message})
    change(job, secondary_status=status)


def stop(life: Life, kind: str, job: Any) -> None:
    """InProgress → Stopping → Stopped; anything else refuses."""
    status = "transform_job_status" if kind == "transform-job" else "training_job_status"
    name = job.transform_job_name if kind == "transform-job" else job.training_job_name
    if getattr(job, status) != "InProgress":
        raise words.not_running(kind, getattr(job, status))
    running = life.courses.get(job)
    change(job, **{status: "Stopping"})
    if kind == "training-job":
        enter(job, "Stopping", "Stopping the training job")
    life.begin(job, kind, "stop", [name], running.finish if running else lambda end, _: change(job, **{status: end}))
