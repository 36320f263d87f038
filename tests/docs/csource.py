"""The string literals of C sources, each with the call and the definition it stands in.

A reader of tokens, no parser: it knows comments, literals, macros that are strings, brackets and
commas. That is enough to tell the arguments of a call apart, and needs no compiler.
"""

import functools
import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<space>\s+|/\*.*?\*/|//[^\n]*)
    |(?P<directive>^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
    |(?P<string>(?:u8|[LuU])?"(?:[^"\\\n]|\\.)*")
    |(?P<char>'(?:[^'\\\n]|\\.)*')
    |(?P<word>[A-Za-z_]\w*)
    |(?P<other>.)""",
    re.DOTALL | re.MULTILINE | re.VERBOSE)
DEFINE = re.compile(r"\s*#\s*define\s+(\w+)\s+(.*)", re.DOTALL)
INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
ESCAPE = re.compile(r"\\([0-7]{1,3}|x[0-9a-fA-F]+|.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a", "b": "\b"}


@dataclass
class Call:
    """A call, or a bracket of another kind (then `name` is empty)."""
    name: str
    literals: list = field(default_factory=list)
    argument: int = 0


@dataclass
class Literal:
    path: str
    line: int
    text: str
    definition: str  # the function or the variable that it stands in
    call: Call       # the innermost call with a name, or one without at top level
    argument: int    # which of its arguments, from 0

    def where(self):
        return f"{self.path}:{self.line}"


def unquote(token):
    def replace(match):
        code = match.group(1)
        if code[0] in "01234567":
            return chr(int(code, 8))
        if code[0] == "x" and len(code) > 1:
            return chr(int(code[1:], 16))
        return ESCAPES.get(code, code)
    return ESCAPE.sub(replace, token[token.index('"') + 1:-1])


def tokens(text):
    line = 1
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        if kind != "space":
            yield kind, match.group(), line
        line += match.group().count("\n")


def string_macros(path, text):
    """Macros whose body is made of string literals and other such macros, here or in a header."""
    macros = {}
    for kind, token, _ in tokens(text):
        match = INCLUDE.match(token) if kind == "directive" else None
        header = match and find_header(path, match.group(1))
        if header:
            macros |= header_macros(header)
        match = DEFINE.match(token) if kind == "directive" else None
        if match is None:
            continue
        parts = []
        for inner, part, _ in tokens(match.group(2)):
            if inner == "string":
                parts.append(unquote(part))
            elif inner == "word" and part in macros:
                parts.append(macros[part])
            else:
                parts = None
                break
        if parts:
            macros[match.group(1)] = "".join(parts)
    return macros


def find_header(path, name):
    """Includes are written from the top of the repository."""
    for directory in path.parents:
        if (directory / name).is_file():
            return directory / name
    return None


@functools.cache
def header_macros(path):
    return string_macros(path, path.read_text())


class Reader:
    def __init__(self, path, text, macros):
        self.path, self.text, self.macros = path, text, macros
        self.brackets = []
        self.definition = ""
        self.before = ""     # the last word
        self.literal = None  # being put together out of neighbours
        self.found = []

    def call(self):
        for call in reversed(self.brackets):
            if call.name:
                return call
        return self.brackets[-1] if self.brackets else Call("")

    def add(self, text, line):
        if self.literal is not None:
            self.literal.text += text
            return
        call = self.call()
        self.literal = Literal(self.path, line, text, self.definition, call, call.argument)
        call.literals.append(self.literal)
        self.found.append(self.literal)

    def step(self, kind, token, line):
        if kind == "string":
            self.add(unquote(token), line)
            return
        if kind == "word" and token in self.macros:
            self.add(self.macros[token], line)
            return
        self.literal = None
        if kind == "word":
            self.before = token
            return
        if not self.brackets and token in "([=" and self.before:
            self.definition = self.before
        if token in "([{":
            self.brackets.append(Call(self.before if token == "(" else ""))
        elif token in ")]}" and self.brackets:
            self.brackets.pop()
        elif token == "," and self.brackets:
            self.brackets[-1].argument += 1
        self.before = ""

    def read(self):
        for kind, token, line in tokens(self.text):
            if kind != "directive":
                self.step(kind, token, line)
        return self.found


def literals(path):
    """All of the file at `path`, in the order of the text."""
    text = path.read_text()
    return Reader(str(path), text, string_macros(path, text)).read()
