"""A Spring Cloud Eureka server from build/peers/eureka, with the pace of a test: no self-preservation, a sweep each second, no caches.

Loopback only. `profile` says who may register: `plain` everybody, `basic` a user, `jwt` the bearer of a token of `issuer_keys` (a JWKS address) or of `issuer`.
"""
from __future__ import annotations

import pathlib
from urllib.parse import quote

import requests

from sandbox.daemon import Daemon
from sandbox.process import free_port
from sandbox.server import clean_environment
from sandbox.spark import JAVA_HOME, PEERS

JAR = PEERS / "eureka/eureka.jar"
USER, PASSWORD = "eureka", "s3cret@with/signs"
FLAGS = {"server.address": "127.0.0.1", "spring.main.banner-mode": "off", "eureka.client.register-with-eureka": "false", "eureka.client.fetch-registry": "false",
         "eureka.server.wait-time-in-ms-when-sync-empty": 0, "eureka.server.enable-self-preservation": "false", "eureka.server.eviction-interval-timer-in-ms": 1000,
         "eureka.server.response-cache-update-interval-ms": 500, "eureka.server.use-read-only-response-cache": "false"}


class Eureka:
    """One server. It starts, stops and dies on the same port; each start is an empty one."""

    def __init__(self, folder: pathlib.Path, profile: str = "plain", *, port: int | None = None, issuer: str = "", issuer_keys: str = "", audience: str = ""):
        assert JAR.exists(), f"{JAR} is missing: ./dev setup"
        folder.mkdir(parents=True, exist_ok=True)
        self.profile, self.port = profile, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}/eureka"
        flags = FLAGS | {"server.port": self.port, "spring.profiles.active": profile}
        if profile == "basic":
            flags |= {"spring.security.user.name": USER, "spring.security.user.password": PASSWORD}
        resource = "spring.security.oauth2.resourceserver.jwt."
        flags |= {resource + name: value for name, value in {"issuer-uri": issuer, "jwk-set-uri": issuer_keys, "audiences": audience}.items() if value}
        command = [str(JAVA_HOME / "bin/java"), "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-jar", str(JAR), *(f"--{name}={value}" for name, value in flags.items())]
        self.daemon = Daemon(f"eureka-{profile}", command, folder / f"eureka-{profile}.log", clean_environment(), self._ready, folder)
        self.start, self.stop, self.kill, self.launch, self.wait = self.daemon.start, self.daemon.stop, self.daemon.kill, self.daemon.launch, self.daemon.wait

    @property
    def service_url(self) -> str:
        """`eureka.client.serviceUrl.defaultZone` for a client; with the user where one is asked for."""
        user = f"{quote(USER, safe='')}:{quote(PASSWORD, safe='')}@" if self.profile == "basic" else ""
        return f"http://{user}127.0.0.1:{self.port}/eureka/"

    def member(self, **instance) -> dict:
        """Sections of a configuration that joins this server; `instance` goes into `eureka.instance`."""
        return {"eureka": {"client": {"serviceUrl": {"defaultZone": self.service_url}}, "instance": instance}}

    def ask(self, method: str, path: str, **more) -> requests.Response:
        """As somebody who may."""
        if self.profile == "basic":
            more["auth"] = (USER, PASSWORD)
        return requests.request(method, f"{self.url}/{path}", headers={"Accept": "application/json", **more.pop("headers", {})}, timeout=10, **more)

    def instances(self, app: str, **more) -> list[dict]:
        """What is registered under `app`, as it stands."""
        answer = self.ask("GET", f"apps/{app.upper()}", **more)
        assert answer.status_code in (200, 404), answer.text
        return answer.json()["application"]["instance"] if answer.ok else []

    def statuses(self, app: str, **more) -> list[str]:
        return [one["status"] for one in self.instances(app, **more)]

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/apps/", timeout=5).status_code in (200, 401)
        except requests.RequestException:
            return False
