"""A small REST client for tests: tokens, assertions that quote the answer, problem documents, waiting for operations."""
from __future__ import annotations

import uuid
from typing import Any, Iterator

import requests

from sandbox.process import wait_until

MODEL_MANAGE = "/model-manage/api"
SAGEMAKER = "/sagemaker-service/api"
ENDED = {"COMPLETE", "ERROR", "CANCELLED"}


class Rest:
    """Calls as one principal. `get` and its like assert the status and return the JSON body; `send` asserts nothing."""

    def __init__(self, url: str, token: str | None = None):
        self.url, self.token, self.http = url, token, requests.Session()
        self.username = ""
        self.http.trust_env = False

    @classmethod
    def sign_in(cls, url: str, username: str, password: str) -> "Rest":
        client = cls(url)
        answer = client.send("POST", "/gocli/token", data={"username": username, "password": password})
        assert answer.status_code == 200, show(answer)
        client.token, client.username = answer.json()["access_token"], username
        return client

    def send(self, method: str, path: str, **more) -> requests.Response:
        headers = {**({"Authorization": f"Bearer {self.token}"} if self.token else {}), **more.pop("headers", {})}
        return self.http.request(method, path if path.startswith("http") else self.url + path, headers=headers, timeout=more.pop("timeout", 60), allow_redirects=False, **more)

    def ask(self, method: str, path: str, status: int, **more) -> Any:
        answer = self.send(method, path, **more)
        assert answer.status_code == status, show(answer)
        return answer.json() if answer.content and "json" in answer.headers.get("Content-Type", "") else None

    def get(self, path: str, status: int = 200, **more) -> Any:
        return self.ask("GET", path, status, **more)

    def post(self, path: str, body: Any = None, status: int = 201, **more) -> Any:
        return self.ask("POST", path, status, json=body, **more)

    def patch(self, path: str, body: Any, status: int = 200, **more) -> Any:
        return self.ask("PATCH", path, status, json=body, **more)

    def put(self, path: str, body: Any, status: int = 200, **more) -> Any:
        return self.ask("PUT", path, status, json=body, **more)

    def delete(self, path: str, status: int = 204, **more) -> Any:
        return self.ask("DELETE", path, status, **more)

    def refused(self, method: str, path: str, status: int, code: str | None = None, **more) -> dict:
        """The problem document of a request that must fail."""
        return problem(self.send(method, path, **more), status, code)

    def every(self, collection: str, **params) -> list[dict]:
        """All objects of a model-manage collection or finder, walked by `next` links."""
        return list(self._walk(f"{MODEL_MANAGE}/{collection}", {"size": 500, **params}))

    def _walk(self, path: str, params: dict | None) -> Iterator[dict]:
        while path:
            page = self.get(path, params=params)
            yield from next(iter(page.get("_embedded", {}).values()), [])
            path, params = page["_links"].get("next", {}).get("href"), None

    def start_import(self, name: str, status: int = 202, **more) -> dict:
        return self.post(f"{SAGEMAKER}/imports", {"modelName": name, **more}, status)

    def operation(self, identifier: str) -> dict:
        return self.get(f"{SAGEMAKER}/operations/{identifier}")

    def wait_operation(self, identifier: str, timeout: float = 120) -> dict:
        """The operation once it has ended."""
        def ended():
            found = self.operation(identifier)
            return found if found["state"] in ENDED else None
        return wait_until(ended, f"operation {identifier} ends", timeout)

    def import_model(self, name: str, **more) -> dict:
        """Imports to the end; the operation, which must be COMPLETE."""
        operation = self.wait_operation(self.start_import(name, **more)["id"])
        assert operation["state"] == "COMPLETE", operation
        return operation

    def new_user(self, groups: list[str], admin: bool = False, password: str = "a-person's-password") -> "Rest":
        """Made by this (administrator's) client; signed in."""
        name = f"user-{uuid.uuid4().hex[:12]}"
        self.post(f"{MODEL_MANAGE}/users", {"username": name, "password": password, "groups": groups, "admin": admin})
        return Rest.sign_in(self.url, name, password)

    def new_model(self, name: str | None = None, **more) -> dict:
        meta = {"name": name or f"model-{uuid.uuid4().hex[:8]}", "type": "PYSPARK", **more.pop("modelMetaData", {})}
        return self.post(f"{MODEL_MANAGE}/storedModels", {"modelMetaData": meta, **more})


def show(answer: requests.Response) -> str:
    return f"{answer.request.method} {answer.request.url} → {answer.status_code} {answer.text[:2000]}"


def problem(answer: requests.Response, status: int, code: str | None = None) -> dict:
    """Asserts RFC 9457 with our members, or for life cycles Camunda's error with ours beside it, and gives the document back."""
    assert answer.status_code == status, show(answer)
    if "/mlc-service/rest/" in answer.url:
        body = answer.json()
        assert body["type"].endswith("Exception") and body["message"] and body["code"] == 0 and body["requestId"], body
        assert code is None or body["reason"] == code, body
        return body
    assert answer.headers["Content-Type"].split(";")[0] == "application/problem+json", show(answer)
    body = answer.json()
    assert body["status"] == status and body["title"] and body["detail"] and body["message"] == body["detail"] and body["requestId"], body
    if code:
        assert body["code"] == code, body
    return body
