#!/usr/bin/env python3
"""Times of whole commands: start-up, one row predicted, queries beside the engine's own shell.

    bench/commands.py --cache ~/.cache/skymill/bench [--build build/release] [--rounds 5]

The commands of a comparison take turns, so that a noisy machine hurts both alike; the table shows
the fastest and the median of the rounds, the ratio is that of the fastest. The shell comes from the
package duckdb-cli of the embedded engine's version, installed into a venv under --cache.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import time

from peers import ROOT, install, quiet, train_gender

SHELL = "duckdb-cli==1.5.6"
ROWS = 16_000_000
QUERIES = {
    "group and aggregate": "SELECT region, count(*) AS n, avg(a) AS a, max(b) AS b FROM '{file}' "
                           "GROUP BY region ORDER BY region",
    "filter and aggregate": "SELECT count(*) AS n, sum(c) AS c FROM '{file}' WHERE a > 0.5",
    "distinct and quantile": "SELECT region, count(DISTINCT b) AS n, quantile_cont(a, 0.5) AS q "
                             "FROM '{file}' GROUP BY region ORDER BY region",
    "sort and limit": "SELECT a, b, c FROM '{file}' ORDER BY b, a LIMIT 5",
}


def seconds(command: list) -> float:
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    took = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return took


def in_turns(commands: dict[str, list], rounds: int) -> dict[str, dict]:
    times = {name: [] for name in commands}
    for command in commands.values():
        seconds(command)  # warm-up: files in the page cache, libraries loaded once
    for _ in range(rounds):
        for name, command in commands.items():
            times[name].append(seconds(command))
    return {name: {"fastest": min(all_), "median": statistics.median(all_)}
            for name, all_ in times.items()}


def make_files(shell: pathlib.Path, cache: pathlib.Path) -> list[pathlib.Path]:
    """Equal rows as CSV and Parquet: a text, an integer and three numbers."""
    files = [cache / f"query-{ROWS}.csv", cache / f"query-{ROWS}.parquet"]
    for file in files:
        if not file.exists():
            rows = (f"SELECT i, 'region' || hash(i) % 12 AS region, hash(i) / 1.8446744073709552e19 "
                    f"AS a, round(hash(i + 1) / 1.8e19, 6) AS b, i * 0.25 AS c FROM range({ROWS}) t(i)")
            quiet(shell, "-c", f"COPY ({rows}) TO '{file}.part' (FORMAT {file.suffix[1:].upper()})")
            pathlib.Path(f"{file}.part").rename(file)
    return files


def one_row(build: pathlib.Path, cache: pathlib.Path) -> tuple[list, list[str]]:
    """The command that predicts one row, and which engine libraries the loader opens for it."""
    row = cache / "one.csv"
    command = [build / "skymill", "predict", train_gender(build, cache), row]
    row.write_text("age,height,weight\n16,1.73,63.5\n")
    trace = subprocess.run(["/usr/bin/env", "LD_DEBUG=files", *command], check=True,
                           capture_output=True, text=True).stderr
    mapped = sorted({name for name in re.findall(r"file=(\S+)", trace)
                     if "duckdb" in name or "arrow" in name or "parquet" in name})
    return command, mapped


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    program = options.build / "skymill"

    predict, mapped = one_row(options.build, options.cache)
    small = in_turns({"skymill version": [program, "version"], "predict, one row": predict},
                     10 * options.rounds)
    print("| command | fastest | median | target |\n|---|---|---|---|")
    for (name, times), target in zip(small.items(), (10, 30)):
        print(f"| {name} | {1e3 * times['fastest']:.1f} ms | {1e3 * times['median']:.1f} ms "
              f"| {target} ms |")
    print(f"\nlibraries of the engine loaded by predict: {', '.join(mapped) or 'none'}\n")

    shell = install(options.cache / "shell-venv", [SHELL]) / "duckdb"
    result = {"small": small, "mapped": mapped, "queries": {}}
    print("| query | file | skymill | shell | ratio |\n|---|---|---|---|---|")
    for file in make_files(shell, options.cache):
        for name, query in QUERIES.items():
            sql = query.format(file=file)
            times = in_turns({"skymill": [program, "query", sql, "--quiet"],
                              "shell": [shell, "-c", sql]}, options.rounds)
            ours, theirs = times["skymill"]["fastest"], times["shell"]["fastest"]
            result["queries"][f"{name}, {file.suffix[1:]}"] = times
            print(f"| {name} | {file.suffix[1:]} | {ours:.2f} s | {theirs:.2f} s "
                  f"| {ours / theirs:.2f} |", flush=True)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
