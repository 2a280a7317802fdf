#!/usr/bin/env python3
"""Requests per second and CPU per request of /predict, beside a bare Beast server and FastAPI.

    bench/serving.py --cache ~/.cache/skymill/bench [--build build/release] [--rounds 3]

Servers run one after another, in turns, so that a noisy machine hurts all alike; wrk runs on the
same cores. CPU is utime + stime of the server's processes divided by requests: it hardly depends on
the load of the machine, requests per second do. Needs wrk and g++; the Python side is installed
into a venv under --cache (about 350 MB). Prints a table; --json FILE writes the numbers too.
"""
import argparse
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import sys
import time

from peers import DATA, ROOT, install, quiet, train_gender

PEERS = ROOT / "bench" / "serve"
BODY = '{"age":16,"height":1.73,"weight":63.5}'
LUA = f"""wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{BODY}'
"""
TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def build_bare_beast(cache: pathlib.Path) -> pathlib.Path:
    source, program = PEERS / "bare_beast.cc", cache / "bare_beast"
    if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
        quiet("g++", "-std=c++20", "-O2", source, "-lsimdjson", "-o", program)
    return program


def children(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += children(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    total = 0
    for process in children(pid):
        fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def wait_until_up(port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            sys.exit(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    sys.exit(f"{process.args[0]} does not listen on port {port}")


def load(url: str, script: pathlib.Path, seconds: float, connections: int) -> dict:
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency",
               "-s", str(script), url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        sys.exit(f"{url}: errors under load\n{text}")

    def milliseconds(percent: str) -> float:
        value, unit = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)", text, re.M).groups()
        return float(value) * {"us": 1e-3, "ms": 1, "s": 1e3}[unit]

    return {"requests": int(re.search(r"(\d+) requests in", text)[1]),
            "per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
            "p50_ms": milliseconds("50"), "p99_ms": milliseconds("99")}


def measure(server: dict, options: argparse.Namespace, script: pathlib.Path) -> dict:
    port = free_port()
    command = [str(part).replace("PORT", str(port)) for part in server["command"]]
    process = subprocess.Popen(command, env={**os.environ, **server.get("env", {})}, cwd=PEERS,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_until_up(port, process)
        url = f"http://127.0.0.1:{port}{server['path']}"
        load(url, script, 1, options.connections)  # warm-up; also proves that all workers are up
        before = cpu_seconds(process.pid)
        result = load(url, script, options.seconds, options.connections)
        result["cpu_us"] = 1e6 * (cpu_seconds(process.pid) - before) / result["requests"]
        return result
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def servers(options: argparse.Namespace) -> dict[str, dict]:
    cache, threads = options.cache, options.threads
    model = options.model or train_gender(options.build, cache)
    found = {
        "bare Beast": {"command": [build_bare_beast(cache), "PORT", threads], "path": "/predict"},
        "skymill": {"command": [options.build / "skymill-serve", model, "--port", "PORT",
                                "--threads", threads], "path": "/predict"}}
    if options.no_python:
        return found
    requirements = [line for line in (PEERS / "requirements.txt").read_text().splitlines()
                    if not line.startswith("#")]
    uvicorn = [install(cache / "serve-venv", requirements) / "python", "-m", "uvicorn", "fastapi_app:app", "--port", "PORT",
               "--workers", threads, "--log-level", "warning"]
    env = {"DATA": str(DATA), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
           "PYTHONDONTWRITEBYTECODE": "1"}
    for name, path in (("FastAPI def", "/predict"), ("FastAPI async def", "/predict_async")):
        found[name] = {"command": uvicorn, "path": path, "env": env}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--model", type=pathlib.Path, help="default: trained with skymill")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("--no-python", action="store_true")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    for name in ("cache", "build", "model"):
        path = getattr(options, name)
        setattr(options, name, path and path.resolve())
    options.cache.mkdir(parents=True, exist_ok=True)
    script = options.cache / "post.lua"
    script.write_text(LUA)

    runs: dict[str, list[dict]] = {}
    compared = servers(options)
    for turn in range(options.rounds):
        for name, server in compared.items():
            print(f"round {turn + 1} of {options.rounds}: {name}", file=sys.stderr)
            runs.setdefault(name, []).append(measure(server, options, script))
    medians = {name: {key: statistics.median(run[key] for run in list_of) for key in list_of[0]}
               for name, list_of in runs.items()}

    ours = medians["skymill"]
    print(f"POST /predict, {options.connections} connections, {options.threads} server threads, wrk "
          f"on the same {os.cpu_count()} cores, median of {options.rounds} x {options.seconds} s")
    print("| server | requests/s | p50 ms | p99 ms | CPU µs/request | skymill: requests/s ×, CPU × |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, m in medians.items():
        ratio = f"{ours['per_second'] / m['per_second']:.2f}, {ours['cpu_us'] / m['cpu_us']:.2f}"
        print(f"| {name} | {m['per_second']:,.0f} | {m['p50_ms']:.2f} | {m['p99_ms']:.2f} | "
              f"{m['cpu_us']:.1f} | {ratio} |")
    if options.json:
        options.json.write_text(json.dumps({"runs": runs, "medians": medians}, indent=1) + "\n")


if __name__ == "__main__":
    main()
