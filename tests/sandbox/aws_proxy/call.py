"""What a request asks of AWS, whatever its protocol."""
from __future__ import annotations

import functools
import json
import re
import urllib.parse

from sandbox.aws_proxy.wire import Request

CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/[^/]+/([^/]+)/")
ACTION = re.compile(rb"(?:^|&)Action=([A-Za-z]+)")
NAMES = ("EndpointName", "TransformJobName", "TrainingJobName", "EndpointConfigName", "ModelName")


class Call:
    """A request with its operation, read once."""

    def __init__(self, request: Request):
        self.request = request

    @functools.cached_property
    def _scope(self) -> tuple[str, str]:
        found = CREDENTIAL.search(self.request.header("authorization"))
        return found.groups() if found else ("", "")

    @property
    def access_key(self) -> str:
        return self._scope[0]

    @functools.cached_property
    def target(self) -> str:
        return self.request.header("x-amz-target")

    @property
    def service(self) -> str:
        """From the credential scope of the signature, `sts` for unsigned forms."""
        return self._scope[1] or ("sagemaker" if self.target else "sts")

    @functools.cached_property
    def operation(self) -> str:
        """`DescribeModel`, `AssumeRoleWithWebIdentity`, or `GET /bucket/key` where the protocol has no name for it."""
        if self.target:
            return self.target.rsplit(".", 1)[-1]
        form = ACTION.search(self.request.body)
        return form.group(1).decode() if form else f"{self.request.method} {self.request.target.split('?')[0]}"

    @property
    def internal(self) -> bool:
        """A door of moto's or of the sandbox's, no call to AWS."""
        return self.request.target.startswith(("/_sandbox/", "/moto-api/"))

    @functools.cached_property
    def parameters(self) -> dict:
        """The members of a JSON call or of a form; empty for anything else."""
        try:
            value = json.loads(self.request.body or b"{}") if self.target else dict(urllib.parse.parse_qsl(self.request.body.decode()))
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def name(self) -> str:
        """The object that the call is about, where it names one."""
        return next((self.parameters[name] for name in NAMES if name in self.parameters), "")
