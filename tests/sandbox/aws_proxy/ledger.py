"""What was asked and what came of it, in bounded memory."""
from __future__ import annotations

import collections
import itertools

from sandbox.aws_proxy.call import Call

ENTRIES, BYTES, BODY, NAMES = 50_000, 64 << 20, 256 << 10, 5_000


class Ledger:
    """The last ENTRIES requests (older ones leave, their counts stay). Not thread-safe: its owner locks."""

    def __init__(self):
        self.clear()

    def clear(self) -> None:
        self.numbers = itertools.count(1)
        self.calls: collections.Counter = collections.Counter()
        self.entries: collections.deque[dict] = collections.deque()
        self.bytes = 0

    def enter(self, call: Call) -> dict:
        """A new entry; `faults`, `upstream` (moto's status) and `answered` (what the client was told) follow as they happen."""
        name = call.operation if len(self.calls) < NAMES or call.operation in self.calls else "(others)"
        self.calls[name] += 1
        request = call.request
        entry = {"number": next(self.numbers), "operation": call.operation, "service": call.service, "method": request.method, "path": request.target, "key": call.access_key,
                 "body": request.body[:BODY].decode("utf-8", "replace"), "faults": [], "upstream": None, "answered": None}
        self.entries.append(entry)
        self.bytes += len(entry["body"])
        while len(self.entries) > ENTRIES or self.bytes > BYTES:
            self.bytes -= len(self.entries.popleft()["body"])
        return entry
