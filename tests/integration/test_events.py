"""Server-sent events: everything once and in order, from where a client left off, and only what it may see."""
import json
import socket
import threading
import uuid

import pytest

from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest

EVENTS = f"{MODEL_MANAGE}/events"


class Listener:
    """Reads a stream in a thread. `events` holds (id, event name, data)."""

    def __init__(self, person: Rest, last_id: str | None = None):
        self.events: list[tuple[str, str, dict]] = []
        headers = {"Last-Event-ID": last_id} if last_id is not None else {}
        self.answer = person.send("GET", EVENTS, headers=headers, stream=True, timeout=120)
        assert self.answer.status_code == 200 and self.answer.headers["Content-Type"].startswith("text/event-stream"), self.answer.status_code
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self.answer.iter_lines(chunk_size=1, decode_unicode=True):
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                elif fields:
                    if "data" in fields or "event" in fields:
                        self.events.append((fields.get("id", ""), fields.get("event", ""), json.loads(fields.get("data") or "{}")))
                    fields = {}
        except Exception:  # the connection was closed
            pass

    def of(self, identifier: str) -> list[dict]:
        return [data for _, _, data in self.events if data.get("id") == identifier]

    def close(self) -> None:
        """Ends the connection beneath the reading thread, which holds the lock that a plain close() would wait for."""
        try:
            self.answer.raw._fp.fp.raw._sock.shutdown(socket.SHUT_RDWR)
        except (AttributeError, OSError):
            pass  # it has ended already
        self.thread.join(5)
        self.answer.close()


@pytest.fixture
def listen():
    made: list[Listener] = []

    def start(*arguments) -> Listener:
        made.append(Listener(*arguments))
        return made[-1]

    yield start
    for one in made:
        one.close()


def test_a_change_is_told(team, listen):
    stream = listen(team)
    model = team.new_model()
    team.patch(f"{MODEL_MANAGE}/storedModels/{model['id']}", {"modelMetaData": {"description": "x"}})
    team.delete(f"{MODEL_MANAGE}/storedModels/{model['id']}")
    told = wait_until(lambda: stream.of(model["id"]) if len(stream.of(model["id"])) == 3 else None, "three events")
    assert [(event["type"], event["kind"]) for event in told] == [("StoredModel", "created"), ("StoredModel", "changed"), ("StoredModel", "removed")]
    assert [event["seq"] for event in told] == sorted(event["seq"] for event in told)
    assert set(told[0]) == {"seq", "type", "id", "version", "kind"}, "no object travels with an event"


def test_goes_on_after_the_last_id(team, listen):
    stream = listen(team)
    first = team.new_model()
    wait_until(lambda: stream.of(first["id"]), "the first event")
    last = stream.events[-1][0]
    stream.close()
    missed = [team.new_model()["id"] for _ in range(5)]
    again = listen(team, last)
    wait_until(lambda: len(again.events) >= 5, "what was missed")
    assert [data["id"] for _, _, data in again.events if data.get("type") == "StoredModel"] == missed


def test_an_id_that_is_too_old_resets(team, listen):
    stream = listen(team, "999999999")
    wait_until(lambda: any(name == "reset" for _, name, _ in stream.events), "a reset")
    model = team.new_model()
    wait_until(lambda: stream.of(model["id"]), "the stream goes on")


@pytest.mark.parametrize("last", ["abc", "-1", "99999999999999999999999"])
def test_a_wrong_last_id(team, last):
    answer = team.send("GET", EVENTS, headers={"Last-Event-ID": last}, stream=True)
    assert answer.status_code == 400
    answer.close()


def test_others_hear_nothing(admin, team, group_of, listen):
    person = admin.new_user([group_of()])
    stranger, everybody = listen(person), listen(admin)
    model = team.new_model()
    wait_until(lambda: everybody.of(model["id"]), "the administrator hears")
    own = person.new_model()
    wait_until(lambda: stranger.of(own["id"]), "the stranger hears what came later")
    assert stranger.of(model["id"]) == []


def test_a_removed_person_hears_nothing_more(admin, server, group_of, listen):
    group = group_of()
    person = admin.post(f"{MODEL_MANAGE}/users", {"username": f"gone-{uuid.uuid4().hex[:6]}", "password": "some-password-1", "groups": [group]})
    stream, everybody = listen(Rest.sign_in(server.url, person["username"], "some-password-1")), listen(admin)
    admin.delete(f"{MODEL_MANAGE}/users/{person['id']}")
    model = admin.new_model(group=group)
    wait_until(lambda: everybody.of(model["id"]), "the administrator hears")
    wait_until(lambda: not stream.thread.is_alive(), "the stream ends")
    assert stream.of(model["id"]) == []


def test_operations_are_told(admin, listen):
    stream = listen(admin)
    operation = admin.start_import("churn-classifier-v2")
    admin.wait_operation(operation["id"])
    wait_until(lambda: stream.of(operation["id"]), "an event of the operation")
    assert all(event["type"] == "Operation" for event in stream.of(operation["id"]))
