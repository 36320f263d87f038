"""doctor on published artifacts, in the sandbox of tests/support/sandbox.c: an /etc of its own."""

import shutil
import subprocess

import pytest

from doctorbox import BUILD, NODE, module_of
import publishedshims

pytest_plugins = ["sandboxfixtures"]


@pytest.fixture
def published():
    """published(version): path of the published shim."""
    return publishedshims.published


@pytest.fixture
def module():
    """module(version): path of the published SDK's library."""

    def path(version):
        library = module_of(version)
        if not library.exists():
            pytest.skip("the published SDK is not there: scripts/fetch-sdk")
        return library

    return path


@pytest.fixture
def wheel():
    """The directory into which the published wheel of 0.9.7 was unpacked."""
    directory = BUILD / "wheel" / "0.9.7"
    if not directory.exists():
        pytest.skip("the published wheel is not there: scripts/fetch-wheel")
    return directory


@pytest.fixture
def node():
    if shutil.which(NODE) is None:
        pytest.skip("there is no node")
    return NODE


@pytest.fixture(scope="session")
def as_user():
    """Command line that goes on as an ordinary user."""
    line = ["setpriv", "--reuid=65533", "--regid=65533", "--clear-groups"]
    if subprocess.run([*line, "true"], check=False).returncode != 0:
        pytest.skip("cannot become another user")
    return line


@pytest.fixture
def dns(knowing_dns):
    return knowing_dns
