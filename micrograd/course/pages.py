"""A stored notebook becomes the cells of a web page.

Drawings stand in the page itself, in light and in dark colours; solutions and checks are
folded; what gives an answer away is marked, so that the page can hide it.

Written in notebooks/84_site.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from colorsys import hls_to_rgb, rgb_to_hls
from copy import deepcopy
from html import escape
from itertools import groupby

from nbformat.v4 import new_markdown_cell

from micrograd.course.workbook import fold_answers
from micrograd.draw import LOOK, Graph, record

# --- A drawing in a page ---


PAPER, INK = (20, 24, 30), (230, 234, 238)  # of a dark page: white and black become these
NAMED = {"white": "#ffffff", "black": "#000000"}


def in_the_dark(colour):
    """The partner of a colour, such as "#0b5394", on a dark page."""
    red_green_blue = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    hue, lightness, saturation = rgb_to_hls(*red_green_blue)
    parts = zip(hls_to_rgb(hue, 1 - lightness, saturation), PAPER, INK, strict=True)
    return "#" + "".join(f"{round(dark + x * (light - dark)):02x}" for x, dark, light in parts)


def both(colour):
    """A colour for light and dark pages, as the browser's style sheets have it."""
    colour = NAMED.get(colour, colour).lower()
    return f"light-dark({colour}, {in_the_dark(colour)})"


def paint(svg):
    """The same SVG with each colour for light and dark pages."""
    colour = r"((?:fill|stroke)(?:: ?|=\"))(#[0-9a-fA-F]{6}|white|black)\b"
    return re.sub(colour, lambda match: match[1] + both(match[2]), svg)


def inline(svg, prefix, name=""):
    """A drawing that can stand in a page, as HTML without empty lines.

    prefix: put in front of its ids, which then are unique in the page.
    name: says what it shows; by default its own title.
    """
    head, rest = svg[svg.index("<svg") :].split(">", 1)
    title = re.search(r"<title>(.*?)</title>", rest, re.DOTALL)
    name = escape(name) or (title[1] if title else "Drawing")
    width, unit = re.search(r'\bwidth="([\d.]+)(\w*)"', head).groups()
    kind = re.search(r'class="(\w+)"', head)
    kind = kind[1] if kind else "plot" if 'id="figure_1"' in rest else "graph"
    if len({*re.findall(r"#([0-9a-f]{2})\1\1\b", rest)}) > 9:
        kind += " shades"
    head = re.sub(r'\s(class|width|height|style|role|version|xmlns\S*)="[^"]*"', "", head)
    rest = re.sub(r"<(metadata|style|title)\b.*?</\1>", "", rest, flags=re.DOTALL)
    rest = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', rest)
    rest = re.sub(r'(href="#|url\(#)([^")]+)', rf"\1{prefix}-\2", rest)
    rest = re.sub(r"\n\s*\n", "\n", rest)  # an empty line would end the block of HTML
    role = "group" if "<a " in rest else "img"  # nobody can reach a link inside of an image
    head += f' role="{role}" aria-label="{name}" style="--width: {width}{unit or "px"}"'
    return f'<div class="drawing {kind}">{paint(head)}>{paint(rest)}</div>'


BOX = re.compile(
    r'<rect x="(\d+)" y="(\d+)" width="(\d+)"[^>]*>\s*'
    r"<text[^>]*>(\d\d)\b[^<]*</text>\s*<text[^>]*>[^<]*</text>"
)


def with_links(svg, addresses):
    """The map with a link on each box. addresses: {number of a chapter: where its page is}."""

    def link(box):
        x, y, width = map(int, box.groups()[:3])
        tick = f'<text class="tick" x="{x + width - 18}" y="{y + 18}">✓</text>'
        return f'<a href="{addresses[box[4]]}">{box[0]}{tick}</a>'

    return BOX.sub(lambda box: link(box) if box[4] in addresses else box[0], svg)


def with_pictures(text, pictures):
    """Markdown with the pictures that it names in it. pictures: {"chain.svg": the SVG}."""

    def picture(match):
        svg = pictures.get(match[2])
        return inline(svg, match[2].removesuffix(".svg"), match[1]) if svg else match[0]

    return re.sub(r"!\[([^]]*)\]\((?:\.\./)?images/([\w-]+\.svg)\)", picture, text)


NODE = re.compile(r'(\w+)(\["(.*)"\]|\(\("(.*)"\)\))?')


def mermaid_graph(text):
    """The Graph that a text of `draw_mermaid` describes."""
    graph = Graph(description="Graph of an expression", **LOOK)
    for line in text.strip().splitlines()[1:]:
        nodes = [NODE.fullmatch(node.strip()) for node in line.split("-->")]
        for node in nodes:
            if label := node[3] or node[4]:
                plain = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)
                shape = "record" if node[3] else "circle"
                graph.node(node[1], record(plain.split(" | ")), shape=shape)
        if len(nodes) == 2:
            graph.edge(nodes[0][1], nodes[1][1])
    return graph


def with_graphs(text):
    """Markdown with its blocks of Mermaid drawn."""

    def drawn(match):
        svg = mermaid_graph(match[1])._repr_mimebundle_()[0]["image/svg+xml"]
        return inline(svg, f"graph-{match.start()}")

    return re.sub(r"```mermaid\n(.*?)```", drawn, text, flags=re.DOTALL)


# --- Folds, and answers ---


WHOLE = ("# check", "# set-up check", "# a test of the course")


def fold(title, cells):
    """The cells, between two cells that fold them."""
    name = cells[0].id
    opening = f"<details><summary>{title}</summary>"
    yield new_markdown_cell(opening, id=f"fold-{name}")
    yield from cells
    yield new_markdown_cell("</details>", id=f"end-{name}")


def fold_code(cell):
    """A cell tagged `folded`: a check or a test is folded whole, of others the code alone."""
    first = cell.source.split("\n")[0]
    title = re.sub(r"^#\| export (.*)", r"the code for micrograd/\1.py", first).lstrip("# ")
    shown = deepcopy(cell)
    shown.id = f"{cell.id}-shows"
    shown.metadata.tags.append("remove-input")
    if first not in WHOLE:
        cell.outputs = []
    yield from fold(title[:1].upper() + title[1:], [cell])
    if cell.outputs != shown.outputs:
        yield shown


def folded(cells):
    """The same cells, with their folds."""
    for solution, group in groupby(cells, lambda cell: "solution" in cell.metadata.tags):
        inner = []
        for cell in group:
            if cell.source != "#### Solution":
                inner += fold_code(cell) if "folded" in cell.metadata.tags else [cell]
        yield from fold("Solution", inner) if solution else inner


AFTER = re.compile(r"<details><summary>After running</summary>\n\n(.*?)\n\n</details>", re.S)


def with_marks(text, answer):
    """A text whose beginning is an answer, with the answer marked."""
    rest = text.split(answer, 1)[1]
    blocks, last = answer, ""
    if rest and not rest.startswith("\n"):  # the question is in the answer's last paragraph
        blocks, _, last = answer.rpartition("\n\n")
        last = f'<span class="answer">{last}</span>'
    marked = f'<div class="answer">\n\n{blocks}\n\n</div>\n\n' if blocks else ""
    return marked + last + rest


def mark_answers(book):
    """Mark the text that says what the cell above it has put out."""
    texts = [cell.source for cell in book.cells]
    fold_answers(book)
    for cell, text in zip(book.cells, texts, strict=True):
        if cell.source != text:
            cell.source = with_marks(text, AFTER.match(cell.source)[1])


ACTIONS = """<p class="actions">
<a href="../files/{name}.ipynb" download>Download the notebook</a>
<button type="button" id="predict" aria-pressed="false" hidden>Predict first</button>
<span class="hint">Outputs are hidden until you ask for them.</span></p>"""

FINISHED = """<p class="finished" hidden><label><input type="checkbox" id="finished">
I have finished this chapter.</label>
<small>This browser remembers it, and nobody else.</small></p>"""

KERNEL = "<p><em>What this cell shows can be used only where the notebook runs.</em></p>"


def web_links(text):
    """A text whose links find their places on the site, too."""
    text = text.replace("](../README.md", "](../index.md")
    text = text.replace("](../images/derivatives.svg", "](../sheet.md")
    return re.sub(
        r"(\]\([^)\s#:]*#)([^)\s]+)(?=\))", lambda link: link[1] + link[2].lower(), text
    )


def page_cell(cell, pictures):
    """Change a cell into the form that it has on a page."""
    tags = cell.metadata.get("tags", [])
    cell.metadata = type(cell.metadata)(tags=sorted(tags))
    if cell.cell_type == "markdown":
        cell.source = with_pictures(web_links(cell.source), pictures)
    for place, output in enumerate(cell.get("outputs", [])):
        if svg := output.get("data", {}).pop("image/svg+xml", None):
            output.data["text/html"] = inline(svg, f"{cell.id}-{place}")


def as_page(book, name, pictures=None, films=None):
    """A copy of a chapter as a page.

    name: of its file, such as "02_value". pictures: {"chain.svg": the SVG}.
    films: {id of a cell: HTML that plays its widget, without empty lines}.
    """
    book, films, cells = deepcopy(book), films or {}, []
    mark_answers(book)
    for cell in book.cells:
        widget = "nbval-ignore-output" in cell.metadata.get("tags", []) and not cell.outputs
        page_cell(cell, pictures or {})
        cells.append(cell)
        if cell.id in films or widget:
            film = f'<div class="film">{films[cell.id]}</div>' if cell.id in films else KERNEL
            metadata = {"tags": cell.metadata.tags}
            cells.append(new_markdown_cell(film, id=f"film-{cell.id}", metadata=metadata))
    book.cells = [*folded(cells)]
    book.cells.insert(1, new_markdown_cell(ACTIONS.format(name=name), id="actions"))
    if "Appendix" not in book.cells[0].source:
        book.cells.append(new_markdown_cell(FINISHED, id="finished"))
    return book
