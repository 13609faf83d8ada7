"""Losses: how wrong a network's outputs are, as one Value that can be walked back.

Written in notebooks/11_loss.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

from numbers import Integral

from micrograd.engine import as_value


def matched(outputs, targets):
    """Pairs of output and target; ValueError if there are none, or not as many of both."""
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
    Returns a Value. Raises ValueError for lists of different lengths, or empty ones.
    """
    losses = [(as_value(yout) - ygt) ** 2 for yout, ygt in matched(ypred, ys)]
    return reduced(losses, reduction)


def hinge(scores, ys, reduction="mean"):
    """The hinge loss, max(0, 1 - y · score) for each example, for plain scores (no tanh).

    scores: one Value or number for each example; ys: as many targets, each 1 or -1.
    reduction, result and errors as in `squared_error`, and ValueError for other targets.
    """
    losses = []
    for score, y in matched(scores, ys):
        if y not in (1, -1):
            raise ValueError(f"a target of the hinge loss is 1 or -1, not {y!r}")
        losses.append((1 - y * as_value(score)).relu())
    return reduced(losses, reduction)


def negative_log_likelihood(logits, target):
    """-log softmax(logits)[target] = log Σ exp(logit) - logits[target], without overflow.

    The largest logit is taken out of the sum first (log-sum-exp).
    """
    if not isinstance(target, Integral) or not 0 <= target < len(logits):
        raise ValueError(f"{target!r} is none of the classes 0 to {len(logits) - 1}")
    largest = max(logit.data for logit in logits)
    total = sum((logit - largest).exp() for logit in logits)
    return total.log() + largest - logits[target]


def cross_entropy(logits, targets, reduction="mean"):
    """The cross-entropy of softmax, -log softmax(logits)[target] for each example.

    logits: for each example (N) a list with one Value or number for each class (C).
    targets: for each example the number of the right class, from 0 to C - 1.
    reduction and result as in `squared_error`. Raises ValueError for other targets,
    and for lists of different lengths.
    """
    losses = []
    for row, target in matched(logits, targets):
        losses.append(negative_log_likelihood([as_value(logit) for logit in row], target))
    return reduced(losses, reduction)
