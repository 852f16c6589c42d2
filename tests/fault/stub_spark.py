"""A Spark home whose spark-submit is a small shell script: it writes down that it ran, does what its job's plan says, and reports as the real driver does.

A job's plan is a line of its model's source: `#plan sleep=0.3 end=returned`. Words: `sleep` seconds of work; `end` returned | raised | silent (no result at
all) | refused (the cluster cannot be reached); `code` exit status; `term=ignore` SIGTERM is not heeded; `linger` seconds after the result; `leave=1` a
process in a session of its own is left behind; `lines` of output.

The ledger has one line for each thing that happened, each written with one O_APPEND write:
    submit TAG PID    spark-submit was executed          driver TAG PID    its child was
    ending TAG END    the result is about to be there    ended TAG END     it is there
"""
from __future__ import annotations

import collections
import dataclasses
import os
import pathlib
import re

from sandbox.server import clean_environment

SUBMIT = r"""#!/bin/sh
ledger='%(ledger)s'
tag=$MODELOP_TAG attempt=${MODELOP_TAG##*-} job=${PWD%%/files}/reports
sleep=0 end=returned code=0 term= linger=0 leave= lines=1
if [ "$1" != --driver ]; then
  echo "submit $tag $$" >>"$ledger"
  "$0" --driver &
  wait $!
  exit $?
fi
while read -r word rest; do [ "$word" = '#plan' ] && eval "$rest" && break; done <model_source_code.py
echo "driver $tag $$" >>"$ledger"
if [ "$end" = refused ]; then echo 'java.net.ConnectException: Connection refused' >&2; exit 1; fi
[ "$term" = ignore ] && trap '' TERM
tell() { printf '%%s' "$2" >"$job/$1-$attempt.json.part" && mv "$job/$1-$attempt.json.part" "$job/$1-$attempt.json"; }
tell application "{\"version\":1,\"tag\":\"$tag\",\"applications\":[{\"id\":\"local-$$\",\"master\":\"local[1]\"}]}"
while [ "$lines" -gt 0 ]; do echo "hello $tag $lines"; lines=$((lines - 1)); done
[ "$leave" ] && setsid sleep 600 >/dev/null 2>&1 &
sleep "$sleep" || exit 143
echo "ending $tag $end" >>"$ledger"
case $end in
  returned) tell result "{\"version\":1,\"tag\":\"$tag\",\"outcome\":\"returned\",\"exitCode\":0,\"values\":[],\"notes\":[],\"applications\":[]}" ;;
  raised) tell result "{\"version\":1,\"tag\":\"$tag\",\"outcome\":\"raised\",\"exitCode\":1,\"error\":{\"type\":\"ValueError\",\"message\":\"planned\"}}"; code=1 ;;
esac
echo "ended $tag $end" >>"$ledger"
sleep "$linger"
exit "$code"
"""


@dataclasses.dataclass
class Seen:
    """What the ledger says of one attempt."""
    submits: int = 0
    drivers: int = 0
    pids: list[int] = dataclasses.field(default_factory=list)
    ending: str | None = None
    ended: str | None = None


class StubSpark:
    """`home` is SPARK_HOME; every process of it has `mark` in its environment."""

    def __init__(self, folder: pathlib.Path):
        self.home, self.ledger_file, self.mark = folder / "stub", folder / "ledger", str(folder / "tmp-of-stub")
        (self.home / "bin").mkdir(parents=True)
        pathlib.Path(self.mark).mkdir()
        self.ledger_file.touch()
        submit = self.home / "bin/spark-submit"
        submit.write_text(SUBMIT % {"ledger": self.ledger_file})
        submit.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        return {name: value for name, value in clean_environment().items() if not name.startswith(("SPARK_", "PYSPARK_", "HADOOP_", "YARN_"))} | {
            "SPARK_HOME": str(self.home), "TMPDIR": self.mark} | more

    def attempts(self) -> dict[str, Seen]:
        """By tag."""
        out: dict[str, Seen] = collections.defaultdict(Seen)
        for line in self.ledger_file.read_text().splitlines():
            what, tag, rest = line.split()
            if what == "submit":
                out[tag].submits += 1
                out[tag].pids.append(int(rest))
            elif what == "driver":
                out[tag].drivers += 1
                out[tag].pids.append(int(rest))
            else:
                setattr(out[tag], what, rest)
        return out

    def processes(self) -> list[int]:
        """Live processes of this home, whoever their parent is."""
        return [pid for pid in pids() if self.mark.encode() in read_of(pid, "environ") and state_of(pid) not in "ZX" and b"slipway" not in read_of(pid, "cmdline")]


def pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def read_of(pid: int, name: str) -> bytes:
    try:
        return pathlib.Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def tag_of(pid: int) -> str | None:
    """Of the attempt that a process belongs to, whether it has written a line or not."""
    found = re.search(rb"\bmmj-[0-9a-f-]+-[0-9]+\b", read_of(pid, "environ") + b"\0" + read_of(pid, "cmdline"))
    return found.group().decode() if found else None


def state_of(pid: int) -> str:
    """A zombie is dead. `X` where there is no such process."""
    text = read_of(pid, "stat").decode(errors="replace")
    return text.rpartition(")")[2].split()[0] if text else "X"


def supervisors(jobs: pathlib.Path) -> dict[int, str]:
    """Live `slipway-jobd` processes of the folders below `jobs`, by process id, with the job's id."""
    found = {}
    for pid in pids():
        words = read_of(pid, "cmdline").split(b"\0")
        if words[0].endswith(b"slipway-jobd") and len(words) > 2 and pathlib.Path(os.fsdecode(words[1])).parent == jobs and state_of(pid) not in "ZX":
            found[pid] = pathlib.Path(os.fsdecode(words[1])).name
    return found


