"""Derivatives by measuring: how much an output moves when an input is nudged.

Written in notebooks/01_derivatives.ipynb, 91_checks.ipynb, 94_tensor.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import itertools
import math

from micrograd.engine import topological_order

# --- From both sides ---


def derivative(f, x, h=1e-6):
    """The slope of a function of one number, by the central difference.

    Computes (f(x + h) - f(x - h)) / 2h. The error shrinks like h², until rounding takes
    over, which adds about 1e-16 |f(x)| / h.

    Raises ValueError if h isn't positive, or too small to change x.
    """
    if not h > 0:
        raise ValueError(f"the step h has to be positive, not {h}")
    if x + h == x:
        raise ValueError(f"h = {h} is too small to change x = {x}: take a larger step")
    return (f(x + h) - f(x - h)) / (2 * h)


# --- Several inputs ---


def gradient(f, inputs, h=1e-6):
    """The slopes of f(*inputs) along each input, by central differences, as a tuple.

    Calls f twice for each input; errors and precision as in `derivative`.
    """

    def slope(k):
        return derivative(lambda x: f(*inputs[:k], x, *inputs[k + 1 :]), inputs[k], h)

    return tuple(map(slope, range(len(inputs))))


# --- The gradient check ---


def gradcheck(f, inputs, h=1e-6, tolerance=1e-6):
    """Compare the gradients of backward() with central differences.

    f: a function of Values that returns a Value, or of Tensors that returns a Tensor with
        one number; smooth at the inputs.
    inputs: where to compare, one Value or Tensor or a list of them; they stay as they are.
    h: the step of the differences.
    Returns True. Raises AssertionError, which names the worst input, if somewhere the two
    differ by more than tolerance · max(1, |slope|), and what rounding in f may account for;
    TypeError if there are no inputs, or f returns something else; ValueError for a tolerance
    of 0 or less, and for a result so large that rounding hides everything.
    """
    inputs = [inputs] if hasattr(inputs, "_prev") else list(inputs)
    if not all(hasattr(x, "_prev") for x in inputs) or not packed(x.data for x in inputs):
        raise TypeError(f"inputs has to be a list of Values or Tensors, not {inputs!r:.60}")
    numbers = packed(x.data for x in inputs)
    leaves = unpack(numbers, inputs)
    result = f(*leaves)
    if not hasattr(result, "_prev") or getattr(result.data, "size", 1) != 1:
        raise TypeError(f"f has to return one number, as a Value or Tensor, not {result!r:.60}")
    if not set(leaves) & set(topological_order(result)):
        raise TypeError("the result doesn't depend on the arguments of f: use them in f")
    result.backward()
    grads = packed(x.data * 0 if x.grad is None else x.grad for x in leaves)
    slopes = gradient(lambda *xs: packed([f(*unpack(xs, inputs)).data])[0], numbers, h)
    rounding = 1e-15 * abs(packed([result.data])[0]) / h
    check_slopes(grads, slopes, places(inputs), tolerance, rounding)
    return True


# --- Every operation ---


OPERATIONS = {
    "x + y": lambda x, y: x + y,
    "x - y": lambda x, y: x - y,
    "x * y": lambda x, y: x * y,
    "x / y": lambda x, y: x / y,
    "x ** y": lambda x, y: x**y,
    "-x": lambda x, y: -x,
    "3 + x": lambda x, y: 3 + x,
    "1 - x": lambda x, y: 1 - x,
    "2 * x": lambda x, y: 2 * x,
    "1 / x": lambda x, y: 1 / x,
    "x ** 3": lambda x, y: x**3,
    "2 ** x": lambda x, y: 2**x,
    "exp x": lambda x, y: x.exp(),
    "log x": lambda x, y: x.log(),
    "tanh x": lambda x, y: x.tanh(),
    "relu x": lambda x, y: x.relu(),
}


# --- Random expressions ---


def random_expression(inputs, rng, length=10):
    """A random function of as many arguments as there are inputs, for testing gradients.

    It does `length` OPERATIONS, each on two of the numbers there are so far, and adds
    everything up. At the inputs, which are Values, all numbers on the way are 0, or between
    0.1 and 10 in size. It takes anything that has the operations of the inputs' class; its
    attribute `steps` lists them as (operation, place of x, place of y).
    Raises ValueError if it finds no such operations.
    """
    values, steps = list(inputs), []
    for _ in range(1000 * length):
        if len(steps) == length:
            break
        name = rng.choice(list(OPERATIONS))
        i, j = rng.randrange(len(values)), rng.randrange(len(values))
        if values[i].data == 0 and name in ("x ** y", "relu x") or i == j and name == "x / y":
            continue  # a kink, or a 1 that depends on rounding
        try:
            result = OPERATIONS[name](values[i], values[j])
        except (ArithmeticError, ValueError, TypeError):  # log(-1), or no such operation
            continue
        if result.data == 0 or 0.1 <= abs(result.data) <= 10:
            values.append(result)
            steps.append((name, i, j))
    else:
        raise ValueError(f"no tame expression found for {inputs!r:.60}: try other inputs")

    def expression(*inputs):
        values = list(inputs)
        for name, i, j in steps:
            values.append(OPERATIONS[name](values[i], values[j]))
        return sum(values)

    expression.steps = steps
    return expression


# --- Checking tensors ---


def unpack(numbers, like):
    """Values or Tensors of the same kind and shapes as those in `like`, with new numbers."""
    numbers, made = iter(numbers), []
    for x in like:
        if getattr(x.data, "ndim", 0):
            part = x.data.copy()
            part.flat = [*itertools.islice(numbers, part.size)]
        else:
            part = next(numbers)
        made.append(type(x)(part))
    return made


def packed(arrays):
    """All numbers of several arrays (or single numbers) in one list."""
    return [float(x) for array in arrays for x in getattr(array, "flat", [array])]


def places(inputs):
    """For each number in the inputs, where it is and what it is, as text."""
    found = []
    for k, x in enumerate(inputs):
        indices = itertools.product(*map(range, getattr(x.data, "shape", ())))
        for index, number in zip(indices, packed([x.data]), strict=True):
            found.append(f"inputs[{k}]{list(index) if index else ''}, at {number:.6g},")
    return found


def check_slopes(grads, slopes, where, tolerance, rounding):
    """AssertionError if gradients and slopes differ; it says where it is worst."""
    if not tolerance > 0 or rounding > 1e-3:
        raise ValueError(
            "take a tolerance above 0, and a smaller result: a large one hides all"
        )

    def error(place):
        allowed = tolerance * max(1, abs(slopes[place])) + rounding
        ratio = abs(grads[place] - slopes[place]) / allowed
        return math.inf if math.isnan(ratio) else ratio

    worst = max(range(len(grads)), key=error)
    if error(worst) > 1:
        raise AssertionError(
            f"{where[worst]} is worst: "
            f"backward() gives {grads[worst]:.6g}, nudging {slopes[worst]:.6g}"
        )
