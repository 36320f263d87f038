"""The allowlist that most suites use: its rules, the nameserver's script, and what a guest has to be told.

The differential test has an oracle of its own, which takes nothing from here.
"""

RULES = ["github.com", "iapi.sample.com", "*.example.org"]
SCRIPT = """
github.com answer 192.0.2.1
iapi.sample.com answer 192.0.2.2
example.org answer 192.0.2.3
"""
# {host: addresses}, for tests that are given what a nameserver would have said.
PINS = {"github.com": ["192.0.2.1"], "iapi.sample.com": ["192.0.2.2"], "example.org": ["192.0.2.3"]}
# Of a bridge without the repair, each of the three may be answered wrongly, the wildcard always is.
WILDCARD = "a.example.org"
RIGHT = {
    "github.com": "A 192.0.2.1",
    "iapi.sample.com": "A 192.0.2.2",
    WILDCARD: "A 192.0.2.3",
    "b.a.example.org": "A 192.0.2.3",
    "other.com": "A 0.0.0.0",
    "host.boxlite.internal": "A 192.168.127.254",
}
