"""What most tests of the runtime service begin with; a file with other needs makes its own."""
from __future__ import annotations

import pytest

from sandbox.rest import Rest
from sandbox.server import PASSWORD, Slipway


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    slipway = Slipway(tmp_path_factory.mktemp("model-manage")).start()
    yield slipway
    slipway.stop()


@pytest.fixture(scope="module")
def admin(server):
    return Rest.sign_in(server.url, "admin", PASSWORD)
