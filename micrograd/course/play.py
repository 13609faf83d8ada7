"""What the playground shows of a text. Its page calls this in the browser.

Written in notebooks/81_playground.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import json

from micrograd.draw import call_nodes, draw_svg, tidy_svg, trace
from micrograd.walk import arithmetic, frames, statements


def picture(graph):
    """A Graph as SVG, in its natural size."""
    graph.graph_attr.pop("size")
    return tidy_svg(draw_svg(graph.source), graph.description)


def film(text):
    """All steps of an expression, forward and then backward, as `record_stepper` has them."""
    names, root = statements(text)
    steps = frames(root, names)
    called = call_nodes(trace(root)[0], names)
    texts = [*map(str, range(len(steps)))]
    return {
        "controls": [{"label": "step", "texts": texts, "start": 0}],
        "pictures": [[picture(graph) for graph, _ in steps]],
        "said": [[sentence for _, sentence in steps]],
        "terms": {name: arithmetic(root, node, names) for node, name in called.items()},
    }


def play(text):
    """The film of a text as JSON, or {"problem": what is wrong with the text}."""
    try:
        return json.dumps(film(text))
    except Exception as error:
        return json.dumps({"problem": f"Not drawn: {error}."})
