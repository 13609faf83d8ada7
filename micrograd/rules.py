"""The rules of the engine: each operation's result, and its local derivatives.

They take plain numbers, and know nothing of graphs.

Written in notebooks/13_engine.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import math
from numbers import Real


def divide(x, y):
    """x / y, and its slopes 1 / y and -x / y². ZeroDivisionError for y = 0."""
    if y == 0:
        raise ZeroDivisionError(f"{x} / {y} is a division by zero")
    return x / y, (1 / y, -x / y / y)


def exp(x):
    """e to the x, which is its own slope. OverflowError above 709."""
    try:
        y = math.exp(x)
    except OverflowError:
        message = f"exp({x}) is too large for a float: make its input smaller"
        raise OverflowError(message) from None
    return y, (y,)


def log(x):
    """The natural logarithm, and its slope 1 / x. ValueError unless x > 0."""
    if x <= 0:
        raise ValueError(f"log({x}): only numbers above 0 have a logarithm")
    return math.log(x), (1 / x,)


def power(x, n):
    """xⁿ, and its slopes n xⁿ⁻¹ and xⁿ log x; no slope (None) where x has no logarithm.

    Raises ZeroDivisionError for 0 to a negative power, ValueError for a negative base with
    a fractional exponent, OverflowError for too large a result.
    """
    if x == 0 and n < 0:
        raise ZeroDivisionError(f"{x} ** {n} is a division by zero")
    if x < 0 and not n.is_integer():
        raise ValueError(f"({x}) ** {n}: a negative base needs a whole exponent")
    try:
        y = x**n
    except OverflowError:
        raise OverflowError(f"({x}) ** {n} is too large for a float") from None
    try:
        slope = n * x ** (n - 1) if n else 0.0
    except (ZeroDivisionError, OverflowError):  # infinite, such as the square root's at 0
        slope = n * (-1.0 if x < 0 else 1.0) ** (n - 1) * math.inf
    return y, (slope, None if x < 0 else y * math.log(x) if x else 0.0)


def as_number(data):
    """A real number as a float; it may be Python's or NumPy's."""
    if isinstance(data, Real):
        return float(data)
    raise TypeError(
        f"a Value holds one number, not {data!r:.40} ({type(data).__name__}): "
        "convert it, or make a Value of each element"
    )


RULES = {
    "+": lambda x, y: (x + y, (1.0, 1.0)),
    "-": lambda x, y: (x - y, (1.0, -1.0)),
    "*": lambda x, y: (x * y, (y, x)),
    "/": divide,
    "**": power,
    "exp": exp,
    "log": log,
    "tanh": lambda x: (math.tanh(x), (1 - math.tanh(x) ** 2,)),
    "relu": lambda x: (0.0, (0.0,)) if x <= 0 else (x, (1.0,)),
}
