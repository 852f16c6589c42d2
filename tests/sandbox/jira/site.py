"""What is in the fake Jira, and what people do with it. No HTTP here; the caller holds `lock`."""
from __future__ import annotations

import copy
import dataclasses
import datetime
import threading
import time
from typing import Any, Callable

from sandbox.jira.refused import Refused, no_issue
from sandbox.jira.workflow import ISSUE_TYPES, PROJECTS, RESOLUTIONS, STATUSES, Status, status_named, transitions_of

TOKEN, EMAIL = "fake-jira-api-token-0123456789", "slipway@northwind.example"
PEOPLE = {"slipway": "Slipway", "risk.lead": "Ravi Lead", "risk.second": "Sena Second", "m.okafor": "Mina Okafor"}
VERSIONS = 50  # what the index remembers of an issue


@dataclasses.dataclass
class Issue:
    id: str
    key: str
    project: str
    fields: dict[str, Any]
    status: Status
    created: float
    updated: float
    reporter: str
    resolution: str | None = None
    resolved: float | None = None
    deleted: bool = False
    old_keys: list[str] = dataclasses.field(default_factory=list)
    comments: list[dict] = dataclasses.field(default_factory=list)
    properties: dict[str, Any] = dataclasses.field(default_factory=dict)
    history: list[dict] = dataclasses.field(default_factory=list)
    indexed: list[tuple[float, dict]] = dataclasses.field(default_factory=list)

    def facts(self) -> dict:
        """What searches look at."""
        return {"id": self.id, "key": self.key, "project": self.project, "labels": list(self.fields.get("labels", [])), "status": self.status, "updated": self.updated,
                "created": self.created, "resolution": self.resolution, "summary": self.fields.get("summary", ""), "issuetype": self.fields["issuetype"]}


class Site:
    def __init__(self):
        self.lock = threading.RLock()
        self.watch: Callable[[str, Issue, str, list[dict], dict | None], None] = lambda *_: None  # event, issue, person, changes, comment
        self.reset()

    def reset(self) -> None:
        self.issues: dict[str, Issue] = {}
        self.names: dict[str, Issue] = {}  # by id and by every key that it ever had
        self.numbers = dict.fromkeys(PROJECTS, 0)
        self.last_id = 10_500
        self.ahead = 0.0
        self.settings: dict[str, Any] = {"index_delay": 0, "required": {}, "resolution_required": [], "page_limit": 100}

    def now(self) -> float:
        return time.time() + self.ahead

    def next_id(self) -> str:
        self.last_id += 1
        return str(self.last_id)

    # Reading

    def find(self, id_or_key: str) -> Issue:
        """By id, key, or a key that it had before it was moved."""
        issue = self.names.get(id_or_key)
        if issue is None or issue.deleted:
            raise no_issue()
        return issue

    def indexed(self, fresh: set[str]) -> list[tuple[Issue, dict]]:
        """Issues with their facts as the index knows them; `fresh` ids are read past the index."""
        until, found = self.now() - self.settings["index_delay"], []
        for issue in self.issues.values():
            if issue.deleted:
                continue
            known = issue.facts() if issue.id in fresh else next((facts for at, facts in reversed(issue.indexed) if at <= until), None)
            if known:
                found.append((issue, known))
        return found

    # Changing

    def create(self, fields: dict, properties: dict, person: str) -> Issue:
        """`fields` are checked (sandbox.jira.fields)."""
        project, now = fields["project"], self.now()
        self.numbers[project] += 1
        issue = Issue(self.next_id(), f"{project}-{self.numbers[project]}", project, fields, STATUSES[0], now, now, person, properties=dict(properties))
        self.issues[issue.id] = self.names[issue.id] = self.names[issue.key] = issue
        self.changed(issue, "jira:issue_created", person, [])
        return issue

    def edit(self, issue: Issue, fields: dict, person: str) -> None:
        items = [change(name, str(issue.fields.get(name)), str(value)) for name, value in fields.items()]
        issue.fields.update(fields)
        self.changed(issue, "jira:issue_updated", person, items)

    def transition(self, issue: Issue, transition: str, resolution: str | None, person: str) -> None:
        status = transitions_of(issue.project).get(transition)
        if status is None:
            raise Refused(400, f"Transition id '{transition}' is not valid for this issue.")
        if status.name in self.settings["resolution_required"] and not resolution:
            raise Refused(400, resolution="Resolution is required.")
        if resolution and resolution not in RESOLUTIONS:
            raise Refused(400, resolution=f"Resolution name '{resolution}' is not valid.")
        items = [change("status", issue.status.name, status.name, issue.status.id, status.id)]
        after = (resolution or status.resolution) if status.category == "done" else None
        if after != issue.resolution:
            items.append(change("resolution", issue.resolution, after, RESOLUTIONS.get(issue.resolution), RESOLUTIONS.get(after)))
        issue.status, issue.resolution, issue.resolved = status, after, self.now() if after else None
        self.changed(issue, "jira:issue_updated", person, items)

    def resolve(self, issue: Issue, resolution: str, person: str) -> None:
        """Another resolution, the status as it is."""
        items = [change("resolution", issue.resolution, resolution, RESOLUTIONS.get(issue.resolution), RESOLUTIONS[resolution])]
        issue.resolution, issue.resolved = resolution, self.now()
        self.changed(issue, "jira:issue_updated", person, items)

    def comment(self, issue: Issue, text: Any, person: str) -> dict:
        now = self.now()
        made = {"id": self.next_id(), "author": person, "body": text, "created": now, "updated": now}
        issue.comments.append(made)
        self.changed(issue, "comment_created", person, [], made)
        return made

    def move(self, issue: Issue, project: str, person: str) -> None:
        """A new key, the same id; the old key leads to it."""
        if project not in PROJECTS:
            raise Refused(400, project="valid project is required")
        items = [change("project", PROJECTS[issue.project][1], PROJECTS[project][1], PROJECTS[issue.project][0], PROJECTS[project][0])]
        self.numbers[project] += 1
        issue.old_keys.append(issue.key)
        items.append(change("Key", issue.key, f"{project}-{self.numbers[project]}"))
        issue.key, issue.project = f"{project}-{self.numbers[project]}", project
        issue.fields["project"] = project
        self.names[issue.key] = issue
        self.changed(issue, "jira:issue_updated", person, items)

    def delete(self, issue: Issue, person: str) -> None:
        issue.deleted = True
        self.changed(issue, "jira:issue_deleted", person, [])

    def changed(self, issue: Issue, event: str, person: str, items: list[dict], comment: dict | None = None) -> None:
        issue.updated = max(self.now(), issue.updated)
        if items:
            issue.history.append({"id": self.next_id(), "author": person, "created": issue.updated, "items": items})
        issue.indexed = [*issue.indexed, (issue.updated, copy.deepcopy(issue.facts()))][-VERSIONS:]
        self.watch(event, issue, person, items, comment)

    # What people do in the browser

    def act(self, do: str, issue: str, by: str = "risk.lead", **given) -> dict:
        """transition {to, resolution}, resolve {resolution}, comment {text}, edit {fields}, move {project}, delete; ValueError where there is no such act."""
        if by not in PEOPLE:
            raise ValueError(f"nobody is called {by}")
        thing = self.find(issue)
        if do == "transition":
            wanted = status_named(given["to"])
            number = next(key for key, status in transitions_of(thing.project).items() if status == wanted)
            self.transition(thing, number, given.get("resolution") or wanted.resolution, by)
        elif do == "resolve":
            self.resolve(thing, given["resolution"], by)
        elif do == "comment":
            self.comment(thing, given["text"], by)
        elif do == "edit":
            self.edit(thing, given["fields"], by)
        elif do == "move":
            self.move(thing, given["project"], by)
        elif do == "delete":
            self.delete(thing, by)
        else:
            raise ValueError(f"nobody can {do} an issue")
        return self.plain(thing)

    def plain(self, issue: Issue) -> dict:
        """An issue as the control shows it."""
        return {"id": issue.id, "key": issue.key, "oldKeys": issue.old_keys, "project": issue.project, "summary": issue.fields.get("summary"), "labels": issue.fields.get("labels", []),
                "description": issue.fields.get("description"), "status": issue.status.name, "resolution": issue.resolution, "deleted": issue.deleted,
                "comments": issue.comments, "properties": issue.properties, "reporter": issue.reporter}


def change(field: str, before: str | None, after: str | None, before_id: str | None = None, after_id: str | None = None) -> dict:
    return {"field": field, "fieldtype": "jira", "fieldId": field.lower(), "from": before_id, "fromString": before, "to": after_id, "toString": after}


def stamp(at: float) -> str:
    """2026-11-22T12:00:00.000+0000"""
    moment = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}+0000"


def issue_type_of(name_or_id: str) -> str | None:
    return next((name for name, number in ISSUE_TYPES.items() if name_or_id in (name, number)), None)
