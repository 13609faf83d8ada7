"""Play an expression forward and backward, step by step: a widget for notebooks.

Written in notebooks/90_drawing.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from html import escape

import ipywidgets as widgets

from micrograd.draw import call_nodes, trace
from micrograd.engine import Value
from micrograd.walk import arithmetic, frames, statements


def status(lines):
    """Lines as HTML that a screen reader reads aloud when they change."""
    lines = "<br>".join(escape(line) for line in lines if line)
    room = "line-height: 1.4; min-height: 4.2em"  # for three lines: the picture stays put
    return f'<div role="status" aria-live="polite" style="{room}">{lines}</div>'


class Stepper(widgets.VBox):
    """Play an expression forward and then backward, step by step.

    expression: a Value, or a text that can be changed: Python statements in which each number
        that is assigned becomes a Value.
    names: for a Value, where the names of the nodes are looked up, such as globals().
    walks: wrong orders to choose from, {name: function}; a function gets the result and gives
        the nodes, as a list or one by one, in the order in which `_backward` is called.
    Value: the class of the numbers in a text.
    What is wrong with an expression is told in the widget.
    """

    def __init__(self, expression, names=None, walks=None, Value=Value):
        self.typed, self.root = isinstance(expression, str), expression
        self.names, self.Value = dict(names or {}), Value
        self.walks = {"backward()": None, **(walks or {})}
        self.frames, self.problem = [], ""
        self.text = widgets.Textarea(str(expression), description="expression", rows=5)
        self.text.continuous_update, self.text.layout.width = False, "99%"  # read when left
        self.player = widgets.Play(description="play", tooltip="play the steps", interval=1500)
        self.slider = widgets.IntSlider(description="step", tooltip="step, by the arrow keys")
        self.walk = widgets.Dropdown(description="walk", options=[*self.walks])
        self.node = widgets.ToggleButtons(description="gradient of", options={"–": 0})
        self.node.style.button_width = "auto"
        self.line, self.picture = widgets.HTML(), widgets.HTML()
        widgets.jslink((self.player, "value"), (self.slider, "value"))
        for control in (self.text, self.walk):
            control.observe(self.read, "value")
        for control in (self.slider, self.node):
            control.observe(self.tell, "value")
        row = [self.player, self.slider, *([self.walk] if walks else [])]
        row = widgets.HBox(row, layout=widgets.Layout(flex_flow="row wrap"))
        text = [self.text] if self.typed else []
        super().__init__([*text, row, self.node, self.line, self.picture])
        self.read()

    def read(self, change=None):
        """Prepare all steps anew; after a mistake the last good ones stay."""
        names, root, walk = self.names, self.root, self.walks[self.walk.value]
        try:
            if self.typed:
                names, root = statements(self.text.value, self.Value)
            steps = frames(root, names, iter(walk(root)) if walk else None)
        except Exception as error:
            self.problem = f"Not drawn: {error}."
        else:
            self.slider.max = self.player.max = len(steps) - 1
            self.names, self.root, self.frames, self.problem = names, root, steps, ""
            self.nodes, self.drawn = trace(root)[0], {}
            called = enumerate(call_nodes(self.nodes, names).values(), start=1)
            if (options := {"–": 0} | {name: k for k, name in called}) != self.node.options:
                self.node.options, self.slider.value = options, 0
        self.tell()

    def tell(self, change=None):
        """Show the step at which the slider stands, and the gradient that is asked for."""
        lines, step = [self.problem], self.slider.value
        if self.frames:
            graph, said = self.frames[step]
            lines.append(said)
            if step not in self.drawn:
                forms, _ = graph._repr_mimebundle_()
                text = f"<pre>{escape(forms['text/plain'])}</pre>"
                self.drawn[step] = forms.get("image/svg+xml", text)
            self.picture.value = self.drawn[step]
        if self.node.value:
            lines.append(arithmetic(self.root, self.nodes[self.node.value - 1], self.names))
        self.line.value = status(lines)


stepper = Stepper  # chapters call it like a function
