"""`slipway spark-runtime` as a child process that can be killed and started again on the same data."""
from __future__ import annotations

import json
import pathlib

import requests

from sandbox.process import Process, free_port, wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import BINARY
from sandbox.spark import Spark


class SparkRuntime:
    """One edge runtime of `server`, with a machine client of its own. `settings` go into `spark-runtime`, `more` are further sections."""

    def __init__(self, folder: pathlib.Path, url: str, client: dict, settings: dict, name: str = "spark-runtime-1", group: str = "modelop",
                 spark: Spark | None = None, environment: dict[str, str] | None = None, binary: pathlib.Path = BINARY, more: dict | None = None):
        self.binary = binary
        self.folder, self.data, self.port, self.name, self.group = folder, folder / "edge", free_port(), name, group
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_file = folder / "edge.log"
        folder.mkdir(parents=True, exist_ok=True)
        self.environment = (spark or Spark()).environment(**(environment or {}))
        self.config = folder / "spark-runtime.yaml"
        self.config.write_text(json.dumps({
            "server": {"listen": f"127.0.0.1:{self.port}"},
            "spark-runtime": {"name": name, "group": group, "modelManageUrl": f"{url}{MODEL_MANAGE}", "pollInterval": "1s", **settings},
            "oauth2": {"client": {"accessTokenUri": f"{url}/gocli/token", "clientId": client["clientId"], "clientSecret": client["clientSecret"]}}, **(more or {})}))
        self.config.chmod(0o600)
        self.process: Process | None = None

    def start(self, timeout: float = 30, relative: bool = False) -> "SparkRuntime":
        """Back once its actuator answers; it may not be enrolled yet. `relative`: it is told its data directory from where it is started."""
        data = self.data.relative_to(self.folder) if relative else self.data
        self.process = Process([str(self.binary), "spark-runtime", "--config", str(self.config), "--data-dir", str(data)], self.log_file, self.environment, self.folder)
        wait_until(self.answers, "the runtime answers", timeout)
        return self

    def answers(self) -> bool:
        assert self.process and self.process.running(), f"the runtime ended with {self.process.child.returncode}:\n{self.log()[-4000:]}"
        try:
            return requests.get(f"{self.url}/actuator/health/liveness", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def health(self) -> dict:
        return requests.get(f"{self.url}/actuator/health", timeout=5).json()

    def wait_enrolled(self, timeout: float = 60) -> None:
        wait_until(lambda: self.health()["components"]["modelManage"]["status"] == "UP", "the runtime is enrolled", timeout, every=0.2)

    def kill(self) -> None:
        """SIGKILL of the runtime alone: what it supervises goes on."""
        self.process.kill()

    def stop(self) -> int:
        return self.process.stop() if self.process else 0

    def log(self) -> str:
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""


def machine_client(admin: Rest, name: str, group: str = "modelop") -> dict:
    """A new machine client with its secret."""
    return admin.post(f"{MODEL_MANAGE}/clients", {"clientId": name, "groups": [group]})


def job_document(source: str, *, job_type: str = "MODEL_BATCH_JOB", inputs: list[dict] = (), outputs: list[dict] = (), parameters: dict | None = None,
                 assets: list[dict] = (), engine: dict | None = None) -> dict:
    """A job as people post it: the model whole in its document."""
    primary = {"assetType": "SOURCE_CODE", "assetRole": "MODEL_SOURCE", "name": "model.py", "primaryModelSource": True, "sourceCode": source}
    return {"jobType": job_type, "jobStatus": "CREATED", "jobParameters": parameters or {}, "group": "modelop",
            "model": {"storedModel": {"modelMetaData": {"name": "posted", "type": "PYSPARK"}, "modelAssets": [primary, *assets]}},
            "inputData": list(inputs), "outputData": list(outputs), "targetEngine": engine or {"engineType": "SPARK_RUNTIME", "name": "spark-runtime-1"}}


ENDED = ("COMPLETE", "ERROR", "CANCELLED")


def wait_job(rest: Rest, identifier: str, *states: str, timeout: float = 120) -> dict:
    """The job once it is in one of `states`; an end that is none of them fails at once."""
    def there():
        job = rest.get(f"{MODEL_MANAGE}/jobs/{identifier}")
        if job["jobStatus"] in states:
            return job
        assert job["jobStatus"] not in ENDED, json.dumps(job["jobMessages"], indent=1)[-4000:]
        return None
    return wait_until(there, f"job {identifier} is {' or '.join(states)}", timeout, every=0.2)
