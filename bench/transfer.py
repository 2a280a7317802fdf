#!/usr/bin/env python3
"""Objects to and from a store beside s5cmd, and a query of one beside the same local file.

    bench/transfer.py --cache ~/.cache/skymill/bench [--build build/release] [--rounds 5]

The store is versitygw on loopback, which shares the machine's cores with whom it serves. Before each
command the disk's queue is emptied. The commands of a comparison take turns; the table shows the fastest of the rounds and the most memory
of any. skymill's copies are flushed to disk before it ends, s5cmd's are not.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from peers import ROOT, quiet

sys.path.insert(0, str(ROOT / "tests" / "servers"))
from store_server import start_s3  # noqa: E402

S5CMD = "github.com/peak/s5cmd/v2 v2.3.0"
MANY, MANY_BYTES, LARGE_BYTES = 2000, 256 << 10, 1 << 30
ROWS = 16_000_000
QUERY = "SELECT region, count(*) AS n, avg(a) AS a, max(b) AS b FROM '{}' GROUP BY region"
MOST_MEMORY, MOST_TIME, MOST_QUERY_TIME = 256, 1.0, 1.3


def s5cmd(cache: pathlib.Path) -> pathlib.Path:
    """The program, built once from pinned source, whose modules Go checks."""
    program = cache / "s5cmd-2.3.0"
    if not program.exists():
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            # A module that requires it: `go install` would ask for a list of versions as well.
            (pathlib.Path(folder) / "go.mod").write_text(f"module bench\n\nrequire {S5CMD}\n")
            quiet("go", "build", "-mod=mod", "-o", program, S5CMD.split()[0], cwd=folder,
                  env={**os.environ, "GOTOOLCHAIN": "auto"}, stderr=subprocess.DEVNULL)
    return program


def run(command: list, environment: dict) -> tuple[float, float]:
    """Seconds and MiB of a command."""
    os.sync()
    start = time.perf_counter()
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen([str(word) for word in command], env=environment,
                                   stdout=subprocess.DEVNULL, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        took = time.perf_counter() - start
        if process.returncode != 0:
            messages.seek(0)
            sys.exit(f"{command[0]} ended with {process.returncode}: {messages.read().decode()}")
    return took, usage.ru_maxrss / 1024


def compare(name: str, ours: list, theirs: list, environment: dict, rounds: int,
            most: float) -> None:
    times = {"ours": [], "theirs": []}
    memory = {"ours": 0.0, "theirs": 0.0}
    for round_ in range(rounds + 1):
        for who, command in (("ours", ours), ("theirs", theirs)):
            took, used = run(command, environment)
            if round_ > 0:  # the first fills caches
                times[who].append(took)
            memory[who] = max(memory[who], used)
    fastest = {who: min(all_) for who, all_ in times.items()}
    ratio = fastest["ours"] / fastest["theirs"]
    good = ratio <= most and memory["ours"] <= MOST_MEMORY
    print(f"| {name} | {fastest['ours']:.2f} s | {fastest['theirs']:.2f} s | {ratio:.2f} "
          f"| {most:.1f} | {memory['ours']:.0f} MiB | {memory['theirs']:.0f} MiB "
          f"| {'reached' if good else '**missed**'} |", flush=True)


def measure(options: argparse.Namespace, folder: pathlib.Path, environment: dict,
            root: str) -> None:
    skymill, peer = options.build / "skymill", s5cmd(options.cache)
    environment = {**os.environ, **environment, "AWS_REGION": "us-east-1",
                   "S3_ENDPOINT_URL": environment["AWS_ENDPOINT_URL"]}
    large, many = folder / "large", folder / "many"
    many.mkdir()
    with large.open("wb") as file:
        for _ in range(LARGE_BYTES >> 20):
            file.write(os.urandom(1 << 20))
    for number in range(MANY):
        (many / f"{number}.bin").write_bytes(os.urandom(MANY_BYTES))
    (folder / "out").mkdir()

    def against(name, ours, theirs, most):
        compare(name, ours, theirs, environment, options.rounds, most)

    print("| what | skymill | peer | ratio | at most | its memory | the peer's | |\n"
          "|---|---|---|---|---|---|---|---|")
    cp, their_cp = [skymill, "cp", "--quiet"], [peer, "cp"]
    out = folder / "out"
    against("1 GiB up", [*cp, large, f"{root}large"], [*their_cp, large, f"{root}large5"],
            MOST_TIME)
    against("1 GiB down", [*cp, f"{root}large", out / "large"],
            [*their_cp, f"{root}large5", out / "large5"], MOST_TIME)
    against(f"{MANY:,} × 256 KiB up", [*cp, f"{many}/", f"{root}many/"],
            [*their_cp, f"{many}/", f"{root}many5/"], MOST_TIME)
    against(f"{MANY:,} × 256 KiB down", [*cp, f"{root}many/", f"{out}/many/"],
            [*their_cp, f"{root}many5/*", f"{out}/many5/"], MOST_TIME)
    parquet = options.cache / f"query-{ROWS}.parquet"
    if not parquet.exists():
        sys.exit(f"{parquet} is not there; bench/commands.py makes it")
    run([*cp, parquet, f"{root}query.parquet"], environment)
    against("Parquet aggregate, s3 beside local",
            [skymill, "query", QUERY.format(f"{root}query.parquet"), "--quiet"],
            [skymill, "query", QUERY.format(parquet), "--quiet"], MOST_QUERY_TIME)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    # Below the cache, as the server needs extended attributes, which /tmp may lack.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="transfer-", dir=options.cache))
    server = None
    try:
        server, environment, root = start_s3(folder / "s3", "bench", at_once=64)
        measure(options, folder, environment, root)
    finally:
        if server is not None:
            server.kill()
            server.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
