"""How long steps take and how they end. No moto here."""
from __future__ import annotations

import dataclasses
import fnmatch

# step: its ends, the good one first
ENDS = {
    "endpoint": ("InService", "Failed"),
    "endpoint-update": ("InService", "RolledBack", "UpdateRollbackFailed"),
    "endpoint-delete": ("gone",),
    "transform-job": ("Completed", "Failed", "Stopped"),
    "training-job": ("Completed", "Failed", "Stopped"),
    "stop": ("Stopped", "Failed"),
}
KINDS = ("model", "endpoint-config", "endpoint", "transform-job", "training-job")
REASONS = {
    "endpoint": "The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.",
    "endpoint-update": "The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.",
    "transform-job": "ClientError: See job logs for more information: 3 of 41 objects could not be parsed as text/csv",
    "training-job": "AlgorithmError: See job logs for more information: ValueError: Input contains NaN, exit code: 1",
    "stop": "InternalServerError: We encountered an internal error. Please try again.",
}


@dataclasses.dataclass
class Script:
    """Ends up to `times` steps whose object's name fits."""
    step: str
    name: str = "*"
    end: str | None = None
    reason: str | None = None
    seconds: float | None | str = "planned"
    times: int = 1

    def __post_init__(self):
        if self.step not in ENDS:
            raise ValueError(f"step must be one of {', '.join(ENDS)}, not {self.step!r}")
        self.end = self.end or ENDS[self.step][0]
        check_end(self.step, self.end)


def check_end(step: str, end: str) -> None:
    if end not in ENDS[step]:
        raise ValueError(f"{step} ends as {' or '.join(ENDS[step])}, not as {end!r}")


@dataclasses.dataclass(frozen=True)
class Outcome:
    end: str
    reason: str
    seconds: float  # may be infinite


class Plan:
    """Not thread-safe: its owner locks."""

    def __init__(self):
        self.reset()

    def reset(self) -> None:
        self.on = False
        self.seconds: dict[str, float | None] = dict.fromkeys(ENDS, 0.0)
        self.failing: str | None = None
        self.hidden: dict[str, dict[str, float]] = {}
        self.roles = False
        self.scripts: list[Script] = []

    def change(self, given: dict) -> None:
        """Takes over the members of `given`; ValueError, and nothing changed, where one makes no sense."""
        unknown = set(given) - {"on", "seconds", "failing", "hidden", "roles"} | set(given.get("seconds", {})) - set(ENDS) | set(given.get("hidden", {})) - set(KINDS)
        if unknown:
            raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
        self.on = bool(given.get("on", self.on))
        self.seconds |= given.get("seconds", {})
        self.failing = given.get("failing", self.failing)
        self.hidden |= given.get("hidden", {})
        self.roles = bool(given.get("roles", self.roles))

    def outcome(self, step: str, names: list[str]) -> Outcome:
        """The end of a step that begins: scripts look at the first of `names`, which is the object's own, the failing pattern at all of them."""
        script = next((script for script in self.scripts if script.step == step and fnmatch.fnmatchcase(names[0], script.name)), None)
        if script:
            script.times -= 1
            if not script.times:
                self.scripts.remove(script)
            seconds = self.seconds[step] if script.seconds == "planned" else script.seconds
            return Outcome(script.end, script.reason or REASONS.get(step, ""), as_seconds(seconds))
        fails = self.failing and step not in ("stop", "endpoint-delete") and any(fnmatch.fnmatchcase(one, self.failing) for one in names)
        return Outcome(ENDS[step][1 if fails else 0], REASONS.get(step, ""), as_seconds(self.seconds[step]))


def as_seconds(seconds: float | None) -> float:
    return float("inf") if seconds is None else float(seconds)
