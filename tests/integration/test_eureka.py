"""Runtime and server as members of a real Eureka: plain, with a user, with tokens."""
from __future__ import annotations

import contextlib
import http.server
import threading
import time

import pytest
import requests

from sandbox.eureka import PASSWORD as EUREKA_PASSWORD, Eureka
from sandbox.process import wait_until
from sandbox.rest import Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark import Spark
from sandbox.spark_runtime import SparkRuntime, machine_client
from sandbox.token_issuer import TokenIssuer

APP = "spark-runtime-service"
ROUNDS = 50


def member(eureka: Eureka, **instance) -> dict:
    """Joins `eureka` with the pace of a test."""
    sections = eureka.member(leaseRenewalIntervalInSeconds=1, leaseExpirationDurationInSeconds=5, **instance)
    sections["eureka"]["client"]["registryFetchIntervalSeconds"] = 1
    return sections


@pytest.fixture(scope="module")
def issuer():
    issuer = TokenIssuer(life=3)
    yield issuer
    issuer.stop()


@pytest.fixture(scope="module")
def eurekas(tmp_path_factory, issuer):
    """All three at once: each takes its time to start."""
    folder = tmp_path_factory.mktemp("eureka")
    servers = {"plain": Eureka(folder), "basic": Eureka(folder, "basic"), "jwt": Eureka(folder, "jwt", issuer_keys=issuer.keys_url, audience="eureka")}
    for server in servers.values():
        server.launch()
    for server in servers.values():
        server.wait(180)
    yield servers
    for server in servers.values():
        server.stop()


@pytest.fixture
def eureka(eurekas):
    return eurekas["plain"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    slipway = Slipway(tmp_path_factory.mktemp("model-manage")).start()
    yield slipway
    slipway.stop()


@pytest.fixture
def make_runtime(server, tmp_path, request):
    """Runtimes of a test's own; their machine clients have the test's name."""
    made: list[SparkRuntime] = []
    admin = Rest.sign_in(server.url, "admin", PASSWORD)

    def make(more: dict, **settings) -> SparkRuntime:
        client = f"{request.node.name}-{len(made)}"[-60:].replace("[", "-").replace("]", "")
        settings = {"master": "local[1]", "name": client, **settings}
        name = settings.pop("name")
        made.append(SparkRuntime(tmp_path / f"edge-{len(made)}", server.url, machine_client(admin, client), settings, name=name, spark=Spark(), more=more))
        return made[-1]

    yield make
    for runtime in made:
        runtime.stop()


def wait_status(eureka: Eureka, app: str, *statuses: str, timeout: float = 30, **more) -> None:
    wait_until(lambda: eureka.statuses(app, **more) == list(statuses), f"{app} is {statuses or 'gone'}", timeout, every=0.05)


def last_renewal(eureka: Eureka, instance: dict) -> int:
    """Lists of instances come from a cache that renewals do not touch."""
    return eureka.ask("GET", f"apps/{APP}/{instance['instanceId']}").json()["instance"]["leaseInfo"]["lastRenewalTimestamp"]


def standing(url: str) -> dict:
    return requests.get(f"{url}/actuator/eureka", timeout=5).json()


def test_a_runtime_registers_renews_and_takes_itself_out(eureka, make_runtime):
    runtime = make_runtime(member(eureka, metadataMap={"zone": "edge"})).start()
    wait_status(eureka, APP, "UP")
    [instance] = eureka.instances(APP)
    assert instance["instanceId"] == f"127.0.0.1:{APP}:{runtime.port}"
    assert instance["metadata"] == {"zone": "edge", "management.port": str(runtime.port)}
    assert requests.get(instance["healthCheckUrl"], timeout=5).json()["components"]["eureka"]["status"] == "UP"
    assert requests.get(instance["statusPageUrl"], timeout=5).json()["build"]["name"] == "slipway spark-runtime"
    renewed = last_renewal(eureka, instance)
    wait_until(lambda: last_renewal(eureka, instance) > renewed, "it renews", 10)

    assert eureka.ask("DELETE", f"apps/{APP}/{instance['instanceId']}").status_code == 200
    wait_status(eureka, APP, "UP")
    wait_until(lambda: '"eureka_registered"' in runtime.log().partition('"eureka_forgotten"')[2], "it is said that it is back", 10)
    again = eureka.instances(APP)[0]
    assert int(again["lastDirtyTimestamp"]) > int(instance["lastDirtyTimestamp"])
    seen = standing(runtime.url)
    assert (seen["state"], seen["status"], seen["visible"], seen["server"]) == ("REGISTERED", "UP", True, eureka.url + "/")
    assert "eureka" in requests.get(f"{runtime.url}/actuator", timeout=5).json()["_links"]
    assert 'eureka_heartbeat_total{outcome="success"}' in requests.get(f"{runtime.url}/actuator/prometheus", timeout=5).text

    assert runtime.stop() == 0
    assert eureka.statuses(APP) == []


def test_a_status_that_an_operator_set_is_shown_by_whom_it_is_about(eureka, make_runtime):
    runtime = make_runtime(member(eureka)).start()
    wait_status(eureka, APP, "UP")
    wait_until(lambda: standing(runtime.url).get("statusAtServer") == "UP", "it has looked", 10)
    path = f"apps/{APP}/{eureka.instances(APP)[0]['instanceId']}/status?value="
    assert eureka.ask("PUT", path + "OUT_OF_SERVICE").status_code == 200
    wait_until(lambda: standing(runtime.url).get("statusAtServer") == "OUT_OF_SERVICE", "it is seen", 10)
    seen = standing(runtime.url)
    assert (seen["status"], seen["state"], seen["visible"]) == ("UP", "REGISTERED", True) and "has it as OUT_OF_SERVICE" in seen["reason"]
    assert runtime.health()["components"]["eureka"]["status"] == "UP", "it was meant"
    assert runtime.log().count('"eureka_status_overridden"') == 1
    assert eureka.ask("DELETE", path + "UP").status_code == 200
    wait_until(lambda: standing(runtime.url).get("statusAtServer") == "UP", "it was taken back", 10)
    assert "reason" not in standing(runtime.url) and '"eureka_status_as_told"' in runtime.log()
    assert runtime.stop() == 0


def test_a_server_that_starts_empty_is_told_again_and_one_that_hangs_leaves_nothing_behind(eureka, make_runtime):
    runtime = make_runtime(member(eureka)).start()
    wait_status(eureka, APP, "UP")
    eureka.kill()
    wait_until(lambda: standing(runtime.url)["state"] == "AWAY", "the runtime notices", 20)
    wait_until(lambda: runtime.health()["components"]["eureka"]["status"] == "DOWN", "its lease is over", 20)
    assert runtime.health()["components"]["modelManage"]["status"] == "UP", "a lost Eureka hurts nothing else"
    eureka.start(120)
    wait_status(eureka, APP, "UP")
    assert runtime.health()["components"]["eureka"]["status"] == "UP"

    with eureka.daemon.process.frozen():
        time.sleep(1.5)  # a renewal is under way
        runtime.process.child.terminate()
        time.sleep(1.5)
    assert runtime.process.child.wait(20) == 0
    wait_status(eureka, APP)


def test_one_that_was_evicted_is_back_when_it_goes_on(eureka, make_runtime):
    """A host that stands still for longer than its lease: Eureka has dropped it, and its next renewal is answered 404."""
    runtime = make_runtime(member(eureka)).start()
    wait_status(eureka, APP, "UP")
    with runtime.process.frozen():
        wait_status(eureka, APP, timeout=60)
    wait_status(eureka, APP, "UP")
    wait_until(lambda: standing(runtime.url)["state"] == "REGISTERED", "it says so", 10)
    assert runtime.health()["components"]["eureka"]["status"] == "UP"


class Late(http.server.BaseHTTPRequestHandler):
    """A gateway before `upstream` that hands each request on, and takes three seconds for it; who has hung up meanwhile is none of its business."""
    upstream = ""

    def _hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        time.sleep(3)
        headers = {name: self.headers[name] for name in ("Accept", "Content-Type") if name in self.headers}
        answer = requests.request(self.command, Late.upstream + self.path, data=body, headers=headers, timeout=10)
        with contextlib.suppress(OSError):
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

    do_GET = do_POST = do_PUT = do_DELETE = _hand_on

    def log_message(self, *_) -> None:
        pass


def test_one_that_answers_three_seconds_late_is_joined_and_left(eureka, make_runtime):
    Late.upstream = eureka.url.removesuffix("/eureka")
    late = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Late)
    threading.Thread(target=late.serve_forever, daemon=True).start()
    sections = member(eureka)
    sections["eureka"]["client"]["serviceUrl"]["defaultZone"] = f"http://127.0.0.1:{late.server_port}/eureka/"
    sections["eureka"]["instance"]["leaseExpirationDurationInSeconds"] = 30  # nothing but the removal takes it out in time
    try:
        runtime = make_runtime(sections).start()
        wait_status(eureka, APP, "UP")
        wait_until(lambda: standing(runtime.url)["state"] == "REGISTERED", "the answer has come", 10)
        assert runtime.stop() == 0
        wait_status(eureka, APP, timeout=10)
        assert "eureka_leave_failed" not in runtime.log()
    finally:
        late.shutdown()


def test_a_lost_cluster_is_published_and_so_is_its_return(eureka, make_runtime, spark_cluster):
    runtime = make_runtime(member(eureka), master=spark_cluster.url, statusUrls=[spark_cluster.ui]).start()
    wait_status(eureka, APP, "UP")
    first = int(eureka.instances(APP)[0]["lastDirtyTimestamp"])
    spark_cluster.master.stop()
    try:
        wait_status(eureka, APP, "DOWN", timeout=60)
        assert runtime.health()["components"]["eureka"]["status"] == "UP", "we are registered, as DOWN"
    finally:
        spark_cluster.master.start()
    wait_status(eureka, APP, "UP", timeout=60)
    assert int(eureka.instances(APP)[0]["lastDirtyTimestamp"]) > first
    assert runtime.stop() == 0


def test_one_whose_name_is_in_use_is_not_published_as_serving(eureka, make_runtime):
    first = make_runtime(member(eureka), name="same").start()
    wait_status(eureka, APP, "UP")
    second = make_runtime(member(eureka), name="same").start()
    wait_until(lambda: second.health()["components"]["modelManage"]["details"]["standing"] == "NAME_IN_USE", "the second one sees the first", 60)
    wait_until(lambda: sorted(eureka.statuses(APP)) == ["DOWN", "UP"], "it does nothing, and says so")
    assert first.stop() == 0
    wait_status(eureka, APP, "UP", timeout=90)
    assert second.stop() == 0


def test_a_user_is_asked_for(eurekas, make_runtime):
    eureka = eurekas["basic"]
    runtime = make_runtime(member(eureka)).start()
    wait_status(eureka, APP, "UP")
    assert runtime.stop() == 0
    assert eureka.statuses(APP) == []

    wrong = member(eureka)
    wrong["eureka"]["client"]["serviceUrl"]["defaultZone"] = f"http://eureka:not-it@127.0.0.1:{eureka.port}/eureka/"
    refused = make_runtime(wrong).start()
    wait_until(lambda: standing(refused.url)["state"] == "REFUSED", "the refusal is shown", 20)
    assert "refuses our user" in standing(refused.url)["reason"]
    assert "not-it" not in refused.log() + str(standing(refused.url)) and EUREKA_PASSWORD not in runtime.log()


def test_tokens_of_the_runtime_are_renewed_for_eureka(eurekas, issuer, make_runtime):
    eureka, bearer = eurekas["jwt"], {"headers": {"Authorization": f"Bearer {issuer.token(600)}"}}
    assert eureka.ask("GET", f"apps/{APP}").status_code == 401
    # model-manage is not asked: this provider is not its own.
    runtime = make_runtime(member(eureka) | {"oauth2": issuer.config()}).start()
    wait_status(eureka, APP, "UP", **bearer)
    issued = issuer.issued
    wait_until(lambda: issuer.issued >= issued + 2, "tokens that end are renewed", 20)
    assert standing(runtime.url)["state"] == "REGISTERED"
    assert runtime.stop() == 0
    assert eureka.statuses(APP, **bearer) == []
    assert issuer.refused == 0, "a secret with any characters is understood"


def test_a_provider_that_hangs_keeps_nobody_from_stopping(eureka, make_runtime, make_server):
    """Who stops waits for its bearer no longer than for anything else."""
    issuer = TokenIssuer(life=3)
    try:
        runtime = make_runtime(member(eureka) | {"oauth2": issuer.config()}).start()
        found = make_server(config=member(eureka) | {"oauth2": issuer.config()})
        wait_status(eureka, APP, "UP")
        wait_status(eureka, "model-manage", "UP")
        issuer.hangs.set()
        time.sleep(4)  # their tokens have ended
        begin = time.monotonic()
        for process in (runtime.process, found.process):
            process.child.terminate()
        assert [runtime.process.child.wait(20), found.process.child.wait(20)] == [0, 0]
        assert time.monotonic() - begin < 10
    finally:
        issuer.stop()
    wait_status(eureka, APP)
    wait_status(eureka, "model-manage")


def test_the_server_is_found_by_name_and_stays_found_while_eureka_is_away(eureka, make_server, tmp_path):
    found = make_server(config=member(eureka))
    wait_status(eureka, "model-manage", "UP")
    admin = Rest.sign_in(found.url, "admin", PASSWORD)
    assert admin.get("/actuator/eureka")["state"] == "REGISTERED"
    assert admin.get("/actuator")["_links"]["eureka"]["href"].endswith("/actuator/eureka")
    client = machine_client(admin, "by-name")
    tokens = {"oauth2": {"client": {"accessTokenUri": "lb://model-manage/gocli/token", "clientId": client["clientId"], "clientSecret": client["clientSecret"]}}}
    runtime = SparkRuntime(tmp_path / "by-name", found.url, client, {"master": "local[1]", "modelManageUrl": "http://eureka.model-manage/model-manage/api"}, name="by-name",
                           more=member(eureka) | tokens).start()
    try:
        runtime.wait_enrolled()
        assert standing(runtime.url)["services"]["model-manage"]["instances"] == [found.url]
        eureka.kill()
        wait_until(lambda: standing(runtime.url)["state"] == "AWAY", "Eureka is gone", 20)

        def heard() -> str:
            return last_contact(admin.get("/model-manage/api/runtimes/search/findByName?name=by-name"))

        before = heard()
        wait_until(lambda: heard() > before, "the server hears of the runtime all the same", 60)
    finally:
        runtime.stop()
        eureka.start(120)
    wait_status(eureka, "model-manage", "UP")
    found.stop()
    assert eureka.statuses("model-manage") == []


def last_contact(answer: dict) -> str:
    [runtime] = next(iter(answer["_embedded"].values()))
    return runtime["lastContact"]


@pytest.mark.parametrize("kind", ["plain", "basic"])
@pytest.mark.parametrize("process", ["serve", "runtime"])
def test_nothing_is_left_behind_by_starts_and_stops(process, kind, eurekas, make_server, make_runtime):
    eureka = eurekas[kind]
    app, one = ("model-manage", make_server(config=member(eureka), start=False)) if process == "serve" else (APP, make_runtime(member(eureka)))
    for _ in range(ROUNDS):
        one.start()
        wait_status(eureka, app, "UP")
        one.stop()
        assert eureka.statuses(app) == []
