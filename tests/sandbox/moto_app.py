"""moto's own server, with one more door for what its API cannot say.

usage: python -m sandbox.moto_app [PORT]      prints `moto http://127.0.0.1:PORT` once it listens

POST /_sandbox/adjust takes a JSON list of {"kind", "name", "set": {attribute: value}}: a job that failed, an object that
is three months old. Attributes are those of moto's classes; texts for names that end in `_time` are instants. What has its status set stays so.

/_sandbox/life gives objects a course in time, refuses names that are taken, stops jobs and updates endpoints: sandbox.moto_life.

ListMonitoringSchedules, which moto does not know, answers as an account without schedules does.
"""
from __future__ import annotations

import datetime
import json
import logging
import os
import signal
import sys

from moto.core import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.sagemaker.models import sagemaker_backends
from moto.sagemaker.responses import SageMakerResponse
from werkzeug.serving import make_server

from sandbox.moto_life.course import Life
from sandbox.moto_life.door import LifeDoor
from sandbox.moto_life.install import install

TABLES = {
    "model": "_models",
    "training-job": "training_jobs",
    "transform-job": "transform_jobs",
    "endpoint-config": "endpoint_configs",
    "endpoint": "endpoints",
}


LIFE = Life()


def adjust(changes: list[dict], region: str) -> None:
    backend = sagemaker_backends[DEFAULT_ACCOUNT_ID][region]
    for change in changes:
        thing = getattr(backend, TABLES[change["kind"]])[change["name"]]
        for attribute, value in change["set"].items():
            if attribute != "failure_reason":  # moto's training jobs have none, AWS's do
                zone_of = getattr(thing, attribute)
            if attribute.endswith("_time") and value is not None:
                value = datetime.datetime.fromisoformat(value).astimezone(datetime.timezone.utc).replace(tzinfo=zone_of.tzinfo)
            setattr(thing, attribute, value)
            if attribute.endswith("_status"):
                LIFE.forget(thing)


class Door:
    """WSGI wrapper: the one path of ours, everything else is moto's."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] != "/_sandbox/adjust":
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            with LIFE.lock:
                adjust(json.loads(body), environ.get("HTTP_X_REGION", "eu-west-1"))
        except (KeyError, AttributeError, ValueError) as fault:
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [repr(fault).encode()]
        start_response("204 No Content", [])
        return [b""]


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    SageMakerResponse.list_monitoring_schedules = lambda _: json.dumps({"MonitoringScheduleSummaries": []})
    install(LIFE)
    app = LifeDoor(Door(DomainDispatcherApplication(create_backend_app)), LIFE)
    server = make_server("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0, app, threaded=True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.port)
    print(f"moto http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
