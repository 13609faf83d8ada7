"""Losses: how wrong a network's outputs are, as one Value that can be walked back.

Written in notebooks/91_checks.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from numbers import Integral

from micrograd.engine import as_value


def matched(outputs, targets):
    """Pairs of output and target; ValueError if there are none, or not as many of both."""
    if any(getattr(x, "__iter__", None) is None for x in (outputs, targets)):
        raise TypeError("a loss takes two lists, with an output and a target for each example")
    outputs, targets = list(outputs), list(targets)
    if not outputs or len(outputs) != len(targets):
        raise ValueError(f"{len(outputs)} outputs don't go with {len(targets)} targets")
    return zip(outputs, targets, strict=True)


def reduced(losses, reduction):
    """The losses of all examples as one: their "mean" or their "sum"."""
    if reduction not in ("mean", "sum"):
        raise ValueError(f'reduction is "mean" or "sum", not {reduction!r}')
    return sum(losses) if reduction == "sum" else sum(losses) / len(losses)


def squared_error(ypred, ys, reduction="mean"):
    """The squared error, (ypred - y)² for each example.

    ypred: predictions, one Value or number for each example; ys: as many target numbers.
    reduction: "mean" over the examples, or "sum", as in the lecture.
    Returns a Value. Raises TypeError for what isn't two lists of numbers, ValueError for
    lists of different lengths, empty ones, and another reduction.
    """
    losses = [(as_value(yout) - as_value(ygt)) ** 2 for yout, ygt in matched(ypred, ys)]
    return reduced(losses, reduction)


def hinge(scores, ys, reduction="mean"):
    """The hinge loss, max(0, 1 - y · score) for each example, for plain scores (no tanh).

    scores: one Value or number for each example; ys: as many targets, each 1 or -1.
    reduction, result and errors as in `squared_error`, and ValueError for other targets.
    """
    losses = []
    for score, target in matched(scores, ys):
        y = as_value(target).data
        if y not in (1, -1):
            raise ValueError(
                f"a target is 1 or -1, not {target!r} (2 * y - 1 turns 0 and 1 into them)"
            )
        losses.append((1 - as_value(score) * y).relu())
    return reduced(losses, reduction)


def negative_log_likelihood(logits, target):
    """-log softmax(logits)[target] = log Σ exp(logit) - logits[target], without overflow.

    The largest logit is subtracted from all first, which changes nothing (log-sum-exp).
    """
    if not isinstance(target, Integral) or not 0 <= target < len(logits):
        raise ValueError(
            f"a target is the number of a class, an int from 0 to {len(logits) - 1}, "
            f"not {target!r:.40}"
        )
    largest = max(logit.data for logit in logits)
    shifted = [logit - largest for logit in logits]
    return sum(logit.exp() for logit in shifted).log() - shifted[target]


def cross_entropy(logits, targets, reduction="mean"):
    """The cross-entropy of softmax, -log softmax(logits)[target] for each example.

    logits: for each example (N) a list with one Value or number for each class (C).
    targets: for each example the number of the right class, from 0 to C - 1.
    reduction, result and errors as in `squared_error`, and ValueError for other targets.
    """
    losses = []
    for row, target in matched(logits, targets):
        if getattr(row, "__iter__", None) is None:
            raise TypeError("each example has a list of logits, one for each class")
        losses.append(negative_log_likelihood([as_value(logit) for logit in row], target))
    return reduced(losses, reduction)
