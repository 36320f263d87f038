"""The real thing as parent: the published SDKs create boxes, and only LD_PRELOAD is set."""

import re

import pytest

from example import RIGHT, RULES, SCRIPT
from publishedshims import VERSIONS
from sdkbox import release_of

JAILED = (*VERSIONS, "python-0.9.7", "python-0.10.1", "python-0.10.2")

JAILS = {"jailed": {}, "plain": {"security": {"jailerEnabled": False}}}
# Up to 0.9.5 the SDK itself keeps its jail from starting, by Landlock: see the last test.
PLACES = [*((sdk, jail) for sdk in JAILED for jail in JAILS), ("python-0.9.5", "plain")]
everywhere = pytest.mark.parametrize("version, jail", PLACES, indirect=["version"])


def boxes(allow_net, jail, count=1):
    network = {"mode": "enabled", "allowNet": allow_net}
    return [{"network": network, **JAILS[jail]}] * count


@pytest.fixture(autouse=True)
def names(dns):
    dns.set_script(SCRIPT)
    return dns


@everywhere
@pytest.mark.parametrize("repaired", [True, "run"], ids=["preload", "run"])
def test_right_answers(application, jail, repaired, names):
    app = application(boxes(RULES, jail, 4), repaired=repaired)
    for index in range(4):
        assert app.answers(RIGHT, index) == RIGHT
    jailed = any(words[0].endswith("bwrap") for words in app.shims().values())
    assert jailed == (jail == "jailed")
    # The shims themselves would ask for AAAA as well.
    assert {(query.type, query.name) for query in names.queries()} == {
        ("A", name) for name in ("github.com", "iapi.sample.com", "example.org")
    }


@pytest.mark.parametrize("version", JAILED, indirect=True)
def test_the_bwrap_that_the_sdk_brings(application, tmp_path, names):
    """It takes its own, a newer one, where PATH has none; it tries that with true."""
    (tmp_path / "true").symlink_to("/bin/true")
    app = application(boxes(RULES, "jailed"), settings={"PATH": str(tmp_path)})
    assert app.answers(RIGHT) == RIGHT
    jails = [words[0] for words in app.shims().values() if words[0].endswith("bwrap")]
    assert jails and all("/runtimes/" in path for path in jails)


@everywhere
def test_a_dead_host_is_named_by_the_sdk(application, version, jail, names):
    """In the error that 0.9.7 gives, and in the "Error output" of 0.9.5. From 0.10.0 on that is "The VM failed
    to start.", whatever the reason was; the SDK's log has the reason."""
    names.set_script(SCRIPT + "dead.example nxdomain\nsix.example aaaa-only 2001:db8::1\n")
    settings = {"BOXLITE_ALLOWNET_BACKOFF_MS": "1", "BOXLITE_ALLOWNET_TIMEOUT_MS": "10000"}
    app = application(boxes([*RULES, "dead.example", "six.example"], jail), settings=settings)
    told = [app.error()]
    if release_of(version).startswith("0.10."):
        told = [app.log('resolve "six.example"'), app.exit_message()]
    elif release_of(version) == "0.9.7":
        told.append(app.exit_message())
    for text in told:
        assert 'allowNet: resolve "dead.example": no such host' in text
        assert 'resolve "six.example": only IPv6 addresses' in text


@everywhere
def test_a_box_without_names_starts_as_ever(application, jail, names):
    app = application(boxes(["10.0.0.0/8"], jail))
    assert app.answers(["github.com"]) == {"github.com": "A 0.0.0.0"}
    assert names.queries() == []


@everywhere
def test_control_unrepaired(application, jail, names):
    """The fault: in seven boxes of eight iapi.sample.com is hidden behind github.com's zone. That it is in
    none of ten has a probability of 1e-9."""
    app = application(boxes(RULES, jail, 10), repaired=False)
    told = [app.answers(RIGHT, index) for index in range(10)]
    assert any(answer["iapi.sample.com"] == "A 0.0.0.0" for answer in told)
    assert all(answer["a.example.org"] != RIGHT["a.example.org"] for answer in told)


@pytest.mark.parametrize("version", ["python-0.9.5"], indirect=True)
@pytest.mark.parametrize("repaired", [False, True], ids=["without", "with"])
def test_control_a_jail_that_starts_for_nobody(application, repaired):
    """Landlock keeps bwrap from its uid map; with the repair, from our command."""
    app = application(boxes(RULES, "jailed"), repaired=repaired)
    text = "cannot start .*/boxlite-allownet .EACCES." if repaired else "setting up uid map: Permission denied"
    assert re.search(text, app.error())
