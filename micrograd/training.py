"""Training: gradient descent, and files for parameters.

Written in notebooks/12_training.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

import json
from math import isfinite
from pathlib import Path

from tqdm.auto import tqdm


class Diverged(ArithmeticError):
    """The loss or a parameter isn't finite any more; `history` has the losses before."""

    def __init__(self, message, history):
        super().__init__(message)
        self.history = history


def finite_loss(model, loss_of):
    """The loss of a model, or None if it or one of the parameters isn't finite."""
    try:
        loss = loss_of(model)
    except OverflowError:  # such as a square too large for a float
        return None
    if not hasattr(loss, "backward"):
        raise TypeError(f"loss_of has to return the loss, one Value, not {loss!r:.60}")
    numbers = [loss.data, *(p.data for p in model.parameters())]
    return loss if all(map(isfinite, numbers)) else None


def train(model, loss_of, steps=100, lr=0.1, progress=True):
    """Gradient descent: forward, zero, backward, update, again and again.

    model: an MLP, or anything with parameters() and zero_grad(); it is changed in place.
    loss_of: a function of the model that returns the loss, a Value.
    steps: the number of updates.
    lr: the learning rate, a number, or a function of the step (0, 1, ...) that returns one.
    progress: whether to show a bar, with the loss.
    Returns the history: the loss before the first step and after each, steps + 1 floats.
    Raises Diverged if the loss or a parameter becomes infinite or nan; the model then has
    the parameters of the last finite loss again. Raises ValueError for a model without
    parameters, TypeError if the loss isn't a Value.
    """
    parameters, history, kept = model.parameters(), [], []
    if not parameters:
        raise ValueError(f"there is nothing to train: {model!r:.60} has no parameters")
    with tqdm(total=steps, disable=not progress) as bar:
        for step in range(steps + 1):
            loss = finite_loss(model, loss_of)
            if loss is None:
                put(kept, parameters)
                raise Diverged(explain(step), history)
            history.append(loss.data)
            bar.set_postfix(loss=f"{loss.data:.4g}", refresh=False)
            bar.update(step > 0)
            if step < steps:
                kept = [p.data for p in parameters]
                model.zero_grad()
                loss.backward()
                rate = lr(step) if callable(lr) else lr
                for p in parameters:
                    p.data -= rate * p.grad
    return history


def put(numbers, parameters):
    """Set parameters to these numbers; no numbers, no change."""
    for p, number in zip(parameters, numbers, strict=bool(numbers)):
        p.data = number


def explain(step):
    """What to say when the loss isn't finite after this many steps."""
    if step == 0:
        return "the loss isn't finite before the first step: look at the data and parameters"
    return (
        f"after step {step} the loss isn't finite: take a smaller learning rate. "
        "The model is as it was before that step."
    )


def save(model, path):
    """Write the parameters of a model to a JSON file, whole or not at all.

    The file holds {"model": its repr, "parameters": numbers in the order of parameters()}.
    Raises ValueError if a parameter isn't finite, OSError if the file can't be written.
    """
    path, numbers = Path(path), [float(p.data) for p in model.parameters()]
    if not all(map(isfinite, numbers)):
        raise ValueError("a parameter is infinite or nan: nothing was saved")
    draft = path.with_name(f"{path.name}.new")
    try:
        content = {"model": repr(model), "parameters": numbers}
        text = json.dumps(content, indent=1, ensure_ascii=False)
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load(model, path):
    """Give a model the parameters that `save` wrote, if they belong to such a model.

    Raises ValueError if the file holds anything else, or parameters of another kind of
    network; the model then stays as it was.
    """
    try:
        saved = json.loads(Path(path).read_text(encoding="utf-8"))
        kind, numbers = saved["model"], saved["parameters"]
        usable = all(type(x) in (int, float) and isfinite(x) for x in numbers)
    except (ValueError, KeyError, TypeError):
        usable = False
    if not usable:
        raise ValueError(f"{path} holds no parameters: it wasn't written by save()")
    parameters = model.parameters()
    if kind != repr(model) or len(numbers) != len(parameters):
        raise ValueError(
            f"{path} holds {len(numbers)} parameters of {kind}, "
            f"and they don't fit into {model!r}: build the same kind of network"
        )
    put([float(x) for x in numbers], parameters)
