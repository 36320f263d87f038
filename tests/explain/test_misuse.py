"""What cannot be explained is said, and why; exit status 125, and nothing on standard output."""

import os
import subprocess

import pytest

from clibox import COMMAND, environment, run


def refused(*words, **options):
    result = run("explain", *words, **options)
    assert (result.returncode, result.stdout) == (125, "")
    assert result.stderr.startswith("boxlite-allownet explain: ")
    return result.stderr


def test_files_that_cannot_be_read(tmp_path):
    assert "No such file" in refused(tmp_path / "missing")
    assert "Is a directory" in refused(tmp_path)
    assert "is neither a configuration of the bridge" in refused("/bin/true")
    assert "cannot read /dev/zero: File too large" in refused("/dev/zero")
    file = tmp_path / "rules"
    file.write_text("github.com\n")
    assert "No such file" in refused(file, "--answers", tmp_path / "missing")
    assert "holds a NUL byte" in refused(file, "--answers", "/bin/true")


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "[]", '{"network_config": {}}', '{"host_ip": "1"}'])
def test_no_rule_at_all(text):
    assert "names no rule in allow_net" in refused("-", input=text)


@pytest.mark.parametrize(
    "text, why",
    [
        ('{"allow_net": ["github.com"]', "is neither"),
        ('{"network_config": {"allow_net": 7}}', "is neither"),
        ('{"allow_net": "github.com", "secrets": "hush"}', "a type that the bridge does not take"),
        ('{"allow_net": ["a.example"], "allow_net": ["b.example"]}', 'gives "allow_net" twice'),
    ],
)
def test_json_that_is_no_configuration(text, why):
    message = refused("-", input=text)
    assert why in message and "hush" not in message


@pytest.mark.parametrize(
    "line, why",
    [
        ("192.0.2.1 github.com", "begins with an address"),
        ("github.com", "without an address"),
        ("github.com maybe", "neither an address nor"),
        ("github.com 192.0.2.1 nxdomain", "no address"),
        ("git/hub.com 192.0.2.1", "no host name"),
    ],
)
def test_answers_that_are_none(tmp_path, line, why):
    (tmp_path / "rules").write_text("github.com\n")
    (tmp_path / "answers").write_text(f"# answers\n{line}\n")
    message = refused(tmp_path / "rules", "--answers", tmp_path / "answers")
    assert why in message and "line 2" in message


def test_answers_given_twice(tmp_path):
    (tmp_path / "rules").write_text("github.com\n")
    (tmp_path / "answers").write_text("github.com 192.0.2.1\nGitHub.com. nxdomain\n")
    assert "names github.com twice" in refused(tmp_path / "rules", "--answers", tmp_path / "answers")


@pytest.mark.parametrize(
    "words, why",
    [
        ([], "there is no CONFIG to explain"),
        (["a", "b"], 'not "b" as well'),
        (["a", "--answer"], "needs a value"),
        (["a", "--querry", "x"], 'did you mean "--query"'),
        (["a", "-x"], 'no option "-x"'),
        (["a", "--json=1"], "--json"),
        (["a", "--query", ""], "an argument is empty"),
        (["a", "--query", "a..b"], "no name that a guest could ask for"),
        (["a", "--query", "192.0.2.1"], "no name that a guest could ask for"),
        (["-", "--answers", "-"], "both CONFIG and FILE"),
    ],
)
def test_usage(words, why):
    message = refused(*words)
    assert why in message and "Try: boxlite-allownet explain --help" in message


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_output_that_cannot_be_written(tmp_path):
    (tmp_path / "rules").write_text("10.0.0.0/8\n")
    for words in ([], ["--json"]):
        with open("/dev/full", "w") as full:
            result = subprocess.run(
                [COMMAND, "explain", tmp_path / "rules", *words],
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        assert result.returncode == 125 and "cannot" in result.stderr
