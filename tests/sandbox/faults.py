"""Rules of the fault proxy: which request meets which fault, and what AWS would answer. No sockets here."""
from __future__ import annotations

import dataclasses
import datetime
import email.utils
import fnmatch
import itertools
import json
import re
import threading
import time

FAULTS = {"throttle", "denied", "error", "reset", "slow", "html", "half", "skew", "empty_page", "hold", "unknown_key"}

LISTS = {  # operation → (member of the answer, member with the name)
    "ListModels": ("Models", "ModelName"),
    "ListTrainingJobs": ("TrainingJobSummaries", "TrainingJobName"),
    "ListTransformJobs": ("TransformJobSummaries", "TransformJobName"),
    "ListEndpointConfigs": ("EndpointConfigs", "EndpointConfigName"),
    "ListEndpoints": ("Endpoints", "EndpointName"),
    "Search": ("Results", "Name"),
}


@dataclasses.dataclass
class Call:
    """A request as the client sent it."""
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def service(self) -> str:
        """From the credential scope of the signature, `sts` for unsigned forms."""
        found = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", self.header("authorization"))
        return found.group(1) if found else "sagemaker" if self.header("x-amz-target") else "sts"

    @property
    def access_key(self) -> str:
        found = re.search(r"Credential=([^/]+)/", self.header("authorization"))
        return found.group(1) if found else ""

    @property
    def operation(self) -> str:
        """`DescribeModel`, `AssumeRoleWithWebIdentity`, or `GET /bucket/key` where the protocol has no name for it."""
        target = self.header("x-amz-target")
        if target:
            return target.rsplit(".", 1)[-1]
        form = re.search(rb"(?:^|&)Action=([A-Za-z]+)", self.body)
        return form.group(1).decode() if form else f"{self.method} {self.path.split('?')[0]}"

    def parameters(self) -> dict:
        try:
            value = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


@dataclasses.dataclass
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes


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
    """{"operation": "List*", "fault": …, "times": most often, "after": calls let through first, "key": only of this access key, …}"""
    numbers = itertools.count(1)

    def __init__(self, given: dict):
        if given.get("fault") not in FAULTS:
            raise ValueError(f"fault must be one of {', '.join(sorted(FAULTS))}, not {given.get('fault')!r}")
        self.id = next(self.numbers)
        self.given = given
        self.fault: str = given["fault"]
        self.left = given.get("times")
        self.after = given.get("after", 0)
        self.bucket = TokenBucket(given.get("rate", 1), given.get("burst", 1)) if self.fault == "throttle" else None
        self.released = threading.Event()
        self.waiting = 0

    def meets(self, call: Call) -> bool:
        """True when the fault happens to this call. Counts: ask once for each call, under the proxy's lock."""
        if not fnmatch.fnmatchcase(call.operation, self.given.get("operation", "*")):
            return False
        if self.given.get("key", call.access_key) != call.access_key or self.released.is_set():
            return False
        if self.fault == "empty_page" and call.operation not in LISTS:
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


def refusal(call: Call, status: int, code: str, message: str) -> Reply:
    """An error as AWS spells it in the protocol of the call."""
    request_id = ("x-amzn-RequestId", "c0ffee00-0000-4000-8000-000000000001")
    if call.header("x-amz-target"):
        body = json.dumps({"__type": code, "message": message}).encode()
        return Reply(status, [("Content-Type", "application/x-amz-json-1.1"), request_id], body)
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>".encode()
    return Reply(403 if status == 400 else status, [("Content-Type", "text/xml"), request_id], body)


def answer_of(rule: Rule, call: Call) -> Reply:
    """The answer of those faults that are an answer by themselves."""
    given = rule.given
    if rule.fault == "throttle":
        return refusal(call, 400, "ThrottlingException", "Rate exceeded")
    if rule.fault == "denied":
        action = f"{call.service}:{call.operation}"
        return refusal(call, 400, "AccessDeniedException", f"User: arn:aws:iam::123456789012:user/slipway is not authorized to perform: {action} "
                                                           f"because no identity-based policy allows the {action} action")
    if rule.fault == "unknown_key":
        code = "UnrecognizedClientException" if call.header("x-amz-target") else "InvalidClientTokenId"
        return refusal(call, 400, code, "The security token included in the request is invalid.")
    if rule.fault == "html":
        return Reply(given.get("status", 502), [("Content-Type", "text/html")], b"<html><head><title>502 Bad Gateway</title></head><body>proxy error</body></html>")
    if rule.fault == "empty_page":
        member, _ = LISTS[call.operation]
        return Reply(200, [("Content-Type", "application/x-amz-json-1.1")], json.dumps({member: [], "NextToken": f"proxy-{rule.id}"}).encode())
    return refusal(call, given.get("status", 503), given.get("code", "ServiceUnavailable"), given.get("message", "The service is temporarily unavailable."))


def skewed(call: Call, seconds: float) -> tuple[str, Reply | None]:
    """The Date of a clock that is `seconds` ahead, and AWS's refusal if the signature is more than five minutes away from it."""
    clock = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    date = email.utils.format_datetime(clock, usegmt=True)
    signed = call.header("x-amz-date")
    if not signed:
        return date, None
    at = datetime.datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((clock - at).total_seconds()) <= 300:
        return date, None
    reply = refusal(call, 400, "InvalidSignatureException", f"Signature expired: {signed} is now earlier than {clock - datetime.timedelta(minutes=5):%Y%m%dT%H%M%SZ}")
    return date, reply


def page_like_aws(call: Call, everything: list[dict]) -> dict:
    """Filters, sorts and cuts a whole list as AWS does; moto does not for models and jobs."""
    member, name = LISTS[call.operation]
    wanted = call.parameters()
    rows = [row for row in everything if wanted.get("NameContains", "").lower() in row[name].lower() and within(row, wanted)]
    key = name if wanted.get("SortBy") == "Name" else "CreationTime"
    rows.sort(key=lambda row: row.get(key), reverse=wanted.get("SortOrder", "Descending") == "Descending")
    first = int(wanted["NextToken"].removeprefix("at-")) if wanted.get("NextToken", "").startswith("at-") else 0
    last = first + int(wanted.get("MaxResults", 10))
    return {member: rows[first:last], **({"NextToken": f"at-{last}"} if last < len(rows) else {})}


def within(row: dict, wanted: dict) -> bool:
    for member in ("CreationTime", "LastModifiedTime"):
        at = row.get(member)
        if at is None:
            continue
        if f"{member}After" in wanted and not at > wanted[f"{member}After"] or f"{member}Before" in wanted and not at < wanted[f"{member}Before"]:
            return False
    return next((row[m] for m in row if m.endswith("Status")), None) == wanted["StatusEquals"] if "StatusEquals" in wanted else True
