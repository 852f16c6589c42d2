"""A Keycloak, and servers that ask it, shared by all of these tests."""
from __future__ import annotations

import os

import pytest

from sandbox.keycloak import Keycloak, settings
from sandbox.server import Slipway


@pytest.fixture(scope="package")
def keycloak(tmp_path_factory):
    given = os.environ.get("SLIPWAY_TEST_KEYCLOAK")  # the port of one that runs already, to write tests by
    keycloak = Keycloak(tmp_path_factory.mktemp("keycloak"), int(given) if given else None)
    if given:
        yield keycloak
        return
    try:
        yield keycloak.start()
    finally:
        keycloak.stop()


@pytest.fixture(scope="package")
def company(keycloak, tmp_path_factory):
    """A server that knows nobody by itself."""
    server = Slipway(tmp_path_factory.mktemp("company"), config={"security": settings(keycloak)}, password=None)
    yield server.start()
    server.stop()


@pytest.fixture(scope="package")
def asking(keycloak, tmp_path_factory):
    """A server that asks the provider about each token."""
    server = Slipway(tmp_path_factory.mktemp("asking"), config={"security": settings(keycloak, introspection="all")}, password=None)
    yield server.start()
    server.stop()


@pytest.fixture(scope="package")
def asking_about_opaque_ones(keycloak, tmp_path_factory):
    server = Slipway(tmp_path_factory.mktemp("opaque"), config={"security": settings(keycloak, introspection="opaque")}, password=None)
    yield server.start()
    server.stop()
