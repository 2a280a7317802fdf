#!/usr/bin/env python3
"""Writes tree_reference.json: trees and forests of fixed small data sets by scikit-learn.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install scikit-learn
    /tmp/reference/bin/python tests/reference/tree_reference.py

src/train/tree_reference_test.cc reads the result. A single tree is stored only when it is free of
ties: every random_state, and every feature negated, gives the same leaves. Each data set has fewer
rows than there are bins, so that both programs may split between any two values.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

FEATURES = 4


def make_rows(random, rows, task):
    x = np.round(random.normal(size=(rows, FEATURES)), 4)
    score = x[:, 0] - 2 * x[:, 1] * (x[:, 2] > 0) + np.sin(2 * x[:, 3])
    if task == "regression":
        return x, np.round(score + random.normal(0, 0.5, rows), 4)
    return x, (score + random.logistic(0, 0.5, rows) > 0).astype(float)


def leaf_values(tree, x):
    return tree.predict_proba(x)[:, 1] if hasattr(tree, "predict_proba") else tree.predict(x)


def same_leaves(a, b):
    return len(set(zip(a, b))) == len(set(a)) == len(set(b))


def single_tree(task, rows, depth, leaf):
    kind = DecisionTreeRegressor if task == "regression" else DecisionTreeClassifier
    for seed in range(1000):
        x, y = make_rows(np.random.default_rng(seed), rows, task)
        fits = [kind(max_depth=depth, min_samples_leaf=leaf, random_state=state).fit(sign * x, y)
                for state in range(10) for sign in (1, -1)]
        leaves = [fit.apply(sign * x) for fit, sign in zip(fits, (1, -1) * 10)]
        values = leaf_values(fits[0], x)
        distinct = len(set(np.round(values, 6))) == len(set(leaves[0]))
        if distinct and all(same_leaves(leaves[0], other) for other in leaves):
            return {"task": task, "params": [f"max_depth={depth}", f"min_rows={leaf}"],
                    "features": x.T.tolist(), "label": y.tolist(), "predicted": values.tolist()}
    raise SystemExit(f"no data set without ties for {task}, depth {depth}")


def forest():
    random = np.random.default_rng(7)
    x, y = make_rows(random, 1000, "classification")
    held, truth = make_rows(random, 1000, "classification")
    aucs = [roc_auc_score(truth, RandomForestClassifier(
        60, min_samples_leaf=5, max_features="sqrt", random_state=seed).fit(x, y)
        .predict_proba(held)[:, 1]) for seed in range(5)]
    auc, positive = np.mean(aucs), truth.sum()
    negative = len(truth) - positive
    # Hanley and McNeil, Radiology 143 (1982) 29-36
    q1, q2 = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    variance = (auc * (1 - auc) + (positive - 1) * (q1 - auc**2) + (negative - 1) * (q2 - auc**2)
                ) / (positive * negative)
    return {"params": ["trees=60", "min_rows=5", "features_per_split=sqrt"],
            "features": x.T.tolist(), "label": y.tolist(), "held_features": held.T.tolist(),
            "held_label": truth.tolist(), "aucs": aucs, "auc_std_error": float(np.sqrt(variance))}


cases = [single_tree(task, rows, depth, leaf) for task, rows, depth, leaf in (
    ("regression", 200, 5, 5), ("regression", 250, 8, 2), ("classification", 200, 3, 10),
    ("classification", 250, 4, 15))]
out = {"made_by": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}", "trees": cases,
       "forest": forest()}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(out, separators=(",", ":")) + "\n")
