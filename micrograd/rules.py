"""The calculus of the engine: results that need care, and the slopes of all operations.

Written in notebooks/14_engine.ipynb, 91_checks.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import math


def power_slope(x, n):
    """n xⁿ⁻¹, the derivative of xⁿ; infinite where it is too steep for a float."""
    try:
        return n * x ** (n - 1) if n else 0.0
    except ArithmeticError:  # such as the square root's at 0
        return n * (-1.0 if x < 0 else 1.0) ** (n - 1) * math.inf


class Slopes(dict):
    """{operation: a function of its result and its inputs that gives each input's slope}."""

    def __missing__(self, op):
        if str(op).startswith("**"):  # a power with a number, such as "**3"
            return lambda out, x: (power_slope(x.data, float(op[2:])),)
        raise ValueError(f"the operation {op!r} has no _backward, and no line in rules.SLOPES")


SLOPES = Slopes(
    {
        "+": lambda out, a, b: (1.0, 1.0),
        "*": lambda out, a, b: (b.data, a.data),
        "tanh": lambda out, a: (1 - out.data**2,),
        "ReLU": lambda out, a: (0.0 if out.data <= 0 else 1.0,),
    }
)

SLOPES |= {
    "-": lambda out, a, b: (1.0, -1.0),
    "/": lambda out, a, b: (1 / b.data, -a.data / b.data / b.data),
    "exp": lambda out, a: (out.data,),
    "log": lambda out, a: (1 / a.data,),
}


def dot_slopes(out, *inputs):
    """The slopes of a weighted sum of w₁, w₂, …, x₁, x₂, …, and perhaps a bias."""
    data, n = [v.data for v in inputs], len(inputs) // 2
    return data[n : 2 * n] + data[:n] + [1.0] * (len(inputs) % 2)  # each w has its x


SLOPES["dot"] = dot_slopes


def exp(x):
    """e to the x. OverflowError above 709."""
    if 709.7827 < x < math.inf:
        raise OverflowError(f"exp({x}) is too large for a float: make {x} smaller")
    return math.exp(x)


def log(x):
    """The natural logarithm. ValueError unless x > 0."""
    if x <= 0:
        raise ValueError(f"log({x}): only numbers above 0 have a logarithm")
    return math.log(x)


tanh = math.tanh  # for any float


def power(x, n, varies=False):
    """xⁿ. ValueError for x < 0, unless n is whole and doesn't vary; errors if infinite."""
    if x < 0 and (varies or not n.is_integer()):
        raise ValueError(f"({x}) ** {n}: a base below 0 needs a whole number as exponent")
    try:
        return x**n
    except ArithmeticError as error:
        raise type(error)(f"({x}) ** {n} is too large for a float") from None


SLOPES["**"] = lambda out, a, b: (
    power_slope(a.data, b.data),
    out.data * math.log(a.data or 1),
)
