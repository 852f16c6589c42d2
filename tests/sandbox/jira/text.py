"""Rich text: Cloud's document format is checked and read, Data Center's is plain wiki markup."""
from __future__ import annotations

from typing import Any

LIMIT = 32_767
BLOCKS = {"paragraph", "heading", "bulletList", "orderedList", "table", "rule", "panel", "codeBlock", "blockquote", "expand", "taskList"}
INLINE = {"text", "hardBreak", "emoji", "mention", "inlineCard", "date", "status"}
INNER = {"listItem", "tableRow", "tableHeader", "tableCell", "taskItem"}
MARKS = {"strong", "em", "code", "link", "strike", "underline", "textColor", "subsup"}


def document_fault(value: Any) -> str | None:
    """Why Jira refuses a document, or None."""
    if not isinstance(value, dict) or value.get("type") != "doc" or not isinstance(value.get("content"), list):
        return "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
    if value.get("version") != 1:
        return "INVALID_INPUT: version must be 1"
    for node in value["content"]:
        fault = node_fault(node, top=True)
        if fault:
            return f"INVALID_INPUT: {fault}"
    if len(plain(value)) > LIMIT:
        return too_long()
    return None


def node_fault(node: Any, top: bool = False) -> str | None:
    kind = node.get("type") if isinstance(node, dict) else None
    if kind not in (BLOCKS if top else BLOCKS | INLINE | INNER):
        return f"node type {kind!r} is not allowed here"
    if kind == "text" and not (isinstance(node.get("text"), str) and node["text"]):
        return "a text node needs text"
    for mark in node.get("marks", []):
        if mark.get("type") not in MARKS or mark["type"] == "link" and not mark.get("attrs", {}).get("href"):
            return f"mark {mark.get('type')!r} is not allowed here"
    for inner in node.get("content", []):
        fault = node_fault(inner)
        if fault:
            return fault
    return None


def plain(node: dict) -> str:
    """The words of a document, one line for each block."""
    if node.get("type") == "text":
        return node["text"]
    inner = "".join(plain(one) for one in node.get("content", []))
    return inner + "\n" if node.get("type") in BLOCKS | INNER else inner


def wiki_fault(value: Any) -> str | None:
    if not isinstance(value, str):
        return "Operation value must be a string"
    return too_long() if len(value) > LIMIT else None


def too_long() -> str:
    return f"The entered text is too long. It exceeds the allowed limit of {LIMIT:,} characters."


def document(text: str) -> dict:
    """A document of paragraphs: what the browser makes of typed text."""
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.splitlines() if line]}
