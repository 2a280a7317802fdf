#!/usr/bin/env python3
"""Writes linear_reference.json: linear models of fixed small data sets by statsmodels and scikit-learn.

    python3 -m venv /tmp/reference && /tmp/reference/bin/pip install statsmodels scikit-learn
    /tmp/reference/bin/python tests/reference/linear_reference.py

src/train/linear_reference_test.cc reads the result. The data sets are made here from a seed and are
stored in the file, so that reading it needs no Python. Penalties: skymill's loss is the mean over rows,
so ridge's alpha = l2 * sum of weights and logistic regression's C = 1 / (l2 * sum of weights).
"""
import json
import pathlib

import numpy as np
import scipy
import sklearn
import statsmodels
import statsmodels.api as sm
from sklearn.linear_model import LogisticRegression, Ridge

ROWS = 240
random = np.random.default_rng(20261124)

age = np.round(random.normal(40, 12, ROWS), 1)
height = np.round(1.5 + 0.006 * age + random.normal(0, 0.1, ROWS), 3)
year = 2000.0 + random.integers(0, 25, ROWS)
region = random.choice(["east", "north", "south", "west"], ROWS, p=[0.4, 0.3, 0.2, 0.1])
smoker = random.choice(["no", "yes"], ROWS, p=[0.7, 0.3])
weight = np.round(random.uniform(0.5, 3, ROWS), 2)
effect = {"east": 0.0, "north": 1.5, "south": -0.7, "west": 0.4}
shift = np.array([effect[r] for r in region]) + 0.9 * (smoker == "yes")
value = np.round(3 + 0.05 * age + 8 * height + 0.02 * (year - 2010) + shift + random.normal(0, 1, ROWS), 3)
chance = 1 / (1 + np.exp(-(-4 + 0.05 * age + 0.8 * height + shift)))
label = (random.uniform(size=ROWS) < chance).astype(int)

NUMBERS = {"age": age, "height": height, "year": year}
CATEGORIES = {"region": region, "smoker": smoker}


def design(numbers, categories):
    """Columns of treatment contrasts against the first level, and their names."""
    columns, names = [NUMBERS[n] for n in numbers], list(numbers)
    for name in categories:
        for level in sorted(set(CATEGORIES[name]))[1:]:
            columns.append((CATEGORIES[name] == level).astype(float))
            names.append(f"{name}={level}")
    return np.column_stack(columns), names


def table(names, estimates, fitted=None):
    """The coefficient table as skymill reports it; a statsmodels fit brings the errors."""
    lines = [{"term": n, "estimate": float(e)} for n, e in zip(names, estimates)]
    if fitted is not None:
        bounds = np.asarray(fitted.conf_int(0.05))
        rows = zip(lines, fitted.bse, fitted.tvalues, fitted.pvalues, bounds)
        for line, error, statistic, p, (low, high) in rows:
            line |= {"std_error": float(error), "statistic": float(statistic), "p_value": float(p),
                     "low": float(low), "high": float(high)}
    return lines


def least_squares(weights=None, intercept=True, numbers=tuple(NUMBERS), categories=tuple(CATEGORIES)):
    x, names = design(numbers, categories)
    if intercept:
        x, names = sm.add_constant(x), ["(intercept)"] + names
    fitted = sm.WLS(value, x, weights=1 if weights is None else weights).fit()
    details = {"r_squared": fitted.rsquared, "adjusted_r_squared": fitted.rsquared_adj,
               "residual_standard_error": float(np.sqrt(fitted.scale)), "f_statistic": fitted.fvalue,
               "f_p_value": fitted.f_pvalue, "degrees_of_freedom": fitted.df_resid}
    return table(names, fitted.params, fitted), {k: float(v) for k, v in details.items()}


def ridge(l2, weights=None):
    x, names = design(NUMBERS, CATEGORIES)
    total = ROWS if weights is None else weights.sum()
    fitted = Ridge(alpha=l2 * total, solver="cholesky").fit(x, value, sample_weight=weights)
    return table(["(intercept)"] + names, [fitted.intercept_, *fitted.coef_]), {}


def logit(weights=None, numbers=tuple(NUMBERS), categories=tuple(CATEGORIES)):
    x, names = design(numbers, categories)
    model = sm.GLM(label, sm.add_constant(x), family=sm.families.Binomial(), freq_weights=weights)
    fitted = model.fit(tol=1e-14, maxiter=100)
    details = {"log_likelihood": fitted.llf, "deviance": fitted.deviance,
               "null_deviance": fitted.null_deviance, "aic": fitted.aic}
    return table(["(intercept)"] + names, fitted.params, fitted), {k: float(v) for k, v in details.items()}


def logit_l2(l2, weights=None, numbers=("age", "height"), categories=tuple(CATEGORIES)):
    x, names = design(numbers, categories)
    total = ROWS if weights is None else weights.sum()
    mean = x.mean(axis=0)  # centred: the penalty does not see it, and the solver stands better
    model = LogisticRegression(C=1 / (l2 * total), solver="newton-cholesky", tol=1e-13, max_iter=1000)
    fitted = model.fit(x - mean, label, sample_weight=weights)
    slopes = fitted.coef_[0]
    return table(["(intercept)"] + names, [fitted.intercept_[0] - slopes @ mean, *slopes]), {}


def case(name, trainer, result, **options):
    coefficients, details = result
    features = options.pop("features", [*NUMBERS, *CATEGORIES])
    return {"name": name, "trainer": trainer, "features": features, **options,
            "coefficients": coefficients, "details": details}


def main():
    numbers, some = list(NUMBERS), ["age", "height", "region", "smoker"]
    linear, logistic = "linear_regression", "logistic_regression"
    cases = [
        case("ols", linear, least_squares()),
        case("ols_numbers", linear, least_squares(categories=()), features=numbers),
        case("ols_no_intercept", linear, least_squares(intercept=False, categories=()), features=numbers,
             params=["intercept=false"]),
        case("wls", linear, least_squares(weight), weighted=True),
        case("ridge", linear, ridge(0.1), params=["l2=0.1"]),
        case("ridge_weighted", linear, ridge(0.1, weight), params=["l2=0.1"], weighted=True),
        case("logit", logistic, logit()),
        case("logit_numbers", logistic, logit(categories=()), features=numbers),
        case("logit_weighted", logistic, logit(weight), weighted=True),
        case("logit_l2", logistic, logit_l2(0.05), features=some, params=["l2=0.05"]),
        case("logit_l2_weighted", logistic, logit_l2(0.05, weight), features=some, params=["l2=0.05"],
             weighted=True),
    ]
    versions = {m.__name__: m.__version__ for m in (np, scipy, sklearn, statsmodels)}
    data = {"numbers": {n: v.tolist() for n, v in NUMBERS.items()},
            "categories": {n: v.tolist() for n, v in CATEGORIES.items()},
            "weight": weight.tolist(), "value": value.tolist(), "label": label.tolist()}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps({"versions": versions, "data": data, "cases": cases}, indent=1) + "\n")


if __name__ == "__main__":
    main()
