"""The reader of C sources that the other checks rely on."""

from csource import literals

SOURCE = r'''
#include "names.h"
#define OWN "own " KEY /* not a "literal" of its own */
// "neither" is this
static const char text[] = "one " "two\n" OWN;
static int work(int a)
{
    char quote = '"';
    tell(a, (a > 1) ? "many" : "one", other("inner", 2), "last, %s" /* , */ );
    return call(names[0], "x\x41\"");
}
'''


def read(tmp_path):
    (tmp_path / "names.h").write_text('#define KEY "key"\n')
    (tmp_path / "a.c").write_text(SOURCE)
    return {literal.text: literal for literal in literals(tmp_path / "a.c")}


def test_neighbours_and_macros_are_one_literal(tmp_path):
    assert read(tmp_path)["one two\nown key"].definition == "text"


def test_comments_and_characters_are_none(tmp_path):
    found = read(tmp_path)
    assert set(found) == {"one two\nown key", "many", "one", "inner", "last, %s", 'xA"'}


def test_each_has_its_call_and_argument(tmp_path):
    found = read(tmp_path)
    where = {text: (found[text].call.name, found[text].argument) for text in found}
    assert where["many"] == where["one"] == ("tell", 1)
    assert where["inner"] == ("other", 0)
    assert where["last, %s"] == ("tell", 3)
    assert where['xA"'] == ("call", 1)
    assert found["many"].definition == "work"
    assert found["many"].call is found["last, %s"].call
