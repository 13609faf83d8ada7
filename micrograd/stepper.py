"""Play an expression forward and backward, step by step: a widget for notebooks.

Written in notebooks/90_drawing.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import ast
from html import escape
from itertools import islice
from math import isclose
from numbers import Real

from ipywidgets import HTML, Dropdown, HBox, IntSlider, Layout, Play, Textarea, VBox, jslink

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
    trace,
    walked,
)
from micrograd.engine import Value


class Names(dict):
    """The variables of a text: a number becomes a Value, and `last` was assigned last."""

    def __init__(self, Value):
        self.Value, self.last = Value, None

    def __setitem__(self, name, value):
        if isinstance(value, Real) and not isinstance(value, bool):
            value = self.Value(value)
        super().__setitem__(name, value)
        self.last = value


def statements(text, Value=Value):
    """Run Python statements in which each number that is assigned becomes a Value.

    Returns (names, result): the variables, and what was assigned or computed last.
    Raises ValueError, with what to do about it, whatever is wrong with the text.
    """
    names = Names(Value)
    try:
        tree = ast.parse(text)
        if tree.body and isinstance(tree.body[-1], ast.Expr):  # is assigned to _
            tree.body[-1] = ast.Assign([ast.Name("_", ast.Store())], tree.body[-1].value)
        exec(compile(ast.fix_missing_locations(tree), "<expression>", "exec"), names)
    except SyntaxError as error:
        raise ValueError(f"line {error.lineno} isn't Python ({error.msg}): mend it") from None
    except NameError as error:
        raise ValueError(f"{error}: write {error.name} = 1, say, in a line above") from None
    except (Exception, SystemExit) as error:
        raise ValueError(f"{type(error).__name__}: {error}: change the text") from None
    if not hasattr(names.last, "_prev"):
        raise ValueError("there is no result: end with an operation, such as L = a * b")
    return {name: value for name, value in names.items() if name[0] != "_"}, names.last


def slopes(node):
    """The local derivatives of a result, {input: slope}, as its own `_backward` has them."""
    with walked([*node._prev, node], [node]):
        return {child: child.grad for child in node._prev}


def factor(x):
    """A number in a product."""
    return f"({short(x)})" if x < 0 else short(x)


def grad_of(name):
    """How a sentence calls a gradient."""
    return f"the grad of {name}" if name[0] in "-.0123456789" else f"{name}.grad"


def arithmetic(root, node, names=None):
    """How the gradient of a node comes about, term by term; root, names: as for `draw_dot`."""
    nodes, _ = check_size(root)
    called = call_nodes(nodes, names)
    if node is root:
        return f"{grad_of(called[node])} = 1, because {called[node]} grows as fast as {called[node]}"
    with walked(nodes, backward_order(nodes)):
        grads = {user: user.grad for user in nodes}
    users = {user: slopes(user)[node] for user in nodes if node in user._prev}
    terms = [f"{grad_of(called[user])} × {factor(slope)}" for user, slope in users.items()]
    numbers = [f"{factor(grads[user])} × {factor(slope)}" for user, slope in users.items()]
    total = sum(grads[user] * slope for user, slope in users.items())
    sums = [grad_of(called[node]), " + ".join(terms), " + ".join(numbers), short(total)]
    agrees = isclose(total, grads[node], rel_tol=1e-6, abs_tol=1e-9)
    return " = ".join(sums) + ("" if agrees else f", but the engine has {short(grads[node])}")


MOST, STEPS = 60, 200  # nodes, and steps back; nobody would play more


def forward_frames(nodes, names, called):
    """The numbers appear, operation by operation: a list of (Graph, sentence)."""
    results = [(node, node.data) for node in nodes if node._prev]
    frames, said = [], f"forward, before step 1 of {len(results)}: the numbers that are given"
    with walked(nodes, []):  # afterwards the gradients are the old ones
        try:
            for node in nodes:
                node.grad, node.data = None, None if node._prev else node.data
            frames.append((draw_dot(nodes[-1], names=names, caption=said), said))
            for step, (node, data) in enumerate(results, start=1):
                node.data = data
                numbers = formula(node, {child: short(child.data) for child in node._prev})
                line = [*names_of([node], names), formula(node, called), numbers, short(data)]
                said = f"forward, step {step} of {len(results)}: "
                said += " = ".join(dict.fromkeys(filter(None, line)))
                graph = draw_dot(nodes[-1], names=names, caption=said)
                graph.node(f"n{nodes.index(node) + 1}", color=DATA, penwidth="2.5")
                frames.append((graph, said))
        finally:
            for node, data in results:
                node.data = data
    return frames


def tell_backward(node, before, after, called):
    """What a node hands back to whom; before, after: {node: gradient}."""
    return "; ".join(
        f"{factor(before[node])} × {factor(slope)} to {called[child]}: "
        f"{grad_of(called[child])} is now {short(after[child])}"
        for child, slope in slopes(node).items()
    )


def frames(root, names=None, order=None):
    """All steps of an expression, forward and then backward: a list of (Graph, sentence).

    root, names, order: as for `draw_step`; leaves in `order`, which hand back nothing, are
    passed over. `order` may be a generator, which is asked for no more than it takes.
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
        said = tell_step(step, order, called)
        if step:
            said = said[: said.index(" hands back") + 12]
            said += tell_backward(order[step - 1], before, after, called)
        shown.append((draw_step(root, step, names, order), f"backward, {said}"))
        before = after
    return shown


def as_html(graph):
    """A drawing as HTML that is never wider than its place; its text if there is no picture."""
    forms, _ = graph._repr_mimebundle_()
    if "image/svg+xml" not in forms:
        return f"<pre>{escape(forms['text/plain'])}</pre>"
    narrow = '<svg style="max-width: 100%; height: auto"'
    return forms["image/svg+xml"].replace("<svg", narrow, 1)


class Stepper(VBox):
    """The widget of `stepper`: its controls, the line that tells the step, the picture."""

    def __init__(self, expression, names, walks, Value):
        self.typed, self.root, self.names = isinstance(expression, str), expression, names
        self.walks, self.Value = {"backward()": None, **(walks or {})}, Value
        self.frames, self.problem = [], ""
        self.text = Textarea(description="expression", rows=4, continuous_update=False)
        self.text.value, self.text.layout = (
            expression if self.typed else "",
            Layout(width="99%"),
        )
        self.player = Play(description="play", interval=1500)
        self.slider = IntSlider(description="step")
        self.walk = Dropdown(description="walk", options=[*self.walks])
        self.node = Dropdown(description="gradient of", options={"–": 0})
        self.line, self.picture = HTML(), HTML()
        jslink((self.player, "value"), (self.slider, "value"))
        for control in (self.text, self.walk):
            control.observe(self.read, "value")
        for control in (self.slider, self.node):
            control.observe(self.tell, "value")
        row = [self.player, self.slider, *([self.walk] if walks else []), self.node]
        row = HBox(row, layout=Layout(flex_flow="row wrap"))
        super().__init__([*([self.text] if self.typed else []), row, self.line, self.picture])
        self.read()

    def read(self, change=None):
        """Prepare all steps anew; after a mistake the last good ones stay."""
        names, root, walk = self.names, self.root, self.walks[self.walk.value]
        try:
            if self.typed:
                names, root = statements(self.text.value, self.Value)
            steps = frames(root, names, walk(root) if walk else None)
        except Exception as error:
            self.problem = f"Not drawn. {error}."
        else:
            self.names, self.root, self.frames, self.problem = names, root, steps, ""
            self.nodes, self.drawn = trace(root)[0], {}
            called = enumerate(call_nodes(self.nodes, names).values(), start=1)
            options = {"–": 0} | {name: k for k, name in called}
            if options != self.node.options:
                self.node.options = options
                self.slider.value = 0
            self.slider.max = self.player.max = len(steps) - 1
        self.tell()

    def tell(self, change=None):
        """Show the step at which the slider stands, and the gradient that is asked for."""
        lines, step = [self.problem], self.slider.value
        if self.frames:
            graph, said = self.frames[step]
            lines.append(said)
            if step not in self.drawn:
                self.drawn[step] = as_html(graph)
            self.picture.value = self.drawn[step]
        if self.node.value:
            lines.append(arithmetic(self.root, self.nodes[self.node.value - 1], self.names))
        lines = "<br>".join(escape(line) for line in lines if line)
        self.line.value = f'<div role="status" style="min-height: 3em">{lines}</div>'


def stepper(expression, names=None, walks=None, Value=Value):
    """Play an expression forward and then backward, step by step.

    expression: a Value, or a text that the reader can change: Python statements in which each
        number that is assigned becomes a Value.
    names: for a Value, where the names of the nodes are looked up, such as globals().
    walks: wrong orders to choose from, {name: function}; a function gets the result and
        gives the nodes in the order in which their `_backward` is called.
    Value: the class of the numbers in a text.
    Returns a widget. What is wrong with an expression it says in a line of its own.
    """
    return Stepper(expression, names, walks, Value)
