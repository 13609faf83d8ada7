"""Practice: small graphs whose gradients are asked for, one after the other.

    practice(level=3, seed=1)      in a notebook: type an answer, press Enter
    write_sheets("practice.html", level=3, seeds=range(1, 21))     twenty sheets to print

Written in notebooks/86_practice.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from html import escape
from numbers import Integral
from pathlib import Path
from random import Random

from ipywidgets import HTML, Text, VBox

from micrograd.colours import GRAD
from micrograd.course.questions import LEVELS, NEAR, SLIPS, make, pick
from micrograd.draw import draw_dot
from micrograd.engine import topological_order
from micrograd.files import write_files

# --- One question after the other ---


NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:/(\d*[1-9]\d*))?")


def number_in(answer):
    """A number typed as -6, 0.5, 0,5 or 1/2, as a float; None if it is anything else."""
    text = str(answer).replace(" ", "").replace("−", "-").replace(",", ".")
    found = NUMBER.fullmatch(text)
    return float(found[1]) / float(found[2] or 1) if found else None


class Sheet:
    """A small graph drawn at random, and its gradients, asked for from right to left.

    level: 1 a product, 2 a sum in a product, 3 a chain, 4 a neuron, 5 a number used twice.
    seed: a whole number; the same one makes the same sheet.
    Raises ValueError for another level, TypeError for another seed.
    """

    def __init__(self, level=1, seed=1):
        if not isinstance(level, Integral) or level not in LEVELS:
            raise ValueError(f"there are levels 1 to {len(LEVELS)}, and no level {level!r}")
        if not isinstance(seed, Integral) or isinstance(seed, bool):
            raise TypeError(f"a seed is a whole number, such as 1, and not {seed!r}")
        self.level, self.seed = int(level), int(seed)
        rng = Random(f"practice, level {self.level}, seed {self.seed}")
        shape = pick(rng, LEVELS[self.level])
        self.steps = shape.split(": ")[1].replace("; ", ", ")
        self.values, self.questions = make(shape, rng)
        if "o" in self.values:
            self.steps += f"; o² is {self.values['o'].data ** 2:.4g}"
        self.result = [*self.values][-1]
        self.place, self.tries, self.first = 0, 0, 0  # questions done; tries; first tries

    @property
    def question(self):
        """The question that is asked now, or None at the end."""
        return next(iter(self.questions[self.place :]), None)

    def task(self):
        """What is asked now, or how it went, as a text."""
        if question := self.question:
            return f"How fast does {self.result} grow with {question.node}?"
        done = f"Done: {self.first} of {len(self.questions)} at the first try."
        return f"{done} Next: practice(level={self.level}, seed={self.seed + 1})"

    def reply(self, answer):
        """What to say to an answer: right, or what is wrong; after two tries also the way."""
        question, got = self.question, number_in(answer)
        if question is None:
            return self.task()
        if got is None:
            return f"{str(answer)!r:.40} isn't a number, such as 3, -3, 0.25 or 1/4."
        self.tries += 1
        if abs(got - question.answer) < NEAR:
            self.first += self.tries == 1
            said = "✓ Right."
        else:
            named = (name for name, wrong in question.slips if abs(got - wrong) < NEAR)
            words = {"got": f"{got:g}", "node": question.node, "results": question.results}
            said = f"✗ Not yet: {SLIPS[next(named, '')].format(**words)}"
            if self.tries < 2:
                return f"{said} Try again."
            said = f"{said} {question.way}"
        self.place, self.tries = self.place + 1, 0
        return said

    def draw(self, mark=True):
        """The graph with the gradients that are done; the one that is asked is marked."""
        done = self.questions[: self.place]
        grads = {self.result: 1.0} | {question.node: question.answer for question in done}
        drawn = {}
        for name, value in self.values.items():
            children = [drawn[id(child)] for child in value._prev]
            drawn[id(value)] = Drawn(name, value, children, grads.get(name))
        graph = draw_dot(root := drawn[id(self.values[self.result])])
        if mark and self.question:  # the same box once more, with another look
            places = [node.label for node in topological_order(root)]
            key = f"n{places.index(self.question.node) + 1}"
            graph.node(key, color=GRAD, penwidth="2.5")
        return graph

    def __repr__(self):
        return f"Level {self.level}, sheet {self.seed}: {self.steps}\n{self.task()}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"image/svg+xml": svg_of(self.draw()), "text/plain": repr(self)}


class Drawn:
    """What `draw_dot` needs of a value; its gradient only if it is known."""

    def __init__(self, label, value, children, grad):
        self.label, self.data, self._op, self._prev = label, value.data, value._op, children
        if grad is not None:
            self.grad = grad


def svg_of(graph):
    """The picture of a graph as Jupyter shows it."""
    return graph._repr_mimebundle_()[0]["image/svg+xml"]


def practice(level=1, seed=1):
    """A Sheet to answer in a notebook, as a widget, which has it as its `sheet`."""
    sheet = Sheet(level, seed)
    picture, asked, said = HTML(), HTML(), HTML()
    field = Text(continuous_update=False, placeholder="a number, then Enter")

    def show():
        picture.value = svg_of(sheet.draw())
        asked.value = f"<p>{escape(sheet.steps)}<br>{escape(sheet.task())}</p>"
        field.description = f"{sheet.question.asked} =" if sheet.question else "done"

    def answer(change):
        if change.new:
            said.value = f"<p>{escape(sheet.reply(change.new))}</p>"
            field.value = ""
            show()

    field.observe(answer, "value")
    show()
    box = VBox([picture, asked, field, said])
    box.sheet = sheet
    return box


# --- On paper ---


OURS = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="generator" content="micrograd.course.practice">
"""
HEAD = """<title>Practice: gradients by hand</title>
<style>
@page { margin: 15mm }
body { font: 12pt/1.5 Helvetica, Arial, sans-serif; max-width: 180mm; margin: auto }
h1 { font-size: 14pt } h1 span { float: right; font-weight: normal }
svg { display: block; max-width: 100%; height: auto; margin: 5mm 0 }
section + section { break-before: page } p { break-inside: avoid }
ol { columns: 2; line-height: 3 } footer { margin-top: 8mm; font-size: 9pt }
</style>
"""


def paper(sheet):
    """A sheet as a page of HTML, with a blank for each answer."""
    blanks = (f"\n<li>{question.asked} = __________" for question in sheet.questions)
    return f"""<section>
<h1>Level {sheet.level}, sheet {sheet.seed} <span>Name: ____________________</span></h1>
<p>{sheet.steps}</p>
{svg_of(sheet.draw(mark=False))}
<p>How fast does {sheet.result} grow with each number? Go from right to left.</p>
<ol>{"".join(blanks)}</ol>
<footer>On a screen: practice(level={sheet.level}, seed={sheet.seed})</footer>
</section>
"""


def solution(sheet):
    """The answers of a sheet as a paragraph of HTML."""
    answers = " · ".join(f"{q.asked} = {q.answer:g}" for q in sheet.questions)
    return f"<p><b>Level {sheet.level}, sheet {sheet.seed}</b><br>{sheet.steps}<br>{answers}\n"


def write_sheets(path, level, seeds):
    """Write sheets to print into one HTML file, a page each, and the solutions at its end.

    seeds: whole numbers, a sheet each, such as range(1, 21).
    Raises FileExistsError if another file is in the way, ValueError for a name that doesn't
    end in .html or for no seeds, OSError, and the errors of Sheet.
    """
    path = Path(path)
    if path.suffix != ".html":
        raise ValueError(f"name the file so that a browser opens it: {path.stem}.html")
    if path.is_file() and not path.read_bytes().startswith(OURS.encode()):
        raise FileExistsError(f"{path.name} holds something else: move it, or choose a name")
    if isinstance(seeds, Integral) or not (sheets := [Sheet(level, seed) for seed in seeds]):
        raise ValueError(f"seeds are whole numbers, such as range(1, 21), and not {seeds}")
    pages = [*map(paper, sheets), "<section>\n<h1>Solutions</h1>\n"]
    write_files({path: "".join([OURS, HEAD, *pages, *map(solution, sheets), "</section>\n"])})
