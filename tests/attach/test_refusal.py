"""What cannot be repaired is refused where boxlite reports it: in the exit file."""

from shimbox import IPV6_ONLY, NO_ANSWER

HOSTS = {"good.example": ["192.0.2.1"], "dead.example": NO_ANSWER, "six.example": IPV6_ONLY}
TEXT = (
    'allowNet: resolve "dead.example": no answer after 4 attempts; '
    'resolve "six.example": only IPv6 addresses; the guest network is IPv4'
)


def refused(box):
    assert not box.wait_started()
    assert box.wait_ended() == 1
    return box.exit_file()


def test_every_failing_host_is_in_the_exit_file(dns, start):
    exit_file = refused(start(list(HOSTS), HOSTS))
    assert exit_file["type"] == "error"
    assert exit_file["message"] == f"network error: gvproxy_create failed: {TEXT}"
    assert dns.queries() == []


def test_a_misspelled_rule_is_in_the_exit_file(dns, start):
    exit_file = refused(start(["https://good.example/x"], {}))
    assert 'allowNet: rule "https://good.example/x": is a URL' in exit_file["message"]
    assert dns.queries() == []


def test_a_host_that_launch_did_not_learn_is_refused_not_looked_up(dns, start):
    dns.set_script("default answer 192.0.2.8\n")
    exit_file = refused(start(["other.example"], {}))
    assert 'allowNet: resolve "other.example"' in exit_file["message"]
    assert dns.queries() == []


def test_bad_settings_are_refused_by_name(start):
    exit_file = refused(start(["h.example"], HOSTS, settings=["BOXLITE_ALLOWNET_ATTEMPTS=forty"]))
    assert 'BOXLITE_ALLOWNET_ATTEMPTS="forty"' in exit_file["message"]


def test_a_long_text_arrives_whole(start):
    names = [f"host-{number}.{'x' * 60}.example" for number in range(30)]
    exit_file = refused(start(names, {name: NO_ANSWER for name in names}))
    assert names[19] in exit_file["message"]
    assert exit_file["message"].endswith("and 10 more")


def test_lines_of_launch_are_in_the_shims_log(start):
    lines = [(3, "allowNet: DNS resolution failed, will retry hostname=h.example"), (2, "second")]
    with start(["good.example"], HOSTS, logs=lines) as box:
        assert box.wait_started(), box.stderr()
        log = box.wait_log("handing over process control")
        assert "WARN gvproxy: allowNet: DNS resolution failed, will retry" in log
        assert "INFO gvproxy: second" in log
        assert log.count("allowNet: repair loaded") == 1
        # boxlite shows its users the first lines of a shim's standard error.
        assert not any("allowNet" in line for line in box.stderr())
