"""What AWS says when it refuses, in the protocol of the call."""
from __future__ import annotations

import datetime
import email.utils
import json

from sandbox.aws_proxy.call import Call
from sandbox.aws_proxy.paging import LISTS
from sandbox.aws_proxy.rules import Rule
from sandbox.aws_proxy.wire import Reply

JSON = "application/x-amz-json-1.1"
REQUEST_ID = ("x-amzn-RequestId", "c0ffee00-0000-4000-8000-000000000001")
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>proxy error</body></html>"
GARBAGE = bytes(range(128, 256)) * 4


def refusal(call: Call, status: int, code: str, message: str) -> Reply:
    """An error as AWS spells it in the protocol of the call."""
    if call.target:
        return Reply(status, [("Content-Type", JSON), REQUEST_ID], json.dumps({"__type": code, "message": message}).encode())
    body = f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    if call.service == "s3":
        body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message><RequestId>C0FFEE</RequestId></Error>'
    return Reply(status, [("Content-Type", "text/xml"), REQUEST_ID], body.encode())


def throttled(call: Call) -> Reply:
    if call.service == "s3":
        return refusal(call, 503, "SlowDown", "Please reduce your request rate.")
    return refusal(call, 400, "ThrottlingException" if call.target else "Throttling", "Rate exceeded")


def denied(call: Call) -> Reply:
    action = f"{call.service}:{call.operation}"
    return refusal(call, 400 if call.target else 403, "AccessDeniedException" if call.target else "AccessDenied",
                   f"User: arn:aws:iam::123456789012:user/slipway is not authorized to perform: {action} because no identity-based policy allows the {action} action")


def unknown_key(call: Call) -> Reply:
    code = "UnrecognizedClientException" if call.target else "InvalidAccessKeyId" if call.service == "s3" else "InvalidClientTokenId"
    return refusal(call, 400 if call.target else 403, code, "The security token included in the request is invalid.")


def expired(call: Call) -> Reply:
    return refusal(call, 400 if call.service != "sts" else 403, "ExpiredTokenException" if call.target else "ExpiredToken", "The security token included in the request is expired")


def role_deleted(call: Call) -> Reply:
    role = call.parameters.get("RoleArn") or call.parameters.get("ExecutionRoleArn")
    if call.service == "sts":
        return refusal(call, 403, "AccessDenied", f"Not authorized to perform sts:{call.operation}")
    return refusal(call, 400, "ValidationException", f"Could not assume role {role}. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.")


def error(call: Call, given: dict) -> Reply:
    status = given.get("status", 503)
    code = given.get("code", "InternalFailure" if status == 500 else "ServiceUnavailable")
    return refusal(call, status, code, given.get("message", "The service is temporarily unavailable."))


PLAIN = {"throttle": throttled, "denied": denied, "unknown_key": unknown_key, "expired": expired, "role_deleted": role_deleted}


def answer_of(rule: Rule, call: Call) -> Reply:
    """The answer of those faults that are an answer by themselves."""
    if rule.fault in PLAIN:
        return PLAIN[rule.fault](call)
    if rule.fault == "html":
        return Reply(rule.given.get("status", 502), [("Content-Type", "text/html")], PAGE)
    if rule.fault == "empty_page":
        return Reply(200, [("Content-Type", JSON)], json.dumps({LISTS[call.operation][0]: [], "NextToken": f"proxy-{rule.id}"}).encode())
    return error(call, rule.given)


def skewed(call: Call, seconds: float) -> tuple[str, Reply | None]:
    """The Date of a clock that is `seconds` ahead, and AWS's refusal if the signature is more than five minutes away from it."""
    clock = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    date = email.utils.format_datetime(clock, usegmt=True)
    signed = call.request.header("x-amz-date")
    if not signed:
        return date, None
    at = datetime.datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    if abs((clock - at).total_seconds()) <= 300:
        return date, None
    earliest = clock - datetime.timedelta(minutes=5)
    code = "InvalidSignatureException" if call.target else "RequestTimeTooSkewed" if call.service == "s3" else "SignatureDoesNotMatch"
    return date, refusal(call, 400 if call.target else 403, code, f"Signature expired: {signed} is now earlier than {earliest:%Y%m%dT%H%M%SZ}")
