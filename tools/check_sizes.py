#!/usr/bin/env python3
"""The shape of files: their size, the length of functions and lines, their names and first lines.

A finding past a hard limit fails; one past a soft limit is printed as a note.
"""
import pathlib
import re
import sys
from typing import Iterator

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ("src", "include", "tests", "bench", "examples")
PUBLIC_HEADER, HEADER, SOURCE, FUNCTION = (200, 200), (200, 300), (500, 800), (50, 80)  # soft, hard
LINE = 100
VAGUE = re.compile(r"(^|_)(utils?|helpers?|common|managers?|misc)(_|$)")

RAW_STRING = r'R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"'
COMMENT = r"//[^\n]*|/\*.*?\*/"
STRING = r'"(?:\\.|[^"\\\n])*"'
CHARACTER = r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'"  # but no digit separator
LITERAL = re.compile("|".join([RAW_STRING, COMMENT, STRING, CHARACTER]), re.S)
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.M)
TYPE = re.compile(r"\b(class|struct|union|enum)\b[^()]*$")


def blank(text: str) -> str:
    """The same lines without comments, literals and preprocessor lines."""
    for pattern in (LITERAL, DIRECTIVE):
        text = pattern.sub(lambda match: "\n" * match[0].count("\n"), text)
    return text


def functions(text: str) -> Iterator[tuple[int, int]]:
    """(first line, length) of the body of every function at namespace or class scope.

    Walks the braces. A block is a namespace, a type, a function (it has parentheses before it, or
    follows the braces of a constructor's initialiser) or something inside a function.
    """
    stack, head, line = [], "", 1
    for char in blank(text):
        if char == "\n":
            line += 1
        if char == "{":
            outside = all(kind == "scope" for kind, _ in stack)
            if outside and (re.search(r"\b(namespace|extern)\b", head) or TYPE.search(head)):
                kind = "scope"
            elif outside and not head.rstrip().endswith("=") and ("(" in head or not head.strip()):
                kind = "function"
            else:
                kind = "inner"
            stack.append((kind, line))
            head = ""
        elif char == "}" and stack:
            kind, begin = stack.pop()
            if kind == "function":
                yield begin, line - begin + 1
            head = ""
        elif char == ";":
            head = ""
        else:
            head += char


def file_findings(path: str, text: str) -> Iterator[tuple[int, str, bool]]:
    """(line, what and way out, is it hard)"""
    lines = text.splitlines()
    public = path.startswith("include/")
    soft, hard = PUBLIC_HEADER if public else HEADER if path.endswith(".h") else SOURCE
    hard = soft if public else hard
    if len(lines) > soft:
        yield 1, f"{len(lines)} lines, at most {hard}; split it by idea", len(lines) > hard
    for number, line in enumerate(lines, 1):
        if len(line) > LINE:
            yield number, f"{len(line)} columns, at most {LINE}; break the line", True
    for number, length in functions(text):
        if length > FUNCTION[0]:
            advice = f"function of {length} lines, aim at {FUNCTION[0]}, at most {FUNCTION[1]}"
            yield number, f"{advice}; name its steps", length > FUNCTION[1]
    stem = pathlib.PurePath(path).stem
    if VAGUE.search(stem):
        yield 1, f"'{stem}' says nothing; name the file after its one idea", True
    has_header = (ROOT / path).with_suffix(".h").exists() or stem.endswith("_test")
    if not text.startswith("//") and (path.endswith(".h") or not has_header):
        yield 1, "does not open with what it is; add one to five comment lines", True


def main() -> int:
    files = sorted(p for folder in FOLDERS for p in ROOT.glob(f"{folder}/**/*.[hc]*"))
    files = [p for p in files if p.suffix in (".h", ".cc")]
    failures = notes = 0
    for file in files:
        path = file.relative_to(ROOT).as_posix()
        for line, what, hard in file_findings(path, file.read_text()):
            print(f"{path}:{line}: {'' if hard else 'note: '}{what}")
            failures += hard
            notes += not hard
    print(f"sizes: {len(files)} files, {failures} findings, {notes} notes")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
