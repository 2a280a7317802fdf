#!/usr/bin/env python3
"""Runs README.md: run_readme.py SOURCE_DIR BUILD_DIR

Every command of every ```sh block runs in one temporary folder, in order; lines that begin with
`make` are left out. A command must exit with 0, or with N where its line ends in `# exits with N`.
Each line of a ```text block must appear, in order, in what the commands of the ```sh block before
it printed: blanks are squeezed, numbers compared to a relative 1e-6, an ending `…` stands for the
rest of a line, and a model's hash for any other. Both READMEs must have the same blocks.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TIMEOUT = 60  # seconds, for one command

CURL = """#!{python}
# Stands in for curl where it is not installed: curl -s URL [--json BODY]
import sys, urllib.request
words = sys.argv[1:]
body = words[words.index("--json") + 1].encode() if "--json" in words else None
url = next(word for word in words if word.startswith("http"))
request = urllib.request.Request(url, body, {{"Content-Type": "application/json"}})
sys.stdout.write(urllib.request.urlopen(request, timeout=20).read().decode())
"""


def blocks(text):
    """[(language, lines)] of the fenced blocks."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [(language, body.splitlines()) for language, body in found if language in ("sh", "text")]


def commands(lines):
    """Logical lines: continued ones joined, blank and comment lines and make targets left out."""
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [line.strip() for line in joined
            if line.strip() and not line.strip().startswith("#") and line.split()[0] != "make"]


def token_matches(wanted, seen):
    if wanted == seen:
        return True
    try:
        a, b = float(wanted), float(seen)
    except ValueError:
        return False
    return abs(a - b) <= 1e-6 * max(abs(a), abs(b))


def tokens(line):
    line = re.sub(r'"model":"(\w+)/[0-9a-f]{12}"', r'"model":"\1/HASH"', line)
    return [token for token in re.split(r"[\s]+|([{}\[\]:,()\"])", line) if token and token.strip()]


def line_matches(wanted, seen):
    open_end = wanted.rstrip().endswith("…")
    a, b = tokens(wanted.rstrip().rstrip("…")), tokens(seen)
    if len(a) > len(b) or (len(a) < len(b) and not open_end):
        return False
    return all(token_matches(x, y) for x, y in zip(a, b))


class Walk:
    def __init__(self, source, build, folder):
        self.folder = self.cwd = folder
        self.server = None
        self.server_log = None
        self.port = None
        self.failures = []
        shutil.copytree(source / "data", folder / "data")
        (folder / "build").mkdir()
        (folder / "build" / "release").symlink_to(build)
        tools = folder / "tools"
        tools.mkdir()
        if shutil.which("curl") is None:
            (tools / "curl").write_text(CURL.format(python=sys.executable))
            (tools / "curl").chmod(0o755)
        self.env = dict(os.environ, PATH=f"{build}:{tools}:{os.environ['PATH']}")

    def fail(self, text):
        print(f"FAILED: {text}")
        self.failures.append(text)

    def run(self, line):
        """Runs one command; returns what it printed."""
        print(f"$ {line}", flush=True)
        wanted = re.search(r"#\s*exits with (\d+)\s*$", line)
        command = re.sub(r"\s+#.*$", "", line)
        if command.endswith("&"):
            return self.start(command.rstrip("& "))
        if command == "kill %1":
            return self.stop()
        if self.port:
            command = re.sub(r"(127\.0\.0\.1|localhost):\d+", rf"\1:{self.port}", command)
        state = self.folder / "cwd"
        script = f"set -o pipefail\n{command}\nstatus=$?\npwd >{state}\nexit $status\n"
        try:
            done = subprocess.run(["bash", "-c", script], cwd=self.cwd, env=self.env, text=True,
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            self.fail(f"no end after {TIMEOUT} s: {line}")
            return ""
        if state.exists():
            self.cwd = pathlib.Path(state.read_text().strip())
        if done.returncode != int(wanted[1] if wanted else 0):
            self.fail(f"exit code {done.returncode}: {line}\n{done.stdout}{done.stderr}")
        return done.stdout + ("" if done.stdout.endswith("\n") else "\n") + done.stderr

    def start(self, command):
        """Starts a server on a free port, whatever port the README names."""
        command = re.sub(r"--port \d+", "--port 0", command)
        self.server_log = open(self.folder / "server.log", "w+", encoding="utf-8")
        self.server = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=self.cwd,
                                       env=self.env, stdin=subprocess.DEVNULL,
                                       stdout=self.server_log, stderr=self.server_log)
        for _ in range(200):
            text = (self.folder / "server.log").read_text()
            ready = re.search(r"listening on http://127\.0\.0\.1:(\d+)", text)
            if ready:
                self.port = ready[1]
                return text
            if self.server.poll() is not None:
                break
            time.sleep(0.05)
        self.fail(f"the server did not start: {text}")
        return text

    def stop(self):
        if self.server is None:
            self.fail("there is no server to stop")
            return ""
        server, self.server = self.server, None
        server.send_signal(signal.SIGTERM)
        try:
            status = server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            status = "none"
        if status != 0:
            self.fail(f"the server's exit code after SIGTERM: {status}")
        self.server_log.close()
        return ""

    def check(self, quoted, printed):
        lines = printed.splitlines()
        at = 0
        for wanted in filter(str.strip, quoted):
            found = next((i for i in range(at, len(lines)) if line_matches(wanted, lines[i])), None)
            if found is None:
                self.fail(f"README.md quotes a line that was not printed:\n  {wanted}\nprinted:\n"
                          + "\n".join(f"  {line}" for line in lines[at:]))
                return
            at = found + 1


def main():
    source, build = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    found = blocks((source / "README.md").read_text(encoding="utf-8"))
    translated = blocks((source / "README.zh-CN.md").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory(prefix="skymill-readme-") as name:
        walk = Walk(source, build, pathlib.Path(name).resolve())
        strip = [(language, commands(lines) if language == "sh" else lines)
                 for language, lines in found]
        other = [(language, commands(lines) if language == "sh" else lines)
                 for language, lines in translated]
        if strip != other:
            walk.fail("README.zh-CN.md and README.md differ in their ```sh or ```text blocks")
        count = 0
        printed = ""
        try:
            for language, lines in found:
                if language == "text":
                    walk.check(lines, printed)
                    continue
                printed = ""
                for line in commands(lines):
                    printed += walk.run(line)
                    count += 1
        finally:
            if walk.server is not None:
                walk.stop()
    print(f"{count} commands, {len(walk.failures)} failures")
    return 1 if walk.failures or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
