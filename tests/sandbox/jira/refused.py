"""Jira's errors, in Jira's words."""
from __future__ import annotations


class Refused(Exception):
    """Answered with `status` and {"errorMessages": […], "errors": {field: words}}."""

    def __init__(self, status: int, *messages: str, **errors: str):
        super().__init__(f"{status} {messages} {errors}")
        self.status, self.messages, self.errors = status, list(messages), errors


def no_issue() -> Refused:
    return Refused(404, "Issue does not exist or you do not have permission to see it.")
