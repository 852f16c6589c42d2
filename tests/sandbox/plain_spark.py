"""A Spark home whose spark-submit runs the driver by plain Python: for jobs whose model opens no session, without the seconds of a JVM."""
from __future__ import annotations

import pathlib

from sandbox.server import clean_environment

PYTHON = "/usr/bin/python3"  # one that any user of the host may run


class PlainSpark:
    def __init__(self, folder: pathlib.Path):
        self.home = folder / "plain-spark"
        (self.home / "bin").mkdir(parents=True)
        submit = self.home / "bin/spark-submit"
        submit.write_text(f'#!/bin/sh\nfor last; do :; done\nexec {PYTHON} "$last"\n')
        submit.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in clean_environment().items() if not name.startswith(("SPARK_", "PYSPARK_", "PYTHON"))}
        return kept | {"SPARK_HOME": str(self.home)} | more
