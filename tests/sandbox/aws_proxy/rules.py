"""Rules: which call meets which fault. No sockets here."""
from __future__ import annotations

import fnmatch
import itertools
import threading
import time

from sandbox.aws_proxy.call import Call
from sandbox.aws_proxy.paging import LISTS

# fault: what happens, and the members of a rule that shape it
FAULTS = {
    "throttle": "ThrottlingException; `rate` calls a second with `burst` go through (`each`: for every operation apart), without `rate` none",
    "denied": "AccessDeniedException",
    "error": "`status` (503) with `code` and `message`",
    "unknown_key": "the access key is unknown: revoked",
    "expired": "the session token has expired",
    "role_deleted": "calls that name a role (`role`, a pattern of its ARN) are told that nobody may assume it",
    "reset": "RST instead of an answer",
    "stall": "no answer; the connection is cut when the rule is taken away",
    "hold": "waits until the rule is taken away, then goes on",
    "slow": "waits `seconds` (1), then goes on",
    "lost": "carried out, then RST instead of the answer",
    "garbage": "bytes that are no HTTP",
    "html": "a page instead of an answer, `status` (502)",
    "half": "all headers, half of the body they promise",
    "skew": "a clock `seconds` ahead: `Date`, and signatures refused that are five minutes away from it",
    "empty_page": "a list without rows and with a token",
}


class TokenBucket:
    def __init__(self, rate: float, burst: float):
        self.rate, self.burst, self.level, self.at = rate, burst, burst, time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.level, self.at = min(self.burst, self.level + (now - self.at) * self.rate), now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Rule:
    """{"fault": …, "operation": "List*", "times": at most, "after": calls let through first, "key": only of this access key, "name": pattern of the object's name,
    "carried_out": true for a fault after the call has had its effect, …}"""
    numbers = itertools.count(1)

    def __init__(self, given: dict):
        if given.get("fault") not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(sorted(FAULTS))}, not {given.get('fault')!r}")
        self.id = next(self.numbers)
        self.given = given
        self.fault: str = given["fault"]
        self.carried_out: bool = given.get("carried_out", self.fault in ("lost", "half"))
        self.left = given.get("times")
        self.after = given.get("after", 0)
        self.buckets: dict[str, TokenBucket] | None = {} if self.fault == "throttle" and "rate" in given else None
        self.released = threading.Event()
        self.waiting = 0

    def meets(self, call: Call) -> bool:
        """True when the fault happens to this call. Counts: ask once for each call, under the proxy's lock."""
        if self.released.is_set() or not self.concerns(call):
            return False
        if self.buckets is not None:
            return not self.bucket_of(call).take()
        if self.after > 0:
            self.after -= 1
            return False
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0

    def concerns(self, call: Call) -> bool:
        given = self.given
        if not fnmatch.fnmatchcase(call.operation, given.get("operation", "*")) or given.get("key", call.access_key) != call.access_key:
            return False
        if "name" in given and not fnmatch.fnmatchcase(call.name, given["name"]):
            return False
        if self.fault == "role_deleted":
            roles = [call.parameters.get(member) for member in ("RoleArn", "ExecutionRoleArn")]
            return any(role and fnmatch.fnmatchcase(role, given.get("role", "*")) for role in roles)
        return self.fault != "empty_page" or call.operation in LISTS

    def bucket_of(self, call: Call) -> TokenBucket:
        key = call.operation if self.given.get("each") else ""
        if key not in self.buckets:
            self.buckets[key] = TokenBucket(self.given["rate"], self.given.get("burst", 1))
        return self.buckets[key]


def scripted(operation: str, steps: list, **more) -> list[dict]:
    """One rule for each step that is not `pass`: the n-th matching call meets the n-th step."""
    given = []
    for number, step in enumerate(steps):
        if step != "pass":
            given.append({**more, **(step if isinstance(step, dict) else {"fault": step}), "operation": operation, "after": number, "times": 1})
    return given
