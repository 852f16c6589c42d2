"""Statuses, resolutions and transitions of the fake site."""
from __future__ import annotations

import dataclasses

CATEGORIES = {"new": (2, "blue-gray", "To Do"), "indeterminate": (4, "yellow", "In Progress"), "done": (3, "green", "Done")}


@dataclasses.dataclass(frozen=True)
class Status:
    id: str
    name: str
    category: str
    resolution: str | None = None  # what its transition sets where nobody says


STATUSES = (
    Status("10000", "To Do", "new"),
    Status("10001", "In Review", "indeterminate"),
    Status("10002", "Done", "done", "Done"),
    Status("10003", "Approved", "done", "Done"),
    Status("10004", "Rejected", "done", "Won't Do"),
    Status("10005", "Closed", "done"),
)
RESOLUTIONS = {"Done": "10100", "Won't Do": "10101", "Declined": "10102", "Duplicate": "10103"}
PROJECTS = {"MRM": ("10200", "Model Risk Management"), "OPS": ("10201", "Operations")}
ISSUE_TYPES = {"Task": "10300", "Approval": "10301"}


def status_named(name: str) -> Status:
    """By name or by id."""
    for status in STATUSES:
        if name in (status.name, status.id):
            return status
    raise KeyError(f"no status {name}")


def transitions_of(project: str) -> dict[str, Status]:
    """Transition id → status it leads to. The same status has another id in another project."""
    first = 11 + 100 * list(PROJECTS).index(project)
    return {str(first + 10 * number): status for number, status in enumerate(STATUSES)}
