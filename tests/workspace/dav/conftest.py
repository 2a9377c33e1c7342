"""The servers that all of this is tried on, each started once, when a test first needs it."""

from collections.abc import Iterator

import pytest
from tests.kit.rigs.cyrus import CyrusRig, cyrus
from tests.kit.rigs.dav import DavRig
from tests.kit.rigs.radicale import radicale
from tests.kit.rigs.xandikos import xandikos


@pytest.fixture(scope="session")
def on_radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavRig]:
    with radicale(tmp_path_factory.mktemp("radicale")) as rig:
        yield rig


@pytest.fixture(scope="session")
def on_xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DavRig]:
    with xandikos(tmp_path_factory.mktemp("xandikos")) as rig:
        yield rig


@pytest.fixture(scope="session")
def on_cyrus() -> Iterator[CyrusRig]:
    with cyrus() as rig:
        yield rig


@pytest.fixture(params=["radicale", "xandikos", "cyrus"])
def rig(request: pytest.FixtureRequest) -> DavRig:
    found: DavRig = request.getfixturevalue(f"on_{request.param}")
    return found
