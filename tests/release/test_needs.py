"""A release that would need more than libc, or a libc newer than it says, is none: faults planted in the
sources, and what `make release` makes of them."""

import subprocess

import pytest

from packaging_tools import ROOT, WHO, run
from releases import files, make_release

CHECK = ROOT / "scripts" / "release" / "check-needs"
# Since glibc 2.36 only.
NEWER = """
unsigned int arc4random(void);
unsigned int version_planted(void);

__attribute__((visibility("default"), used)) unsigned int version_planted(void)
{
    return arc4random();
}
"""
LIBRARY = """
$(SO): $(BUILD)/libplanted.so
$(BUILD)/libplanted.so:
\t@mkdir -p $(@D)
\techo 'int planted;' | $(CC) -shared -Wl,-soname,libplanted.so.1 -o $@ -x c -
SO_LDFLAGS += -Wl,--no-as-needed $(BUILD)/libplanted.so
"""


def plant(directory, file, text=None, old=None, new=None):
    """Adds the text to the file, or replaces; committed."""
    content = (directory / file).read_text()
    if text is None:
        assert old in content
        content = content.replace(old, new)
    else:
        content += text
    (directory / file).write_text(content)
    run("git", "commit", "-q", "-a", "-m", "a fault", cwd=directory, env=WHO)


def refusal(directory, **options):
    """What the release that comes to nothing says."""
    text = make_release(directory, status=2, **options)
    assert "SHA256SUMS" not in files(directory)
    return text


def test_a_function_of_a_newer_libc_does_not_link(clone):
    tree = clone("tree")
    plant(tree, "shim/base/version.c", NEWER)
    text = refusal(tree)
    assert "undefined symbol: arc4random" in text and "release: no build for x86_64" in text


def test_built_for_a_newer_libc_it_is_refused(clone):
    """When the compiler was told of a newer one: the files are looked at, too."""
    tree = clone("tree")
    plant(tree, "shim/base/version.c", NEWER)
    plant(tree, "scripts/release/release", old="-target $triplet.$glibc", new="-target $triplet.2.36")
    text = refusal(tree)
    assert "libboxlite_allownet.so needs GLIBC_2.36, newer than 2.28: arc4random@GLIBC_2.36" in text
    assert "release: no release of this" in text


def test_another_library_is_refused(clone):
    tree = clone("tree")
    plant(tree, "Makefile", LIBRARY)
    text = refusal(tree)
    assert "libboxlite_allownet.so needs libplanted.so.1" in text and "release: no release of this" in text


def test_other_packages_of_the_static_libraries_are_refused(clone):
    """The bytes would be others. They are fetched anew, so they are not lent."""
    tree = clone("tree")
    plant(tree, "scripts/release/libraries.sha256", old="79cb66b55021", new="000000000000")
    text = refusal(tree, lent=["zig"])
    assert "these are not the packages of scripts/release/libraries.sha256" in text


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """Made by this machine's compiler: one that is fine for its libc, one that needs zlib."""
    directory = tmp_path_factory.mktemp("objects")
    for name, options in {"fine": [], "zlib": ["-Wl,--no-as-needed", "-lz"]}.items():
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-o", directory / name, "-x", "c", "-", "-x", "none", *options],
            input=b"#include <string.h>\nint f(char *text);\nint f(char *text){ return (int)strlen(text); }\n",
            check=True,
        )
    return directory


def test_control_what_needs_libc_alone_is_let_through(objects):
    run(CHECK, "2.28", objects / "fine")


def test_each_file_is_looked_at(objects):
    assert "zlib needs libz.so" in run(CHECK, "2.28", objects / "fine", objects / "zlib", status=1)
    assert "zlib needs libz.so" in run(CHECK, "2.28", objects / "zlib", objects / "fine", status=1)


def test_what_is_no_elf_file_does_not_pass():
    run(CHECK, "2.28", ROOT / "Makefile", status=1)
