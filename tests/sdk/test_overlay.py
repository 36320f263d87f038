"""The published Node SDK with nothing preloaded, and BOXLITE_RUNTIME_DIR set to an overlay."""

import os
import shutil
import subprocess

import pytest

from example import RIGHT, RULES, SCRIPT
from sdkbox import COMMAND
from test_sdk import JAILS, boxes


@pytest.fixture(autouse=True)
def names(dns):
    dns.set_script(SCRIPT)
    return dns


@pytest.fixture
def runtime(homes, version, tmp_path):
    """Made of what the SDK has unpacked."""
    environment = {**os.environ, "HOME": str(homes(version))}
    run = subprocess.run(
        [COMMAND, "overlay", tmp_path / "o"], env=environment, stdout=subprocess.PIPE, text=True
    )
    assert run.returncode == 0 and f" for boxlite {version}, " in run.stdout
    return tmp_path / "o"


@pytest.mark.parametrize("jail", JAILS)
def test_right_answers(application, runtime, jail, names):
    settings = {"BOXLITE_RUNTIME_DIR": str(runtime)}
    app = application(boxes(RULES, jail, 4), repaired=False, settings=settings)
    for index in range(4):
        assert app.answers(RIGHT, index) == RIGHT
    jailed = any(words[0].endswith("bwrap") for words in app.shims().values())
    assert jailed == (jail == "jailed")
    # The shims themselves would ask for AAAA as well.
    assert {(query.type, query.name) for query in names.queries()} == {
        ("A", name) for name in ("github.com", "iapi.sample.com", "example.org")
    }


@pytest.mark.parametrize("jail", JAILS)
def test_a_dead_host_is_named_by_the_sdk(application, version, runtime, jail, names):
    names.set_script(SCRIPT + "dead.example nxdomain\n")
    settings = {"BOXLITE_RUNTIME_DIR": str(runtime)}
    app = application(boxes([*RULES, "dead.example"], jail), repaired=False, settings=settings)
    told = app.error()
    if version != "0.9.7":
        told = app.log("gvproxy_create failed")
    for text in (told, app.exit_message()):
        assert 'gvproxy_create failed: allowNet: resolve "dead.example": no such host' in text


@pytest.mark.parametrize("jail", JAILS)
def test_an_overlay_of_another_release_is_refused(
    application, homes, version, runtime, tmp_path, jail
):
    """The text is in what the SDK shows of the shim's standard error; that of 0.10.0 shows none."""
    other = {"0.9.7": "0.10.0", "0.10.0": "0.9.7"}[version]
    shims = list(homes(other).glob(f".local/share/boxlite/runtimes/v{other}*/boxlite-shim"))
    shutil.rmtree(runtime)
    subprocess.run([COMMAND, "overlay", runtime, "--shim", shims[0]], check=True)
    settings = {"BOXLITE_RUNTIME_DIR": str(runtime)}
    app = application(boxes(RULES, jail), repaired=False, settings=settings)
    told = app.error()
    errors = (app.directory() / "shim.stderr").read_text()
    text = f"overlay made for {other}; run overlay again or unset BOXLITE_RUNTIME_DIR"
    assert text in errors
    if version == "0.9.7":
        assert text in told
