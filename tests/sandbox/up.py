"""What `./dev run` does once everything is built: a sandbox account, a server on it, and the lines to try.

The sandbox starts fresh each time, and with it its data: a new moto has other objects. A data directory that is not the
sandbox's own, or that a server uses, is never emptied.
"""
from __future__ import annotations

import argparse
import datetime
import fcntl
import os
import pathlib
import secrets
import shutil
import signal
import socket
import sys
import threading

from sandbox import life
from sandbox.account import HOLDOUT
from sandbox.enterprise import Enterprise
from sandbox.process import ROOT
from sandbox.rest import Rest
from sandbox.server import BINARY, Slipway
from sandbox.spark_demo import SparkDemo
from sandbox.stack import CONFIG, Account

MARK = ".slipway-sandbox"
LOCK = ".slipway-run"


def main() -> int:
    options = argparse.ArgumentParser(prog="./dev run", description="build and start the server on a sandbox SageMaker account; Ctrl-C stops it")
    options.add_argument("--port", type=int, default=8080)
    options.add_argument("--data-dir", type=pathlib.Path, default=ROOT / "build/run")
    options.add_argument("--no-sandbox", action="store_true", help="no moto: AWS as your environment says")
    options.add_argument("--spark", action="store_true", help="a standalone Spark cluster beside it, a runtime on it, and a sample model")
    options.add_argument("--enterprise", action="store_true", help="all of --spark, Keycloak, which knows the people, and an Eureka")
    options.add_argument("--check", action="store_true", help="say what stands in the way, and start nothing")
    given = options.parse_args()
    given.spark = given.spark or given.enterprise
    folder = given.data_dir.resolve()
    try:
        held = claim(folder)
        check_port(given.port)
        if given.check:
            os.close(held)
            return 0
        if not given.no_sandbox:
            empty_sandbox(folder)
    except Refused as why:
        print(f"./dev run: {why}", file=sys.stderr)
        return 2
    fresh = not (folder / "data").exists()
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    password = secrets.token_urlsafe(9) if fresh and not given.enterprise else None
    account = server = demo = enterprise = None
    try:
        if not given.no_sandbox:
            account = start_sandbox(folder)
        if given.enterprise:
            enterprise = Enterprise(folder / "enterprise").start()
        server = start_server(folder, given.port, account, password, enterprise.server_config() if enterprise else {})
        more = ""
        if given.spark:
            admin = enterprise.administrator(server.url) if enterprise else Rest.sign_in(server.url, "admin", os.environ.get("SLIPWAY_ADMIN_PASSWORD") or password or "")
            demo = SparkDemo(folder / "edge", admin, enterprise.machine, enterprise.member()) if enterprise else SparkDemo(folder / "edge", admin)
            more = demo.start().lines(shown_binary(), demo.train())
        if enterprise:
            print(f"{enterprise.lines(shown_binary(), server.url)}{more}\n  log       {server.log_file}\n  Ctrl-C stops all of it.", flush=True)
        else:
            welcome(server.url, password, bool(account), folder, more)
        while not stopped.wait(0.5):
            if not server.process.running():
                print(f"./dev run: the server ended by itself; its last words:\n{server.log()[-3000:]}", file=sys.stderr)
                return 1
    except AssertionError as fault:
        print(f"./dev run: {fault}", file=sys.stderr)
        return 1
    finally:
        for one in (demo, server, enterprise, account):
            if one:
                one.stop()
        os.close(held)
    print("\nstopped")
    return 0


class Refused(Exception):
    """Nothing was done; says why and what to do."""


def claim(folder: pathlib.Path) -> int:
    """The lock on `folder`, for as long as the descriptor is open; Refused while another run or a server has it."""
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not lock(held):
        other = os.read(held, 20).decode() or "unknown"
        os.close(held)
        raise Refused(f"a sandbox runs in {folder} already (process {other}). Press Ctrl-C there, or choose another --port and --data-dir.")
    server = folder / "data" / "slipway.db.lock"  # of a server that outlived its run
    if server.exists():
        with open(server, "rb") as file:
            if not lock(file.fileno()):
                os.close(held)
                raise Refused(f"a server uses {folder / 'data'}. Stop it, or choose another --port and --data-dir.")
    os.ftruncate(held, 0)
    os.write(held, str(os.getpid()).encode())
    return held


def lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as fault:
            raise Refused(f"port {port} cannot be used: {fault.strerror}. Choose another --port.") from None


def empty_sandbox(folder: pathlib.Path) -> None:
    """Refused, and nothing done, where `folder` has content that no sandbox has put there."""
    content = [path for path in folder.iterdir() if path.name not in (LOCK, MARK)]
    if content and not (folder / MARK).exists():
        raise Refused(f"{folder} holds data of a server that is not the sandbox's. Choose another --data-dir, or add --no-sandbox.")
    for path in content:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    (folder / MARK).touch()


def start_sandbox(folder: pathlib.Path) -> Account:
    print("sandbox account … ", end="", flush=True)
    hour = datetime.datetime.now(datetime.timezone.utc).replace(minute=0, second=0, microsecond=0)
    account = Account(folder, hour, life.SANDBOX)
    print(", ".join(f"{count} {kind.replace('-', ' ')}s" for kind, count in account.counts.items()))
    return account


def start_server(folder: pathlib.Path, port: int, account: Account | None, password: str | None, more: dict) -> Slipway:
    kept = {} if account else {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "SLIPWAY_"))}
    kept_password = os.environ.get("SLIPWAY_ADMIN_PASSWORD")
    server = Slipway(folder, aws=account.url if account else None, config=(CONFIG if account else {}) | more, port=port, password=kept_password or password, environment=kept)
    print("server … ", end="", flush=True)
    server.start()
    print(f"ready at {server.url}")
    return server


def shown_binary() -> str:
    """The program as it is typed here."""
    return str(BINARY.relative_to(pathlib.Path.cwd()) if BINARY.is_relative_to(pathlib.Path.cwd()) else BINARY)


def welcome(url: str, password: str | None, sandbox: bool, folder: pathlib.Path, more: str) -> None:
    shown = "$SLIPWAY_ADMIN_PASSWORD" if "SLIPWAY_ADMIN_PASSWORD" in os.environ else password or "the one of the first run"
    slipway = shown_binary()
    account = ""
    if sandbox:
        account = "\n  Jobs and endpoints made in this account take a few seconds, as in AWS; one fails whose name, configuration or model has `fail` in it.\n"
    model = "churn-classifier-v2" if sandbox else "MODEL"
    # Importing it opens a ticket for its configuration that nothing serves yet; approved, it becomes an endpoint.
    tested = f"\n  with a test job before the approval (look at the ticket on the page):\n\n    {slipway} model import credit-risk-pd --asset TEST_DATA={HOLDOUT}\n" if sandbox else ""
    third = f"{slipway} ticket approve $({slipway} ticket list --filter open:true --wait 30s -o name | head -n 1)" if sandbox else f"{slipway} model list"
    print(f"""
  open      {url}
  sign in   admin / {shown}

  then press Add Business Model and pick one, or try from another terminal:

    {slipway} login {url} -u admin
    {slipway} model import {model}
    {third}
{tested}{more}{account}
  log       {folder / 'server.log'}
  Ctrl-C stops the server{' and the sandbox account' if sandbox else ''}.""", flush=True)


if __name__ == "__main__":
    sys.exit(main())
