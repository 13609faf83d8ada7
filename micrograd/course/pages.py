"""A stored notebook becomes the cells of a web page.

Drawings stand in the page itself, in its colours; solutions and checks are folded.

Written in notebooks/84_site.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from copy import deepcopy
from itertools import groupby

from nbformat.v4 import new_markdown_cell

PAINT = {  # colours of drawings: {as stored: its name in the style sheet}
    "#ffffff": "paper",
    "white": "paper",
    "#000000": "ink",
    "black": "ink",
    "#111111": "ink",
    "#222222": "ink",
    "#0b5394": "data",
    "#e69f00": "slope",
    "#c64600": "grad",
    "#a0307a": "negative",
    "#777777": "muted",
}


def paint(match):
    """A colour as a variable of the style sheet, so that it is another one in the dark."""
    colour = match[2].lower()
    return f"{match[1]}var(--{PAINT[colour]}, {colour})" if colour in PAINT else match[0]


def inline(svg, prefix):
    """An SVG that can stand in a page: with ids of its own, and no style for all the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata|style)\b.*?</\1>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', svg)
    svg = re.sub(r'(href="#|url\(#)([^")]+)', rf"\1{prefix}-\2", svg)
    svg = re.sub(r"((?:fill|stroke)(?:: ?|=\"))(#[0-9a-fA-F]{6}|white|black)\b", paint, svg)
    svg = re.sub(r"\n\s*\n", "\n", svg)  # an empty line would end the block of HTML
    kind = "graph" if 'class="graph"' in svg[:200] else "plot"
    return f'<div class="drawing {kind}" tabindex="0">{svg}</div>'


FOLDS = {"solution": "Solution", "folded": "The check, and what it says now"}


def fold_of(cell):
    """The kind of fold that hides a cell, or None."""
    return next((kind for kind in FOLDS if kind in cell.metadata.get("tags", [])), None)


def folded(cells):
    """The same cells, with the folds that hide some of them."""
    for number, (kind, group) in enumerate(groupby(cells, fold_of)):
        if kind:
            opening = f'<details class="{kind}"><summary>{FOLDS[kind]}</summary>'
            yield new_markdown_cell(opening, id=f"fold-{number}")
        yield from (cell for cell in group if cell.source != "#### Solution")
        if kind:
            yield new_markdown_cell("</details>", id=f"end-of-fold-{number}")


def web_links(text):
    """A text whose links find their places on the site, too."""
    text = text.replace("](../README.md", "](../index.md")
    return re.sub(
        r"(\]\([^)\s#:]*#)([^)\s]+)(?=\))", lambda link: link[1] + link[2].lower(), text
    )


def as_page(book, films=None):
    """A copy of a chapter as a page. films: {id of a cell: HTML that plays its widget}."""
    book = deepcopy(book)
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = web_links(cell.source)
        cell.metadata = {"tags": sorted(cell.metadata.get("tags", []))}
        for place, output in enumerate(cell.get("outputs", [])):
            if svg := output.get("data", {}).pop("image/svg+xml", None):
                output.data["text/html"] = inline(svg, f"{cell.id}-{place}")
    book.cells = [*folded(book.cells)]
    for cell_id, film in (films or {}).items():
        place = next(n for n, cell in enumerate(book.cells, 1) if cell.id == cell_id)
        book.cells.insert(place, new_markdown_cell(film, id=f"film-{cell_id}"))
    return book
