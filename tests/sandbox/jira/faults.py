"""Rules of the fake: which call meets which fault."""
from __future__ import annotations

import fnmatch
import itertools
import threading

from sandbox.aws_proxy.rules import TokenBucket

# fault: what happens, and the members of a rule that shape it. For operation `webhook`: duplicate, lost, late (after the next one), unsigned, forged.
FAULTS = {
    "status": "`status` (503) with `messages` and `errors`; 401, 403, 404, 409, 413, 422 have Jira's own words",
    "throttle": "429, with `Retry-After` of `retry_after` seconds where that is given, and Cloud's `RateLimit-Reason` of `reason`; `rate` calls a second with `burst` go through, without `rate` none",
    "html": "a page, `status` (200)",
    "lost": "carried out, then RST instead of the answer",
    "reset": "RST, nothing done",
    "stall": "no answer until the rule is taken away, then RST",
    "hold": "waits until the rule is taken away, then goes on",
    "slow": "waits `seconds` (1), then goes on",
    "garbage": "half a JSON document",
    "empty_page": "a search page without issues and with a token",
    "duplicate": "a webhook twice, with the same identifier",
    "late": "a webhook after the one that follows it",
    "unsigned": "a webhook without its signature",
    "forged": "a webhook with a wrong signature",
}
WORDS = {
    401: "Client must be authenticated to access this resource.",
    403: "You do not have permission to perform this operation.",
    404: "Issue does not exist or you do not have permission to see it.",
    409: "The issue could not be updated because of a conflicting update. Please try again.",
    413: "The request entity is too large.",
    422: "The request could not be processed because of a configuration problem.",
    500: "Internal server error",
    503: "Service temporarily unavailable",
}


class Rule:
    """{"fault": …, "operation": pattern, "times": at most, "after": calls let through first, "carried_out": true for a fault after the call has had its effect, …}"""
    numbers = itertools.count(1)

    def __init__(self, given: dict):
        if given.get("fault") not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(FAULTS)}, not {given.get('fault')!r}")
        self.id = next(self.numbers)
        self.given = given
        self.fault: str = given["fault"]
        self.carried_out: bool = given.get("carried_out", self.fault == "lost")
        self.bucket = TokenBucket(given["rate"], given.get("burst", 1)) if "rate" in given else None
        self.left, self.after = given.get("times"), given.get("after", 0)
        self.released = threading.Event()
        self.waiting = 0

    def meets(self, operation: str) -> bool:
        """True when the fault happens to this call. Counts: ask once for each call, under the site's lock."""
        pattern = self.given.get("operation", "*")
        if self.released.is_set() or not fnmatch.fnmatchcase(operation, pattern) or (operation == "webhook") != (pattern == "webhook"):
            return False
        if self.bucket:
            return not self.bucket.take()
        if self.after > 0:
            self.after -= 1
            return False
        if self.left is None:
            return True
        self.left -= 1
        return self.left >= 0
