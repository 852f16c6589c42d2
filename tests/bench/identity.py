"""What tokens of a provider cost beside our own, and what a runtime holds that is a member of everything: Eureka, a provider, Kerberos."""
from __future__ import annotations

import http.client
import pathlib
import statistics
import time
from typing import Iterator

from bench.rows import figure
from bench.scripted_yarn import ScriptedYarn, write_hadoop_conf
from bench.server import CONNECTIONS, wrk
from bench.start import memory
from sandbox.eureka import Eureka
from sandbox.kdc import REALM, Kdc
from sandbox.plain_spark import PlainSpark
from sandbox.process import wait_until
from sandbox.rest import MODEL_MANAGE, Rest
from sandbox.server import PASSWORD, Slipway
from sandbox.spark_runtime import SparkRuntime
from sandbox.token_issuer import TokenIssuer

ROUNDS = 3
NEW_TOKENS = 1500
IDLE_SECONDS = 30
PERSON = {"sub": "8f14e45f-ceea-467f-9575-0d1d1c1a9b3e", "preferred_username": "sam", "memberOf": ["modelop"], "scope": "openid profile"}


def measure(folder: pathlib.Path, _peers: bool) -> Iterator[str]:
    issuer = TokenIssuer(life=300)
    own = Slipway(folder / "own").start()
    theirs = Slipway(folder / "theirs", config={"security": issuer.security()}, password=None).start()
    try:
        people = Rest.sign_in(own.url, "admin", PASSWORD), Rest(theirs.url, issuer.sign(3600, **PERSON))
        yield from requests(folder, people)
        yield from first_sight(theirs, issuer)
        yield from idle(folder, theirs, issuer)
    finally:
        theirs.stop()
        own.stop()
        issuer.stop()


def requests(folder: pathlib.Path, people: tuple[Rest, Rest]) -> Iterator[str]:
    """The same read with a token of ours and with one of the provider that was seen before, in turns."""
    addresses = [f"{person.url}{MODEL_MANAGE}/storedModels/{person.new_model('bench', group='modelop')['id']}" for person in people]
    rates = [[], []]
    for _ in range(ROUNDS):
        for person, address, into in zip(people, addresses, rates):
            into.append(wrk(address, folder, {"Authorization": f"Bearer {person.token}"}))
    own, theirs = (1e6 / statistics.median(each) for each in rates)
    ratio = theirs / own
    yield figure(f"a request with a provider's token seen before, {CONNECTIONS} connections", theirs, "us", "<= 1.2 x one of ours", own, "ours", met=ratio <= 1.2)


def first_sight(server: Slipway, issuer: TokenIssuer) -> Iterator[str]:
    """Each token twice on one connection: what the first time costs beyond the second."""
    tokens = [issuer.sign(3600, **PERSON, jti=f"t-{number}") for number in range(NEW_TOKENS)]
    link = http.client.HTTPConnection("127.0.0.1", server.port)
    times = [[], []]
    for token in tokens:
        for into in times:
            begin = time.perf_counter()
            link.request("GET", f"{MODEL_MANAGE}/storedModels?size=1", headers={"Authorization": f"Bearer {token}"})
            answer = link.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            into.append(time.perf_counter() - begin)
    link.close()
    first, again = (statistics.median(each) * 1e6 for each in times)
    yield figure("first sight of an RS256 token, beyond the second", first - again, "us", "<= 300 us", met=first - again <= 300)
    yield figure("  the whole request, first and second", first, "us", "a figure to know", again, "second")


def idle(folder: pathlib.Path, server: Slipway, issuer: TokenIssuer) -> Iterator[str]:
    """Registered, enrolled with a token of the provider, with a ticket, and nothing to do."""
    kdc = Kdc(folder / "kdc", life=36000, renewable=604800)
    keytab = kdc.keytab("svc", "svc")
    yarn, eureka = ScriptedYarn(folder / "ledger"), Eureka(folder / "eureka")
    (folder / "staging").mkdir()
    write_hadoop_conf(folder)
    settings = {"master": "yarn", "deployMode": "cluster", "statusUrls": [yarn.url], "hadoopConfDir": str(folder), "stagingUrl": (folder / "staging").as_uri(), "pollInterval": "5s",
                "kerberos": {"principal": f"svc@{REALM}", "keytab": str(keytab), "krb5Conf": str(kdc.conf)}}
    client = {"clientId": issuer.client, "clientSecret": issuer.secret}
    runtime = SparkRuntime(folder / "edge", server.url, client, settings, spark=PlainSpark(folder), more={**eureka.member(hostname="127.0.0.1"), "oauth2": issuer.config()})
    try:
        kdc.start()
        eureka.start(120)
        runtime.start().wait_enrolled()
        wait_until(lambda: all(part["status"] == "UP" for part in runtime.health()["components"].values()), "all of it is well", 60, every=0.5)
        wait_until(lambda: eureka.statuses("spark-runtime-service") == ["UP"], "others find it", 60, every=0.5)
        time.sleep(5)  # idle is a state, not an event
        before, began = processor_seconds(runtime.process.pid), time.monotonic()
        time.sleep(IDLE_SECONDS)
        used = (processor_seconds(runtime.process.pid) - before) / (time.monotonic() - began) * 100
        rss = memory(runtime.process.pid, "Rss") / 1024
        yield figure("runtime idle with all three: resident set size", rss, "MiB", "<= 24 MiB", met=rss <= 24)
        yield figure("  proportional set size", memory(runtime.process.pid, "Pss") / 1024, "MiB", "a figure to know")
        yield figure("  of one processor", used, "%", "<= 1 %", met=used <= 1)
    finally:
        runtime.stop()
        eureka.stop()
        kdc.stop()
        yarn.stop()


def processor_seconds(pid: int) -> float:
    """What its threads have used, to the nanosecond: ticks of the clock are too long for a process that sleeps."""
    return sum(int(task.read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9
