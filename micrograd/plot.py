"""Pictures of points in the plane, and of what a network says about them.

Written in notebooks/90_drawing.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from math import isfinite
from numbers import Integral, Real

import matplotlib.pyplot as plt
import numpy as np

from micrograd.colours import DATA, SLOPE


def score_at(model, point):
    """What a model says about a point, a float; ValueError unless it is one finite number."""
    out = model([float(x) for x in point])
    score = out.data if hasattr(out, "backward") else out
    if getattr(score, "ndim", None) == 0:  # an array with a single number
        score = score.item()
    if not isinstance(score, Real) or not isfinite(score):
        what = score if isinstance(score, Real) else f"a {type(out).__name__}"
        raise ValueError(f"a model has to return one finite number for a point, not {what}")
    return float(score)


def scores_at(model, X):
    """The scores of n points (n × 2), an array of n floats; ValueError as in `score_at`."""
    return np.array([score_at(model, point) for point in X])


def as_points(X, y):
    """Points (n × 2) and their n targets as two arrays; ValueError for anything else."""
    try:
        X, y = np.array(X, dtype=float), np.array(y, dtype=float)
    except (TypeError, ValueError):
        raise ValueError("X has to be n × 2 plain numbers, and y as many as rows") from None
    if X.ndim != 2 or X.shape[1] != 2 or not len(X):
        raise ValueError(f"X has to be n × 2, two numbers for each point, not {X.shape}")
    if y.shape != (len(X),):
        raise ValueError(f"{len(X)} points need a target each: y has the shape {y.shape}")
    if not (np.isfinite(X).all() and np.isfinite(y).all()):
        raise ValueError("a coordinate or a target is infinite or nan")
    return X, y


def plot_points(X, y, ax=None):
    """Points in the plane: blue circles for a target above 0, orange squares for others.

    X: n × 2 numbers; y: n targets (-1 and 1, or 0 and 1); else ValueError.
    ax: the axes to draw on, by default the present ones. Returns them.
    """
    X, y = as_points(X, y)
    ax = plt.gca() if ax is None else ax
    for chosen, marker, color in ((y > 0, "o", DATA), (y <= 0, "s", SLOPE)):
        style = {"color": color, "markersize": 4, "markeredgecolor": "white"}
        ax.plot(*X[chosen].T, marker, markeredgewidth=0.4, **style)
    ax.set(xlabel="x1", ylabel="x2", aspect="equal")
    return ax


SHADES = ("#FDF1D6", "#B7CCE4")  # for scores below and above 0; apart in grey, too


def plot_boundary(model, X, y, ax=None, steps=30, margin=False):
    """Shade the plane by the sign of a model's score, with the boundary, and draw the points.

    model: a function of a pair of numbers that returns one finite number or Value.
    X: n × 2 numbers; y: n targets (-1 and 1, or 0 and 1).
    ax: the axes to draw on, by default the present ones. Returns them.
    steps: the model is asked at steps × steps points.
    margin: whether to draw dashed lines where the score is -1 and 1, too.
    Raises ValueError for points, targets, models and steps of any other kind.
    """
    X, y = as_points(X, y)
    if not isinstance(steps, Integral) or steps < 2:
        raise ValueError(f"steps has to be a whole number, 2 or more, not {steps!r}")
    pad = 0.15 * np.ptp(X, axis=0).max() or 1.0
    x1, x2 = np.linspace(X.min(axis=0) - pad, X.max(axis=0) + pad, steps).T
    scores = scores_at(model, [(a, b) for b in x2 for a in x1]).reshape(steps, steps)
    low, high = min(scores.min(), 0.0), max(scores.max(), 0.0)
    ax = plt.gca() if ax is None else ax
    ax.contourf(x1, x2, scores, levels=[low - 1, 0, high + 1], colors=SHADES)
    for level in (-1, 0, 1) if margin else (0,):
        if scores.min() < level < scores.max():
            style = "solid" if level == 0 else "dashed"
            ax.contour(x1, x2, scores, [level], colors="black", linewidths=1, linestyles=style)
    return plot_points(X, y, ax)
