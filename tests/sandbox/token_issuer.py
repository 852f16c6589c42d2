"""An authorisation server small enough for a test: one client, signed tokens (RS256) of any life, its keys as a JWKS, and a description as OpenID providers have.
Its answers are counted. `sign` makes tokens of anybody; nobody signs in here."""
from __future__ import annotations

import base64
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import RSAKey


AUDIENCE = "urn:slipway"


class TokenIssuer:
    """Runs from construction to `stop`. `config()` is what a client of ours must be told, `security()` what a server. While `hangs` is set nobody gets a token."""

    def __init__(self, life: int = 60, client: str = "edge", secret: str = "a:secret/with+signs ü"):
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.life, self.client, self.secret, self.issued, self.refused = life, client, secret, 0, 0
        self.hangs = threading.Event()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                description = {"issuer": issuer.url, "token_endpoint": f"{issuer.url}/token", "jwks_uri": issuer.keys_url}
                issuer._answer(self, 200, description if self.path.endswith("/openid-configuration") else {"keys": [issuer.key.as_dict(private=False)]})

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                while issuer.hangs.is_set():
                    time.sleep(0.1)
                kind, _, given = (self.headers["Authorization"] or "").partition(" ")
                pair = base64.b64decode(given).decode().split(":") if kind == "Basic" else []
                if [urllib.parse.unquote_plus(part) for part in pair] != [issuer.client, issuer.secret]:
                    issuer.refused += 1
                    return issuer._answer(self, 401, {"error": "invalid_client"})
                issuer.issued += 1
                return issuer._answer(self, 200, {"access_token": issuer.token(), "token_type": "Bearer", "expires_in": issuer.life})

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, life: int | None = None) -> str:
        """One of our client."""
        return self.sign(self.life if life is None else life, sub=self.client, client_id=self.client, scope="eureka")

    def sign(self, life: int = 600, **claims) -> str:
        now = int(time.time())
        return jwt.encode({"alg": "RS256", "kid": "k1"}, {"iss": self.url, "aud": ["eureka", AUDIENCE], "iat": now, "exp": now + life, **claims}, self.key)

    @property
    def keys_url(self) -> str:
        return f"{self.url}/keys"

    def config(self) -> dict:
        return {"client": {"accessTokenUri": f"{self.url}/token", "clientId": self.client, "clientSecret": self.secret, "scopes": ["eureka"]}}

    def security(self, **more) -> dict:
        """`security` of a server that believes this issuer."""
        clients = {self.client: {"groups": ["modelop"]}}
        return {"mode": "oauth2", "oauth2": {"issuerUri": self.url, "audience": AUDIENCE, "groupPaths": True, "login": {"clientId": "page"}, "clients": clients, **more}}

    def stop(self) -> None:
        self.hangs.clear()
        self.server.shutdown()
        self.server.server_close()

    @staticmethod
    def _answer(handler: BaseHTTPRequestHandler, status: int, body: dict) -> None:
        data = json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)
