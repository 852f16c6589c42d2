"""An authorisation server small enough for a test: one client, signed tokens (RS256) of any life, its keys as a JWKS. Its answers are counted."""
from __future__ import annotations

import base64
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from joserfc import jwt
from joserfc.jwk import RSAKey


class TokenIssuer:
    """Runs from construction to `stop`. `config()` is what a client of ours must be told."""

    def __init__(self, life: int = 60, client: str = "edge", secret: str = "a:secret/with+signs ü"):
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self.life, self.client, self.secret, self.issued, self.refused = life, client, secret, 0, 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer._answer(self, 200, {"keys": [issuer.key.as_dict(private=False)]})

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
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
        now = int(time.time())
        claims = {"iss": self.url, "sub": self.client, "aud": "eureka", "iat": now, "exp": now + (self.life if life is None else life), "scope": "eureka"}
        return jwt.encode({"alg": "RS256", "kid": "k1"}, claims, self.key)

    @property
    def keys_url(self) -> str:
        return f"{self.url}/keys"

    def config(self) -> dict:
        return {"client": {"accessTokenUri": f"{self.url}/token", "clientId": self.client, "clientSecret": self.secret, "scopes": ["eureka"]}}

    def stop(self) -> None:
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
