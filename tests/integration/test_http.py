"""The socket side: what a hostile or broken client sends gets a problem document, never a 5xx, and the server goes on."""
import base64
import json
import time

import pytest

from integration.raw import Raw, exchange
from sandbox.rest import MODEL_MANAGE, Rest

JOBS, MODELS = f"{MODEL_MANAGE}/jobs", f"{MODEL_MANAGE}/storedModels"


@pytest.fixture(autouse=True)
def alive(server):
    """Whatever a test did, the server answers afterwards."""
    yield
    assert Rest(server.url).send("GET", "/actuator/health").status_code == 200


def request(method: str, target: str, token: str | None, body: bytes = b"", *more: str, host: str = "localhost") -> bytes:
    lines = [f"{method} {target} HTTP/1.1", *([f"Host: {host}"] if host else []), *([f"Authorization: Bearer {token}"] if token else []),
             *(["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []), *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def big_job(size: int) -> bytes:
    content = base64.b64encode(b"x" * size).decode()
    return json.dumps({"jobType": "MODEL_BATCH_JOB", "targetEngine": {"engineType": "SPARK_RUNTIME"}, "model": {"name": "big"},
                       "inputData": [{"assetType": "FILE", "name": "big.bin", "fileContent": content}]}).encode()


def test_continue_is_answered_at_once_and_the_job_is_made(server, team):
    body = big_job(4_500_000)
    link = Raw(server.url)
    link.send(request("POST", JOBS, team.token, b"", "Content-Type: application/json", f"Content-Length: {len(body)}", "Expect: 100-continue"))
    assert link.read_head()[0] == 100, "before a byte of the body was sent"
    status, headers, _ = link.send(body).answer()
    assert status == 201 and headers["location"]


def test_a_bad_token_is_told_before_the_body_is_sent(server):
    link = Raw(server.url)
    link.send(request("POST", JOBS, "bad-token", b"", "Content-Type: application/json", "Content-Length: 6000000", "Expect: 100-continue"))
    status, headers, body = link.answer()
    assert status == 401 and headers["content-type"].startswith("application/problem+json") and json.loads(body)["status"] == 401


@pytest.mark.parametrize("expect", ["Expect: 100-continue", "X-No: expectation"])
def test_too_large_is_a_problem_and_closes(server, team, expect):
    link = Raw(server.url)
    link.send(request("POST", JOBS, team.token, b"", "Content-Type: application/json", "Content-Length: 200000000", expect))
    status, headers, body = link.answer()
    assert status == 413 and headers["content-type"].startswith("application/problem+json") and headers["connection"].lower() == "close"
    assert "24" in json.loads(body)["detail"]


def test_a_chunked_body_is_bounded_too(server, team):
    link = Raw(server.url)
    link.send(request("POST", JOBS, team.token, b"", "Content-Type: application/json", "Transfer-Encoding: chunked"))
    chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
    try:
        for _ in range(40):
            link.send(chunk)
    except OSError:
        pass  # refused before everything was sent
    status, _, body = link.answer()
    assert status == 413, body[:200]


def test_chunks_make_a_body(server, team):
    body = b'{"modelMetaData": {"name": "chunked"}}'
    data = request("POST", MODELS, team.token, b"", "Content-Type: application/json", "Transfer-Encoding: chunked") + b"".join(b"%x\r\n%c\r\n" % (1, byte) for byte in body) + b"0\r\n\r\n"
    assert exchange(server.url, data)[0] == 201


def test_headers_are_bounded(server, team):
    assert exchange(server.url, request("GET", MODELS, team.token, b"", "X-Large: " + "a" * 24_000))[0] == 200
    status, headers, body = exchange(server.url, request("GET", MODELS, team.token, b"", "X-Large: " + "a" * 40_000))
    assert status == 431 and headers["content-type"].startswith("application/problem+json") and json.loads(body)["status"] == 431


def test_many_small_headers(server, team):
    status, _, _ = exchange(server.url, request("GET", MODELS, team.token, b"", *(f"X-{number}: v" for number in range(4000))))
    assert status == 431


@pytest.mark.parametrize("body", [
    b"{", b"", b"null", b"[]", b'"text"', b"{]", b'{"a": 1,}', b"{'a': 1}", b'{"modelMetaData": {"name": "\xff\xfe"}}', b'{"modelMetaData": {"name": "\xed\xa0\x80"}}',
    b'{"modelMetaData": {"name": "a", "name": "b"}}', b'{"modelMetaData": {"name": NaN}}', b'{"modelMetaData": {"name": "x\x00y"}}', b'{"modelMetaData": {"name": "x\\u0000y"}}',
    b"[" * 100_000, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, b'{"modelMetaData": {"name": "\\ud800"}}', b'\xef\xbb\xbf{"modelMetaData": {"name": 5}}', b'{"modelMetaData": {"name": "x"}} trailing',
])
def test_malformed_json_is_400_and_stores_nothing(server, team, body):
    status, headers, answer = exchange(server.url, request("POST", MODELS, team.token, body, *(() if body else ("Content-Type: application/json", "Content-Length: 0"))))
    assert status == 400, answer[:300]
    assert headers["content-type"].startswith("application/problem+json") and json.loads(answer)["code"]
    assert team.every("storedModels") == []


@pytest.mark.parametrize("kind", ["application/xml", "multipart/form-data; boundary=x"])
def test_other_media_types(server, team, kind):
    answer = team.send("POST", MODELS, data='{"modelMetaData": {"name": "x"}}', headers={"Content-Type": kind})
    assert answer.status_code in (400, 415)


@pytest.mark.parametrize("data", [
    b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"G E T / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
    b"POST /gocli/token HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", b"POST /gocli/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    b"POST /gocli/token HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    b"POST /gocli/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", b"\x00" * 100, b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
])
def test_broken_requests(server, data):
    link = Raw(server.url)
    link.send(data)
    link.socket.shutdown(1)
    try:
        status, _ = link.read_head()
        assert 400 <= status < 500 or status in (501, 505), status
    except (ConnectionError, OSError):
        pass  # closed without an answer is fine, too


def test_a_request_without_host(server):
    assert exchange(server.url, b"GET /actuator/health HTTP/1.1\r\n\r\n")[0] == 400


def test_targets_in_absolute_form(server, team):
    status, _, body = exchange(server.url, request("GET", f"http://models.example.com{MODELS}", team.token, host="other.example"))
    assert status == 200, body[:200]
    status, _, _ = exchange(server.url, request("GET", "http:///x", team.token))
    assert status == 400


def test_host_of_cookies(server):
    from integration.test_identity import browser
    page, _ = browser(server.url)
    cookie = "Cookie: " + "; ".join(f"{name}={value}" for name, value in page.cookies.get_dict().items())
    assert exchange(server.url, request("GET", MODELS, None, b"", cookie, host="localhost"))[0] == 200
    status, _, body = exchange(server.url, request("GET", MODELS, None, b"", cookie, host="evil.example"))
    assert status == 421, body[:200]


def test_any_host_is_answered_to_a_bearer(server, team):
    assert exchange(server.url, request("GET", MODELS, team.token, host="gateway.example"))[0] == 200


def test_links_behind_a_proxy(make_server):
    from sandbox.server import PASSWORD
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "moc.bank.example", "X-Forwarded-Prefix": "/gw"}
    trusting = make_server(config={"server": {"trustedProxies": ["127.0.0.1"], "allowedHosts": ["moc.bank.example", "127.0.0.1"]}})
    admin = Rest.sign_in(trusting.url, "admin", PASSWORD)
    made = admin.send("POST", MODELS, json={"modelMetaData": {"name": "x"}}, headers=forwarded)
    for href in (made.json()["_links"]["self"]["href"], made.headers["Location"]):
        assert href.startswith("https://moc.bank.example/gw/model-manage/api/storedModels/") or href.startswith("/gw/model-manage/"), href
    assert admin.send("GET", MODELS, headers={"Host": "evil.example"}).status_code == 421
    assert admin.send("GET", "/actuator/health/readiness", headers={"Host": "10.1.2.3:8080"}).status_code == 200
    plain = make_server()
    other = Rest.sign_in(plain.url, "admin", PASSWORD)
    made = other.send("POST", MODELS, json={"modelMetaData": {"name": "x"}}, headers=forwarded)
    assert "moc.bank.example" not in made.text + made.headers["Location"] and "/gw/" not in made.text


def test_slow_clients_hold_nobody_up(server, team):
    slow = [Raw(server.url).send(b"POST /model-manage/api/jobs HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + team.token.encode() + b"\r\nContent-Length: 1000\r\n\r\n{") for _ in range(60)]
    try:
        begin = time.monotonic()
        for _ in range(20):
            team.get(MODELS)
        assert time.monotonic() - begin < 20, "readers wait for clients that send nothing"
    finally:
        for link in slow:
            link.close()


def test_pipelined_requests_are_answered_in_order(server, team):
    link = Raw(server.url)
    link.send(request("GET", "/actuator/health", None) + request("GET", MODELS, team.token) + request("GET", "/nowhere", team.token))
    assert [link.answer()[0] for _ in range(3)] == [200, 200, 404]


def test_head_is_get_without_a_body(server, team):
    whole, bare = team.send("GET", MODELS), team.send("HEAD", MODELS)
    assert bare.status_code == 200 and bare.content == b"" and bare.headers["Content-Type"] == whole.headers["Content-Type"]


def test_request_ids(server, team):
    answer = team.send("GET", f"{MODELS}/nope", headers={"X-Request-Id": "from-a-client\r\nX-Evil: 1".replace("\r\n", "")})
    assert answer.json()["requestId"] in server.log()
