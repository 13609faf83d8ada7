"""A walk through an expression, forward and backward: its pictures and sentences.

Written in notebooks/90_drawing.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import ast
from itertools import islice
from math import isclose
from numbers import Real

from micrograd.colours import DATA
from micrograd.draw import (
    backward_order,
    call_nodes,
    check_size,
    draw_dot,
    draw_step,
    formula,
    names_of,
    short,
    tell_step,
    walked,
)
from micrograd.engine import Value


class Names(dict):
    """The variables of a text: a number becomes a Value, and `last` was assigned last."""

    def __init__(self, Value):
        self.Value, self.last = Value, None

    def __setitem__(self, name, value):
        is_number = isinstance(value, Real) and not isinstance(value, bool)
        self.last = self.Value(value) if is_number else value
        super().__setitem__(name, self.last)


def statements(text, Value=Value):
    """Run Python statements in which each number that is assigned becomes a Value.

    Returns (names, result): the variables, and what was assigned or computed last.
    Raises ValueError, with what to do about it, whatever is wrong with the text.
    """
    names = Names(Value)
    try:
        tree = ast.parse(text, "the text")
        if tree.body and isinstance(tree.body[-1], ast.Expr):  # give it a name
            tree.body[-1] = ast.Assign([ast.Name("_", ast.Store())], tree.body[-1].value)
        exec(compile(ast.fix_missing_locations(tree), "the text", "exec"), names)
    except NameError as error:
        raise ValueError(f"{error}: write {error.name} = 1, say, in a line above") from None
    except (Exception, SystemExit) as error:
        raise ValueError(f"{type(error).__name__}, {error}: correct it") from None
    if not hasattr(names.last, "_prev"):
        raise ValueError("there is no result: end with an operation, such as L = a * b")
    return {name: value for name, value in names.items() if name[0] != "_"}, names.last


def slopes(node):
    """The local derivatives of a result, {input: slope}, as its own `_backward` has them."""
    with walked([*node._prev, node], [node]):
        return {child: child.grad for child in node._prev}


def grad_of(name):
    """What a sentence calls the gradient of the node that is called `name`."""
    return f"the grad of {name}" if name[0] in "-.0123456789" else f"{name}.grad"


def factor(x):
    """A number in a product, as text."""
    return f"({short(x)})" if x < 0 else short(x)


def product(grad, slope):
    """A gradient times a local derivative, as text."""
    return f"{factor(grad)} × {factor(slope)}"


def arithmetic(root, node, names=None):
    """How the gradient of a node comes about, term by term; root, names: as for `draw_dot`."""
    nodes, _ = check_size(root)
    called = call_nodes(nodes, names)
    if node is root:
        name = called[root]
        return f"{grad_of(name)} = 1, because {name} grows as fast as {name}"
    with walked(nodes, backward_order(nodes)):
        grads = {user: user.grad for user in nodes}
    users = {user: slopes(user)[node] for user in nodes if node in user._prev}
    terms = [f"{grad_of(called[user])} × {factor(slope)}" for user, slope in users.items()]
    numbers = [product(grads[user], slope) for user, slope in users.items()]
    total = sum(grads[user] * slope for user, slope in users.items())
    sums = [grad_of(called[node]), " + ".join(terms), " + ".join(numbers), short(total)]
    agrees = isclose(total, grads[node], rel_tol=1e-6, abs_tol=1e-9)
    return " = ".join(sums) + ("" if agrees else f", but the engine has {short(grads[node])}")


MOST, STEPS = 60, 200  # nodes, and steps back; nobody would play more


def forward_frames(nodes, names, called):
    """The numbers appear, operation by operation: a list of (Graph, sentence)."""
    results = [(node, node.data) for node in nodes if node._prev]
    shown, steps = [], enumerate([(None, None), *results])
    with walked(nodes, []):  # afterwards the gradients are the old ones
        try:
            for node in nodes:
                node.grad, node.data = None, None if node._prev else node.data
            for step, (node, data) in steps:
                said = f"forward, step {step} of {len(results)}: "
                if node is None:
                    said += "the numbers that are given"
                else:
                    node.data = data
                    numbers = formula(node, {child: short(child.data) for child in node._prev})
                    line = [*names_of([node], names), formula(node, called), numbers]
                    said += " = ".join(dict.fromkeys(filter(None, [*line, short(data)])))
                graph = draw_dot(nodes[-1], names=names, caption=said)
                if node is not None:
                    graph.node(f"n{nodes.index(node) + 1}", color=DATA, penwidth="2.5")
                shown.append((graph, said))
        finally:
            for node, data in results:
                node.data = data
    return shown


def frames(root, names=None, order=None):
    """All steps of an expression, forward and then backward: a list of (Graph, sentence).

    root, names, order: as for `draw_step`; leaves in `order`, which hand back nothing, are
    passed over. If it is a generator, it is asked for no more than STEPS + 1 nodes.
    Raises ValueError for more than MOST nodes or STEPS steps back.
    """
    nodes, _ = check_size(root)
    if len(nodes) > MOST:
        raise ValueError(f"{len(nodes)} nodes are more than {MOST}: use fewer operations")
    order = backward_order(nodes) if order is None else (node for node in order if node._prev)
    order = [*islice(order, STEPS + 1)]
    if len(order) > STEPS:
        raise ValueError(f"this walk has more than {STEPS} steps: use fewer operations")
    called, before = call_nodes(nodes, names), {}
    shown = forward_frames(nodes, names, called)
    for step in range(len(order) + 1):
        with walked(nodes, order[:step]):
            after = {node: node.grad for node in nodes}
        said = f"backward, {tell_step(step, order, called)}"
        if step:
            node = order[step - 1]
            said = (
                said.partition(" hands back")[0]
                + " hands back "
                + "; ".join(
                    f"{product(before[node], slope)} to {called[child]}: "
                    f"{grad_of(called[child])} is now {short(after[child])}"
                    for child, slope in slopes(node).items()
                )
            )
        shown.append((draw_step(root, step, names, order), said))
        before = after
    return shown
