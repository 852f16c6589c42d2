"""Keycloak with one realm: people, groups, the clients of the page and of the command line, machine clients. Loopback only; its data are in a folder of its own and start fresh.

`Browser` walks its pages as a person would; `Keycloak.admin` changes what it knows while it runs.
"""
from __future__ import annotations

import html
import json
import os
import pathlib
import re
import shutil
import urllib.parse

import requests

from sandbox.daemon import Daemon, answers
from sandbox.process import free_port
from sandbox.server import clean_environment
from sandbox.spark import JAVA_HOME, PEERS

HOME = PEERS / "keycloak"
REALM, AUDIENCE = "slipway", "urn:slipway"
ADMIN_PASSWORD = "keycloak-admin-pw"
UI_SECRET = "ui s3cret/+:&="
RUNTIME = {"clientId": "spark-runtime", "clientSecret": "r p@ss/+:%&=w"}
STRANGER = {"clientId": "stranger", "clientSecret": "stranger-secret"}
# Name → groups. `ada` approves and `sam` is a data scientist; `root` is an administrator; `many` is in as many groups as a token can take.
PEOPLE = {"ada": ["modelop", "approvers"], "sam": ["modelop"], "root": ["slipway-admins"], "many": ["modelop", *(f"team-{number:03}" for number in range(300))],
          "eve": ["others"], "dan": ["modelop"]}


def password_of(person: str) -> str:
    return f"{person}'s p&ssword"


def settings(keycloak: "Keycloak", **more) -> dict:
    """`security` of a server that asks this Keycloak."""
    return {"mode": "oauth2", "oauth2": {
        "issuerUri": keycloak.issuer, "audience": AUDIENCE, "groupPaths": True, "login": {"clientId": "slipway-ui", "clientSecret": UI_SECRET, "cliClientId": "slipway-cli", "name": "Company account"},
        "clients": {"spark-runtime": {"groups": ["modelop"], "scopes": ["modelop_client"]}}, **more}}


def realm() -> dict:
    def mapper(name: str, kind: str, **config: str) -> dict:
        tokens = {"access.token.claim": "true", "introspection.token.claim": "true", "userinfo.token.claim": "true"}
        return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": {**tokens, **config}}

    def scope(name: str, *mappers: dict, named: bool = False) -> dict:
        return {"name": name, "protocol": "openid-connect", "attributes": {"include.in.token.scope": str(named).lower()}, "protocolMappers": list(mappers)}

    def machine(credentials: dict, *scopes: str) -> dict:
        return {"clientId": credentials["clientId"], "secret": credentials["clientSecret"], "publicClient": False, "serviceAccountsEnabled": True, "standardFlowEnabled": False,
                "directAccessGrantsEnabled": False, "defaultClientScopes": ["basic", "slipway", *scopes], "optionalClientScopes": []}

    # A file with scopes of its own gets none of Keycloak's: without `basic` tokens have no subject.
    scopes = [
        scope("basic", mapper("sub", "oidc-sub-mapper")),
        scope("profile", mapper("username", "oidc-usermodel-attribute-mapper", **{"user.attribute": "username", "claim.name": "preferred_username", "id.token.claim": "true"}), named=True),
        scope("slipway", mapper("memberOf", "oidc-group-membership-mapper", **{"claim.name": "memberOf", "full.path": "true"}),
              mapper("audience", "oidc-audience-mapper", **{"included.custom.audience": AUDIENCE}),
              mapper("may introspect", "oidc-audience-mapper", **{"included.client.audience": "slipway-ui"})),
        scope("modelop_client", named=True)]
    page = {"clientId": "slipway-ui", "secret": UI_SECRET, "publicClient": False, "standardFlowEnabled": True, "directAccessGrantsEnabled": True,
            "redirectUris": ["http://127.0.0.1:*", "http://localhost:*"], "defaultClientScopes": ["basic", "profile", "slipway"], "optionalClientScopes": [],
            "attributes": {"pkce.code.challenge.method": "S256", "post.logout.redirect.uris": "+"}}
    command_line = {"clientId": "slipway-cli", "publicClient": True, "standardFlowEnabled": True, "directAccessGrantsEnabled": True, "redirectUris": ["http://127.0.0.1/callback"],
                    "defaultClientScopes": ["basic", "profile", "slipway"], "optionalClientScopes": [],
                    "attributes": {"pkce.code.challenge.method": "S256", "oauth2.device.authorization.grant.enabled": "true"}}
    users = [{"username": name, "enabled": True, "email": f"{name}@example.test", "emailVerified": True, "firstName": name.title(), "lastName": "Example",
              "credentials": [{"type": "password", "value": password_of(name), "temporary": False}], "groups": [f"/{group}" for group in groups]} for name, groups in PEOPLE.items()]
    return {"realm": REALM, "enabled": True, "sslRequired": "none", "accessTokenLifespan": 300, "revokeRefreshToken": True, "refreshTokenMaxReuse": 0,
            "groups": [{"name": name} for name in sorted({group for groups in PEOPLE.values() for group in groups})],
            "clientScopes": scopes, "clients": [page, command_line, machine(RUNTIME, "modelop_client"), machine(STRANGER)], "users": users,
            "defaultDefaultClientScopes": ["basic", "profile"], "defaultOptionalClientScopes": []}


class Keycloak:
    """`daemon` stops, dies and starts again alone, always on the same port."""

    def __init__(self, folder: pathlib.Path, port: int | None = None):
        assert (HOME / "bin/kc.sh").exists(), f"{HOME} is missing: ./dev setup"
        self.folder, self.port = folder, port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.issuer = f"{self.url}/realms/{REALM}"
        self._lay_out()
        # The script would stay as the parent of Java: the session is what is stopped and killed, so both end.
        command = [str(folder / "bin/kc.sh"), "start", "--optimized", "--cache=local", "--http-enabled=true", "--http-host=127.0.0.1", f"--http-port={self.port}",
                   f"--http-management-port={free_port()}", "--hostname-strict=false", "--import-realm"]
        environment = clean_environment(JAVA_HOME=str(JAVA_HOME), KC_BOOTSTRAP_ADMIN_USERNAME="admin", KC_BOOTSTRAP_ADMIN_PASSWORD=ADMIN_PASSWORD,
                                        JAVA_OPTS_KC_HEAP="-Xms64m -Xmx512m", JAVA_OPTS_APPEND="-XX:TieredStopAtLevel=1")
        self.daemon = Daemon("keycloak", command, folder / "keycloak.log", environment, lambda: answers(f"{self.issuer}/.well-known/openid-configuration"), cwd=folder)

    def _lay_out(self) -> None:
        """Program and libraries are shared, data are ours."""
        (self.folder / "data/import").mkdir(parents=True, exist_ok=True)
        (self.folder / "bin").mkdir(exist_ok=True)
        shutil.copy(HOME / "bin/kc.sh", self.folder / "bin/kc.sh")
        for name in ("lib", "conf", "providers", "themes"):
            if not (self.folder / name).exists():
                os.symlink(HOME / name, self.folder / name)
        (self.folder / f"data/import/{REALM}-realm.json").write_text(json.dumps(realm()))

    def start(self) -> "Keycloak":
        self.daemon.start(timeout=300)
        return self

    def stop(self) -> None:
        self.daemon.stop()

    def token(self, person: str) -> dict:
        """The whole answer of a password grant."""
        return self._token(client_id="slipway-ui", client_secret=UI_SECRET, grant_type="password", username=person, password=password_of(person), scope="openid profile")

    def machine_token(self, client: dict) -> str:
        return self._token(client_id=client["clientId"], client_secret=client["clientSecret"], grant_type="client_credentials")["access_token"]

    def _token(self, realm_name: str = REALM, **form: str) -> dict:
        answer = requests.post(f"{self.url}/realms/{realm_name}/protocol/openid-connect/token", data=form, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def admin(self, method: str, path: str, body: dict | None = None) -> requests.Response:
        """A call of the administration; its token lives a minute, so each has its own."""
        token = self._token("master", client_id="admin-cli", grant_type="password", username="admin", password=ADMIN_PASSWORD)["access_token"]
        answer = requests.request(method, f"{self.url}/admin/realms/{REALM}{path}", json=body, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        assert answer.ok, f"{method} {path} → {answer.status_code} {answer.text}"
        return answer

    def rotate(self, priority: int) -> None:
        """A new key signs from now on; those of before stay."""
        self.admin("POST", "/components", {"name": f"rsa-{priority}", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider", "parentId": self.admin("GET", "").json()["id"],
                                           "config": {"priority": [str(priority)], "enabled": ["true"], "active": ["true"], "keySize": ["2048"], "algorithm": ["RS256"]}})

    def enable(self, person: str, enabled: bool) -> None:
        user = self.admin("GET", f"/users?exact=true&username={person}").json()[0]
        self.admin("PUT", f"/users/{user['id']}", {"enabled": enabled})


class Browser:
    """A person's browser: keeps cookies, follows redirects, fills in forms."""

    def __init__(self) -> None:
        self.http = requests.Session()
        self.http.trust_env = False
        self.seen: list[str] = []  # addresses, in order

    def go(self, url: str, **form: str) -> requests.Response:
        answer = self.http.request("POST" if form else "GET", url, data=form or None, allow_redirects=False, timeout=60)
        self.seen.append(url)
        for cookie in self.http.cookies:
            cookie.secure = False  # as browsers take it on loopback addresses: Keycloak says `Secure` there as well
        if answer.is_redirect:
            return self.go(urllib.parse.urljoin(url, answer.headers["Location"]))
        return answer

    def fill(self, page: requests.Response, **fields: str) -> requests.Response:
        """Sends the page's first form with its hidden fields."""
        form = re.search(r'<form[^>]*action="([^"]+)"', page.text)
        assert form, page.text[:2000]
        hidden = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
        return self.go(urllib.parse.urljoin(page.url, html.unescape(form[1])), **{name: html.unescape(value) for name, value in hidden.items()}, **fields)

    def sign_in(self, server: str, person: str, page: str = "") -> requests.Response:
        """From the page's button to the page."""
        return self.fill(self.go(f"{server}/gocli/login/start" + (f"?to={urllib.parse.quote(page)}" if page else "")), username=person, password=password_of(person))
