"""The sections of a timetable as slides, by reveal.js and nbconvert (`make slides`).

    python -m micrograd.course.slides           those of half a day
    python -m micrograd.course.slides day       those of another timetable

They are in build/slides/, a file for each chapter, and need no network.

Written in notebooks/89_projector.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import re
import sys
from math import ceil

from jinja2 import DictLoader
from markdown_it import MarkdownIt
from nbconvert import SlidesExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from micrograd.course.cells import chapters, command, find_root
from micrograd.course.kit import write_made
from micrograd.course.notebooks import read
from micrograd.course.npm import npm_packages
from micrograd.course.plan import find_timetable, read_plan, taught, title_of


def cells_shown(book, sections, exercises):
    """The cells of these sections (their titles) and exercises (their numbers)."""
    section, task = "", None
    for cell in book.cells[1:]:
        if cell.source.startswith("## "):
            section, task = title_of(cell.source), None
        elif cell.source.startswith("### "):
            task = re.match(r"### Exercise (\d+)", cell.source)
        hidden = {"solution", "folded"} & {*cell.metadata.get("tags", [])}
        if not hidden and (int(task[1]) in exercises if task else section in sections):
            yield cell


LONGEST = 20  # lines of code on a slide


def blocks(text):
    """The paragraphs, lists and headings of a text, without hints and links to chapters."""
    text = re.sub(r"<details>.*?</details>", "", text, flags=re.DOTALL)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\.ipynb[^)]*\)", r"\1", text)
    text = re.sub(r"(?m)^(#.*?) · \[.*", r"\1", text).replace("](../images/", "](images/")
    lines = text.splitlines()
    for block in MarkdownIt().enable("table").parse(text):
        if block.level == 0 and block.map:
            yield "\n".join(lines[slice(*block.map)])


def cut_code(source):
    """A program in parts of at most LONGEST lines, cut at the outermost empty line."""
    lines = re.sub(r"^#\|.*\n", "", re.sub(r"\n{3,}", "\n\n", source)).splitlines()
    while len(lines) > LONGEST:
        empty = [n for n in range(4, LONGEST) if not lines[n].strip()]
        indent = {n: len(lines[n + 1]) - len(lines[n + 1].lstrip()) for n in empty}
        cut = min(empty, key=lambda n: (indent[n], -n), default=LONGEST)
        yield "\n".join(lines[:cut])
        lines = lines[cut + (cut < LONGEST) :]
    yield "\n".join(lines)


FIGURES = {"image/svg+xml", "text/html"}  # HTML is a table, for example


def text_of(output):
    """What an output says as plain text, without colours."""
    text = output.get("text") or "\n".join(output.get("traceback", []))
    return re.sub(r"\x1b\[[\d;]*m", "", text or output.get("data", {}).get("text/plain", ""))


def cut_output(output):
    """An output in parts as long as those of a program; a figure stays whole."""
    text = text_of(output)
    if FIGURES & {*output.get("data", {})} or len(text.splitlines()) <= LONGEST:
        return [output]
    return [new_output("stream", text=f"{part}\n") for part in cut_code(text)]


def pieces(cell):
    """The pieces of a cell, themselves cells, in the order in which a room sees them."""
    if cell.cell_type == "markdown":
        return [new_markdown_cell(text) for text in blocks(cell.source)]
    outputs = [part for output in cell.outputs for part in cut_output(output)]
    return [
        *(new_code_cell(text) for text in cut_code(cell.source)),
        *(new_code_cell(outputs=[output]) for output in outputs),
    ]


ROOM = 620  # pixels; a slide has 720
FIGURE = 540  # the highest figure; see the style sheet


def kind_of(cell):
    """What a piece is: "text", "code", "output" or "figure"."""
    if cell.cell_type == "markdown":
        return "text"
    data = {kind for output in cell.outputs for kind in output.get("data", {})}
    return "code" if cell.source else "figure" if FIGURES & data else "output"


def figure_height(svg):
    """How high a drawing is on a slide, one and a half times its own size, in pixels."""
    size = re.search(r'height="([\d.]+)(pt)?', svg)
    own = float(size[1]) * (4 / 3 if size[2] else 1) if size else FIGURE
    return min(FIGURE, 1.5 * own + 20)


def height(cell):
    """About how high a piece is on a slide, in pixels."""

    def lines(text, width):
        return sum(max(1, ceil(len(line) / width)) for line in text.splitlines())

    match kind_of(cell):
        case "figure":
            return figure_height(cell.outputs[0].data.get("image/svg+xml", ""))
        case "output":
            return 28 * lines(text_of(cell.outputs[0]), 90) + 15
        case "code":
            return 30 * lines(cell.source, 80) + 30
    if "](images/" in cell.source:
        return 480
    return 38 * lines(cell.source, 90) + (50 if cell.source.startswith("#") else 20)


TOGETHER = {("text", "code"), ("code", "output")}


def need(cells):
    """The height of the first piece, with what shouldn't be separated from it."""
    first, *rest = cells
    torn = not rest or (kind_of(first), kind_of(rest[0])) not in TOGETHER
    return height(first) + (0 if torn else need(rest))


def set_types(cells):
    """Note in each piece whether it begins a slide, or comes with the next press."""
    used, answer = 0, False
    for place, cell in enumerate(cells):
        kind, size = kind_of(cell), need(cells[place:])
        more = used + (size if size <= ROOM else height(cell))
        heading = re.match("#{1,3} |", cell.source)[0] if kind == "text" else ""
        if heading in ("# ", "## "):
            slide = "slide"
        elif heading == "### " or kind == "figure" or more > ROOM:
            slide = "subslide"
        else:
            slide = "fragment" if answer or kind == "output" else "-"
        used = height(cell) + (0 if "slide" in slide else used)
        answer = kind in ("output", "figure")
        cell.metadata.slideshow, cell.id = {"slide_type": slide}, f"piece-{place}"


TEMPLATE = """\
{%- extends "index.html.j2" -%}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block input_group %}{% if cell.source %}{{ super() }}{% endif %}{% endblock %}
{% block html_head_css %}<style>
:root {
    --jp-content-font-family: "Source Sans Pro", sans-serif;
    --jp-content-font-size1: 28px;
    --jp-content-line-height: 1.35;
    --jp-code-font-size: 24px;
    --jp-code-line-height: 1.25;
    --jp-cell-padding: 4px;
}
.reveal .slides :is(h1, h2, h3) { text-transform: none; letter-spacing: 0; }
.reveal .slides div.highlight { margin: 0; }
.reveal .slides pre { margin: 0; box-shadow: none; white-space: pre-wrap; }
.reveal .jp-OutputArea-output > pre { font-size: 22px !important; }
.reveal .jp-RenderedSVG img { zoom: 1.5; max-height: 340px; margin: 0; }
.reveal .jp-RenderedMarkdown img { height: 440px; max-height: none; margin: 0; }
</style>{% endblock %}
{% block footer_js %}
<script src="{{ resources.reveal.url_prefix }}/dist/reveal.js"></script>
<script>
Reveal.initialize({width: 1280, height: 720, margin: 0.02, center: false, controls: false,
                   hash: true, slideNumber: true, transition: "none"});
</script>
</html>{% endblock %}
"""


def as_slides(root, path, sections, exercises):
    """Some sections and exercises of a chapter as the text of an HTML file."""
    book = read(path)
    title = [new_markdown_cell(text) for text in [*blocks(book.cells[0].source)][:2]]
    cells = cells_shown(book, sections, exercises)
    book.cells = [*title, *(piece for cell in cells for piece in pieces(cell))]
    set_types(book.cells)
    exporter = SlidesExporter(
        extra_loaders=[DictLoader({"slides.html.j2": TEMPLATE})],
        template_file="slides.html.j2",
        reveal_url_prefix="node_modules/reveal.js",
        reveal_theme="white",  # its fonts are among its files
        embed_images=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    place = {"metadata": {"name": path.stem, "path": str(root)}}
    return exporter.from_notebook_node(book, place)[0]


def parts_of(root, table):
    """What a timetable teaches, {chapter: (titles of sections, numbers of exercises)}."""
    parts = {}
    for step in table.steps:
        if step.chapter:
            sections, exercises = parts.setdefault(step.chapter, (set(), set()))
            sections.update(taught(root, step))
            exercises.update(step.exercises)
    return parts


def write_slides(root, plan, folder):
    """Write the slides of a timetable into a folder; return how many chapters it has.

    Those of another timetable go. Raises ExportError without that timetable or reveal.js, and
    if slides were changed by hand.
    """
    books = chapters(root)
    parts = parts_of(root, find_timetable(root, read_plan(root), plan))
    npm_packages(folder, "reveal.js@5")
    pages = {books[n].with_suffix(".html").name: (books[n], *parts[n]) for n in parts}
    write_made(folder, {name: as_slides(root, *part) for name, part in pages.items()})
    return len(pages)


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.slides")
    parser.add_argument("plan", nargs="?", default="half", help="a timetable of workshop.toml")
    options = parser.parse_args(arguments)
    root = find_root()
    count = write_slides(root, options.plan, root / "build" / "slides")
    print(f"build/slides/: {count} chapters, each a file for your browser")


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
