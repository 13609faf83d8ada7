"""One page to print: local derivatives, the rules of the walk back, and a class.

Written in notebooks/86_practice.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
import textwrap
from html import escape

from micrograd.files import write_files

WIDTH, HEIGHT, LEFT, TOP = 186, 254, 68, 10  # millimetres: the page, where things begin
BOLD = ' font-weight="bold"'
STYLE = """<style>
.page { font-family: Helvetica, Arial, sans-serif; stroke-width: 0.1 }
.page .code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace }
</style>"""


def put(x, y, text, look=""):
    """A line of text as SVG, its left end at x, y in millimetres."""
    return f'<text x="{x:.2f}" y="{y:.2f}" xml:space="preserve"{look}>{escape(text)}</text>\n'


def largest(lay_out, kind, what):
    """What `lay_out` makes of a size of letters, as SVG, in the largest size that fits."""
    for quarter in range(36, 21, -1):
        size = quarter / 4 * 25.4 / 72  # from points to millimetres
        parts, fits = lay_out(size)
        if fits:
            return f'<g class="{kind}" font-size="{size:.3f}">\n{"".join(parts)}</g>\n'
    raise ValueError(f"{what} can't be read on one page, below 5.5 points: leave something out")


def text_column(rows, rules):
    """The table and the rules as the left column, as SVG."""
    table = [("operation", "value", "local derivatives"), *rows]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]

    def lay_out(size):
        parts, y = [], TOP
        *xs, end = [(0.55 * sum(widths[:k]) + 0.8 * k) * size for k in range(4)]
        for row in table:
            y += 1.7 * size
            look = BOLD if row is table[0] else ""
            parts += [put(x, y, cell, look) for x, cell in zip(xs, row, strict=True)]
            parts.append(f'<path d="M0 {y + size / 2:.2f}H{LEFT - 5}" stroke="black"/>\n')
        for number, rule in enumerate(rules, start=1):
            y += 0.8 * size
            for line in textwrap.wrap(f"{number}. {rule}", int((LEFT - 5) / (0.49 * size))):
                y += 1.3 * size
                parts.append(put(0, y, line))
        return parts, end <= LEFT - 5 + size and y <= HEIGHT

    return largest(lay_out, "text", "the table with the rules")


SHORTER = [
    (r'(?m)^( +"""(?:(?!""").)+)\n(?s:.*?)(""")', r"\1\2"),  # docstrings
    (r"\n\n( {8})", r"\n\1"),  # empty lines in methods
]


def code_column(code):
    """A class as the right column, as SVG; it is shortened if it doesn't fit whole."""
    code = code.strip()

    def lay_out(size):
        parts, y, lines = [], TOP, code.split("\n")
        for line in lines:
            y += size * (1.15 if line else 0.35)
            look = BOLD if re.match(r" {0,4}(class|def) ", line) else ""
            parts += [put(LEFT, y, line, look)] if line else []
        wide = 0.61 * size * max(map(len, lines))
        return parts, LEFT + wide <= WIDTH and y <= HEIGHT

    for long, short in SHORTER:
        if not lay_out(5.5 * 25.4 / 72)[1]:
            code = re.sub(long, short, code)
    return largest(lay_out, "code", f"a class of {len(code.splitlines())} lines")


class Page:
    """A page to print: its picture as SVG, and what it says as text."""

    def __init__(self, svg, text, title):
        self.svg, self.text, self.title = svg, text, title

    def write(self, path):
        """Write the picture to a file, such as sheet.svg. OSError if that can't be done."""
        write_files({path: self.svg})

    def __repr__(self):
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"image/svg+xml": self.svg, "text/plain": self.text}
        return data, {"image/svg+xml": {"alt": self.title}}


def sheet(rows, rules, code, title="Backpropagation on one page"):
    """Local derivatives, the rules of the walk back and a class on one page, to print.

    rows: (operation, value, local derivatives) for each operation, as texts.
    rules: sentences. code: the text of a class.
    Returns a Page. Raises ValueError if it won't fit in letters that can be read.
    """
    size = f'width="{WIDTH}mm" height="{HEIGHT}mm" viewBox="0 0 {WIDTH} {HEIGHT}"'
    size += ' style="max-width: 100%; height: auto"'  # for pages that show it inline
    svg = f"""<svg xmlns="http://www.w3.org/2000/svg" class="page" role="img" {size}>
<title>{escape(title)}</title>
{STYLE}
<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>
<g font-size="5">{put(0, 6, title, BOLD)}</g>
{text_column(rows, rules)}{code_column(code)}</svg>
"""
    said = [*map(" | ".join, rows), *(f"{k}. {rule}" for k, rule in enumerate(rules, start=1))]
    return Page(svg, "\n".join([title, *said]), title)
