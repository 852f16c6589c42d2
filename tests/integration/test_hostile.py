"""What nobody sends by accident. Each gets its problem document or a closed connection, the server lives, and its memory stays flat."""
import json
import pathlib
import re
import socket
import threading
import time

import pytest

from integration.raw import Raw, exchange
from integration.test_http import JOBS, MODELS, request
from sandbox.rest import Rest, show


def resident(server) -> int:
    """KiB of the server's process."""
    return int(re.search(r"^VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{server.process.child.pid}/status").read_text(), re.MULTILINE).group(1))


@pytest.fixture(autouse=True)
def alive_and_flat(server):
    before = resident(server)
    yield
    assert Rest(server.url).send("GET", "/actuator/health").status_code == 200
    assert resident(server) - before < 64 * 1024, "what a client sends must not stay in memory"


def is_problem(answer, *statuses: int) -> None:
    status, headers, body = answer
    assert status in statuses, (status, body[:300])
    assert headers["content-type"] == "application/problem+json", headers
    assert json.loads(body)["status"] == status and json.loads(body)["code"]


def drip(link: Raw, data: bytes, pause: float) -> None:
    for byte in data:
        try:
            link.socket.send(bytes([byte]))
        except OSError:
            return
        time.sleep(pause)


@pytest.mark.parametrize("head", [b"GET /actuator/health HTTP/1.1\r\nX-Slow: ", b"POST /gocli/token HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n"])
def test_a_drip_is_given_up(server, head):
    link = Raw(server.url)
    link.send(head)
    thread = threading.Thread(target=drip, args=(link, b"a" * 40, 0.5))
    thread.start()
    begin = time.monotonic()
    is_problem(link.answer(), 408)
    assert 5 < time.monotonic() - begin < 15
    link.close()
    thread.join()


def test_a_hundred_thousand_headers(server):
    link = Raw(server.url)
    link.send("GET / HTTP/1.1\r\nHost: localhost\r\n")
    try:
        for start in range(0, 100_000, 1000):
            link.send("".join(f"X-{number}: v\r\n" for number in range(start, start + 1000)))
    except OSError:
        pass
    is_problem(link.answer(), 431)


@pytest.mark.parametrize("chunk", [
    b"zz\r\nabc\r\n", b"-1\r\nabc\r\n", b"ffffffffffffffff1\r\nabc\r\n", b"3\r\nabcdef\r\n0\r\n\r\n", b"3 abc", b"\r\n\r\n", b"0x3\r\nabc\r\n0\r\n\r\n",
    b"3\nabc\n0\n\n", b"3;" + b"e" * 100_000,
])
def test_broken_chunks(server, team, chunk):
    link = Raw(server.url)
    link.send(request("POST", MODELS, team.token, b"", "Content-Type: application/json", "Transfer-Encoding: chunked") + chunk)
    link.socket.shutdown(socket.SHUT_WR)
    try:
        is_problem(link.answer(), 400, 413, 431)
    except ConnectionError:
        pass  # an end in the middle needs no answer
    assert link.closed()
    assert team.every("storedModels") == []


@pytest.mark.parametrize("lines", [
    ["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Content-Length: 5"], ["Content-Length: 5", "Content-Length: 6"],
    ["Content-Length: 5, 6"], ["Content-Length: +5"], ["Content-Length: 0x5"], ["Content-Length: 18446744073709551616"], ["Transfer-Encoding: chunked, identity"],
    ["Transfer-Encoding: xchunked"], ["Transfer-Encoding : chunked"], ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
])
def test_no_request_is_smuggled(server, team, lines):
    """Nothing behind such a head may be taken for a request of its own."""
    link = Raw(server.url)
    link.send(request("POST", MODELS, team.token, b"", "Content-Type: application/json", *lines) + b"0\r\n\r\n" + request("GET", MODELS, team.token))
    status, headers, body = link.answer()
    assert 400 <= status < 500 or status == 501, (status, body[:200])
    assert headers["connection"].lower() == "close" and link.closed() and link.buffer == b""


@pytest.mark.parametrize("data", [
    b"GET /actuator/health HTTP/1.1\nHost: localhost\n\n", b"GET /actuator/health\r\n", b"GET /actuator/health\r\n\r\n", b"GET  /actuator/health HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /actuator/health HTTP/1.1\r\nHost: localhost\r\n folded: yes\r\n\r\n", b"GET /actuator/health HTTP/2.0\r\nHost: localhost\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET /actuator/health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", b"GET /actuator/health HTTP/1.1\r\nHost: local host\r\n\r\n",
    b"GET /actuator/health HTTP/1.1\r\nHost: localhost\r\n: no name\r\n\r\n", b"GET /actuator/health HTTP/1.1\r\nHost: \xff\xfe\r\n\r\n", b"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET http://evil\x00/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET //evil.example/%2e%2e HTTP/1.1\r\nHost: localhost\r\n\r\n",
])
def test_odd_heads_are_refused(server, data):
    link = Raw(server.url)
    link.send(data)
    link.socket.shutdown(socket.SHUT_WR)
    try:
        status, headers, body = link.answer()
        assert 400 <= status < 500, (status, body[:200])
        assert headers["content-type"] == "application/problem+json"
    except ConnectionError:
        pass


@pytest.mark.parametrize("path", ["%", "%4", "%zz", "%00", "a%00b", "%c0%af", "%c0%80", "%e0%80%af", "%f8%88%80%80%80", "%ed%a0%80", "%ff", "%2f", "%5c..%5c", "%2e%2e", "..", ".", "%252e", "%0d%0aX-Evil:1", "%7f"])
def test_paths_are_decoded_once_and_strictly(server, team, path):
    is_problem(exchange(server.url, request("GET", f"{MODELS}/{path}", team.token)), 400, 404)
    is_problem(exchange(server.url, request("GET", f"{MODELS}?filter={path}", team.token)), 400) if path in ("%zz", "%ff", "%c0%af") else None


@pytest.mark.parametrize("method", ["BREW", "TRACE", "PROPFIND", "get", "M-SEARCH", "X" * 5000])
def test_unknown_methods(server, team, method):
    status, headers, body = exchange(server.url, request(method, MODELS, team.token))
    assert status in (400, 405, 431, 501), (status, body[:200])
    assert headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html"])
def test_what_is_no_json_is_415(team, kind):
    answer = team.send("POST", MODELS, data='{"modelMetaData": {"name": "x"}}', headers={"Content-Type": kind})
    assert answer.status_code == 415 and answer.json()["code"] == "UNSUPPORTED_MEDIA_TYPE", show(answer)


def test_idle_connections_cost_nobody(server, team):
    idle = [Raw(server.url) for _ in range(500)]
    try:
        before = resident(server)
        begin = time.monotonic()
        for _ in range(50):
            team.get(MODELS)
        assert time.monotonic() - begin < 20
        assert resident(server) - before < 16 * 1024
    finally:
        for link in idle:
            link.close()


def test_large_bodies_together_are_bounded(server, team):
    """Sixteen clients hold 20 MB each, which is more than the server takes at once."""
    length = 20_000_000
    body = b" " * length
    answers, links = [], []

    def hold() -> None:
        link = Raw(server.url)
        links.append(link)
        try:
            link.send(request("POST", JOBS, team.token, b"", "Content-Type: application/json", f"Content-Length: {length + 1}") + body)
        except OSError:
            pass
        try:
            answers.append(link.read_head(timeout=3)[0])
        except (TimeoutError, ConnectionError):
            pass

    team.get(MODELS)  # the token is known
    threads = [threading.Thread(target=hold) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers and set(answers) == {503}, answers
    assert resident(server) < 450 * 1024
    for link in links:
        link.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and resident(server) > 150 * 1024:
        time.sleep(0.1)
    assert resident(server) <= 150 * 1024, "the memory is given back"


HEAVY = {
    "many tags": {"modelMetaData": {"name": "heavy", "type": "PYSPARK", "tags": [f"t{n}" for n in range(60_000)]}},
    "many secrets": {"modelMetaData": {"name": "heavy", "type": "PYSPARK", "custom": {"u": [f"https://user:canary{n}@host/x" for n in range(60_000)]}}},
    "many values": {"modelMetaData": {"name": "heavy", "type": "PYSPARK", "custom": {"a": [{"b": 0}] * 300_000}}},
}


@pytest.mark.parametrize("body", HEAVY.values(), ids=HEAVY.keys())
def test_a_heavy_body_holds_up_nobody(server, team, body):
    """Each of these took the one writer for seconds to minutes, before bounds stood at the door."""
    small = {"modelMetaData": {"name": "small", "type": "PYSPARK"}}

    def usual() -> float:
        begin = time.monotonic()
        assert team.send("POST", MODELS, json=small).status_code == 201
        return time.monotonic() - begin

    alone = max(usual() for _ in range(5))
    answers: list[int] = []
    heavy = threading.Thread(target=lambda: answers.append(team.send("POST", MODELS, json=body).status_code))
    heavy.start()
    beside = [usual()]
    while heavy.is_alive():
        beside.append(usual())
    heavy.join()
    assert answers[0] in (400, 413), answers
    assert max(beside) < 200 * alone, f"{max(beside):.2f} s beside it, {alone:.3f} s alone"
