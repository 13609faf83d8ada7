"""Questions for practice: small random graphs, their gradients, and the slips at each.

Written in notebooks/86_practice.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import math
from itertools import combinations
from typing import NamedTuple

from micrograd.engine import Value, topological_order

# --- Shapes ---


PRODUCTS = "x1w1 = x1 * w1; x2w2 = x2 * w2; x1w1x2w2 = x1w1 + x2w2"
LEVELS = {
    1: ["a b: L = a * b", "d f: L = d * f"],
    2: [
        "a b c: d = a + b; L = d * c",
        "a b c: d = b + c; L = a * d",
        "a b c f: d = a + b; e = c + f; L = d * e",
    ],
    3: [
        "a b c f: e = a * b; d = e + c; L = d * f",
        "a b c f: d = a + b; e = d * c; L = e * f",
        "a b c f: e = a * b; d = e * c; L = d + f",
        "a b c f: d = b + c; e = a * d; L = e + f",
    ],
    4: [
        "x1 w1 b: x1w1 = x1 * w1; n = x1w1 + b; o = n.tanh()",
        f"x1 w1 x2 w2 b: {PRODUCTS}; n = x1w1x2w2 + b; o = n.tanh()",
    ],
    5: [
        "a b: d = a * b; e = a + b; L = d * e",
        "a b: d = a + b; L = d * a",
        "a b c: d = a * b; e = d + a; L = e * c",
        "a c: b = a + a; L = b * c",
        "a c: b = a * a; L = b * c",
    ],
}

NUMBERS = [n for n in range(-6, 7) if n]
HEIGHTS = [0, 0.5, -0.5, math.sqrt(0.5), -math.sqrt(0.5)]  # of tanh; the slopes are 1, ¾, ½


def pick(rng, options):
    """One of the options; the same one, for the same seed, in every release of Python."""
    return options[int(rng.random() * len(options))]


def build(shape, rng):
    """A graph of this shape with numbers drawn at random, {name: Value}, the result last."""
    inputs, steps = shape.split(": ")
    values = {name: Value(pick(rng, NUMBERS)) for name in inputs.split()}
    if "x2" in values:  # often 0
        values["x2"] = Value(pick(rng, [0, 0, 0, *NUMBERS]))
    if "tanh" in steps:  # the bias brings the sum to where the slope is easy
        values["b"] = Value(0)
        exec(steps, {}, values)
        values["b"] = Value(math.atanh(pick(rng, HEIGHTS)) - values["n"].data)
    exec(steps, {}, values)
    return values


# --- Reading a graph ---


class Use(NamedTuple):
    """One use of a number: the result, its gradient, and the local derivative."""

    result: str
    grad: float
    op: str
    own: float
    other: float  # the other input; for a tanh its result
    other_name: str

    @property
    def local(self):
        return {"+": 1.0, "*": self.other, "tanh": 1 - round(self.other**2, 9)}[self.op]

    def way(self, node):
        """What is handed back along this arrow, in words."""
        local = {
            "+": "1, the local derivative of a plus",
            "*": f"the other factor {self.other_name} = {self.other:g}",
            "tanh": f"1 - {self.other_name}² = {self.local:g}",
        }[self.op]
        brings = f"{self.grad:g} × {self.local:g} = {self.grad * self.local:g}."
        return f"{self.result} hands {node} its gradient {self.grad:g} times {local}: {brings}"


def uses(values, node, grads):
    """All uses of a number, given the gradients of what stands to its right."""
    name = {id(value): name for name, value in values.items()}
    for result, value in values.items():
        for place, child in enumerate(value._prev):
            if child is values[node]:
                other = value if value._op == "tanh" else value._prev[1 - place]
                numbers = child.data, other.data, name[id(other)]
                yield Use(result, grads[result], value._op, *numbers)


# --- Slips with a name ---


SLIPS = {
    "local": "{got} leaves out what comes from the right, the gradient of {results}.",
    "passed": "{got} is what comes from the right. What is the local derivative?",
    "sign": "{got} has the right size and the wrong sign.",
    "own": "{got} is made with {node}'s own number. A factor's slope is the other factor.",
    "plus": "{got} is made with the other number. That is for a product, and this is a plus.",
    "square": "{got} is o². The slope of tanh is 1 - o².",
    "one": "{got} is what one path brings. {node} is used twice, so there are two to add.",
    "times": "{got} is both paths multiplied. Along a path multiply, over all paths add.",
    "": "it isn't {got}. Follow each arrow that leads on from {node}.",
}


def slips(node, found, right):
    """The wrong answers that can be named, as pairs (name, number), from a number's uses."""

    def total(slope):
        return sum(use.grad * slope(use) for use in found)

    paths, ops = [use.grad * use.local for use in found], {use.op for use in found}
    named = [("sign", -right)]
    if any(use.grad != 1 for use in found):
        named.append(("local", sum(use.local for use in found)))
    if any(use.local != 1 for use in found):
        named.append(("passed", sum({use.result: use.grad for use in found}.values())))
    if any(use.op == "*" and use.other_name != node for use in found):
        named.append(("own", total(lambda use: use.own if use.op == "*" else use.local)))
    if "+" in ops:
        named.append(("plus", total(lambda use: use.other if use.op == "+" else use.local)))
    if "tanh" in ops and right != found[0].grad / 2:  # there o² is right by chance
        named.append(("square", total(lambda use: 1 - use.local)))
    if len(paths) == 2:
        named += [("one", path) for path in paths] + [("times", math.prod(paths))]
    return [(name, wrong) for name, wrong in named if right or wrong]  # 0 has no sign


class Question(NamedTuple):
    """A number whose gradient is asked for, with the answer, its slips and the way to it."""

    asked: str  # such as dL/de
    node: str
    answer: float
    slips: list
    way: str
    results: str


def questions_of(values):
    """The questions of a graph, from right to left."""
    name = {id(value): name for name, value in values.items()}
    *others, result = (name[id(value)] for value in topological_order([*values.values()][-1]))
    grads = {result: 1.0}
    for node in reversed(others):
        found = [*uses(values, node, grads)]
        paths = [use.grad * use.local for use in found]
        grads[node], ways = sum(paths), [use.way(node) for use in found]
        if len(found) == 2:
            total = " + ".join(f"({path:g})" if path < 0 else f"{path:g}" for path in paths)
            ways.append(f"Two paths add: {total} = {grads[node]:g}.")
        results = " and ".join(dict.fromkeys(use.result for use in found))
        named = slips(node, found, grads[node])
        asked = f"d{result}/d{node}"
        yield Question(asked, node, grads[node], named, " ".join(ways), results)


NEAR = 1e-3  # 1 - 0.7071² isn't exactly a half, and is meant
ZEROS = ("x2", "x2w2")  # numbers that may be 0


def is_easy(number, zero=False):
    """Whether a number fits in the head: quarters, at most two digits, 0 only if `zero`."""
    return abs(number) <= 99 and (4 * number).is_integer() and bool(number or zero)


def is_clear(question):
    """Whether a wrong number has one name, and no name belongs to the right one."""
    numbers = [("right", question.answer), *question.slips]
    pairs = combinations(numbers, 2)
    return all(one == two or abs(a - b) > 2 * NEAR for (one, a), (two, b) in pairs)


def make(shape, rng):
    """A graph of this shape, and its questions. ValueError if no numbers are good to ask."""
    for _ in range(3000):
        values = build(shape, rng)
        questions = [*questions_of(values)]
        around_tanh = ("b", "n", "o") if "o" in values else ()
        easy = [is_easy(v.data, k in ZEROS) for k, v in values.items() if k not in around_tanh]
        easy += [is_easy(q.answer, q.node == "w2") for q in questions]
        easy += [is_easy(x) for q in questions for name, x in q.slips if name == "one"]
        if all(easy) and all(map(is_clear, questions)):
            return values, questions
    raise ValueError(f"no numbers make every slip of {shape!r} clear: change the shape")
