"""What is none of ours goes through as it came."""

import hashlib
import socket

import pytest

from bridgehost import encode

SECRETS = [{"name": "k", "hosts": ["a.example"], "placeholder": "<K>", "value": "v\u00fc\"\\"}]


@pytest.mark.parametrize(
    "rules", [[], ["10.0.0.0/8", "192.0.2.1:443", "[2001:db8::1]:443", " ", "2001:db8::/32"]]
)
def test_without_hostname_rules_the_same_bytes_pass_and_nothing_is_asked(dns, boxes, rules):
    repaired = boxes()
    config = repaired.config(rules, secrets=SECRETS)
    same, address, result = repaired.host.unchanged(config)
    assert result.created and same
    stats = repaired.host.stats(result.handle)
    assert stats["config_sha256"] == hashlib.sha256(encode(config)).hexdigest()
    assert int(stats["config_address"], 16) == int(address, 16)
    assert dns.queries() == []
    repaired.host.close()
    assert not [line for line in repaired.host.logs() if "repair" in line]


def test_control_a_hostname_rule_is_noticed(dns, boxes):
    dns.set_script("a.example answer 192.0.2.1\n")
    repaired = boxes()
    config = repaired.config(["a.example"])
    same, address, result = repaired.host.unchanged(config)
    assert same  # the caller's own bytes are never written to
    stats = repaired.host.stats(result.handle)
    assert stats["config_sha256"] != hashlib.sha256(encode(config)).hexdigest()
    assert int(stats["config_address"], 16) != int(address, 16)


@pytest.mark.parametrize("text", [b"", b"{", b"nonsense", b'{"allow_net":7}', b'{"allow_net":["a"]'])
def test_garbage_reaches_the_bridge_which_reports_it(dns, boxes, text):
    texts = [boxes(repaired=repaired).host.create(text).text for repaired in (False, True)]
    assert texts[0] == texts[1] != ""
    assert dns.queries() == []


def test_null_goes_through(boxes):
    results = [boxes(repaired=repaired).host.create_null() for repaired in (False, True)]
    assert results[0][0] == results[1][0]
    assert results[0].text == results[1].text


def test_the_rest_of_the_bridge_is_the_same(dns, boxes):
    """Everything that a host can see of a box, with and without."""
    dns.set_script("a.example answer 192.0.2.1\n")
    seen = []
    for repaired in False, True:
        box = boxes(repaired=repaired)
        result = box.create(
            ["a.example"],
            port_mappings=[{"host_port": 18080, "guest_port": 80}],
            secrets=SECRETS,
            ca_cert_pem="CERT",
            ca_key_pem="KEY",
        )
        stats = box.host.stats(result.handle)
        with socket.create_connection(("127.0.0.1", 18080), timeout=5):
            pass
        seen.append(
            [
                result.created,
                result.handle,
                stats["secrets"],
                stats["port_mappings"],
                stats["allow_net"],
                box.host.version(),
                box.host.stats(result.handle + 1),
                box.host.destroy(result.handle),
                box.host.destroy(result.handle),
                box.sockets(),
            ]
        )
        box.host.close()
        lines = box.host.logs()
        assert any("DNS sinkhole configured" in line for line in lines)
        assert any("Network allowlist enabled" in line for line in lines)
    assert seen[0] == seen[1]


def test_errors_of_the_bridge_itself_arrive(dns, boxes):
    dns.set_script("a.example answer 192.0.2.1\n")
    texts = []
    for repaired in False, True:
        box = boxes(repaired=repaired)
        texts.append(box.create(["a.example"], subnet="nonsense").text)
    assert texts[0] == texts[1] != ""


def test_a_host_without_a_callback_is_told_on_stderr(dns, boxes):
    dns.set_script("a.example answer 192.0.2.1\n")
    repaired = boxes(callback=False)
    assert repaired.create(["a.example"]).created
    repaired.host.close()
    assert (
        "boxlite-allownet: INFO allowNet: host resolved hostname=a.example v4_count=1 "
        "v4_ips=192.0.2.1" in repaired.host.logs()
    )


def test_off_is_off(dns, boxes):
    dns.set_script("six.example aaaa-only 2001:db8::1\n")
    off = boxes(BOXLITE_ALLOWNET="off")
    assert off.answers(["six.example"], ["six.example"]) == {"six.example": "A 0.0.0.0"}
    off.host.close()
    assert not [line for line in off.host.logs() if "allowNet: repair" in line]


def test_observe_tells_and_changes_nothing(dns, boxes):
    dns.set_script("six.example aaaa-only 2001:db8::1\n*.org answer 192.0.2.5\n")
    observing = boxes(BOXLITE_ALLOWNET="observe")
    rules = ["six.example"]
    config = observing.config(rules)
    result = observing.host.create(config)
    assert result.created
    stats = observing.host.stats(result.handle)
    assert stats["config_sha256"] == hashlib.sha256(encode(config)).hexdigest()
    assert observing.answers(["*.example.org"], ["x.example.org"]) == {
        "x.example.org": "A length-0"
    }
    observing.host.close()
    log = "\n".join(observing.host.logs())
    assert 'observe: the create would be refused: allowNet: resolve "six.example": only' in log
    assert "zones would be repaired" in log


def test_a_repaired_boxlite_is_left_alone(dns, boxes):
    """0.10.3 and later have no sinkhole: rules that we would refuse are none of our business."""
    fixed = boxes(variant="bridge-fixed")
    config = fixed.config(["dead.example", "https://x"])
    result = fixed.host.create(config)
    assert result.created
    stats = fixed.host.stats(result.handle)
    assert stats["config_sha256"] == hashlib.sha256(encode(config)).hexdigest()
    assert dns.queries() == []
    fixed.host.close()
    assert any("does not filter DNS any more" in line for line in fixed.host.logs())
