#!/usr/bin/env python3
"""Who may include whom: holds src/ to the module table of docs/architecture.md.

Checks every #include of src/ and include/, the libraries that must stay in one folder, and that the
DEPENDS of each src/<module>/CMakeLists.txt repeats the module's row.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = "docs/architecture.md"
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')

# Include prefix of a library -> the folders of src/ that may use it.
CONFINED = {
    "duckdb": ["engine/embedded"],
    "grpc": ["engine/spark"],
    "grpcpp/": ["engine/spark"],
    "google/protobuf/": ["engine/spark"],
    "arrow/": ["format", "engine/spark"],
    "parquet/": ["format", "engine/spark"],
    "boost/asio": ["serve"],
    "boost/beast": ["serve"],
    "CLI/": ["cli"],
    "curl/": ["store/http"],
    "openssl/": ["base/signing"],
}


def read_table() -> dict[str, set[str]]:
    """Module -> the modules it may include, in the order of the table."""
    rows = {}
    inside = False
    for line in (ROOT / PAGE).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0] == "module":
            inside = True
        elif inside and not line.startswith("|"):
            break
        elif inside and not cells[0].startswith("---"):
            rows[cells[0]] = cells[-1]
    if not rows:
        sys.exit(f"{PAGE}:1: no table with a first column 'module'; restore it")

    allowed, above = {}, []
    for module, text in rows.items():
        if text.startswith("everything"):
            allowed[module] = set(rows) - {module}
        elif text.startswith("all above"):
            excluded = text.partition("except")[2].replace(",", " ").split()
            allowed[module] = set(above) - set(excluded)
        elif text.startswith("std"):
            allowed[module] = set()
        else:
            allowed[module] = set(text.split())
        if not allowed[module] <= set(above) and not text.startswith("everything"):
            back = ", ".join(sorted(allowed[module] - set(above)))
            sys.exit(f"{PAGE}:1: {module} may include {back}, which is no row above it")
        above.append(module)
    return allowed


def within(path: str, folders: list[str]) -> bool:
    return any(path.startswith(f"src/{folder}/") for folder in folders)


def include_finding(path: str, quote: str, target: str, allowed: dict[str, set[str]]) -> str | None:
    """What is wrong with this #include, or None."""
    for prefix, folders in CONFINED.items():
        if target.startswith(prefix) and not within(path, folders):
            places = ", ".join(f"src/{folder}" for folder in folders)
            return f"{target} belongs to {places} only; call it through that folder"
    first = target.split("/")[0]
    if path.startswith("include/"):
        if quote == '"' and first != "skymill" or quote == "<" and re.search(r"[/.]", target):
            return f"public headers include only std and skymill/, not {target}; move it to src/"
        return None
    if quote == "<" or first == "skymill":
        return None
    if first not in allowed:
        return f'"{target}" starts with no module; write it from src/ on, or use <> for a library'
    module = path.split("/")[1]
    if first != module and first not in allowed[module]:
        return f"{module} must not include {first}; see the module table of {PAGE}"
    return None


def depends_finding(module: str, text: str, allowed: dict[str, set[str]]) -> str | None:
    call = re.search(rf"skymill_module\({module}\b([^)]*)\)", text)
    if not call:
        return f"no skymill_module({module} …) call; add it"
    depends = re.search(r"\bDEPENDS\s+([a-z\s]+)", call[1])
    listed = set(depends[1].split()) if depends else set()
    wanted = {m for m in allowed[module] if (ROOT / "src" / m / "CMakeLists.txt").exists()}
    if listed == wanted:
        return None
    changes = [f"add {m}" for m in sorted(wanted - listed)]
    changes += [f"drop {m}" for m in sorted(listed - wanted)]
    return f"DEPENDS differs from the row in {PAGE}; {', '.join(changes)}"


def main() -> int:
    allowed = read_table()
    findings = []
    files = sorted(p for top in ("src", "include") for p in ROOT.glob(f"{top}/**/*.[hc]*"))
    sources = [p for p in files if p.suffix in (".h", ".cc")]
    for file in sources:
        path = file.relative_to(ROOT).as_posix()
        folder = path.split("/")[1]
        if path.startswith("src/") and folder not in allowed:
            findings.append(f"{path}:1: folder {folder} has no row in {PAGE}; add it there")
            continue
        for number, line in enumerate(file.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            finding = match and include_finding(path, match[1], match[2], allowed)
            if finding:
                findings.append(f"{path}:{number}: {finding}")
    for module in allowed:
        file = ROOT / "src" / module / "CMakeLists.txt"
        finding = file.exists() and depends_finding(module, file.read_text(), allowed)
        if finding:
            findings.append(f"src/{module}/CMakeLists.txt:1: {finding}")

    print(*findings, sep="\n", end="\n" if findings else "")
    print(f"layers: {len(sources)} files, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
