"""Measures what design page 9 promises, ours and the peer's in one run, and prints a table.

usage: ./dev bench [NAME…] [--peers]      NAME: client identity import lifecycle server spark start sync web store http; all of them without one
"""
from __future__ import annotations

import argparse
import pathlib
import tempfile

from bench import client, identity, imports, programs, server, spark, start, sync, web

PARTS = {"client": client.measure, "identity": identity.measure, "import": imports.measure, "lifecycle": programs.measure_lifecycle, "server": server.measure, "spark": spark.measure, "start": start.measure, "sync": sync.measure, "web": web.measure,
         "store": programs.measure_store, "http": programs.measure_http}


def main() -> int:
    options = argparse.ArgumentParser(prog="./dev bench")
    options.add_argument("names", nargs="*", choices=[[], *PARTS], metavar="NAME", help=", ".join(PARTS))
    options.add_argument("--peers", action="store_true", help="measure MLflow and Operaton beside us too (installs them: about 850 and 36 MB)")
    given = options.parse_args()
    for name in given.names or PARTS:
        with tempfile.TemporaryDirectory(prefix=f"slipway-bench-{name}-") as folder:
            print(f"\n{name}", flush=True)
            for row in PARTS[name](pathlib.Path(folder), given.peers):
                print("  " + row, flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
