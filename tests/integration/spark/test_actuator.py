"""What the edge shows of itself at /actuator, through its own port, while it runs a job."""
from __future__ import annotations

import pytest
import requests

from integration.spark.test_runtime import PRINTS, local_settings, post
from sandbox.process import wait_until
from sandbox.rest import Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, job_document, machine_client, wait_job

SPRING = "application/vnd.spring-boot.actuator.v3+json"


@pytest.fixture(scope="module")
def edge(tmp_path_factory):
    """A runtime that has run one job to its end."""
    server = Slipway(tmp_path_factory.mktemp("model-manage")).start()
    admin = Rest.sign_in(server.url, "admin", PASSWORD)
    runtime = SparkRuntime(tmp_path_factory.mktemp("edge"), server.url, machine_client(admin, "edge-1"), local_settings(Spark())).start()
    runtime.wait_enrolled()
    wait_job(admin, post(admin, job_document(PRINTS)), "COMPLETE")
    wait_until(lambda: "spark_jobs_ended_total" in scrape(runtime) and samples(runtime)["spark_jobs"] == 0, "the end is counted")
    yield runtime
    runtime.stop()
    server.stop()


def scrape(edge) -> str:
    return requests.get(f"{edge.url}/actuator/prometheus", timeout=5).text


def get(edge, path: str, status: int = 200) -> dict:
    answer = requests.get(f"{edge.url}/actuator/{path}", headers={"Accept": SPRING}, timeout=5)
    assert answer.status_code == status, answer.text
    return answer.json()


def value(edge, name: str, statistic: str) -> float:
    return next(one["value"] for one in get(edge, f"metrics/{name}")["measurements"] if one["statistic"] == statistic)


def samples(edge) -> dict[str, float]:
    """Sums over all labels, by name."""
    out: dict[str, float] = {}
    for line in scrape(edge).splitlines():
        if not line.startswith("#"):
            name, _, number = line.rpartition(" ")
            out[name.partition("{")[0]] = out.get(name.partition("{")[0], 0) + float(number)
    return out


def test_names_and_values_that_operators_know(edge):
    seen = samples(edge)
    assert seen["spark_submit_seconds_count"] == 1 and 0 < seen["spark_submit_seconds_sum"] < 60
    assert seen["spark_cluster_up"] == 1 and seen["spark_poll_seconds_count"] >= 1 and "spark_poll_requests_total" in seen
    assert seen["oauth2_token_fetch_total"] >= 1 and seen["http_client_requests_seconds_count"] > 5
    assert seen["spark_jobs_ended_total"] == 1 and seen["spark_jobs"] == 0
    assert 0 <= seen["process_cpu_usage"] <= 1.5 and seen["process_uptime_seconds"] > 0 and 3 < seen["process_files_open_files"] < seen["process_files_max_files"]
    assert 5e6 < seen["process_resident_memory_bytes"] < 200e6 and 3 <= seen["process_threads"] <= 30
    assert 0 < seen["disk_free_bytes"] <= seen["disk_total_bytes"] and seen["system_cpu_count"] >= 1
    text = scrape(edge)
    assert 'spark_jobs{state="RUNNING"} 0' in text and 'spark_jobs_ended_total{status="COMPLETE"} 1' in text
    assert 'oauth2_token_fetch_total{outcome="success"}' in text


def test_metrics_as_spring_answers_them(edge):
    names = get(edge, "metrics")["names"]
    assert {"spark.submit", "spark.poll", "spark.jobs", "process.cpu.usage", "process.files.open", "oauth2.token.fetch"} <= set(names)
    assert not [name for name in names if "_" in name or name.endswith((".bucket", ".sum"))]
    assert get(edge, "metrics/spark.submit")["name"] == "spark.submit"
    assert value(edge, "spark.submit", "COUNT") == 1 and value(edge, "spark_submit_seconds", "TOTAL_TIME") > 0
    assert value(edge, "process.uptime", "VALUE") > 0
    states = get(edge, "metrics/spark.jobs")
    assert "RUNNING" in next(tag["values"] for tag in states["availableTags"] if tag["tag"] == "state")
    assert get(edge, "metrics/spark.jobs?tag=state:RUNNING")["measurements"] == [{"statistic": "VALUE", "value": 0}]
    assert get(edge, "metrics/http.client.requests?tag=client:modelManage&tag=outcome:SUCCESS")["baseUnit"] == "seconds"
    assert get(edge, "metrics/spark.jobs?tag=state:NOWHERE", 404) and get(edge, "metrics/nothing", 404)


def test_tasks_loggers_and_info(edge):
    tasks = {task["name"]: task for task in get(edge, "tasks")["tasks"]}
    assert tasks["enrolment"]["runs"] >= 1 and tasks["enrolment"]["failures"] == 0 and "prune_journal" in tasks
    info = get(edge, "info")
    assert info["runtime"]["name"] == "spark-runtime-1" and info["spark"]["master"] == "local[1]" and info["build"]["version"]
    assert get(edge, "loggers")["loggers"]["ROOT"]["effectiveLevel"] == "INFO"
    assert requests.post(f"{edge.url}/actuator/loggers/ROOT", json={"configuredLevel": "DEBUG"}, timeout=5).status_code == 204
    assert get(edge, "loggers")["loggers"]["ROOT"]["effectiveLevel"] == "DEBUG"
    assert requests.post(f"{edge.url}/actuator/loggers/ROOT", json={"configuredLevel": None}, timeout=5).status_code == 204
    assert get(edge, "loggers")["loggers"]["ROOT"]["effectiveLevel"] == "INFO"


def test_no_secret_is_shown(edge):
    secret = edge.config.read_text().split('"clientSecret": "')[1].split('"')[0]
    for path in ("prometheus", "info", "tasks", "loggers", "metrics", "health"):
        assert secret not in requests.get(f"{edge.url}/actuator/{path}", timeout=5).text


def test_the_cycle_of_the_job_monitor_is_seen_from_outside(edge):
    """A monitor that hangs would say nothing of itself: health and tasks look at it."""
    component = edge.health()["components"]["jobMonitor"]
    assert component["status"] == "UP" and component["details"]["lastCycleMsAgo"] < 10_000
    task = next(one for one in get(edge, "tasks")["tasks"] if one["name"] == "job_monitor")
    assert task["runs"] > 0 and task["periodMs"] == 1000 and "lastError" not in task
    wait_until(lambda: next(one for one in get(edge, "tasks")["tasks"] if one["name"] == "job_monitor")["runs"] > task["runs"], "it goes on", 10)
