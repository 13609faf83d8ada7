"""Derivatives by measuring: how much an output moves when an input is nudged.

Written in notebooks/01_derivatives.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""


def derivative(f, x, h=1e-6):
    """The slope of a function of one number, by the central difference.

    Computes (f(x + h) - f(x - h)) / 2h. The error shrinks like h², until rounding takes
    over, with about 1e-16 |f(x)| / h.

    Raises ValueError if h isn't positive, or too small to change x.
    """
    if not h > 0:
        raise ValueError(f"the step h has to be positive, not {h}")
    if x + h == x:
        raise ValueError(f"h = {h} is too small to change x = {x}: take a larger step")
    return (f(x + h) - f(x - h)) / (2 * h)


def gradient(f, inputs, h=1e-6):
    """The slopes of f(*inputs) along each input, by central differences, as a tuple.

    Calls f twice for each input; errors and precision as in `derivative`.
    """
    slopes = []
    for place, x in enumerate(inputs):

        def along(x, place=place):
            return f(*inputs[:place], x, *inputs[place + 1 :])

        slopes.append(derivative(along, x, h))
    return tuple(slopes)
