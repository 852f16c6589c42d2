"""Kills the Spark runtime, its supervisors, their programs and the server at random moments and at every crash point that can be seen from outside, then
counts: each attempt executed once, each job ended truly, nothing left behind.

usage: python -m fault.spark [ROUNDS] [SEED]     exits 1 when anything was lost, doubled, untrue or left
"""
from __future__ import annotations

import dataclasses
import glob
import pathlib
import random
import sys
import tempfile
import time

from fault.spark_strikes import SEEN_AT, STRIKES, Strikes, end
from fault.stub_spark import Seen, StubSpark, supervisors
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark_runtime import ENDED, SparkRuntime, job_document, machine_client

SETTINGS = {"master": "local[1]", "pollInterval": "1s", "maxConcurrentSubmissions": 16}


@dataclasses.dataclass
class Plan:
    words: str
    end: str = "returned"

    def source(self) -> str:
        return f"#plan {self.words} end={self.end}\n# modelop.score\ndef score(a, b, c): pass\n"


def random_plan(dice: random.Random) -> Plan:
    work = f"sleep={dice.choice([0, 0.05, 0.3, 1])} lines={dice.choice([1, 3, 200])}"
    return dice.choice([Plan(work)] * 6 + [Plan(work, "raised"), Plan(work, "silent"), Plan("", "refused"), Plan(f"{work} linger=2"), Plan(f"{work} leave=1"),
                                           Plan(f"{work} code=3"), Plan("sleep=600"), Plan("sleep=600 term=ignore")])


@dataclasses.dataclass
class Posted:
    plan: Plan
    cancelled: bool = False


def matching(folder: pathlib.Path, pattern: str) -> list[pathlib.Path]:
    """As Path.glob(), in folders that vanish while one looks."""
    return [folder / name for name in glob.iglob(pattern, root_dir=folder)]


class SparkCampaign(Strikes):
    strikes, seen_at = STRIKES, SEEN_AT

    def __init__(self, folder: pathlib.Path, dice: random.Random):
        self.dice, self.stub, self.folder = dice, StubSpark(folder), folder
        self.server = Slipway(folder / "server")
        self.edge: SparkRuntime | None = None
        self.twin: SparkRuntime | None = None  # another one under the same name: it must do nothing
        self.jobs: dict[str, Posted] = {}
        self.struck: dict[str, str] = {}  # tag → what of it was killed
        self.journal_lost = False
        self.counts: dict[str, int] = {}

    def start(self) -> "SparkCampaign":
        self.server.start()
        self.admin = Rest.sign_in(self.server.url, "admin", PASSWORD)
        client = machine_client(self.admin, "edge")  # one for both hosts, as people have it
        self.edge, self.twin = (SparkRuntime(self.folder / name, self.server.url, client, self.settings(), spark=self.stub) for name in ("one", "two"))
        self.edge.start().wait_enrolled()
        self.twin.start()
        return self

    @property
    def folders(self) -> pathlib.Path:
        return self.edge.data / "jobs"

    def settings(self) -> dict:
        return SETTINGS

    def random_plan(self) -> Plan:
        return random_plan(self.dice)

    def stop(self) -> None:
        for runtime in (self.twin, self.edge):
            if runtime:
                runtime.stop()
        for pid in [*(pid for one in (self.edge, self.twin) if one for pid in supervisors(one.data / "jobs")), *self.stub.processes()]:
            end(pid)
        self.server.stop()

    def round(self, strike: str | None = None, most: int = 8) -> None:
        """Some jobs, one strike, everything up again."""
        strike = strike or self.dice.choice(self.strikes)
        self.counts[strike] = self.counts.get(strike, 0) + 1
        before = set(self.paths())
        for _ in range(self.dice.randint(2, most)):
            self.post(self.random_plan())
        if strike in self.seen_at:
            self.await_new(self.seen_at[strike], before)
        else:
            time.sleep(self.dice.uniform(0, 0.5))  # the fault itself: a random moment
        getattr(self, f"strike_{strike.lower()}", self.strike_edge)()
        self.everything_up()
        if self.dice.random() < 0.3:
            self.cancel_some()

    def everything_up(self) -> None:
        if not self.edge.process.running():
            self.edge.start()
            self.edge.wait_enrolled()
        if not self.twin.process.running():
            self.twin.start()

    def restart(self) -> None:
        self.edge.kill()
        self.everything_up()

    def job(self, identifier: str) -> dict:
        return self.admin.get(f"{MODEL_MANAGE}/jobs/{identifier}")

    def kill_supervisor_of(self, identifier: str) -> None:
        for pid, job in supervisors(self.folders).items():
            if job == identifier:
                end(pid)

    def post(self, plan: Plan) -> str:
        identifier = self.admin.post(f"{MODEL_MANAGE}/jobs", job_document(plan.source()))["id"]
        self.jobs[identifier] = Posted(plan)
        return identifier

    def places(self) -> list[pathlib.Path]:
        """Folders with one for each job in it."""
        return [self.folders]

    def paths(self) -> list[pathlib.Path]:
        return [path for place in self.places() for pattern in ("*/*", "*/*/*") for path in matching(place, pattern)]

    def await_new(self, name: str, before: set[pathlib.Path], patience: float = 8) -> None:
        """Until a file of that name is there that was not there before; a round without one is a random moment."""
        limit = time.monotonic() + patience
        while time.monotonic() < limit and not any(path not in before for place in self.places() for path in matching(place, f"*/{name}")):
            time.sleep(0.0005)

    def cancel_some(self) -> None:
        running = [identifier for identifier, posted in self.jobs.items() if not posted.cancelled]
        for identifier in self.dice.sample(running, k=min(3, len(running))):
            self.cancel(identifier)

    def cancel(self, identifier: str) -> None:
        self.jobs[identifier].cancelled = True
        answer = self.admin.send("POST", f"{MODEL_MANAGE}/jobs/{identifier}/cancel")
        assert answer.status_code in (200, 409), answer.text

    def settle(self, timeout: float = 120) -> None:
        """Everything up; what would run for ever is cancelled; until every job has ended and nothing of any is left."""
        if not self.edge.process.running():
            self.edge.start()
        for identifier, posted in self.jobs.items():
            if "sleep=600" in posted.plan.words and not posted.cancelled:
                self.cancel(identifier)
        wait_until(lambda: not self.unended(), "every job has ended", timeout, every=0.5)
        wait_until(lambda: not self.left(), "nothing is left behind", 30, every=0.2)

    def explain(self) -> None:
        """What is known when a campaign breaks off."""
        if self.edge and self.edge.process.running():
            print(self.edge.health()["components"])
            for identifier in self.unended()[:5]:
                job = self.job(identifier)
                print(identifier, self.jobs[identifier], job["jobStatus"], job.get("owner"), job["jobMessages"][-3:], sorted(path.name for path in (self.folders / identifier).glob("*")))
            print(self.left()[:10])
            print(self.edge.log()[-4000:])

    def unended(self) -> list[str]:
        rows = {row["id"]: row["jobStatus"] for row in self.admin.every("jobs")}
        return [identifier for identifier in self.jobs if rows[identifier] not in ENDED]

    def left(self) -> list[str]:
        found = []
        for runtime in (self.edge, self.twin):
            jobs = runtime.data / "jobs"
            found += [*jobs.glob("*"), *(runtime.data / "staging").glob("*"), *supervisors(jobs)]
        return [str(one) for one in (*found, *self.stub.processes())]

    def faults(self) -> list[str]:
        """Every promise that was broken, one line each."""
        ledger, out, known = self.stub.attempts(), [], set()
        for identifier, posted in self.jobs.items():
            job = self.job(identifier)
            recorded = [one["tag"] for one in self.admin.get(f"{MODEL_MANAGE}/jobs/{identifier}/attempts")["_embedded"]["attempts"]]
            known |= set(recorded)
            said = [(tag, ledger.get(tag, Seen())) for tag in recorded]
            out += [f"{identifier} ({posted.plan.words} {posted.plan.end}, {job['jobStatus']}: {job.get('statusReason')}): {fault}" for fault in self.faults_of(job, posted, said)]
        out += [f"{tag} was executed without a record" for tag in ledger if tag not in known]
        return out + [f"left: {one}" for one in self.left()]

    def faults_of(self, job: dict, posted: Posted, attempts: list[tuple[str, Seen]]):
        status, reason = job["jobStatus"], job.get("statusReason") or ""
        for tag, seen in attempts:
            if seen.submits > 1 or seen.drivers > 1:
                yield f"{tag} was executed {seen.submits} times"
            if seen.submits == 0 and tag not in self.struck and not self.may_have_no_run(status, reason):
                yield f"{tag} was recorded and never executed"
        if len(attempts) > 1 and posted.plan.end != "refused":
            yield f"{len(attempts)} attempts"
        if posted.plan.end == "refused" and "Connection refused" in reason and len(attempts) != 3 and not self.journal_lost:
            yield f"gave up after {len(attempts)} attempts"
        if "taken away" in reason:
            yield "its folder was taken away by nobody"
        last = attempts[-1][1] if attempts else Seen()
        struck = any(tag in self.struck for tag, _ in attempts)
        if status == "COMPLETE" and last.ending != "returned":
            yield "COMPLETE without a return"
        if last.ended == "returned" and status != "COMPLETE":
            yield "returned and not COMPLETE"
        if status == "CANCELLED" and not posted.cancelled:
            yield "CANCELLED by nobody"
        # What the cluster refused was not launched: it is cancelled between two tries.
        if "before it was launched" in reason and posted.plan.end != "refused" and any(seen.drivers for _, seen in attempts):
            yield "was launched"
        if status == "ERROR" and posted.plan.end == "returned" and last.ended is None and not struck and not self.may_have_no_run(status, reason):
            yield "ERROR of a run that nobody struck"
        if status == "ERROR" and not reason:
            yield "ERROR without a reason"
        if status == "COMPLETE":
            yield from self.faults_of_output(job, posted, attempts[-1][0])

    def may_have_no_run(self, status: str, reason: str) -> bool:
        """An attempt that was never executed is no fault."""
        return status == "CANCELLED" or "knows nothing of it" in reason and self.journal_lost

    def faults_of_output(self, job: dict, posted: Posted, tag: str):
        lines = next((int(word[6:]) for word in posted.plan.words.split() if word.startswith("lines=")), 1)
        expected = "".join(f"hello {tag} {number}\n" for number in range(lines, 0, -1))
        log = self.admin.send("GET", f"{MODEL_MANAGE}/jobs/{job['id']}/logs/stdout").text
        if log != expected:
            yield f"its log has {len(log)} bytes of {len(expected)}"
        told = sum(f"stdout: hello {tag}" in line for line in job["jobMessages"])
        if told != lines and not self.journal_lost:
            yield f"{told} of {lines} lines in its messages"
        taken = sum("Taken by runtime" in line for line in job["jobMessages"])
        if taken != 1 and not self.journal_lost:
            yield f"taken {taken} times"


def main(kind: type[SparkCampaign] = SparkCampaign) -> int:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(10**6)
    print(f"seed {seed}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="slipway-fault-spark-", ignore_cleanup_errors=True) as folder:
        campaign = kind(pathlib.Path(folder), random.Random(seed))
        try:
            campaign.start()
            for number in range(rounds):
                campaign.round()
                print(f"\r{number + 1} of {rounds} rounds, {len(campaign.jobs)} jobs", end="", flush=True)
            print()
            campaign.settle()
            faults = campaign.faults()
        except Exception:
            campaign.explain()
            raise
        finally:
            campaign.stop()
    print(*faults, sep="\n")
    print(f"seed {seed}: {rounds} rounds, {len(campaign.jobs)} jobs, strikes {campaign.counts} in {time.monotonic() - begin:.0f} s: {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
