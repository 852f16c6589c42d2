"""The control of the life over HTTP, as WSGI before moto's own. Paths: sandbox.moto_life."""
from __future__ import annotations

import json

from moto.core import DEFAULT_ACCOUNT_ID
from moto.sagemaker.models import sagemaker_backends

from sandbox.moto_life.course import Life
from sandbox.moto_life.install import remove
from sandbox.moto_life.plan import Script

PATH = "/_sandbox/life"


class LifeDoor:
    def __init__(self, app, life: Life):
        self.app, self.life = app, life

    def __call__(self, environ, start_response):
        if not environ["PATH_INFO"].startswith(PATH):
            return self.app(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            with self.life.lock:
                self.life.settle()
                answer = self.asked(environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(PATH).strip("/"), json.loads(body or b"{}"))
            status = "200 OK"
        except (ValueError, KeyError, TypeError) as fault:
            answer, status = {"message": str(fault)}, "400 Bad Request"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]

    def asked(self, method: str, what: str, given: dict) -> dict:
        life = self.life
        if (method, what) == ("POST", ""):
            life.plan.change(given)
        elif (method, what) == ("POST", "script"):
            life.plan.scripts.append(Script(**given))
        elif (method, what) == ("POST", "end"):
            life.end(**given)
        elif (method, what) == ("POST", "remove"):
            remove(life, sagemaker_backends[DEFAULT_ACCOUNT_ID][given.get("region", "eu-west-1")], given["kind"], given["name"])
        elif (method, what) == ("POST", "advance"):
            life.ahead += float(given["seconds"])
            life.settle()
        elif (method, what) == ("POST", "reset"):
            life.reset()
        elif (method, what) != ("GET", ""):
            raise ValueError(f"no {method} {PATH}/{what}")
        plan = life.plan
        return {"on": plan.on, "seconds": plan.seconds, "failing": plan.failing, "hidden": plan.hidden, "roles": plan.roles, "scripts": len(plan.scripts), "moving": life.moving()}
