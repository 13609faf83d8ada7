"""Training: gradient descent, and files for parameters.

Written in notebooks/92_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import json
from math import isfinite
from numbers import Real
from pathlib import Path

from tqdm.auto import tqdm

from micrograd.files import write_files
from micrograd.nn import Module

# --- A loop that hands out its losses ---


def rate_at(lr, step):
    """The learning rate at a step, a float; ValueError unless it is a finite number."""
    rate = lr(step) if callable(lr) else lr
    if not isinstance(rate, Real) or not isfinite(rate):
        raise ValueError(f"the learning rate has to be a finite number, not {rate!r:.40}")
    return float(rate)


def check_finite(loss, parameters):
    """OverflowError if the loss, a Value, or one of the parameters isn't finite."""
    if not hasattr(loss, "backward"):
        raise TypeError(f"loss_of has to return the loss, one Value, not {loss!r:.60}")
    if not all(map(isfinite, [loss.data, *(p.data for p in parameters)])):
        raise OverflowError("infinite or nan")


def descent(model, parameters, loss_of, steps, lr):
    """Gradient descent as a generator: the loss before the first step and after each."""
    for step in range(steps):
        loss = loss_of(model)  # forward
        check_finite(loss, parameters)
        yield loss.data
        model.zero_grad()
        loss.backward()
        rate = rate_at(lr, step)
        for p in parameters:
            p.data = p.data - rate * p.grad  # update; a new number, as the old one is kept
    loss = loss_of(model)
    check_finite(loss, parameters)
    yield loss.data


# --- Training as a function ---


class Diverged(ArithmeticError):
    """The loss or a parameter isn't finite any more; `history` has the losses before."""

    def __init__(self, message, history=()):
        super().__init__(message)
        self.history = history


def set_parameters(parameters, numbers):
    """Set parameters to as many numbers."""
    for p, number in zip(parameters, numbers, strict=True):
        p.data = number


def explain(step):
    """What to say when the loss isn't finite after this many steps."""
    if step == 0:
        return "the loss isn't finite before the first step: look at the data and parameters"
    return (
        f"after step {step} the loss isn't finite: take a smaller learning rate. "
        "The model is as it was before that step."
    )


def train(model, loss_of, steps=100, lr=0.1, progress=True):
    """Gradient descent: forward, zero, backward, update, again and again.

    model: an MLP, or anything with parameters() and zero_grad(); it is changed in place.
    loss_of: a function of the model that returns the loss, a Value.
    steps: the number of updates.
    lr: the learning rate, a number, or a function of the step (0, 1, ...) that returns one.
    progress: whether to show a bar, with the loss.
    Returns the history: the loss before the first step and after each, steps + 1 floats.
    Raises Diverged if the loss or a parameter becomes infinite or nan. Then, as after any
    other error, the model has the parameters of the last finite loss. Raises ValueError for
    a model without parameters and for a rate that is no number, TypeError for such a loss.
    """
    parameters, history = list(dict.fromkeys(model.parameters())), []
    if not parameters or steps < 0:
        raise ValueError(f"nothing to train: {len(parameters)} parameters, {steps} steps")
    kept = [p.data for p in parameters]
    losses = descent(model, parameters, loss_of, steps, lr)
    try:
        for loss in (bar := tqdm(losses, total=steps + 1, disable=not progress)):
            history.append(loss)
            kept = [p.data for p in parameters]
            bar.set_postfix(loss=f"{loss:.4g}", refresh=False)
    except OverflowError as error:  # `check_finite`, or a square too large for a float
        set_parameters(parameters, kept)
        raise Diverged(explain(len(history)), history) from error
    except BaseException:
        set_parameters(parameters, kept)
        raise
    return history


# --- Keeping a network ---


def kind_of(model):
    """What has to agree for parameters to fit, apart from their number."""
    return repr(model) if isinstance(model, Module) else type(model).__name__


def save(model, path):
    """Write the parameters of a model to a JSON file, whole or not at all.

    The file holds {"model": its repr, "parameters": numbers in the order of parameters()}.
    Raises ValueError if a parameter isn't finite, OSError if the file can't be written.
    """
    numbers = [float(p.data) for p in model.parameters()]
    if not all(map(isfinite, numbers)):
        raise ValueError("a parameter is infinite or nan: nothing was saved")
    content = {"model": kind_of(model), "parameters": numbers}
    write_files({path: json.dumps(content, indent=1, ensure_ascii=False) + "\n"})


def load(model, path):
    """Give a model the parameters that `save` wrote, if they belong to such a model.

    Raises ValueError if the file holds anything else, or parameters of another kind of
    network, OSError if it can't be read; the model then stays as it was.
    """
    text = Path(path).read_bytes()
    try:
        saved = json.loads(text, parse_int=float)
        kind, numbers = saved["model"], saved["parameters"]
        usable = type(numbers) is list and all(type(x) is float for x in numbers)
    except (ValueError, KeyError, TypeError, RecursionError):
        usable = False
    if not usable or not all(map(isfinite, numbers)):
        raise ValueError(f"{path} holds no parameters: it wasn't written by save()")
    parameters = list(model.parameters())
    if str(kind).replace("×", "x") != kind_of(model) or len(numbers) != len(parameters):
        raise ValueError(
            f"{path} holds {len(numbers)} parameters of {kind}, and they don't fit into "
            f"the {len(parameters)} of {kind_of(model)}: build the same kind of network"
        )
    set_parameters(parameters, numbers)
