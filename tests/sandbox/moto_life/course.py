"""Objects that change by themselves: what is due, and when."""
from __future__ import annotations

import dataclasses
import threading
import time
from typing import Any, Callable

from sandbox.moto_life.plan import Plan, check_end


@dataclasses.dataclass
class Course:
    """The way of one object through one step: changes in the order in which they are due. `finish(end, reason)` brings the last of them about."""
    kind: str
    step: str
    name: str
    end: str
    reason: str
    due: float
    finish: Callable[[str, str], None]
    between: list[tuple[float, Callable[[], None]]] = dataclasses.field(default_factory=list)

    def settle(self, now: float) -> bool:
        """Makes every change that is due; True when that was the last."""
        while self.between and self.between[0][0] <= now:
            self.between.pop(0)[1]()
        if self.due > now:
            return False
        self.finish(self.end, self.reason)
        return True


class Life:
    """What moves in this process. `lock` makes one call to SageMaker one step: whoever reads or changes anything here holds it."""

    def __init__(self):
        self.lock = threading.RLock()
        self.plan = Plan()
        self.courses: dict[Any, Course] = {}
        self.born: dict[Any, float] = {}
        self.ahead = 0.0

    @property
    def on(self) -> bool:
        return self.plan.on

    def now(self) -> float:
        return time.monotonic() + self.ahead

    def reset(self) -> None:
        """Off; what moves stops where it is."""
        self.plan.reset()
        self.courses.clear()
        self.born.clear()
        self.ahead = 0.0

    def begin(self, thing: Any, kind: str, step: str, names: list[str], finish: Callable[[str, str], None],
              between: Callable[[str], list[tuple[float, Callable[[], None]]]] = lambda _: []) -> None:
        """`names` are its own and what the failing pattern looks at besides; `between(end)` are changes on the way, each with the part of the time after which it happens."""
        outcome, now = self.plan.outcome(step, names), self.now()
        way = [(now + part * outcome.seconds, change) for part, change in between(outcome.end)]
        self.courses[thing] = Course(kind, step, names[0], outcome.end, outcome.reason, now + outcome.seconds, finish, way)

    def settle(self) -> None:
        now = self.now()
        for thing, course in list(self.courses.items()):
            if course.settle(now) and self.courses.get(thing) is course:
                del self.courses[thing]

    def forget(self, thing: Any) -> None:
        """It stays as it is."""
        self.courses.pop(thing, None)

    def end(self, kind: str, name: str, end: str | None = None, reason: str | None = None) -> None:
        """Brings about an end now; KeyError where nothing of that name moves."""
        course = next((course for course in self.courses.values() if (course.kind, course.name) == (kind, name)), None)
        if course is None:
            raise KeyError(f"no {kind} {name} moves")
        check_end(course.step, end or course.end)
        course.end, course.reason, course.due = end or course.end, reason or course.reason, self.now()
        self.settle()

    def hide(self, thing: Any, kind: str) -> None:
        """From now on, as long as the plan says."""
        if self.plan.hidden.get(kind):
            self.born[thing] = self.now()

    def hidden(self, thing: Any, kind: str, where: str) -> bool:
        """Whether `thing` is too new for `where`: list, describe or use."""
        born, seconds = self.born.get(thing), self.plan.hidden.get(kind, {})
        if born is None:
            return False
        age = self.now() - born
        if age >= max(seconds.values(), default=0):
            del self.born[thing]
            return False
        return age < seconds.get(where, 0)

    def moving(self) -> list[dict]:
        now = self.now()
        return [{"kind": course.kind, "step": course.step, "name": course.name, "end": course.end, "in": None if course.due == float("inf") else round(course.due - now, 3)}
                for course in self.courses.values()]
