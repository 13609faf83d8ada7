"""Record the widget of a chapter: its pictures at many places of its controls.

This runs in the chapter's own kernel; course/film makes a film out of it.

Written in notebooks/85_sliders.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from html import escape, unescape
from itertools import product

from IPython import get_ipython
from IPython.display import display
from IPython.utils.capture import capture_output
from ipywidgets import FloatLogSlider, FloatSlider, IntSlider, interactive

from micrograd.course.cells import ExportError
from micrograd.stepper import Stepper, arithmetic

# --- Which values ---


INTERVALS = {1: [100], 2: [12, 8]}  # at most, for one slider and for each of two


def stops(slider, most):
    """Its ends, its own value, and round values between, in at most about `most` intervals."""
    from matplotlib.ticker import MaxNLocator  # a stepper does without

    whole = isinstance(slider, IntSlider)
    count = min(most, round((slider.max - slider.min) / slider.step))
    marks = MaxNLocator(count, steps=[1, 2, 2.5, 5, 10], integer=whole)
    marks = marks.tick_values(slider.min, slider.max).clip(slider.min, slider.max)
    marks = [float(f"{mark:.10g}") for mark in marks]  # 0.3, and not 0.30000000000000004
    if isinstance(slider, FloatLogSlider):
        marks = [slider.base**mark for mark in marks]
    return sorted({*map(type(slider.value), marks), slider.value})


# --- What a widget shows ---


def caught(function, **values):
    """What a function displays, as HTML: a drawing, or else what it prints."""
    with capture_output() as shown:
        function(**values)
    for output in shown.outputs:
        for kind in ("image/svg+xml", "text/html"):
            if kind in output.data:
                return output.data[kind]
    return f"<pre>{escape(shown.stdout.strip())}</pre>"


def sentences(pictures):
    """What each picture says in words that not all of them say, a text for each."""
    words = [re.findall(r">([^<>]*\w[^<>]*)</(?:title|text|pre)>", text) for text in pictures]
    common = set.intersection(*map(set, words))
    own = [dict.fromkeys(word for word in text if word not in common) for text in words]
    return [unescape("; ".join(text)) for text in own]


def control(slider, values):
    """What a film needs to know of a slider."""
    texts = [format(value, slider.readout_format) for value in values]
    return {"label": slider.description, "texts": texts, "start": values.index(slider.value)}


def rows_of(texts, length):
    """A list cut into rows of equal length."""
    return [texts[n : n + length] for n in range(0, len(texts), length)]


def record_sliders(widget):
    """The film of what `interact` has made. Raises ExportError for anything but sliders."""
    sliders, names = widget.kwargs_widgets, widget.signature().parameters
    for slider in sliders:
        if not isinstance(slider, FloatSlider | FloatLogSlider | IntSlider):
            raise ExportError(f"a film has sliders, and not a {type(slider).__name__}")
    if len(sliders) not in INTERVALS:
        raise ExportError(f"a film has one slider or two, and not {len(sliders)}")
    values = [*map(stops, sliders, INTERVALS[len(sliders)])]
    places = [dict(zip(names, (x, *rest), strict=True)) for *rest, x in product(*values[::-1])]
    pictures = [caught(widget.f, **place) for place in places]
    return {
        "controls": [*map(control, sliders, values)],
        "pictures": rows_of(pictures, len(values[0])),
        "said": rows_of(sentences(pictures), len(values[0])),
        "terms": {},
    }


def record_stepper(widget):
    """The film of a stepper."""
    pictures, said = [], []
    for walk in widget.walk.options:
        widget.walk.value, row = walk, []
        for step in range(len(widget.frames)):
            widget.slider.value = step
            row.append(widget.picture.value)
        pictures.append(row)
        said.append([sentence for _, sentence in widget.frames])
    steps = [*map(str, range(max(map(len, said))))]
    walks = {"label": "walk", "texts": [*widget.walk.options], "start": 0}
    nodes = zip([*widget.node.options][1:], widget.nodes, strict=True)  # after the "–"
    return {
        "controls": [{"label": "step", "texts": steps, "start": 0}, walks][: len(said)],
        "pictures": pictures,
        "said": said,
        "terms": {name: arithmetic(widget.root, node, widget.names) for name, node in nodes},
    }


def record():
    """Record the widget that the cells above have made, and show its film as JSON."""
    names = get_ipython().user_ns
    things = [getattr(thing, "widget", thing) for thing in [*names.values(), names["_"]]]
    found = [thing for thing in things if isinstance(thing, interactive | Stepper)]
    if not found:
        raise ExportError("there is neither `interact` nor `stepper` to be recorded")
    kind = record_stepper if isinstance(found[-1], Stepper) else record_sliders
    display({"application/json": kind(found[-1])}, raw=True)
