"""Units as operators write them, and what is to come of a box in each.

Of each unit: its name, the lines of its [Service] section, and the outcome of a box that the
repair is switched on for, plain and jailed:
REPAIRED    and without the repair the box starts, with the fault
FAILS       it does not start without the repair either, and ends with the same text
a text      a part of the line with which the box is refused; it starts without the repair
"""

REPAIRED, FAILS = "repaired", "fails"

KILLED = "a seccomp filter kills any process that calls ptrace: "
DENIED = "a seccomp filter denies ptrace (Operation not permitted): "

USER = ["User=app"]
HARDENED = [
    *USER,
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "ProtectControlGroups=yes",
    "RestrictSUIDSGID=yes",
]
# All that systemd-analyze security asks for and a program that opens sockets and runs others allows.
HARDEST = [
    "DynamicUser=yes",
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "ProtectHome=yes",
    "PrivateTmp=yes",
    "PrivateDevices=yes",
    "PrivateUsers=yes",
    "ProtectKernelTunables=yes",
    "ProtectKernelModules=yes",
    "ProtectKernelLogs=yes",
    "ProtectControlGroups=yes",
    "ProtectClock=yes",
    "ProtectHostname=yes",
    "ProcSubset=pid",
    "ProtectProc=invisible",
    "RestrictNamespaces=yes",
    "RestrictRealtime=yes",
    "RestrictSUIDSGID=yes",
    "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
    "LockPersonality=yes",
    "MemoryDenyWriteExecute=yes",
    "RemoveIPC=yes",
    "UMask=0077",
    "CapabilityBoundingSet=",
    "AmbientCapabilities=",
    "SystemCallArchitectures=native",
    "SystemCallErrorNumber=EPERM",
    "SystemCallFilter=@system-service",
    "SystemCallFilter=~@privileged @resources",
]

# Each alone is harmless, so that all of them together tell as much.
HARMLESS = [
    *USER,
    "NoNewPrivileges=yes",
    "ProtectSystem=strict",
    "PrivateTmp=yes",
    "ProtectProc=invisible",
    "MemoryDenyWriteExecute=yes",
    "LockPersonality=yes",
    "CapabilityBoundingSet=",
]

UNITS = [
    ("nothing", [], REPAIRED, REPAIRED),
    (", ".join(HARMLESS), HARMLESS, REPAIRED, REPAIRED),
    ("DynamicUser=yes", ["DynamicUser=yes"], REPAIRED, REPAIRED),
    ("PrivateUsers=yes, User=app", [*USER, "PrivateUsers=yes"], REPAIRED, REPAIRED),
    # bubblewrap reads /proc/sys/kernel/overflowuid.
    ("ProcSubset=pid", [*USER, "ProcSubset=pid"], REPAIRED, FAILS),
    ("RestrictNamespaces=yes", [*USER, "RestrictNamespaces=yes"], REPAIRED, FAILS),
    # As root bubblewrap needs capabilities.
    ("CapabilityBoundingSet=", ["CapabilityBoundingSet="], REPAIRED, FAILS),
    ("SystemCallFilter=@system-service", ["SystemCallFilter=@system-service"], KILLED, FAILS),
    (
        "SystemCallFilter=@system-service @mount",
        ["SystemCallFilter=@system-service @mount"],
        KILLED,
        KILLED,
    ),
    (
        "the same, SystemCallErrorNumber=EPERM",
        ["SystemCallFilter=@system-service @mount", "SystemCallErrorNumber=EPERM"],
        DENIED,
        DENIED,
    ),
    (
        "the same with ptrace",
        ["SystemCallFilter=@system-service @mount ptrace", "SystemCallErrorNumber=EPERM"],
        REPAIRED,
        REPAIRED,
    ),
    (
        "SystemCallFilter=@system-service @mount @debug",
        ["SystemCallFilter=@system-service @mount @debug"],
        REPAIRED,
        REPAIRED,
    ),
    ("SystemCallFilter=~@debug", [*USER, "SystemCallFilter=~@debug"], KILLED, KILLED),
    ("a web service's", HARDENED, REPAIRED, REPAIRED),
    ("systemd-analyze's", HARDEST, DENIED, FAILS),
    ("systemd-analyze's, with ptrace", [*HARDEST, "SystemCallFilter=ptrace"], REPAIRED, FAILS),
]

# The one that the page starts from.
DOCUMENT = ["SystemCallFilter=@system-service"]

YAMA_2 = "kernel.yama.ptrace_scope is 2: "
YAMA_3 = "kernel.yama.ptrace_scope is 3: "
YAMA_HIDDEN = "kernel.yama.ptrace_scope is 2 or 3, as it seems: "

# Of each scope: name, lines, outcomes. Scope 3 lasts until the next boot, so it comes last.
YAMA = {
    0: [("yama 0", USER, REPAIRED, REPAIRED)],
    1: [("yama 1, root", [], REPAIRED, REPAIRED), ("yama 1", USER, REPAIRED, REPAIRED)],
    2: [
        # CAP_SYS_PTRACE will do; in its own user namespace root's bubblewrap leaves it to the shim.
        ("yama 2, root", [], REPAIRED, REPAIRED),
        ("yama 2", USER, YAMA_2, YAMA_2),
        ("yama 2, ProcSubset=pid", [*USER, "ProcSubset=pid"], YAMA_HIDDEN, FAILS),
    ],
    3: [("yama 3, root", [], YAMA_3, YAMA_3), ("yama 3", USER, YAMA_3, YAMA_3)],
}

# A profile that allows all but ptrace; %s is for more rules.
PROFILE = """abi <abi/3.0>,
profile my-app flags=(attach_disconnected, mediate_deleted) {
  capability,
  file,
  network,
  unix,
  dbus,
  signal,
  mount,
  remount,
  umount,
  pivot_root,
  %s
}
"""
CONFINED = ["AppArmorProfile=my-app"]
DENIED_BY_PROFILE = 'the AppArmor profile my-app denies ptrace: add the rule "ptrace peer=my-app," to it'
# Of each: name, the profile's further rule, lines, outcomes.
APPARMOR = [
    ("AppArmor", "", CONFINED, DENIED_BY_PROFILE, DENIED_BY_PROFILE),
    ("AppArmor, User=app", "", [*USER, *CONFINED], DENIED_BY_PROFILE, DENIED_BY_PROFILE),
    ("AppArmor with ptrace", "ptrace peer=my-app,", CONFINED, REPAIRED, REPAIRED),
    ("AppArmor with ptrace, User=app", "ptrace peer=my-app,", [*USER, *CONFINED], REPAIRED, REPAIRED),
]
