"""Who signs in, and what stands in their tokens."""
from __future__ import annotations

import base64
import json

import requests

from sandbox.keycloak import Browser, Keycloak
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import Slipway

MODELS = f"{MODEL_MANAGE}/storedModels"


def bearer(server: Slipway, keycloak: Keycloak, person: str) -> Rest:
    return Rest(server.url, keycloak.token(person)["access_token"])


def session_of(browser: Browser, server: Slipway) -> requests.Response:
    return browser.http.get(f"{server.url}/gocli/session", timeout=30)


def decoded(token: str) -> dict:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def encoded(document: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
