"""One authority for all tests of the link: making keys takes longer than using them."""

from pathlib import Path

import pytest

from tests.link.support import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Of the same name: a name proves nothing."""
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture
def ca(authority: Authority) -> Path:
    return authority.folder / "ca.pem"
