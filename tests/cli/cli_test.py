#!/usr/bin/env python3
"""Drives skymill as a user does: cli_test.py BUILD_DIR [unittest options, TestClass…]

Each class is one ctest (CMakeLists.txt finds them). Only the standard library; every wait has an
end; servers listen on port 0 and are stopped by their process id.
"""

import csv
import functools
import http.client
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "tests" / "servers"))
import store_server  # noqa: E402
from store_server import AZURE_KEY, CACHE, SECRET  # noqa: E402

BUILD = pathlib.Path(".")
TIMEOUT = 120
SANITIZED = bool(os.environ.get("SKYMILL_SANITIZE"))
VERBS = ["show", "query", "train", "eval", "predict", "serve", "models ls", "models show",
         "models diff", "models alias", "models promote", "models rollback", "models export",
         "models import", "models verify", "models gc", "models sign", "cp", "ls", "cat", "rm", "trainers",
         "formats", "stores", "doctor", "version"]


class Server:
    """A running server on a free port; use with `with`."""

    def __init__(self, command, folder):
        self.log = open(folder / f"{pathlib.Path(command[0]).name}.log", "w+", encoding="utf-8")
        self.process = subprocess.Popen([str(word) for word in command], cwd=folder,
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        self.status = None
        for _ in range(400):
            text = pathlib.Path(self.log.name).read_text(encoding="utf-8")
            ready = re.search(r"listening on http://127\.0\.0\.1:(\d+)", text)
            if ready:
                self.port = int(ready[1])
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.stop()
        raise AssertionError(f"the server did not start: {text}")

    def stop(self, number=signal.SIGTERM):
        if self.status is None:
            self.process.send_signal(number)
            try:
                self.status = self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.status = self.process.wait()
            self.log.close()
        return self.status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def request(self, method, path, body=None, headers=None):
        """(status, document or text)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        if answer.getheader("Content-Type", "").startswith("application/json"):
            return answer.status, json.loads(text)
        return answer.status, text

    def predict(self, body):
        data = body if isinstance(body, (bytes, str)) else json.dumps(body)
        return self.request("POST", "/predict", data, {"Content-Type": "application/json"})

    def raw(self, data):
        """The first line of the answer to these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall(data)
            answer = connection.recv(4096)
        return answer.split(b"\r\n")[0].decode()


class CliTest(unittest.TestCase):
    """A temporary folder for the class, small data files in it, and ways to run the program."""

    env = None  # that of this process

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="skymill-cli-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        draw = random.Random(7)
        lines = ["id,x,n,c,flag,w,same,none,y,price"]
        for i in range(400):
            x, n, c = draw.gauss(0, 1), draw.randrange(9), draw.choice(["blue", "green", "red"])
            flag, w = draw.random() < 0.5, draw.randrange(1, 4)
            score = x + 0.3 * n + (c == "red") + draw.gauss(0, 1.5)
            shown = "" if i % 10 == 3 else f"{x:.6f}"
            level = "NA" if i % 17 == 5 else c
            lines.append(f"{i},{shown},{n},{level},{str(flag).lower()},{w},7,,"
                         f"{'yes' if score > 1.5 else 'no'},{10 + 2 * score:.4f}")
        cls.write("data.csv", "\n".join(lines) + "\n")

    @classmethod
    def write(cls, name, content):
        path = cls.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    @classmethod
    def command(cls, *words):
        return [str(BUILD / "skymill"), *map(str, words)]

    @classmethod
    def run_cli(cls, *words, **options):
        return subprocess.run(cls.command(*words), cwd=cls.folder, capture_output=True,
                              timeout=TIMEOUT, text=True,
                              **{"stdin": subprocess.DEVNULL, **options})

    def ok(self, *words, **options):
        done = self.run_cli(*words, **options)
        self.assertEqual(done.returncode, 0, f"{words}\n{done.stdout}{done.stderr}")
        return done

    def kill_publications(self, registry, kills):
        """kill -9 at random moments: nothing half-visible, nothing acknowledged lost."""
        self.ok("train", "data.csv", "--label", "y", "--features", "x,n,c", "--model",
                "decision_tree", "--out", "killed.skymill")
        words = ["models", "import", "killed.skymill", "killed", "--alias", "champion", "--json",
                 "--registry", registry]
        self.ok(*words)  # a server's first answers are slow
        begin = time.monotonic()
        self.ok(*words)
        duration = time.monotonic() - begin
        draw, acknowledged, killed = random.Random(11), 2, 0
        for _ in range(kills):
            process = subprocess.Popen(self.command(*words), cwd=self.folder, env=self.env,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL)
            time.sleep(draw.uniform(0, 1.2 * duration))
            process.kill()
            output = process.communicate(timeout=TIMEOUT)[0]
            killed += process.returncode != 0
            if output:
                acknowledged = json.loads(output)["version"]
            report = self.json("models", "verify", "--registry", registry)
            self.assertEqual(report["problems"], [])
            shown = self.json("models", "show", "killed", "--registry", registry)
            self.assertGreaterEqual(len(shown["versions"]), acknowledged)
            self.assertEqual(shown["aliases"], {"champion": len(shown["versions"])})
        self.assertGreater(killed, 0, "no moment was early enough")

    def json(self, *words):
        return json.loads(self.ok(*words, "--json").stdout)

    def fails(self, status, *words, says=()):
        """Runs a command that must fail so, with one error line that says all of these."""
        before = self.files()
        done = self.run_cli(*words)
        text = f"{words}\n{done.stdout}{done.stderr}"
        self.assertEqual(done.returncode, status, text)
        errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        self.assertEqual(len(errors), 1, text)
        for part in [says] if isinstance(says, str) else says:
            self.assertIn(part, errors[0], text)
        self.assertEqual(self.files(), before, "an error must leave the files as they were")
        return done

    def files(self):
        return {str(path.relative_to(self.folder)): path.read_bytes()
                for path in sorted(self.folder.rglob("*")) if path.is_file()}

    def train(self, *words, out="m.skymill", label="y", model="logistic_regression",
              features="x,n,c,flag"):
        return self.json("train", "data.csv", "--label", label, "--features", features, "--model",
                         model, "--out", out, "--quiet", *words)


class Help(CliTest):
    def test_overview_names_every_command(self):
        text = self.ok("--help").stdout + self.ok("models", "--help").stdout
        for verb in VERBS:
            self.assertIn(f"\n  {verb.split()[-1]} ", text)
        self.assertIn("\n  models ", text)

    def test_every_verb_has_help_with_an_example(self):
        for verb in VERBS:
            text = self.ok(*verb.split(), "--help").stdout
            self.assertIn(f"skymill {verb}", text)
            self.assertIn("example:", text)
            for flag in ["--json", "--quiet", "--engine", "--memory", "--threads", "--seed",
                         "--store-option"]:
                self.assertIn(flag, text, verb)
            self.assertNotIn(f"{verb} {verb}", text)

    def test_without_a_command_it_is_a_usage_error(self):
        self.assertEqual(self.run_cli().returncode, 2)
        self.assertEqual(self.run_cli("models").returncode, 2)
        self.fails(2, "models", "shwo", says="did you mean 'show'?")


class JsonOutput(CliTest):
    def test_lists(self):
        self.assertEqual([item["name"] for item in self.json("trainers")][:4],
                         ["linear_regression", "logistic_regression", "decision_tree",
                          "random_forest"])
        self.assertTrue(self.json("trainers", "random_forest"))
        self.assertTrue(self.json("formats"))
        self.assertTrue(self.json("stores"))
        self.assertEqual(sorted(self.json("version")), ["build", "version"])

    def test_doctor(self):
        done = self.run_cli("doctor", "--json")
        parts = {item["part"]: item["ok"] for item in json.loads(done.stdout)}
        if not (BUILD / "skymill_arrow.so").exists():
            self.assertEqual((done.returncode, parts.pop("parquet")), (1, False))
        else:
            self.assertEqual(done.returncode, 0)
        self.assertTrue(all(parts.values()), parts)

    def test_show_and_query(self):
        shown = self.json("show", "data.csv", "--rows", 2)
        self.assertEqual(shown["schema"][1], {"name": "x", "type": "number"})
        self.assertEqual(len(shown["rows"]), 2)
        found = self.json("query", "SELECT count(*) AS n FROM 'data.csv'")
        self.assertEqual(found["rows"], [[400]])

    def test_train_eval_predict(self):
        report = self.train()
        for key in ["model", "model_sha256", "trainer", "task", "label", "features", "rows_read",
                    "rows_used", "rows_dropped", "seconds", "peak_memory_bytes", "metrics",
                    "baseline", "coefficients"]:
            self.assertIn(key, report)
        self.assertEqual(report["features"], ["x", "n", "c", "flag"])
        self.assertEqual(set(report["seconds"]), {"read", "plan", "fit", "evaluate", "write"})
        self.assertIsInstance(report["rows_dropped"], dict)
        self.assertEqual(set(report["metrics"]["auc"]), {"value", "low", "high", "how"})
        self.assertEqual(set(report["coefficients"][0]),
                         {"term", "estimate", "std_error", "statistic", "p_value", "low", "high"})
        judged = self.json("eval", "m.skymill", "data.csv")
        for key in ["metrics", "confusion", "per_class"]:
            self.assertIn(key, judged)
        scored = self.json("predict", "m.skymill", "data.csv", "--out", "scored.csv")
        self.assertEqual((scored["rows"], scored["rows_without_prediction"]), (400, 0))

    def test_serve_prints_its_address(self):
        self.train()
        process = subprocess.Popen(self.command("serve", "m.skymill", "--port", 0, "--json"),
                                   cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            text = ""
            while not text.rstrip().endswith("}"):
                line = process.stdout.readline()
                self.assertTrue(line, "the server ended")
                text += line
            self.assertRegex(json.loads(text)["url"], r"^http://127\.0\.0\.1:\d+$")
        finally:
            process.terminate()
            self.assertEqual(process.wait(timeout=30), 0)
            process.stdout.close()

    def test_a_failed_gate_leaves_one_document(self):
        self.train()
        done = self.run_cli("eval", "m.skymill", "data.csv", "--gate", "auc > 0.999", "--gate",
                            "auc > 0.5", "--json")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(json.loads(done.stdout)["gates"],
                         [{"gate": "auc > 0.999", "passed": False},
                          {"gate": "auc > 0.5", "passed": True}])
        self.write("one.csv", "x,n,c,flag,y\n1,2,red,true,yes\n2,2,red,true,yes\n")
        self.fails(3, "eval", "m.skymill", "one.csv", "--gate", "auc > 0.1", says="do not define")

    def test_an_error_is_a_document_too(self):
        done = self.fails(2, "train", "data.csv", "--label", "y", "--set", "treees=3", "--json",
                          says="trees")
        error = json.loads(done.stdout)["error"]
        self.assertEqual(error["code"], "invalid_argument")
        self.assertIn("trees", error["hint"])


class ExitCodes(CliTest):
    def test_0_done(self):
        self.ok("version")

    def test_1_data_or_sql_is_wrong(self):
        self.fails(1, "show", "missing.csv", says="missing.csv")
        self.fails(1, "query", "SELEC 1", says="SELEC")

    def test_2_command_line_is_wrong(self):
        for words in [["show"], ["show", "data.csv", "--rows", "many"], ["version", "extra"],
                      ["train", "data.csv"], ["train", "--label", "y"],
                      ["train", "data.csv", "--label", "y", "--split", "1.5"],
                      ["train", "data.csv", "--label", "y", "--cv", "1"],
                      ["train", "data.csv", "--label", "y", "--memory", "1k"],
                      ["train", "data.csv", "--label", "y", "--task", "both"],
                      ["train", "data.csv", "--label", "y", "--query", "SELECT 1", "--where", "x"],
                      ["serve", "m.skymill", "--port", "99999"],
                      ["version", "--engine", "spark"]]:
            self.fails(2, *words)

    def test_3_a_gate_failed(self):
        self.train()
        self.fails(3, "eval", "m.skymill", "data.csv", "--gate", "auc > 0.999", says="auc")
        self.ok("eval", "m.skymill", "data.csv", "--gate", "auc > 0.5", "--gate", "accuracy>=0.5")
        self.fails(2, "eval", "m.skymill", "data.csv", "--gate", "ac > 0.5", says="auc")
        self.fails(2, "eval", "m.skymill", "data.csv", "--gate", "auc")

    def test_4_denied_by_the_sandbox(self):
        for sql in ["DROP TABLE x", "COPY (SELECT 1) TO 'x.csv'", "INSTALL httpfs",
                    "SELECT * FROM read_text('/etc/hostname')"]:
            self.fails(4, "query", sql)

    def test_5_memory(self):
        self.fails(5, "query", "SELECT list(i) AS l FROM range(100000000) r(i)", "--memory",
                   "64MiB", "--out", "big.csv", says="--memory")


class NearestNames(CliTest):
    def test_names(self):
        train = ["train", "data.csv", "--label", "y", "--out", "o.skymill"]
        self.fails(2, "trai", says="train")
        self.fails(2, "predictt", says="predict")
        self.fails(2, *train, "--featurs", "x", says="--features")
        self.fails(2, *train, "--model", "random_forrest", says="random_forest")
        self.fails(2, *train, "--set", "treees=4", says="trees")
        self.fails(2, *train, "--missing", "number=avg", says="mean")
        self.fails(1, *train, "--features", "x,flagg", says=["flagg", "flag"])
        self.fails(1, *train, "--weight", "ww", says="'w'")
        self.fails(1, "train", "data.csv", "--label", "pric", "--out", "o.skymill", says="price")
        self.fails(1, "query", "SELECT pric FROM 'data.csv'", says="pric")


class BadFiles(CliTest):
    FILES = {
        "empty.csv": (b"", "empty"),
        "ragged.csv": (b"x,n,c,flag,y\n1,2,blue,true,yes\n1,2\n2,3,red,true,no\n", ":3"),
        "utf8.csv": (b"x,n,c,flag,y\n1,2,blue,true,yes\n1,2,\xff\xfe,true,no\n", ":3"),
    }

    def setUp(self):
        self.train()
        for name, (content, _) in self.FILES.items():
            self.write(name, content)
        (self.folder / "dir").mkdir(exist_ok=True)
        self.write("out.csv", "the old file\n")

    def refuse(self, name, *says):
        self.fails(1, "show", name, says=says)
        self.fails(1, "query", f"SELECT * FROM '{name}'", "--out", "out.csv", says=says)
        self.fails(1, "train", name, "--label", "y", "--out", "m.skymill", says=says)
        self.fails(1, "predict", "m.skymill", name, "--out", "out.csv", says=says)
        self.fails(1, "eval", "m.skymill", name, says=says)

    def test_content(self):
        for name, (_, place) in self.FILES.items():
            with self.subTest(name):
                self.refuse(name, name, place)

    def test_nul_bytes(self):
        self.write("nul.csv", b"x,n,c,flag,y\n1,2,bl\0ue,true,yes\n1,2,red,true,no\n")
        says = ["NUL", "nul.csv:2"]
        self.fails(1, "show", "nul.csv", says=says)
        self.fails(1, "query", "SELECT * FROM 'nul.csv'", "--out", "out.csv", says=says)
        self.fails(1, "train", "nul.csv", "--label", "y", "--out", "m.skymill", says=says)
        self.fails(1, "predict", "m.skymill", "nul.csv", "--out", "out.csv", says="nul.csv:2")
        self.fails(1, "eval", "m.skymill", "nul.csv", says="nul.csv:2")

    def test_missing(self):
        self.refuse("missing.csv", "missing.csv")
        self.fails(1, "predict", "missing.skymill", "data.csv", says="missing.skymill")
        self.fails(1, "serve", "missing.skymill", "--port", 0, says="missing.skymill")

    def test_directory(self):
        self.refuse("dir", "dir")
        self.fails(1, "predict", "dir", "data.csv", says="directory")
        self.fails(1, "serve", "dir", "--port", 0, says="directory")

    def test_header_only(self):
        self.write("header.csv", "x,n,c,flag,y\n")
        self.fails(1, "train", "header.csv", "--label", "y", "--out", "m.skymill", says="no rows")
        self.fails(1, "eval", "m.skymill", "header.csv", says="no row")
        self.assertEqual(self.ok("query", "SELECT x FROM 'header.csv'").stdout, "x\n")
        written = self.ok("predict", "m.skymill", "header.csv", "--only").stdout
        self.assertEqual(written, "prediction,probability_no,probability_yes\n")

    def test_bad_rows_can_be_skipped(self):
        lines = (self.folder / "data.csv").read_text().splitlines()
        lines.insert(5, "1,2")
        self.write("some.csv", "\n".join(lines) + "\n")
        self.fails(1, "train", "some.csv", "--label", "y", "--out", "m.skymill", says=":6")
        report = self.json("train", "some.csv", "--label", "y", "--out", "skipped.skymill",
                           "--model", "decision_tree", "--bad-rows", "skip", "--features", "x,n")
        self.assertEqual((report["rows_used"], report["rows_dropped"]["bad"]), (400, 1))

    def test_bad_rows_can_be_written_to_a_file(self):
        lines = (self.folder / "data.csv").read_text().splitlines()
        lines[5:5] = ["1,2"] * 1200
        self.write("some.csv", "\n".join(lines) + "\n")
        words = ["train", "some.csv", "--label", "y", "--out", "w.skymill", "--model",
                 "decision_tree", "--features", "x,n"]
        told = self.ok(*words, "--bad-rows", "bad.jsonl").stderr
        self.assertIn("wrote 1,200 bad rows to bad.jsonl", told)
        rows = [json.loads(line) for line in (self.folder / "bad.jsonl").read_text().splitlines()]
        self.assertEqual(len(rows), 1200)
        self.assertEqual([rows[i]["line"] for i in (0, 1199)], [6, 1205])
        self.assertEqual(rows[0]["source"], "some.csv")
        self.assertIn("too few fields", rows[0]["reason"])
        self.assertEqual((rows[0]["column"], rows[0]["text"]), (None, "1,2"))
        self.fails(2, *words, "--bad-rows", "drop", says=["drop", "fail, skip"])

    def test_standard_input_is_named_as_such(self):
        for form, text, place in [("csv", "x,n,c,flag,y\n1,2,red,true,yes\n1,2\n", ":3"),
                                  ("csv", "x,n,flag,y\n1,2,true,yes\n", ""),
                                  ("json", '{"x": 1, "n": 2, "c": "red", "flag": 3, "y": "no"}', ":1"),
                                  ("json", "", ""), ("parquet", "PAR1", "")]:
            for verb in ["predict", "eval"]:
                done = self.run_cli(verb, "m.skymill", "-", "--format", form, stdin=None, input=text)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("standard input" + place, done.stderr)
                self.assertNotIn("memory:", done.stderr)

    def test_columns_of_the_model_must_be_there(self):
        self.write("fewer.csv", "x,n,flag\n1,2,true\n")
        self.fails(1, "predict", "m.skymill", "fewer.csv", says=["'c'", "known: x, n, flag"])
        self.fails(1, "eval", "m.skymill", "fewer.csv", says="'c'")
        self.write("text.csv", "x,n,c,flag\n1,2,red,true\nabc,2,red,true\n")
        self.fails(1, "predict", "m.skymill", "text.csv", "--out", "out.csv",
                   says=["abc", "text.csv:3"])


class BadRoles(CliTest):
    def refuse(self, status, says, *words, model="decision_tree"):
        self.write("o.skymill", "the old file\n")
        self.fails(status, "train", "data.csv", "--model", model, "--out", "o.skymill", *words,
                   says=says)

    def test_label(self):
        self.refuse(1, "'label'", "--label", "label")
        self.refuse(1, "same value", "--label", "same")
        self.refuse(1, "missing in every row", "--label", "none")
        self.refuse(1, "also a feature", "--label", "y", "--features", "x,y")
        self.refuse(1, "same value", "--label", "y", "--where", "y = 'yes'")

    def test_text_label_for_a_regression(self):
        self.refuse(1, "logistic_regression", "--label", "y", model="linear_regression")

    def test_more_coefficients_than_rows(self):
        few = ["--label", "price", "--features", "x,n,flag,w", "--split", 0, "--where", "id < 3"]
        self.refuse(1, "l2", *few, model="linear_regression")
        report = self.train("--split", 0, "--where", "id < 3", "--set", "l2=0.1", label="price",
                            model="linear_regression", features="x,n,w")
        self.assertTrue(all(line["std_error"] is None for line in report["coefficients"]))

    def test_no_rows(self):
        self.refuse(1, "no rows", "--label", "y", "--where", "id < 0")

    def test_weight(self):
        self.refuse(1, "no number", "--label", "y", "--weight", "c")

    def test_missing_policy(self):
        self.refuse(1, "'x'", "--label", "y", "--features", "x,n", "--missing", "x=fail")
        self.refuse(1, "'q'", "--label", "y", "--missing", "q=mean")


class DamagedModels(CliTest):
    def test_truncated_and_flipped(self):
        self.train(model="random_forest", out="m.skymill")
        whole = (self.folder / "m.skymill").read_bytes()
        draw = random.Random(3)
        self.write("out.csv", "the old file\n")
        lengths = [0, 7, 8, 50, 87, 88, 500, len(whole) - 64, len(whole) - 1]
        for length in lengths:
            self.write("bad.skymill", whole[:length])
            self.fails(1, "predict", "bad.skymill", "data.csv", "--out", "out.csv",
                       says="bad.skymill")
        places = [0, 8, 12, 16, 24, 88] + [draw.randrange(len(whole)) for _ in range(12)]
        for place in places:
            changed = bytearray(whole)
            changed[place] ^= 1 << draw.randrange(8)
            self.write("bad.skymill", bytes(changed))
            done = self.run_cli("predict", "bad.skymill", "data.csv", "--out", "out.csv")
            # Zeros between the arrays carry nothing; a flip there may go unnoticed.
            if done.returncode != 0 or whole[place] != 0:
                self.assertEqual(done.returncode, 1, f"bit of byte {place}: {done.stderr}")
                self.assertIn("bad.skymill", done.stderr)
        self.write("bad.skymill", whole + b"\0")
        self.fails(1, "eval", "bad.skymill", "data.csv", says="bad.skymill")
        self.fails(1, "serve", "bad.skymill", "--port", 0, says="bad.skymill")


class WholeFilesOnly(CliTest):
    def test_an_error_late_in_the_file_leaves_the_old_one(self):
        self.train()
        lines = ["x,n,c,flag"] + ["1,2,red,true"] * 120000 + ["1,2,red"]
        self.write("late.csv", "\n".join(lines) + "\n")
        self.write("out.csv", "the old file\n")
        self.fails(1, "predict", "m.skymill", "late.csv", "--out", "out.csv", says=":120002")
        self.fails(1, "predict", "m.skymill", "late.csv", "--out", "new.csv", says=":120002")
        late = "SELECT CASE WHEN i = 999999 THEN CAST('a' || i AS INTEGER) ELSE i END AS v " \
               "FROM range(1000000) r(i)"
        self.fails(1, "query", late, "--out", "out.csv")
        self.fails(1, "query", late, "--out", "new.csv")

    def test_interrupted_training_leaves_nothing(self):
        shutil.copy(SOURCE / "data" / "yrbss.csv", self.folder / "people.csv")
        self.write("old.skymill", "the old file\n")
        before = self.files()
        process = subprocess.Popen(
            self.command("train", "people.csv", "--label", "gender", "--features",
                         "age,height,weight", "--set", "trees=50000", "--out", "old.skymill"),
            cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        self.assertIn("delimiter", process.stderr.readline())  # the file is open
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        out, text = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 130, text)
        self.assertEqual(out, "")
        self.assertIn("interrupted", text)
        self.assertLess(time.monotonic() - start, 60 if SANITIZED else 10)
        self.assertEqual(self.files(), before)

    def test_waiting_for_standard_input_can_be_interrupted(self):
        self.train()
        for verb, number in [("eval", signal.SIGINT), ("predict", signal.SIGINT),
                             ("predict", signal.SIGTERM)]:
            process = subprocess.Popen(self.command(verb, "m.skymill", "-"), cwd=self.folder,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            # A pipe is full until the command reads it, so this returns once it does.
            process.stdin.write("x,n,c,flag,y\n" + "0.5,2,red,true,yes\n" * 10_000)
            process.stdin.flush()
            time.sleep(0.3)
            process.send_signal(number)
            try:
                status = process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                status = process.wait()
            with process.stdout, process.stderr:
                self.assertEqual((status, process.stdout.read(), process.stderr.read()),
                                 (130, "", "error: interrupted\n"), verb)
            process.stdin.close()

    def test_a_file_replaced_while_it_is_read_is_an_error(self):
        self.train()
        self.write("input.csv", "x,n,c,flag\n" + "0.5,2,red,true\n" * 600_000)
        self.write("next.csv", "x,n,c,flag\n" + "0.5,3,red,true\n" * 600_000)
        process = subprocess.Popen(
            self.command("predict", "m.skymill", "input.csv", "--threads", 1), cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        process.stdout.read(1)  # some rows are written; the others wait for this pipe
        (self.folder / "next.csv").rename(self.folder / "input.csv")
        _, text = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, 1, text)
        self.assertIn("changed", text)
        self.assertIn("input.csv", text)

    def test_a_full_pipe_is_no_success(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run(self.command("query", "SELECT * FROM 'data.csv'"),
                                  cwd=self.folder, stdin=subprocess.DEVNULL, stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=TIMEOUT)
        self.assertEqual(done.returncode, 1, done.stderr)


    def test_no_output_replaces_an_input(self):
        before = (self.folder / "data.csv").read_bytes()
        self.train()
        model = (self.folder / "m.skymill").read_bytes()
        self.fails(2, "train", "data.csv", "--label", "y", "--out", "./data.csv", says="same file")
        self.fails(2, "train", "data.csv", "--label", "y", "--bad-rows", "data.csv",
                   says="same file")
        self.fails(2, "train", "data.csv", "--label", "y", "--bad-rows", "b.csv", "--out", "b.csv",
                   says="same file")
        for out in ("data.csv", "m.skymill"):
            self.fails(2, "predict", "m.skymill", "data.csv", "--out", out, "--out-format", "csv",
                       says="same file")
        self.assertEqual((self.folder / "data.csv").read_bytes(), before)
        self.assertEqual((self.folder / "m.skymill").read_bytes(), model)

    def test_a_reader_that_goes_and_a_closed_terminal_leave_no_folders(self):
        scratch = self.folder / "scratch"
        scratch.mkdir(exist_ok=True)
        env = {**os.environ, "TMPDIR": str(scratch)}
        rows = "SELECT * FROM range(30000000)"
        reader = subprocess.Popen(self.command("query", rows), stdout=subprocess.PIPE, env=env,
                                  cwd=self.folder)
        reader.stdout.readline()
        self.assertTrue(list(scratch.iterdir()))  # so that the last line can fail
        reader.stdout.close()
        self.assertEqual(reader.wait(timeout=60), 141)
        writer = subprocess.Popen(self.command("query", rows, "--out", "rows.csv"), env=env,
                                  cwd=self.folder, stderr=subprocess.DEVNULL)
        for _ in range(1000):
            if any(name.startswith(".skymill") for name in os.listdir(self.folder)):
                break
            time.sleep(0.01)
        writer.send_signal(signal.SIGHUP)
        self.assertEqual(writer.wait(timeout=60), 130)
        self.assertEqual(list(scratch.iterdir()), [])
        self.assertEqual([name for name in os.listdir(self.folder)
                          if name.startswith(".skymill") or name == "rows.csv"], [])


class StoreTests:
    """What every store behind HTTP must do, below ROOT, under cls.env. HIDDEN may not be shown."""

    KIND = None
    HIDDEN = SECRET
    ACCOUNT = "credentials from"
    HAS_BUCKETS = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Below the build folder: a server's extended attributes may not exist in /tmp.
        folder = pathlib.Path(tempfile.mkdtemp(prefix="store-", dir=BUILD.resolve()))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        server, variables, cls.ROOT = store_server.START[cls.KIND](folder, "box")
        cls.addClassCleanup(server.wait)
        cls.addClassCleanup(server.kill)
        cls.env = {**os.environ, **variables}

    @classmethod
    def run_cli(cls, *words, **options):
        done = super().run_cli(*words, **{"env": cls.env, **options})
        assert cls.HIDDEN not in done.stdout + done.stderr, words
        return done

    def test_the_main_road(self):
        data = self.ROOT + "data/data.csv"
        model = self.ROOT + "models/y.skymill"
        self.ok("cp", "data.csv", self.ROOT + "data/")
        size = (self.folder / "data.csv").stat().st_size
        self.assertEqual(self.json("ls", self.ROOT + "data/"), [{"uri": data, "bytes": size}])
        for source in (data, self.ROOT + "data/*.csv", self.ROOT + "data/"):
            count = self.ok("query", f"SELECT count(*) AS n FROM '{source}'").stdout
            self.assertEqual(count, "n\n400\n")
        few = self.ROOT + "data/few.parquet"
        self.ok("query", f"SELECT x, n, c, y FROM '{data}' WHERE n > 2", "--out", few)
        report = self.json("train", few, "--label", "y", "--features", "x,n,c", "--model",
                           "logistic_regression", "--out", model)
        self.assertEqual(report["model"], model)
        self.ok("eval", model, data)
        self.ok("predict", model, data, "--out", self.ROOT + "out/scored.jsonl")
        scored = self.ok("cat", self.ROOT + "out/scored.jsonl").stdout.splitlines()
        self.assertEqual(len(scored), 400)
        self.assertIn("prediction", json.loads(scored[0]))
        os.environ.update(self.env)
        with Server(self.command("serve", model, "--port", 0), self.folder) as server:
            status, answer = server.predict({"x": 1.5, "n": 3, "c": "red"})
            self.assertEqual(status, 200, answer)

    def test_a_registry(self):
        registry = ["--registry", self.ROOT + "registry/"]
        few = ["train", "data.csv", "--label", "y", "--features", "x,n,c", *registry]
        for model, alias in (("logistic_regression", "champion"), ("decision_tree", "challenger")):
            self.json(*few, "--model", model, "--register", "y", "--alias", alias)
        listed, = self.json("models", "ls", *registry)
        self.assertEqual((listed["name"], listed["versions"], listed["aliases"]),
                         ("y", 2, {"champion": 1, "challenger": 2}))
        os.environ.update(self.env)
        with Server(self.command("serve", "y@champion", "--port", 0, "--poll", 0.1, *registry),
                    self.folder) as server:
            row = {"x": 1.5, "n": 3, "c": "red"}
            self.assertEqual(server.predict(row)[1]["model"], "y/1")
            self.ok("models", "promote", "y@challenger", "champion", *registry)
            for _ in range(400):
                answer = server.predict(row)
                self.assertEqual(answer[0], 200, answer)
                if answer[1]["model"] == "y/2":
                    break
                time.sleep(0.05)
            self.assertEqual(answer[1]["model"], "y/2")
        self.ok("models", "verify", *registry)

    def test_a_killed_publication_leaves_no_half(self):
        self.kill_publications(self.ROOT + "killed/", int(os.environ.get("SKYMILL_KILLS", 10)))

    def test_copies(self):
        tree = self.folder / "tree"
        for name in ("a b+c%.txt", "größe/100% x=1.csv", "größe/.hidden", "empty"):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes(b"" if name == "empty" else name.encode() * 50)
        (tree / "large").write_bytes(random.Random(3).randbytes(20 << 20))
        self.ok("cp", "tree/", self.ROOT + "tree/", "--verify")
        self.ok("cp", self.ROOT + "tree/", "back/", "--verify")
        copies = {str(path.relative_to(self.folder / "back")): path.read_bytes()
                  for path in (self.folder / "back").rglob("*") if path.is_file()}
        self.assertEqual(copies, {str(path.relative_to(tree)): path.read_bytes()
                                  for path in tree.rglob("*") if path.is_file()})
        self.fails(2, "cp", "tree/", self.ROOT + "one", says="'/'")
        self.fails(1, "cp", self.ROOT + "none", "x", says=self.ROOT + "none")
        self.fails(2, "rm", self.ROOT + "tree/", says="--yes")
        self.assertEqual(self.json("rm", self.ROOT + "tree/", "--yes"), {"removed": 5})
        self.assertEqual(self.json("ls", self.ROOT + "tree/"), [])

    def test_doctor_tries_a_place(self):
        steps = self.json("doctor", self.ROOT + "probes/")
        self.assertEqual([step["part"] for step in steps],
                         ["account", "list", "write", "read", "remove"])
        self.assertTrue(all(step["ok"] for step in steps), steps)
        self.assertEqual(self.json("ls", self.ROOT + "probes/"), [])
        self.assertIn(self.ACCOUNT, steps[0]["text"])
        if not self.HAS_BUCKETS:
            return
        told = self.fails(1, "doctor", self.ROOT.replace("box", "none"), says="do not work")
        self.assertRegex(told.stdout, "FAILED .*there is no .* 'none'")


class S3(StoreTests, CliTest):
    """Against versitygw, which checks signatures."""

    KIND = "s3"

    def test_denied_missing_and_dead(self):
        wrong = {**self.env, "AWS_SECRET_ACCESS_KEY": "wrong"}
        denied = self.run_cli("ls", "s3://box/", env=wrong)
        self.assertEqual(denied.returncode, 4, denied.stderr)
        self.assertIn("the environment", denied.stderr)
        self.fails(1, "show", "s3://box/none.csv", says="s3://box/none.csv")
        self.fails(1, "ls", "s3://none/", says="there is no bucket 'none'")
        self.fails(1, "ls", "s3://a#b/", says="no name of a bucket")
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for port in (1, silent.getsockname()[1]):
                start = time.monotonic()
                dead = self.run_cli("ls", "s3://box/", env={
                    **self.env, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}"})
                self.assertEqual(dead.returncode, 5 if port != 1 else 1, dead.stderr)
                self.assertIn(f"127.0.0.1:{port}", dead.stderr)
                self.assertLess(time.monotonic() - start, 100)

    def test_store_options(self):
        endpoint = "endpoint=" + self.env["AWS_ENDPOINT_URL"]
        env = {**self.env, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
        listed = self.run_cli("ls", "s3://box/", "--store-option", endpoint, "--store-option",
                              "addressing=path", env=env)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        listed = self.run_cli("ls", "s3://box/", env={**env, "SKYMILL_STORE_OPTIONS":
                                                      f"retries=1,{endpoint}"})
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.fails(2, "ls", "s3://box/", "--store-option", "regoin=x", says="region")
        self.fails(2, "ls", "s3://box/", "--store-option", "timeout=soon", says="timeout")
        self.assertIn("timeout", [item["name"] for item in self.json("stores", "--options")])

    def test_profiles(self):
        self.write("credentials", f"[default]\naws_access_key_id=key\naws_secret_access_key=no\n"
                                  f"# [work]\n[work]\naws_access_key_id = key\n"
                                  f"aws_secret_access_key = {SECRET}\n")
        env = {name: value for name, value in self.env.items() if "ACCESS_KEY" not in name}
        env["AWS_SHARED_CREDENTIALS_FILE"] = str(self.folder / "credentials")
        self.assertEqual(self.run_cli("ls", "s3://box/", env={**env, "AWS_PROFILE": "work"})
                         .returncode, 0)
        other = self.run_cli("ls", "s3://box/", env=env)
        self.assertEqual(other.returncode, 4, other.stderr)
        self.assertIn("the profile 'default'", other.stderr)
        nobody = self.run_cli("ls", "s3://box/", env={**env, "AWS_PROFILE": "nobody"})
        self.assertEqual(nobody.returncode, 1)
        self.assertIn("no profile 'nobody'", nobody.stderr)


class Azure(StoreTests, CliTest):
    """Against azurite, which checks signatures."""

    KIND = "az"
    HIDDEN = AZURE_KEY[:20]

    def test_denied_missing_and_unset(self):
        wrong = self.env["AZURE_STORAGE_CONNECTION_STRING"].replace("Eby8", "AAAA")
        denied = self.run_cli("ls", "az://box/",
                              env={**self.env, "AZURE_STORAGE_CONNECTION_STRING": wrong})
        self.assertEqual(denied.returncode, 4, denied.stderr)
        self.fails(1, "ls", "az://none/", says="there is no container 'none'")
        self.fails(1, "show", "az://box/none.csv", says="az://box/none.csv")
        unset = {name: value for name, value in self.env.items() if "AZURE" not in name}
        self.assertIn("AZURE_STORAGE_ACCOUNT", self.run_cli("ls", "az://box/", env=unset).stderr)
        broken = self.run_cli("ls", "az://box/", env={
            **unset, "AZURE_STORAGE_ACCOUNT": "a", "AZURE_STORAGE_KEY": "no base64"})
        self.assertIn("no base64", broken.stderr)


class Gcs(StoreTests, CliTest):
    """Against fake-gcs-server, which asks for no credentials but gets them."""

    KIND = "gs"

    def user_file(self, name, token_uri):
        return str(self.write(name, json.dumps({
            "type": "authorized_user", "client_id": "client", "client_secret": SECRET,
            "refresh_token": SECRET, "token_uri": token_uri})))

    def test_missing_denied_and_unset(self):
        self.fails(1, "ls", "gs://none/", says="there is no bucket 'none'")
        self.fails(1, "cp", "data.csv", "gs://none/x", says="there is no bucket 'none'")
        self.fails(1, "show", "gs://box/none.csv", says="gs://box/none.csv")
        # This server knows of no tokens, so it stands for one that gives none.
        mute = self.user_file("mute.json", f"http://{self.env['STORAGE_EMULATOR_HOST']}/token")
        far = self.user_file("far.json", "http://storage.example/")
        for path, says in ((mute, self.env["STORAGE_EMULATOR_HOST"]), (far, "in the open"),
                           ("no/such.json", "no/such.json")):
            told = self.run_cli("ls", "gs://box/",
                                env={**self.env, "GOOGLE_APPLICATION_CREDENTIALS": path})
            self.assertNotEqual(told.returncode, 0)
            self.assertIn(says, told.stderr)


class Hdfs(StoreTests, CliTest):
    """Against a NameNode and a DataNode, through WebHDFS."""

    KIND = "hdfs"
    ACCOUNT = "the user "
    HAS_BUCKETS = False

    def test_denied_missing_and_misnamed(self):
        self.ok("cp", "data.csv", self.ROOT + "mine/")
        other = self.run_cli("rm", self.ROOT + "mine/data.csv", "--yes",
                             env={**self.env, "HADOOP_USER_NAME": "somebody"})
        self.assertEqual(other.returncode, 4, other.stderr)
        self.assertIn("somebody, a name from HADOOP_USER_NAME", other.stderr)
        self.assertNotIn("at org.apache", other.stderr)
        self.fails(1, "show", self.ROOT + "none.csv", says=self.ROOT + "none.csv")
        self.fails(1, "cp", "data.csv", self.ROOT + "a:b.csv", says="HDFS takes no ':' in names")
        self.fails(4, "ls", "webhdfs://node.example/", says="swebhdfs://")
        self.fails(1, "ls", "hdfs://127.0.0.1:1/", says="127.0.0.1:1")


class WebFiles(CliTest):
    """Files of a web server: one that honours ranges, and Python's own, which does not."""

    class Ranges(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
            self.server.paths.append(self.path)
            data = (pathlib.Path(self.directory) / self.path.split("?")[0][1:]).read_bytes()
            first, last = self.headers["Range"].removeprefix("bytes=").split("-")
            part = data[int(first):int(last or len(data)) + 1]
            self.send_response(206 if part else 416)
            self.send_header("Content-Range",
                             f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
                             if part else f"bytes */{len(data)}")
            self.send_header("Content-Length", str(len(part)))
            self.end_headers()
            self.wfile.write(part)

        def log_message(self, *_):
            pass

    class Whole(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    @classmethod
    def serve_files(cls, handler):
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(handler, directory=str(cls.folder)))
        server.paths = []
        server.handle_error = lambda *_: None  # clients that have read enough
        threading.Thread(target=server.serve_forever, daemon=True).start()
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        return server, f"http://127.0.0.1:{server.server_port}"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server, cls.root = cls.serve_files(cls.Ranges)
        _, cls.whole = cls.serve_files(cls.Whole)

    @classmethod
    def run_cli(cls, *words, **options):
        done = super().run_cli(*words, **options)
        assert SECRET not in done.stdout + done.stderr, words
        return done

    def test_the_main_road(self):
        source = f"{self.root}/data.csv?signature={SECRET}"
        count = self.ok("query", f"SELECT count(*) AS n FROM '{source}'").stdout
        self.assertEqual(count, "n\n400\n")
        self.ok("train", source, "--label", "y", "--features", "x,n,c", "--model",
                "logistic_regression", "--out", "web.skymill")
        self.assertNotIn(SECRET.encode(), (self.folder / "web.skymill").read_bytes())
        model = f"{self.root}/web.skymill?signature={SECRET}"
        self.ok("predict", model, source, "--out", "web.csv", "--json")
        self.ok("eval", model, source, "--json")
        self.assertEqual(len((self.folder / "web.csv").read_text().splitlines()), 401)
        self.assertIn(f"/data.csv?signature={SECRET}", self.server.paths)
        self.write("pieces", random.Random(5).randbytes(9 << 20))
        self.ok("cp", f"{self.root}/pieces", "copy", "--verify")
        self.assertEqual((self.folder / "copy").read_bytes(),
                         (self.folder / "pieces").read_bytes())

    def test_a_server_without_ranges(self):
        count = self.ok("query", f"SELECT count(*) AS n FROM '{self.whole}/data.csv'").stdout
        self.assertEqual(count, "n\n400\n")
        self.write("large", bytes(9 << 20))
        self.fails(1, "cp", f"{self.whole}/large", "copy-of-large", says="no parts of files")

    def test_what_cannot_be_done(self):
        self.fails(1, "cp", "data.csv", f"{self.root}/new.csv", says="takes no files")
        self.fails(1, "ls", f"{self.root}/", says="lists no files")
        self.fails(1, "show", f"{self.whole}/none.csv?signature={SECRET}",
                   says=f"{self.whole}/none.csv")
        self.fails(1, "query", f"SELECT nope FROM '{self.root}/data.csv?signature={SECRET}'",
                   says="no column 'nope'")
        self.fails(4, "show", "http://storage.example/data.csv", says="https://")
        told = self.run_cli("doctor", f"{self.root}/data.csv")
        self.assertEqual(told.returncode, 1, told.stdout)
        self.assertIn("lists no files", told.stdout)


class Models(CliTest):
    """The registry, in a local folder."""

    def register(self, name, *more, model="logistic_regression"):
        return self.json("train", "data.csv", "--label", "y", "--features", "x,n,c", "--model",
                         model, "--register", name, *more)["registered"]["version"]

    def test_the_life_of_a_model(self):
        self.assertEqual(self.register("life", "--alias", "champion"), 1)
        self.assertEqual(self.register("life", model="decision_tree"), 2)
        self.assertFalse((self.folder / "y.skymill").exists(), "the registry is where it goes")
        listed = {model["name"]: model for model in self.json("models", "ls")}
        self.assertEqual((listed["life"]["versions"], listed["life"]["aliases"]),
                         (2, {"champion": 1}))
        shown = self.json("models", "show", "life")
        self.assertEqual([version["about"]["trainer"] for version in shown["versions"]],
                         ["logistic_regression", "decision_tree"])
        self.assertIn("auc", shown["versions"][0]["about"]["metrics"])
        fields = {row["field"] for row in self.json("models", "diff", "life@1", "life@latest")}
        self.assertIn("about.trainer", fields)
        self.assertNotIn("about.label", fields)
        promoted = self.json("models", "promote", "life@latest", "champion")
        self.assertEqual(promoted, {"name": "life", "alias": "champion", "version": 2})
        self.assertEqual(self.json("models", "rollback", "life@champion")["version"], 1)
        self.ok("models", "alias", "life@challenger", "2")
        self.ok("models", "alias", "life@challenger", "--remove")
        log = self.json("models", "show", "life", "--log")
        self.assertEqual([change["kind"] for entry in log for change in entry["changes"]],
                         ["version", "alias", "version", "alias", "alias", "alias", "alias"])
        self.assertEqual(self.json("models", "verify", "life")["problems"], [])

    def test_a_reference_stands_where_a_model_file_may(self):
        self.register("named", "--alias", "champion")
        self.ok("models", "export", "named@champion", "named.skymill")
        same = [self.ok("predict", model, "data.csv").stdout
                for model in ("named@champion", "named@1", "named.skymill")]
        self.assertEqual(same, [same[0]] * 3)
        self.ok("eval", "named@latest", "data.csv")
        imported = self.json("models", "import", "named.skymill", "copied", "--alias", "best")
        self.assertEqual(imported["version"], 1)
        self.ok("models", "import", "named@1", "copied")
        self.assertEqual(self.json("models", "ls")[0]["versions"], 2)

    def test_serve_follows_an_alias(self):
        self.register("followed", "--alias", "champion")
        self.register("followed", model="decision_tree")
        row = {"x": 1.5, "n": 3, "c": "red"}
        with Server(self.command("serve", "followed@champion", "--port", 0, "--poll", 0.1),
                    self.folder) as server:
            self.assertEqual(server.predict(row)[1]["model"], "followed/1")
            self.ok("models", "alias", "followed@champion", "2")
            for _ in range(400):
                status, answer = server.predict(row)
                self.assertEqual(status, 200, answer)
                if answer["model"] == "followed/2":
                    break
                time.sleep(0.05)
            self.assertEqual(answer["model"], "followed/2")
            shutil.move(self.folder / "registry", self.folder / "away")
            time.sleep(0.3)
            self.assertEqual(server.predict(row)[0], 200, "without the registry")
            shutil.move(self.folder / "away", self.folder / "registry")
        self.assertEqual(server.status, 0)

    def test_what_is_wrong_is_said(self):
        self.register("wrong", "--alias", "champion")
        self.fails(1, "predict", "wrong@champoin", "data.csv", says="did you mean 'champion'?")
        self.fails(1, "models", "show", "wrnog", says="wrong")
        self.fails(1, "models", "show", "wrong@7", says="its versions are 1 to 1")
        self.fails(2, "models", "alias", "wrong@3", "1", says="numbers are versions")
        self.fails(2, "models", "alias", "wrong@champion", says="--remove")
        self.ok("models", "alias", "wrong@champion", "1")  # where it is already
        self.fails(2, "models", "rollback", "wrong", says="NAME@ALIAS")
        self.fails(2, "models", "sign", "wrong", "--key", "x.pem", says="names no version")
        self.fails(2, "predict", "wrong@1", "data.csv", "--require-signed", "", says="no file")
        self.fails(1, "models", "verify", "--registry", "nowhere", says="no registry")
        self.fails(1, "cp", "data.csv", "s3:/box/x", says="write s3://box/x")
        self.write("a-file", "")
        told = self.run_cli("train", "data.csv", "--label", "y", "--register", "x", "--registry",
                            "a-file/registry")
        self.assertEqual(told.returncode, 1, told.stderr)
        kept = re.search(r"unregistered-\w+\.skymill", told.stderr)
        self.ok("models", "import", kept[0], "x")
        self.fails(2, "models", "import", "data.csv", "../x", says="cannot be the name")
        self.fails(1, "models", "import", "data.csv", "x", says="no good model file")
        self.fails(2, "train", "data.csv", "--label", "y", "--alias", "a", says="--register")
        self.fails(2, "train", "data.csv", "--label", "y", "--register", "a/b", says="cannot be")
        self.fails(1, "models", "rollback", "wrong@champion", says="nothing to go back to")
        self.fails(2, "serve", "wrong@champion", "--poll", "0", says="--poll")

    def test_signed_models(self):
        for words in (["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "own.pem"],
                      ["ec", "-in", "own.pem", "-pubout", "-out", "own.pub"],
                      ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "other.pem"],
                      ["ec", "-in", "other.pem", "-pubout", "-out", "other.pub"]):
            subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)
        self.register("signed", "--alias", "champion")
        trusted = ["--require-signed", "own.pub"]
        self.fails(4, "predict", "signed@1", "data.csv", *trusted, says="is not signed")
        self.fails(4, "serve", "signed@1", *trusted, says="is not signed")
        self.fails(1, "models", "verify", "signed", *trusted, says="problem")
        self.fails(1, "models", "sign", "signed@1", "--key", "own.pub", says="private key")
        self.ok("models", "sign", "signed@champion", "--key", "own.pem")
        self.ok("predict", "signed@champion", "data.csv", *trusted)
        self.ok("models", "verify", "signed", *trusted)
        self.fails(4, "eval", "signed@1", "data.csv", "--require-signed", "other.pub",
                   says="another key")
        self.ok("models", "export", "signed@1", "signed.skymill")
        self.ok("predict", "signed.skymill", "data.csv", *trusted)
        self.ok("models", "import", "signed.skymill", "moved")
        self.ok("predict", "moved@1", "data.csv", *trusted)
        self.ok("models", "sign", "signed@1", "--key", "other.pem")
        self.ok("predict", "signed@1", "data.csv", *trusted)
        self.ok("predict", "signed@1", "data.csv", "--require-signed", "other.pub")
        with Server(self.command("serve", "signed.skymill", "--port", 0, *trusted), self.folder):
            pass
        # The public tool of the layout reads our signatures, and we read its.
        tool = [CACHE / "model-signing-1.1.1" / "bin" / "python", "-m", "model_signing"]
        key = ["--public_key", "own.pub", "--signature"]
        subprocess.run([*tool, "verify", "key", *key, "signed.skymill.sig", "signed.skymill"],
                       cwd=self.folder, check=True, capture_output=True, timeout=TIMEOUT)
        other = self.json("train", "data.csv", "--label", "y", "--model", "decision_tree", "--out",
                          "foreign.skymill")["model"]
        refused = subprocess.run([*tool, "verify", "key", *key, "signed.skymill.sig", other],
                                 cwd=self.folder, capture_output=True, timeout=TIMEOUT)
        self.assertNotEqual(refused.returncode, 0)
        subprocess.run([*tool, "sign", "key", "--private_key", "own.pem", "--signature",
                        f"{other}.sig", other],
                       cwd=self.folder, check=True, capture_output=True, timeout=TIMEOUT)
        self.ok("predict", other, "data.csv", *trusted)

    def test_verify_finds_damage(self):
        self.register("hurt")
        shutil.copytree(self.folder / "registry", self.folder / "broken")
        blob = next(path for path in (self.folder / "broken/blobs/sha256").iterdir())
        blob.write_bytes(blob.read_bytes()[:-1] + b"!")
        done = self.fails(1, "models", "verify", "--registry", "broken", says="problem")
        self.assertIn(blob.name, done.stdout)

    def test_garbage_is_listed_before_it_goes(self):
        self.register("kept", "--registry", "collected")
        orphan = self.folder / "collected/blobs/sha256" / ("0" * 64)
        orphan.write_bytes(b"never published")
        week_ago = time.time() - 7 * 86400
        os.utime(orphan, (week_ago, week_ago))
        self.assertEqual(self.json("models", "gc", "--registry", "collected")["bytes"], 15)
        self.assertTrue(orphan.exists())
        self.ok("models", "gc", "--delete", "--registry", "collected")
        self.assertFalse(orphan.exists())
        self.assertEqual(self.json("models", "verify", "--registry", "collected")["problems"], [])

    def test_a_killed_publication_leaves_no_half(self):
        self.kill_publications("killed", int(os.environ.get("SKYMILL_KILLS", 40)))


class TrainOptions(CliTest):
    def test_sql_may_end_in_a_semicolon_or_a_comment(self):
        for words in (["--query", "SELECT x, n, y FROM data;"], ["--where", "n > 1 -- few"],
                      ["--query", "SELECT x, n, y FROM data -- all", "--features", "x,n"]):
            report = self.json("train", "data.csv", "--label", "y", "--model", "decision_tree",
                               "--out", "s.skymill", *words)
            self.assertIn("x", report["features"])

    def test_golden_rows_are_rows_that_training_used(self):
        self.write("gap.csv", "x,y\n,\n" + "".join(f"{i % 20},{2 * i % 7}\n" for i in range(40)))
        report = self.json("train", "gap.csv", "--label", "y", "--task", "regression", "--missing",
                           "fail", "--model", "decision_tree", "--out", "g.skymill")
        self.assertEqual(report["rows_used"], 40)

    def test_a_text_column_that_is_nearly_numbers_is_warned_about(self):
        rows = [f"{i % 50 / 4},{i % 3},{i * 7 % 11}" for i in range(200)]
        rows[120] = "1.2.5,1,3"
        self.write("typo.csv", "x,g,y\n" + "\n".join(rows) + "\n")
        words = ["train", "typo.csv", "--label", "y", "--task", "regression", "--model",
                 "decision_tree", "--out", "t.skymill"]
        self.assertIn("column 'x' is read as text, because '1.2.5' is no number",
                      self.ok(*words).stderr)
        self.assertIn("'1.2.5'", self.json(*words)["warnings"][0])
        self.assertNotIn("is read as text", self.ok(*words, "--null", "1.2.5").stderr)

    def test_zero_and_minus_zero_are_one_class(self):
        self.write("zero.csv", "x,y\n" + "".join(
            f"{i // 2},{('-0.0', '0.0', '1.0', '2.5')[i % 4]}\n" for i in range(80)))
        self.ok("train", "zero.csv", "--label", "y", "--task", "classification", "--model",
                "decision_tree", "--out", "z.skymill")
        header = self.ok("predict", "z.skymill", "zero.csv", "--only").stdout.splitlines()[0]
        self.assertEqual(header, "prediction,probability_0,probability_1,probability_2.5")

    def test_where_and_query_choose_rows(self):
        with open(self.folder / "data.csv", encoding="utf-8") as file:
            wanted = sum(int(row["n"]) > 3 for row in csv.DictReader(file))
        where = self.train("--where", "n > 3", out="where.skymill")
        self.assertEqual((where["rows_read"], where["rows_used"]), (wanted, wanted))
        query = self.train("--query", "SELECT * FROM data WHERE n > 3", out="query.skymill")
        self.assertEqual(query["model_sha256"], where["model_sha256"])
        quoted = self.json("train", "--query", "SELECT * FROM 'data.csv' WHERE n > 3", "--label",
                           "y", "--features", "x,n,c,flag", "--model", "logistic_regression",
                           "--out", "quoted.skymill", "--quiet")
        self.assertEqual(quoted["model_sha256"], where["model_sha256"])

    def test_rows_without_order_are_warned_about(self):
        words = ["train", "data.csv", "--query",
                 "SELECT id, avg(x) AS x, max(y) AS y FROM data GROUP BY id", "--label", "y",
                 "--features", "x", "--model", "logistic_regression", "--out", "m.skymill"]
        self.assertIn("--row-key", self.ok(*words).stderr)
        keyed = [self.json(*words, "--row-key", "id")["metrics"] for _ in range(2)]
        self.assertNotIn("--row-key", self.ok(*words, "--row-key", "id").stderr)
        self.assertEqual(keyed[0]["accuracy"], keyed[1]["accuracy"])

    def test_judgement(self):
        held = self.train(out="held.skymill")
        self.assertIn("hold-out", held["judged_by"])
        none = self.train("--split", 0, out="none.skymill")
        self.assertNotIn("metrics", none)
        folds = self.train("--cv", 3, out="folds.skymill")
        self.assertEqual((folds["judged_by"], folds["judged_rows"]),
                         ("3-fold cross-validation", 400))
        kept = self.train("--no-refit", out="kept.skymill")
        self.assertEqual(kept["metrics"], held["metrics"])
        estimates = [[line["estimate"] for line in report["coefficients"]]
                     for report in (held, none, folds, kept)]
        self.assertEqual(estimates[0], estimates[1])
        self.assertEqual(estimates[0], estimates[2])
        self.assertNotEqual(estimates[0], estimates[3])

    def test_missing(self):
        def methods(report):
            return {item["name"]: item["missing_method"] for item in report["feature_details"]}
        self.assertEqual(methods(self.train())["x"], "mean")
        self.assertEqual(methods(self.train(model="decision_tree"))["x"], "native")
        report = self.train("--missing", "number=median,category=mode")
        self.assertEqual((methods(report)["x"], methods(report)["c"]), ("median", "mode"))
        self.assertEqual(methods(self.train("--missing", "x=constant:0"))["x"], "constant")
        dropped = self.train("--missing", "number=drop", out="drop.skymill")
        self.assertEqual(dropped["rows_dropped"]["missing_feature"], 40)
        self.assertEqual(dropped["rows_used"], 360)
        scored = self.json("predict", "drop.skymill", "data.csv", "--out", "dropped.csv")
        self.assertEqual((scored["rows"], scored["rows_without_prediction"]), (400, 40))
        with open(self.folder / "dropped.csv", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([row["x"] == "" for row in rows],
                         [row["prediction"] == "" for row in rows])

    def test_weight_is_as_if_rows_were_repeated(self):
        lines = (self.folder / "data.csv").read_text().splitlines()
        header = lines[0].split(",")
        repeated = [lines[0]]
        for line in lines[1:]:
            repeated += [line] * int(line.split(",")[header.index("w")])
        self.write("repeated.csv", "\n".join(repeated) + "\n")
        for label, model in [("price", "linear_regression"), ("y", "logistic_regression")]:
            words = ["--label", label, "--features", "n,flag", "--model", model, "--split", 0,
                     "--out", "m.skymill"]
            weighted = self.json("train", "data.csv", *words, "--weight", "w")
            copies = self.json("train", "repeated.csv", *words)
            for a, b in zip(weighted["coefficients"], copies["coefficients"], strict=True):
                self.assertAlmostEqual(a["estimate"], b["estimate"], delta=1e-7)

    def test_set(self):
        self.assertEqual(self.train("--set", "l2=0.5")["parameters"]["l2"], 0.5)
        forest = self.train("--set", "trees=3", "--set", "max_depth=4", model="random_forest")
        self.assertEqual((forest["parameters"]["trees"], forest["parameters"]["max_depth"]), (3, 4))

    def test_task_of_numeric_labels(self):
        report = self.train(label="n", model="decision_tree", features="x,c")
        self.assertEqual(report["task"], "classification")
        header = self.ok("predict", "m.skymill", "data.csv", "--only").stdout.splitlines()[0]
        self.assertEqual(header.split(","), ["prediction"] + [f"probability_{i}" for i in range(9)])
        report = self.train("--task", "regression", label="n", model="decision_tree",
                            features="x,c")
        self.assertEqual(report["task"], "regression")
        self.assertEqual(self.train(label="price", model="decision_tree")["task"], "regression")

    def test_columns_left_out_are_named(self):
        report = self.json("train", "data.csv", "--label", "y", "--model", "decision_tree",
                           "--out", "m.skymill")
        left = {item["column"]: item["reason"] for item in report["left_out"]}
        self.assertEqual(set(left) & {"id", "same", "none"}, {"id", "same", "none"})
        self.assertFalse({"id", "same", "none"} & set(report["features"]))

    def test_same_seed_same_model_at_any_number_of_threads(self):
        for label, model in [("price", "linear_regression"), ("y", "logistic_regression"),
                             ("y", "decision_tree"), ("y", "random_forest"),
                             ("price", "random_forest")]:
            hashes = {self.train("--threads", threads, "--seed", 5, "--set", "trees=5", label=label,
                                 model=model)["model_sha256"] if model == "random_forest" else
                      self.train("--threads", threads, "--seed", 5, label=label,
                                 model=model)["model_sha256"] for threads in (1, 2)}
            self.assertEqual(len(hashes), 1, model)
        other = [self.train("--seed", seed, "--set", "trees=5",
                            model="random_forest")["model_sha256"] for seed in (1, 2)]
        self.assertNotEqual(*other)


class Query(CliTest):
    def test_tables_by_name_and_by_file(self):
        sql = "SELECT c, count(*) AS rows FROM {} WHERE n > 3 GROUP BY c ORDER BY c"
        by_file = self.ok("query", sql.format("'data.csv'")).stdout
        self.assertTrue(by_file.startswith("c,rows\nblue,"))
        self.assertEqual(self.ok("query", sql.format("t"), "--table", "t=data.csv").stdout, by_file)
        self.fails(2, "query", "SELECT 1", "--table", "data.csv", says="name=")

    def test_out_writes_the_format_of_its_suffix(self):
        sql = "SELECT id, x, c, flag FROM 'data.csv' ORDER BY id"
        for name in ["rows.csv", "rows.tsv", "rows.jsonl"] + \
                (["rows.parquet"] if (BUILD / "skymill_arrow.so").exists() else []):
            self.ok("query", sql, "--out", name)
            self.assertEqual(self.json("query", f"SELECT * FROM '{name}' ORDER BY id")["rows"],
                             self.json("query", sql)["rows"], name)

    def test_standard_input(self):
        lines = (self.folder / "data.csv").read_text()
        count = self.ok("query", "SELECT count(*) AS n FROM t", "--table", "t=-", stdin=None,
                        input=lines).stdout
        self.assertEqual(count, "n\n400\n")
        self.assertIn("id", self.ok("show", "-", stdin=None, input=lines).stdout)
        rows = "".join(json.dumps({"x": i % 7, "y": i % 3}) + "\n" for i in range(60))
        self.ok("train", "-", "--format", "json", "--label", "y", "--model", "decision_tree",
                "--out", "piped.skymill", stdin=None, input=rows)
        empty = self.run_cli("show", "-", stdin=None, input="")
        self.assertEqual(empty.returncode, 1)
        self.assertIn("standard-input", empty.stderr)

    def test_out_and_json_give_a_document(self):
        document = self.json("query", "SELECT x FROM 'data.csv'", "--out", "x.csv")
        self.assertEqual(document, {"out": "x.csv", "rows": 400})

    def test_columns_of_one_name_are_not_written(self):
        self.fails(1, "query", "SELECT 1 AS a, 2 AS a", "--out", "twice.csv", says="'a'")
        self.assertNotIn("twice.csv", self.files())

    def test_bad_rows(self):
        self.write("ragged.csv", "a,b\n1,2\n3\n4,5\n")
        self.fails(1, "query", "SELECT a FROM 'ragged.csv'", says="--bad-rows skip")
        done = self.ok("query", "SELECT a FROM 'ragged.csv'", "--bad-rows", "skip")
        self.assertEqual(done.stdout, "a\n1\n4\n")
        self.assertIn("left out 1 bad rows", done.stderr)
        self.ok("show", "ragged.csv", "--bad-rows", "bad.csv")
        self.assertIn("ragged.csv,3,", (self.folder / "bad.csv").read_text())

    def test_dialect(self):
        text = (self.folder / "data.csv").read_text().replace(",", ";").replace("NA", "n/a")
        self.write("other.csv", text)
        words = ["--delimiter", ";", "--null", "n/a", "--null", ""]
        seen = self.ok("show", "other.csv", "--json", "--rows", 400, *words)
        self.assertIn("delimiter ';'", seen.stderr)
        self.assertEqual(json.loads(seen.stdout), self.json("show", "data.csv", "--rows", 400))


class Predict(CliTest):
    def test_row_and_column_order_are_kept(self):
        self.train()
        self.ok("predict", "m.skymill", "data.csv", "--out", "scored.csv")
        with open(self.folder / "data.csv", encoding="utf-8") as file:
            before = list(csv.reader(file))
        with open(self.folder / "scored.csv", encoding="utf-8") as file:
            after = list(csv.reader(file))
        self.assertEqual(after[0], before[0] + ["prediction", "probability_no", "probability_yes"])
        self.assertEqual(len(after), len(before))
        for old, new in zip(before[1:], after[1:]):
            self.assertEqual(old[0], new[0])
            self.assertEqual(new[8], old[8])
            low, high = float(new[11]), float(new[12])
            self.assertEqual(new[10], "yes" if high > low else "no")
            self.assertAlmostEqual(low + high, 1, delta=1e-15)

    def test_outputs(self):
        self.train()
        text = (self.folder / "data.csv").read_text()
        piped = self.ok("predict", "m.skymill", "-", "--only", stdin=None, input=text).stdout
        self.assertEqual(piped, self.ok("predict", "m.skymill", "data.csv", "--only").stdout)
        lines = self.ok("predict", "m.skymill", "data.csv", "--only", "--out-format",
                        "json").stdout.splitlines()
        self.assertEqual(list(json.loads(lines[0])),
                         ["prediction", "probability_no", "probability_yes"])
        self.ok("predict", "m.skymill", "data.csv", "--threads", 1, "--out", "one.csv")
        self.ok("predict", "m.skymill", "data.csv", "--threads", 2, "--out", "two.csv")
        self.assertEqual((self.folder / "one.csv").read_bytes(),
                         (self.folder / "two.csv").read_bytes())
        judged = self.ok("eval", "m.skymill", "-", "--json", stdin=None, input=text).stdout
        self.assertEqual(json.loads(judged)["metrics"],
                         self.json("eval", "m.skymill", "data.csv")["metrics"])

    def test_a_field_that_a_json_row_lacks_is_missing(self):
        self.train()
        first = '{"x":1,"n":2,"c":"red","flag":true}\n'
        self.write("absent.jsonl", first + '{"n":2,"flag":true}\n')
        self.write("null.jsonl", first + '{"x":null,"n":2,"c":null,"flag":true}\n')
        self.assertEqual(self.ok("predict", "m.skymill", "absent.jsonl", "--only").stdout,
                         self.ok("predict", "m.skymill", "null.jsonl", "--only").stdout)
        self.write("never.jsonl", '{"x":1,"n":2,"flag":true}\n' * 2)
        self.fails(1, "predict", "m.skymill", "never.jsonl", says="'c'")

    def test_null_spellings(self):
        self.train()
        self.write("a.csv", "x,n,c,flag\n-,2,red,true\n")
        self.write("b.csv", "x,n,c,flag\n,2,red,true\n")
        self.fails(1, "predict", "m.skymill", "a.csv", says="--null")
        self.assertEqual(self.ok("predict", "m.skymill", "a.csv", "--only", "--null", "-").stdout,
                         self.ok("predict", "m.skymill", "b.csv", "--only").stdout)


class SameBits(CliTest):
    """predict, skymill serve and skymill-serve answer the same bits for the same rows."""

    ROWS = [
        {"x": 0.5, "n": 3, "c": "red", "flag": True},
        {"x": None, "n": 3, "c": "red", "flag": False},
        {"x": -1.25e-7, "n": None, "c": "green", "flag": None},
        {"x": 0.1, "n": 8, "c": None, "flag": True},
        {"x": 1e300, "n": -7, "c": "never seen", "flag": False},
        {"x": None, "n": None, "c": None, "flag": None},
    ]

    def programs(self):
        yield self.command("serve")
        if (BUILD / "skymill-serve").exists():
            yield [str(BUILD / "skymill-serve")]

    def check(self, label, model, *words):
        report = self.train(*words, out="m.skymill", label=label, model=model)
        draw = random.Random(11)
        rows = self.ROWS + [{"x": draw.choice([None, draw.gauss(0, 3)]), "n": draw.randrange(12),
                             "c": draw.choice(["red", "green", "blue", "violet", None]),
                             "flag": draw.choice([True, False, None])} for _ in range(200)]

        def text(value):
            return "" if value is None else str(value).lower() if value in (True, False) and \
                isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
        self.write("rows.csv", "x,n,c,flag\n" +
                   "".join(",".join(map(text, row.values())) + "\n" for row in rows))
        out = self.ok("predict", "m.skymill", "rows.csv", "--only").stdout.splitlines()
        filed = list(csv.DictReader(out))
        self.assertEqual(len(filed), len(rows))
        for program in self.programs():
            with Server([*program, self.folder / "m.skymill", "--port", "0"],
                        self.folder) as server:
                status, many = server.predict({"rows": rows})
                self.assertEqual(status, 200, many)
                answers = [server.predict(row)[1] for row in rows[:20]]
                self.assertEqual([{k: v for k, v in a.items() if k != "model"} for a in answers],
                                 many["predictions"][:20])
                self.assertIn(report["model_sha256"][:12], many["model"])
            self.assertEqual(server.status, 0)
            for line, answer in zip(filed, many["predictions"], strict=True):
                if label == "price":
                    self.assertEqual(float(line["prediction"]), answer["prediction"])
                    continue
                self.assertEqual(line["prediction"], answer["prediction"])
                self.assertEqual({name: float(line[f"probability_{name}"])
                                  for name in answer["probabilities"]}, answer["probabilities"])

    def test_linear_regression(self):
        self.check("price", "linear_regression")

    def test_logistic_regression(self):
        self.check("y", "logistic_regression")

    def test_decision_tree(self):
        self.check("y", "decision_tree")
        self.check("price", "decision_tree")

    def test_random_forest(self):
        self.check("y", "random_forest", "--set", "trees=10")
        self.check("price", "random_forest", "--set", "trees=10")


class Http(CliTest):
    ROW = {"x": 0.5, "n": 3, "c": "red", "flag": True}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = cls.run_cli("train", "data.csv", "--label", "y", "--features", "x,n,c,flag",
                           "--model", "logistic_regression", "--out", "m.skymill")
        if done.returncode != 0:
            raise AssertionError(done.stderr)
        cls.server = Server(cls.command("serve", "m.skymill", "--port", 0), cls.folder)
        cls.addClassCleanup(cls.server.stop)

    def refuse(self, wanted, body, *says):
        status, answer = self.server.predict(body)
        self.assertEqual(status, wanted, answer)
        self.assertIn("request_id", answer)
        error = answer["error"]
        self.assertEqual(set(error), {"code", "message", "hint", "field", "row"})
        for part in says:
            self.assertIn(part, json.dumps(error))
        status, answer = self.server.predict(self.ROW)  # it lives on
        self.assertEqual(status, 200, answer)
        return error

    def test_not_json(self):
        for body in ["", "x", "{", '{"x": }', '{"x": 1', "[1, 2", "NaN", b"\xff\xfe", "{}}",
                     "null"]:
            with self.subTest(body):
                status = self.server.predict(body)[0]
                self.assertIn(status, (400, 411, 422), body)
        self.refuse(400, "{nonsense}")

    def test_wrong_types(self):
        for field, value in [("x", "0.5"), ("x", [1]), ("x", {}), ("x", True), ("n", 1.5),
                             ("n", "3"), ("c", 7), ("flag", 1), ("flag", "true")]:
            with self.subTest(f"{field}={value!r}"):
                error = self.refuse(422, {**self.ROW, field: value})
                self.assertEqual(error["field"], field)

    def test_missing_and_unknown_fields(self):
        row = dict(self.ROW)
        del row["c"]
        self.assertEqual(self.refuse(422, row, "null")["field"], "c")
        self.assertEqual(self.refuse(422, {**self.ROW, "flagg": True}, "flag")["field"], "flagg")
        error = self.refuse(422, {"rows": [self.ROW, self.ROW, row]})
        self.assertEqual((error["field"], error["row"]), ("c", 3))

    def test_a_million_nested_arrays(self):
        self.refuse(400, "[" * 10**6)
        self.refuse(400, '{"x":' + "[" * 500000 + "]" * 500000 + "}")
        self.refuse(413, '{"x":' + "[" * 10**6 + "]" * 10**6 + "}")  # 2 MB

    def test_a_declared_body_of_1_gib(self):
        head = b"POST /predict HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        line = self.server.raw(head + b"Content-Length: 1073741824\r\n\r\n{")
        self.assertIn(" 413 ", line)
        for value in [b"-1", b"1e9", b"99999999999999999999999", b"5, 6"]:
            line = self.server.raw(head + b"Content-Length: " + value + b"\r\n\r\n{}")
            self.assertRegex(line, r" (400|413) ")
        self.refuse(400, "{")

    def test_wrong_requests(self):
        self.assertEqual(self.server.request("GET", "/predict")[0], 405)
        status, answer = self.server.request("GET", "/predictt")
        self.assertEqual(status, 404)
        self.assertIn("/predict", answer["error"]["hint"])
        status, answer = self.server.request("POST", "/predict", "a=1",
                                             {"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual((status, answer["error"]["code"]), (415, "unsupported"))
        self.assertRegex(self.server.raw(b"nonsense\r\n\r\n"), " 400 ")
        self.assertRegex(self.server.raw(b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\n\r\n"),
                         r" (400|414|431) ")

    def test_other_routes(self):
        self.assertEqual(self.server.request("GET", "/health/live")[0], 200)
        self.assertEqual(self.server.request("GET", "/health/ready")[0], 200)
        self.assertIn("# TYPE", self.server.request("GET", "/metrics")[1])
        self.assertIn("/predict", self.server.request("GET", "/openapi.json")[1]["paths"])

    def test_interrupt_stops_it_with_0(self):
        with Server(self.command("serve", "m.skymill", "--port", 0), self.folder) as server:
            self.assertEqual(server.predict(self.ROW)[0], 200)
            self.assertEqual(server.stop(signal.SIGINT), 0)

    def test_beyond_loopback_is_refused(self):
        self.assertNotEqual(
            self.run_cli("serve", "m.skymill", "--port", 0, "--address", "0.0.0.0").returncode, 0)


class StartUp(CliTest):
    def libraries(self, *words):
        """What the loader opened, by its own log."""
        for old in self.folder.glob("loader.*"):
            old.unlink()
        self.ok(*words, env=dict(os.environ, LD_DEBUG="files",
                                 LD_DEBUG_OUTPUT=str(self.folder / "loader")))
        text = "".join(path.read_text(errors="replace") for path in self.folder.glob("loader.*"))
        self.assertIn("libskymill.so", text)
        return text

    def test_predict_maps_neither_duckdb_nor_arrow(self):
        self.train()
        self.write("one.csv", "x,n,c,flag\n0.5,2,red,true\n")
        text = self.libraries("predict", "m.skymill", "one.csv", "--out", "out.csv")
        for name in ["duckdb", "arrow", "parquet"]:
            self.assertNotIn(name, text)
        self.assertIn("duckdb", self.libraries("show", "one.csv"))  # the log does show libraries

    def test_version_starts_in_milliseconds(self):
        best = 1.0
        for _ in range(20):
            start = time.perf_counter()
            done = self.ok("version")
            best = min(best, time.perf_counter() - start)
        self.assertRegex(done.stdout, r"^skymill \d+\.\d+\.\d+ \(build [^ ]+\)\n$")
        # The goal is 10 ms (bench/); here a machine that does other work must not fail the test.
        self.assertLess(best, 1.0 if SANITIZED else 0.05)


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2)
