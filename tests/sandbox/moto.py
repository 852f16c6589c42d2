"""A moto server as a child process, with its recorder and its authentication mode."""
from __future__ import annotations

import base64
import collections
import json
import os
import pathlib
import re
import sys
import urllib.parse

import boto3
import requests
from botocore.config import Config

from sandbox.life import Life
from sandbox.process import ROOT, Process, wait_until

REGION = "eu-west-1"
ACCOUNT = "123456789012"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"


class Moto:
    """Fresh on start: no objects, no recording, authentication off, nothing takes time (`life` changes that)."""

    def __init__(self, folder: pathlib.Path, port: int = 0):
        self.recording = folder / "moto-recording.jsonl"
        env = {**os.environ, "MOTO_RECORDER_FILEPATH": str(self.recording)}
        self.process = Process([sys.executable, "-m", "sandbox.moto_app", str(port)], folder / "moto.log", env, ROOT / "tests")
        self.url = wait_until(self._address, "moto listens", 60)
        self.life = Life(self.url)

    def _address(self) -> str | None:
        found = re.search(r"^moto (http://\S+)$", self.process.output(), re.MULTILINE)
        if not found and not self.process.running():
            raise AssertionError(f"moto did not start:\n{self.process.output()}")
        return found and found.group(1)

    def client(self, service: str, key: str = ACCESS_KEY, secret: str = SECRET_KEY, region: str = REGION):
        return boto3.client(service, endpoint_url=self.url, region_name=region, aws_access_key_id=key, aws_secret_access_key=secret,
                            config=Config(retries={"max_attempts": 1}))

    def endpoints(self) -> set[str]:
        """The names of those that are there, whatever their status."""
        return {one["EndpointName"] for one in self.client("sagemaker").list_endpoints(MaxResults=100)["Endpoints"]}

    def remove_endpoints(self, *names: str) -> None:
        """Gone at once, whatever they were doing."""
        for name in names:
            self.life.remove("endpoint", name)

    def reset(self) -> None:
        """Forgets every object; recording and authentication stay as they are."""
        self._post("/moto-api/reset")

    def adjust(self, changes: list[dict], region: str = REGION) -> None:
        """Sets attributes that AWS would set by itself: see sandbox.moto_app."""
        answer = requests.post(f"{self.url}/_sandbox/adjust", json=changes, headers={"X-Region": region}, timeout=30)
        assert answer.status_code == 204, answer.text

    def require_signatures(self, on: bool) -> None:
        """With `on`, every call must carry a right signature of a known key whose policies allow the action."""
        self._post("/moto-api/reset-auth", b"0" if on else b"1000000000")

    def record(self) -> None:
        """Empties the recording and records from now on."""
        self._post("/moto-api/recorder/reset-recording")
        self._post("/moto-api/recorder/start-recording")

    def recorded(self) -> list[dict]:
        """Every request since `record`: {"operation", "body", "headers", "method", "url"} in order of arrival."""
        lines = self.recording.read_text().splitlines() if self.recording.exists() else []
        return [describe(json.loads(line)) for line in lines if line]

    def calls(self) -> collections.Counter:
        """How often each operation was called since `record`."""
        return collections.Counter(entry["operation"] for entry in self.recorded())

    def stop(self) -> None:
        self.process.stop()

    def _post(self, path: str, body: bytes = b"") -> None:
        requests.post(self.url + path, data=body, headers={"Content-Type": "text/plain"}, timeout=30).raise_for_status()


def describe(entry: dict) -> dict:
    """A line of moto's recorder with the operation it called, whatever the protocol."""
    body = base64.b64decode(entry["body"]) if entry.get("body_encoded") else (entry.get("body") or "").encode()
    target = next((value for name, value in entry["headers"].items() if name.lower() == "x-amz-target"), None)
    if target:
        operation = target.split(".")[-1]
    else:
        form = urllib.parse.parse_qs(body.decode("utf-8", "replace"))
        operation = form["Action"][0] if "Action" in form else f"{entry['method']} {urllib.parse.urlsplit(entry['url']).path}"
    return {**entry, "operation": operation, "body": body}
