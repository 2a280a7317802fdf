#!/usr/bin/env python3
"""Training times of the four trainers beside scikit-learn, from the same file of 1 M × 8.

    bench/training.py --cache ~/.cache/skymill/bench [--build build/release] [--rounds 2]

Both read the same Parquet file, hold out a fifth of the rows, fit, and judge by the rows held out:
whole processes in turns, the fastest of the rounds. `its fit alone` leaves out scikit-learn's start
and reading. The forest is 20 trees of depth 12 on both sides; scikit-learn uses all cores.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import time

from peers import ROOT, install

REQUIREMENTS = ["numpy==2.4.1", "scikit-learn==1.8.0", "pandas==2.3.3", "pyarrow==22.0.0"]
TRAINERS = {
    "linear_regression": {"label": "y", "set": []},
    "logistic_regression": {"label": "c", "set": []},
    "decision_tree": {"label": "c", "set": ["max_depth=12"]},
    "random_forest": {"label": "c", "set": ["max_depth=12", "trees=20"]},
}
MAKE = """
import sys, numpy, pandas
random = numpy.random.default_rng(1)
x = random.normal(size=(1_000_000, 8))
score = x @ [1, -2, .5, 0, .3, 0, 1, -1] + numpy.sin(3 * x[:, 3]) + x[:, 5] * (x[:, 0] > 0)
table = pandas.DataFrame(x, columns=[f"x{i}" for i in range(8)])
table["y"] = score + random.normal(size=len(x))
table["c"] = numpy.where(score + random.logistic(size=len(x)) > 0, "yes", "no")
table.to_parquet(sys.argv[1])
"""
PEER = """
import json, sys, time
import pandas
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeClassifier
file, name, label = sys.argv[1:]
table = pandas.read_parquet(file)
x, y = table[[f"x{i}" for i in range(8)]].to_numpy(), table[label].to_numpy()
x, held, y, truth = train_test_split(x, y, test_size=.2, random_state=0,
                                     stratify=y if label == "c" else None)
model = {"linear_regression": LinearRegression(),
         "logistic_regression": LogisticRegression(C=float("inf")),
         "decision_tree": DecisionTreeClassifier(max_depth=12, random_state=0),
         "random_forest": RandomForestClassifier(20, max_depth=12, n_jobs=-1, random_state=0)}[name]
start = time.perf_counter()
model.fit(x, y)
took = time.perf_counter() - start
if label == "y":
    judged = {"r2": r2_score(truth, model.predict(held))}
else:
    judged = {"auc": roc_auc_score(truth == "yes", model.predict_proba(held)[:, 1])}
print(json.dumps({"fit": took, **judged}))
"""


def run(command: list) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr}")
    return time.perf_counter() - start, done.stdout


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    python = install(options.cache / "train-venv", REQUIREMENTS) / "python"
    data = options.cache / "train.parquet"
    if not data.exists():
        run([python, "-c", MAKE, data])

    print("| trainer | skymill | scikit-learn | ratio | its fit alone | metric, skymill | metric, "
          "scikit-learn |\n|---|---|---|---|---|---|---|")
    for name, task in TRAINERS.items():
        features = ",".join(f"x{i}" for i in range(8))
        ours = [options.build / "skymill", "train", data, "--label", task["label"], "--features",
                features, "--model", name, "--no-refit", "--out", options.cache / "train.skymill",
                "--quiet", "--json"]
        for setting in task["set"]:
            ours += ["--set", setting]
        peer = [python, "-c", PEER, data, name, task["label"]]
        times, peer_times = [], []
        for _ in range(options.rounds):
            took, text = run(ours)
            times.append(took)
            took, peer_text = run(peer)
            peer_times.append(took)
        metrics = json.loads(text)["metrics"]
        wanted = "r2" if task["label"] == "y" else "auc"
        ours_metric = metrics[wanted]["value"]
        judged = json.loads(peer_text)
        print(f"| {name} | {min(times):.2f} s | {min(peer_times):.2f} s "
              f"| {min(times) / min(peer_times):.2f} | {judged['fit']:.2f} s "
              f"| {wanted} {ours_metric:.4f} | {wanted} {judged[wanted]:.4f} |", flush=True)


if __name__ == "__main__":
    main()
