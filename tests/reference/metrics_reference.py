#!/usr/bin/env python3
"""Writes metrics_reference.json: inputs, and what scikit-learn and plain numpy make of them.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install scikit-learn==1.9.1
    /tmp/venv/bin/python tests/reference/metrics_reference.py

src/evaluate/metrics_reference_test.cc compares the program's metrics with the file. Variances are
computed here from their definitions, pair by pair and row by row, not by the program's formulas.
"""

import json
import pathlib
import platform

import numpy as np
import sklearn
from sklearn import metrics as m

RNG = np.random.default_rng(20261124)


def numbers(values):
    return [float(v) for v in values]


def mean_variance(x, w):
    """n/(n-1) * sum w^2 (x - mean)^2 / (sum w)^2, n = effective rows."""
    mean = np.average(x, weights=w)
    n = w.sum() ** 2 / np.sum(w**2)
    return n / (n - 1) * np.sum(w**2 * (x - mean) ** 2) / np.sum(w) ** 2


def regression(name, n, offset, weighted):
    x = RNG.normal(size=n)
    label = offset + 3 * x + RNG.normal(size=n)
    prediction = offset + 2.8 * x + 0.1
    w = RNG.uniform(0.2, 3, n) if weighted else np.ones(n)
    mean = float(np.round(np.mean(label) + 0.125, 2))
    base = np.full(n, mean)

    def values(p):
        square = (label - p) ** 2
        u2 = (label - np.average(label, weights=w)) ** 2
        ratio = np.sum(w * square) / np.sum(w * u2)
        influence = w * (square - ratio * u2) / np.sum(w * u2)
        rows = w.sum() ** 2 / np.sum(w**2)
        return {
            "rmse": m.root_mean_squared_error(label, p, sample_weight=w),
            "mae": m.mean_absolute_error(label, p, sample_weight=w),
            "r2": m.r2_score(label, p, sample_weight=w),
            "mse_variance": mean_variance(square, w),
            "mae_variance": mean_variance(np.abs(label - p), w),
            "r2_variance": rows / (rows - 1) * np.sum(influence**2),
        }

    return {"name": name, "label": numbers(label), "prediction": numbers(prediction),
            "weight": numbers(w), "baseline_mean": mean, "metrics": values(prediction),
            "baseline": values(base)}


def delong_variance(score, positive, w):
    """DeLong et al. 1988, equations 3 to 5, by comparing all pairs; rows weighted."""
    s1, s0, w1, w0 = score[positive], score[~positive], w[positive], w[~positive]
    psi = (s1[:, None] > s0[None, :]) + 0.5 * (s1[:, None] == s0[None, :])
    v10 = psi @ w0 / w0.sum()
    v01 = w1 @ psi / w1.sum()
    auc = w1 @ psi @ w0 / w1.sum() / w0.sum()
    influence = np.zeros(len(score))
    n1, n0 = len(s1), len(s0)
    influence[positive] = np.sqrt(n1 / (n1 - 1)) * w1 * (v10 - auc) / w1.sum()
    influence[~positive] = np.sqrt(n0 / (n0 - 1)) * w0 * (v01 - auc) / w0.sum()
    return influence


def classification(name, n, classes, weighted, digits):
    label = RNG.integers(0, classes, n)
    logits = RNG.normal(size=(n, classes)) + 1.2 * np.eye(classes)[label]
    p = np.exp(logits)
    p /= p.sum(axis=1, keepdims=True)
    if digits:  # ties
        p = np.round(p, digits)
        p[:, -1] = 1 - p[:, :-1].sum(axis=1)
        p = np.clip(p, 0, 1)
    if classes == 2:
        p[:, 0] = 1 - p[:, 1]
    w = RNG.integers(1, 5, n) * 0.37 if weighted else np.ones(n)
    predicted = p.argmax(axis=1)
    if classes == 2:
        auc = m.roc_auc_score(label, p[:, 1], sample_weight=w)
        influence = delong_variance(p[:, 1], label == 1, w)
    else:
        auc = m.roc_auc_score(label, p / p.sum(axis=1, keepdims=True), multi_class="ovr",
                              average="macro", sample_weight=w)
        influence = np.mean([delong_variance(p[:, c], label == c, w) for c in range(classes)],
                            axis=0)
    true_p = np.clip(p[np.arange(n), label], np.finfo(float).eps, 1)
    shares = np.bincount(label, minlength=classes) / n
    return {
        "name": name, "classes": classes, "label": label.tolist(),
        "probabilities": numbers(p.ravel()), "weight": numbers(w),
        "baseline_shares": numbers(shares),
        "confusion": m.confusion_matrix(label, predicted, labels=range(classes)).tolist(),
        "precision": numbers(m.precision_score(label, predicted, average=None, sample_weight=w)),
        "recall": numbers(m.recall_score(label, predicted, average=None, sample_weight=w)),
        "metrics": {
            "accuracy": m.accuracy_score(label, predicted, sample_weight=w),
            "log_loss": m.log_loss(label, p, sample_weight=w),
            "log_loss_variance": mean_variance(-np.log(true_p), w),
            "auc": auc,
            "auc_variance": float(np.sum(influence**2)),
            "effective_rows": float(w.sum() ** 2 / np.sum(w**2)),
        },
        "baseline": {
            "accuracy": m.accuracy_score(label, np.full(n, shares.argmax()), sample_weight=w),
            "log_loss": m.log_loss(label, np.tile(shares, (n, 1)), sample_weight=w),
        },
    }


def main():
    out = {
        "made_by": "tests/reference/metrics_reference.py",
        "versions": {"python": platform.python_version(), "numpy": np.__version__,
                     "scikit-learn": sklearn.__version__},
        "regression": [
            regression("plain", 120, 0, False),
            regression("weighted", 120, 0, True),
            regression("far from zero", 80, 1e6, True),
        ],
        "classification": [
            classification("binary", 150, 2, False, 0),
            classification("binary with ties", 150, 2, False, 1),
            classification("binary with ties, weighted", 150, 2, True, 1),
            classification("three classes", 120, 3, False, 0),
            classification("four classes with ties, weighted", 160, 4, True, 2),
        ],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
    print(path)


if __name__ == "__main__":
    main()
