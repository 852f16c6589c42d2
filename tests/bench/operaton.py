"""Operaton 1.0.3, a fork of Camunda 7, for comparison: the same ten tasks, each a durable transaction of its own, on PostgreSQL."""
from __future__ import annotations

import shutil
import subprocess
import tempfile

from sandbox.process import ROOT

VERSION = "1.0.3"
SOURCE = ROOT / "tests/peers/operaton"
HOME = ROOT / "build/peers/operaton"
INSTANCES = 400
WARM_UP_SECONDS = 15
JAVA = "/usr/lib/jvm/java-17-openjdk-amd64/bin/java"


def install() -> None:
    """From Maven (36 MB), when its sources here are not those that were built."""
    wanted = "".join(file.read_text() for file in sorted(SOURCE.rglob("*")) if file.is_file())
    done = HOME / "done"
    if done.exists() and done.read_text() == wanted:
        return
    shutil.rmtree(HOME, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix="slipway-operaton-") as scratch:  # Maven writes beside its pom
        shutil.copytree(SOURCE, scratch, dirs_exist_ok=True)
        subprocess.run(["mvn", "-B", "-q", "-f", f"{scratch}/pom.xml", "compile", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies",
                        "-DincludeScope=runtime", f"-DoutputDirectory={HOME}/lib"], check=True)
        shutil.copytree(f"{scratch}/target/classes", HOME / "classes")
    done.write_text(wanted)


def measure(url: str) -> dict[str, float]:
    """Instances a second by kind: `external` tasks and `async` service tasks. `url` is of an empty database."""
    install()
    user, address = url.removeprefix("postgresql://").split("@")
    done = subprocess.run([JAVA, "-Xmx1g", "-cp", f"{HOME}/classes:{HOME}/lib/*", "peer.Operaton", f"jdbc:postgresql://{address}?user={user}", str(INSTANCES),
                           str(WARM_UP_SECONDS)], capture_output=True, text=True, check=True)
    return {kind: float(rate) for kind, rate in (line.split() for line in done.stdout.splitlines())}
