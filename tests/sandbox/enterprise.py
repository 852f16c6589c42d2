"""What `./dev run --enterprise` adds: the services of a company that Slipway finds there. Keycloak knows the people and the machines, and the server asks it;
server and Spark runtime join an Eureka with a password, where the runtime finds the server by its name.

`server_config`, `machine` and `member` are what the server and the Spark runtime are told.
"""
from __future__ import annotations

import pathlib

from sandbox.eureka import PASSWORD, USER, Eureka
from sandbox.keycloak import PEOPLE, RUNTIME, Keycloak, password_of, settings
from sandbox.rest import Rest


class Enterprise:
    """Started in `folder` before the server."""

    def __init__(self, folder: pathlib.Path):
        self.keycloak = Keycloak(folder / "keycloak")
        self.eureka = Eureka(folder / "eureka", "basic")
        self.machine = RUNTIME

    def start(self) -> "Enterprise":
        print("Keycloak … ", end="", flush=True)
        self.keycloak.start()
        print(self.keycloak.issuer)
        print("Eureka … ", end="", flush=True)
        self.eureka.start(120)
        print(self.eureka.url)
        return self

    def member(self) -> dict:
        """What makes a process on this machine a member of the Eureka."""
        return self.eureka.member(hostname="127.0.0.1")

    def server_config(self) -> dict:
        # A bearer token is good until its end, five minutes in this realm: only who asks about each notices a disabled account within one.
        return {"security": settings(self.keycloak, introspection="all"), "tickets": {"approvers": {"modelop": ["approvers"]}}, **self.member()}

    def administrator(self, url: str) -> Rest:
        """Signed in at the server."""
        return Rest.sign_in(url, "root", password_of("root"))

    def lines(self, slipway: str, url: str) -> str:
        """Who is there, and what to try."""
        roles = {"sam": "data scientist", "ada": "approver", "root": "administrator"}
        people = "\n".join(f"            {name:5} {password_of(name):20} {role}, in {', '.join(PEOPLE[name])}" for name, role in roles.items())
        return f"""
  open      {url}      and press Sign in with Company account
  people    name  password
{people}

  as sam, press Add Business Model and pick one; as ada (in a private window), decide on its ticket. Or from another terminal:

    {slipway} login {url}                  # sign in as sam in the browser that opens; without one a code is shown
    {slipway} model import churn-classifier-v2
    {slipway} ticket list --filter open:true --wait 30s

  Eureka    {self.eureka.url}/apps     {USER} / {PASSWORD}; model-manage and spark-runtime-service are there, the runtime found the server as lb://model-manage
  Keycloak  {self.keycloak.url}/admin/master/console/     admin / keycloak-admin-pw; disable sam there: out within a minute
"""

    def stop(self) -> None:
        self.eureka.stop()
        self.keycloak.stop()
