"""Peers and servers for the integration tests. Everything real; everything started here is stopped here."""
from __future__ import annotations

import itertools
import pathlib

import pytest

from sandbox.hadoop import Hadoop
from sandbox.jira_fake import JiraFake
from sandbox.postgres import Postgres
from sandbox.process import ROOT
from sandbox.rest import Rest
from sandbox.server import BINARY, PASSWORD, Slipway
from sandbox.spark_cluster import SparkCluster
from sandbox.stack import TEST_CONFIG as CONFIG, Stack


@pytest.fixture(scope="session", autouse=True)
def binary() -> pathlib.Path:
    assert BINARY.exists(), f"{BINARY} is missing: ./dev build"
    return BINARY


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    """Moto with the sandbox account, the fault proxy, and one server that no test kills."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.server.start()
    yield stack
    stack.stop()


@pytest.fixture
def moto(stack):
    """Recording from here on."""
    stack.moto.record()
    return stack.moto


@pytest.fixture
def life(stack):
    """What becomes of things in the account, to be scripted; afterwards it is as for every test: things take their time, and end well unless they are called fail."""
    yield stack.life
    stack.account.live()


@pytest.fixture(scope="module")
def jira_sites(tmp_path_factory):
    """Jira Cloud and Jira Data Center."""
    folder = tmp_path_factory.mktemp("jira")
    made = {flavor: JiraFake(folder, flavor) for flavor in ("cloud", "datacenter")}
    yield made
    for fake in made.values():
        fake.stop()


@pytest.fixture
def cloud(jira_sites):
    """Jira Cloud, without issues and faults, before and after."""
    jira_sites["cloud"].reset()
    yield jira_sites["cloud"]
    jira_sites["cloud"].reset()


@pytest.fixture
def proxy(stack):
    """Without rules and counts, before and after."""
    stack.proxy.reset()
    yield stack.proxy
    stack.proxy.reset()


@pytest.fixture(scope="session")
def server(stack) -> Slipway:
    return stack.server


@pytest.fixture(scope="session")
def admin(server) -> Rest:
    return Rest.sign_in(server.url, "admin", PASSWORD)


@pytest.fixture(scope="session")
def group_of():
    """A new group for each call, so that tests on one server do not see each other's objects."""
    numbers = itertools.count(1)
    return lambda: f"group-{next(numbers)}"


@pytest.fixture
def team(admin, group_of):
    """A signed-in person of a group that nobody else is in; `team.group` names it."""
    group = group_of()
    person = admin.new_user([group])
    person.group = group
    return person


@pytest.fixture
def make_server(tmp_path, stack):
    """Makes servers of a test's own, each in its own folder, on the sandbox account through the proxy unless told otherwise."""
    made: list[Slipway] = []

    def make(start: bool = True, **more) -> Slipway:
        more.setdefault("aws", stack.proxy.url)
        more["config"] = {**CONFIG, **more.get("config", {})}
        server = Slipway(tmp_path / f"server-{len(made)}", **more)
        made.append(server)
        return server.start() if start else server

    yield make
    for server in made:
        if server.process:
            server.stop()


@pytest.fixture(scope="session")
def postgres():
    cluster = Postgres()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def spark_cluster(tmp_path_factory):
    """One standalone cluster for all tests. Who stops or kills a daemon starts it again."""
    cluster = SparkCluster(tmp_path_factory.mktemp("spark"))
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def hadoop(tmp_path_factory):
    """HDFS, YARN and the job history for all tests. Who stops or kills a daemon starts it again."""
    hadoop = Hadoop(tmp_path_factory.mktemp("hadoop"))
    try:
        yield hadoop.start()
    finally:
        hadoop.stop()


def pytest_sessionstart(session):
    """The tests read the contract from the tree."""
    assert (ROOT / "api/openapi.yaml").exists()
