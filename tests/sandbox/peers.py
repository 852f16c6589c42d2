"""`./dev peers up|down NAME`: one real peer for a person to play with.

What is up is remembered in build/peers/NAME.json; `down` ends exactly that process.
"""
from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys

from sandbox import seed
from sandbox.moto import ACCESS_KEY, REGION, SECRET_KEY, Moto
from sandbox.postgres import SCRIPT
from sandbox.process import ROOT

FOLDER = ROOT / "build/peers"
POSTGRES = pathlib.Path("/tmp") / f"slipway-peer-postgres-{os.getuid()}"


def moto_up() -> dict:
    moto = Moto(FOLDER)
    counts = seed.seed(moto.url)
    print(f"moto with the sandbox account {counts} at {moto.url}\n\n"
          f"  export AWS_ENDPOINT_URL={moto.url} AWS_ACCESS_KEY_ID={ACCESS_KEY} AWS_SECRET_ACCESS_KEY={SECRET_KEY} AWS_REGION={REGION}")
    return {"pid": moto.process.pid}


def moto_down(known: dict) -> None:
    try:
        command = pathlib.Path(f"/proc/{known['pid']}/cmdline").read_bytes()
    except FileNotFoundError:
        return
    if b"sandbox.moto_app" in command:  # the number may belong to somebody else by now
        os.kill(known["pid"], signal.SIGTERM)


def postgres_up() -> dict:
    url = subprocess.run([SCRIPT, "start", POSTGRES], check=True, capture_output=True, text=True).stdout.strip()
    print(f"PostgreSQL at {url}\n\n  database: {{url: \"{url}\"}}     # in slipway.yaml")
    return {"folder": str(POSTGRES)}


def postgres_down(known: dict) -> None:
    subprocess.run([SCRIPT, "stop", known["folder"]], check=True)


PEERS = {"moto": (moto_up, moto_down), "postgres": (postgres_up, postgres_down)}


def main() -> int:
    verb, name = sys.argv[1:]
    if name not in PEERS or verb not in ("up", "down"):
        print(f"./dev peers up|down {'|'.join(PEERS)}", file=sys.stderr)
        return 2
    up, down = PEERS[name]
    FOLDER.mkdir(parents=True, exist_ok=True)
    state = FOLDER / f"{name}.json"
    if verb == "up":
        if state.exists():
            print(f"{name} is up already, or was not taken down: ./dev peers down {name}", file=sys.stderr)
            return 1
        state.write_text(json.dumps(up()))
    elif state.exists():
        down(json.loads(state.read_text()))
        state.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
