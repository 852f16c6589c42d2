"""A private PostgreSQL cluster for as long as somebody needs it: tests/peers/postgres in Python."""
from __future__ import annotations

import pathlib
import shutil
import subprocess
import tempfile

from sandbox.process import ROOT

SCRIPT = ROOT / "tests/peers/postgres"


class Postgres:
    """One cluster; `database` makes a fresh, empty database in it."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-postgres-"))
        self.folder.chmod(0o755)  # user postgres must get in
        self.url = self._run("start").strip()
        self.made = 0

    def _run(self, verb: str) -> str:
        done = subprocess.run([SCRIPT, verb, self.folder], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{verb}: {done.stdout}{done.stderr}"
        return done.stdout

    def database(self) -> str:
        """Address of a new database."""
        self.made += 1
        name = f"slipway_{self.made}"
        self.sql(f"CREATE DATABASE {name}")
        return self.url.rsplit("/", 1)[0] + f"/{name}"

    def sql(self, text: str, url: str | None = None) -> list[list[str]]:
        """Rows of a statement, as text."""
        done = subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-qAt", "-F", "\t", url or self.url, "-c", text],
                              capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr
        return [line.split("\t") for line in done.stdout.splitlines()]

    def dump(self, url: str) -> str:
        """Everything that is stored, as text: for searches."""
        return subprocess.run(["/usr/lib/postgresql/15/bin/pg_dump", "--inserts", url], capture_output=True, text=True, timeout=120, check=True).stdout

    def stop(self) -> None:
        self._run("stop")
        shutil.rmtree(self.folder, ignore_errors=True)
