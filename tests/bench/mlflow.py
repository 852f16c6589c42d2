"""MLflow 3.17 as installed (four workers, SQLite), for comparison: reading and creating a registered model."""
from __future__ import annotations

import pathlib
import subprocess
import sys
from typing import Callable

import requests

from sandbox.process import ROOT, Process, free_port, wait_until

VERSION = "3.17.2"
VENV = ROOT / "build/peers/mlflow"
API = "/api/2.0/mlflow/registered-models"
# MLflow refuses a name twice, so each request carries its own.
UNIQUE_NAMES = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("POST", nil, nil, string.format('{"name": "bench-%d-%d"}', os.time(), n))
end
"""


def install() -> None:
    if (VENV / "done").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    subprocess.run([str(VENV / "bin/pip"), "install", "-q", f"mlflow=={VERSION}"], check=True)
    (VENV / "done").touch()


def measure(folder: pathlib.Path, connections: int, seconds: int, wrk: Callable[..., float]) -> tuple[float, float]:
    """Reads and creates a second."""
    install()
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    process = Process([str(VENV / "bin/mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--backend-store-uri", f"sqlite:///{folder}/mlflow.db",
                       "--artifacts-destination", str(folder / "artifacts")], folder / "mlflow.log", None, folder)
    try:
        wait_until(lambda: answers(url), "MLflow answers", 180)
        requests.post(f"{url}{API}/create", json={"name": "bench"}, timeout=30).raise_for_status()
        reads = wrk(f"{url}{API}/get?name=bench", folder, {})
        writes = wrk(f"{url}{API}/create", folder, {"Content-Type": "application/json"}, "{}", UNIQUE_NAMES)
        return reads, writes
    finally:
        process.stop()


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=2).status_code == 200
    except requests.RequestException:
        return False
