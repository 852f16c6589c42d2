"""A subset of JQL: clauses joined by AND over labels, project, status, statusCategory, key, id, issuetype, created, updated; ORDER BY."""
from __future__ import annotations

import datetime
import re
from typing import Any, Callable

from sandbox.jira.refused import Refused
from sandbox.jira.workflow import CATEGORIES, PROJECTS

TOKENS = re.compile(r"""\s*(?:("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(!=|>=|<=|=|>|<|,|\(|\))|([^\s=!<>,()"']+))""")
AGES = {"m": 60, "h": 3600, "d": 86400, "w": 604800}
FIELDS = {"labels", "project", "status", "statuscategory", "key", "issuekey", "id", "issuetype", "created", "updated", "resolution"}
Test = Callable[[dict], bool]


class Query:
    """A parsed query. `bounded` says whether it restricts anything: Cloud refuses what does not."""

    def __init__(self, text: str, now: float):
        self.now, self.words, self.bounded = now, tokens(text), False
        self.tests: list[Test] = []
        self.order: list[tuple[str, bool]] = []
        self.parse()

    def matches(self, facts: dict) -> bool:
        return all(test(facts) for test in self.tests)

    def sort(self, rows: list[tuple[Any, dict]]) -> list[tuple[Any, dict]]:
        """Rows with their facts, in the order asked for; newest first where none was."""
        rows = sorted(rows, key=lambda row: int(row[1]["id"]), reverse=True)
        for field, descending in reversed(self.order):
            rows.sort(key=lambda row: int(row[1]["id"]) if field in ("key", "issuekey", "id") else row[1][field], reverse=descending)
        return rows

    def parse(self) -> None:
        while self.words:
            if self.peek() == "order":
                return self.parse_order()
            if self.tests:
                self.expect("and")
            self.tests.append(self.clause())
            self.bounded = True

    def parse_order(self) -> None:
        self.take()
        self.expect("by")
        while self.words:
            field = self.take()[1].lower()
            if field not in ("updated", "created", "key", "issuekey", "id"):
                raise wrong(f"Field '{field}' does not exist or you do not have permission to view it.")
            direction = self.take()[1].lower() if self.peek() in ("asc", "desc") else "asc"
            self.order.append((field, direction == "desc"))
            if self.words:
                self.expect(",")

    def clause(self) -> Test:
        field, operator = self.take()[1].lower(), self.take()[1].lower()
        if field not in FIELDS:
            raise wrong(f"Field '{field}' does not exist or you do not have permission to view it.")
        if field in ("created", "updated"):
            return self.moment(field, operator)
        if operator == "not":
            self.expect("in")
            values, wanted = self.values(), False
        elif operator in ("in", "=", "!=", "is"):
            values, wanted = (self.values() if operator == "in" else [self.take()[1]]), operator != "!="
        else:
            raise wrong(f"The operator '{operator}' is not supported by the '{field}' field.")
        check_values(field, values)
        lowered = {value.lower() for value in values}
        return lambda facts: bool(lowered & of(facts, field)) is wanted

    def moment(self, field: str, operator: str) -> Test:
        value = self.take()[1]
        found = re.fullmatch(r"-(\d+)([mhdw])", value)
        if found:
            at = self.now - int(found.group(1)) * AGES[found.group(2)]
        else:
            try:
                form = "%Y-%m-%d %H:%M" if ":" in value else "%Y-%m-%d"
                at = datetime.datetime.strptime(value.replace("/", "-"), form).replace(tzinfo=datetime.timezone.utc).timestamp()
            except ValueError:
                raise wrong(f"Date value '{value}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', "
                            "'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.") from None
        compare = {">=": lambda one: one >= at, ">": lambda one: one > at, "<=": lambda one: one <= at, "<": lambda one: one < at}.get(operator)
        if compare is None:
            raise wrong(f"The operator '{operator}' is not supported by the '{field}' field.")
        return lambda facts: compare(facts[field])

    def values(self) -> list[str]:
        self.expect("(")
        found = [self.take()[1]]
        while self.peek() == ",":
            self.take()
            found.append(self.take()[1])
        self.expect(")")
        return found

    def peek(self) -> str:
        quoted, word = self.words[0] if self.words else (False, "")
        return "" if quoted else word.lower()

    def take(self) -> tuple[bool, str]:
        if not self.words:
            raise wrong("Expecting either a value, list or function but got the end of the query.")
        return self.words.pop(0)

    def expect(self, word: str) -> None:
        found = self.peek()
        if found != word:
            raise wrong(f"Expecting '{word}' but got '{found}'.")
        self.take()


def tokens(text: str) -> list[tuple[bool, str]]:
    """(whether it was quoted, the word) …"""
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        match = TOKENS.match(text, at)
        if not match:
            raise wrong(f"The character at {at + 1} is unexpected.")
        quoted = match.group(1)
        found.append((True, re.sub(r"\\(.)", r"\1", quoted[1:-1])) if quoted else (False, match.group(2) or match.group(3)))
        at = match.end()
    return found


def of(facts: dict, field: str) -> set[str]:
    """The values of a field that a clause compares with, in small letters."""
    if field == "labels":
        return {label.lower() for label in facts["labels"]} or {"empty"}
    if field == "project":
        return {facts["project"].lower(), PROJECTS[facts["project"]][0], PROJECTS[facts["project"]][1].lower()}
    if field == "status":
        return {facts["status"].name.lower(), facts["status"].id}
    if field == "statuscategory":
        number, _, name = CATEGORIES[facts["status"].category]
        return {str(number), name.lower(), facts["status"].category}
    if field == "resolution":
        return {(facts["resolution"] or "unresolved").lower(), *([] if facts["resolution"] else ["empty"])}
    return {facts["id"], facts["key"].lower()} if field in ("key", "issuekey", "id") else {facts[field].lower()}


def check_values(field: str, values: list[str]) -> None:
    known = {name for key, (number, title) in PROJECTS.items() for name in (key.lower(), number, title.lower())}
    for value in values:
        if field == "project" and value.lower() not in known:
            raise wrong(f"The value '{value}' does not exist for the field 'project'.")


def wrong(words: str) -> Refused:
    return Refused(400, f"Error in the JQL Query: {words}")
