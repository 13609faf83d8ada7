"""Films: the chapters' widgets on a web page, without a kernel.

A chapter is run up to its widget, which is recorded there (course/record). Out of what was
recorded comes a piece of HTML for the chapter's page, and PLAYER makes it move.

Written in notebooks/85_sliders.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import logging
import os
import re
from concurrent.futures import ThreadPoolExecutor
from difflib import SequenceMatcher
from hashlib import sha256
from importlib.metadata import version

from jinja2 import Template
from nbformat.v4 import new_code_cell, new_notebook

from micrograd.course.cells import ExportError, chapters, read_cells
from micrograd.course.notebooks import execute, read
from micrograd.course.pages import inline
from micrograd.files import write_files

# --- Only what changes ---


def rounded(number):
    """A number as text, to one decimal."""
    return f"{float(number[0]):.1f}".removesuffix(".0")


def shorter(svg):
    """A drawing with each tag on one line, and in it one decimal where there were many."""
    svg = re.sub(r"\s*\n(?=[^\s<])", " ", svg)
    return re.sub(r"<[^>]*>", lambda tag: re.sub(r"-?\d+\.\d{3,}", rounded, tag[0]), svg)


def changes(first, lines):
    """How lines become others: a list of [from, to, *new lines], the last place first."""
    steps = SequenceMatcher(None, first, lines, autojunk=False).get_opcodes()
    return [[a, b, *lines[c:d]] for kind, a, b, c, d in steps[::-1] if kind != "equal"]


# --- In the page ---


PAGE = """\
<div id="{{ name }}" class="recording" role="group" aria-label="{{ label }}">
<div hidden>
{%- if terms %}
<button type="button">play</button>{% endif %}
{%- for control in controls %}
{%- set start = control.texts[control.start] %}
<label>{{ control.label }}
{%- if terms and not loop.first %} <select autocomplete="off">
{%- for text in control.texts %}
<option value="{{ loop.index0 }}">{{ text }}</option>{% endfor %}
</select>
{%- else %} <input type="range" autocomplete="off" aria-valuetext="{{ start }}"
max="{{ control.texts|length - 1 }}" value="{{ control.start }}">
<span aria-hidden="true">{{ start }}</span>
{%- endif %}</label>{% endfor %}
{%- if terms %}
<fieldset><legend>gradient of</legend>
{%- for node, term in [("none", "")] + (terms.items()|list) %}
<label><input type="radio" name="{{ name }}" value="{{ term }}" autocomplete="off"
{%- if loop.first %} checked{% endif %}>{{ node }}</label>{% endfor %}
</fieldset>{% endif %}
</div>
<p role="status"{% if not terms %} class="visually-hidden"{% endif %}>{{ said }}</p>
{{ picture|safe }}
{%- if note %}
<p><small>{{ note }}</small></p>{% endif %}
<script type="application/json">{{ data|tojson }}</script>
</div>
"""


def box_of(picture, name):
    """A picture for a page in three parts: its outer tag, the lines inside, the end tag."""
    drawn = "<svg" in picture
    box = inline(shorter(picture), name) if drawn else f"<div>{picture}</div>"
    opening, inside, closing = re.fullmatch(r"(<[^>]*>)(.*)(</\w+>)", box, re.DOTALL).groups()
    return opening, inside.split("\n"), closing


NOTE = "Recorded from the cell above; run it to try other values."


def as_html(film, name, label="A recorded widget", note=NOTE):
    """What was recorded, as HTML; name: its id, with which all ids in it begin."""
    controls, said = film["controls"], film["said"]
    boxes = [[box_of(picture, name) for picture in row] for row in film["pictures"]]
    place, number = [*(control["start"] for control in controls), 0][:2]
    opening, first, closing = boxes[number][place]
    shots = [[changes(first, lines) for _, lines, _ in row] for row in boxes]
    frames = [[*zip(*pair, strict=True)] for pair in zip(shots, said, strict=True)]
    texts = [control["texts"] for control in controls]
    return Template(PAGE, autoescape=True).render(
        name=name,
        label=label,
        note=note,
        controls=controls,
        terms=film["terms"],
        said=said[number][place],
        picture=opening + "\n".join(first) + closing,
        data={"first": first, "frames": frames, "texts": texts},
    )


# --- What moves ---


PLAYER = """
// Films: the picture, the sentence and the values follow the controls.
for (const film of document.querySelectorAll(".recording")) {
  film.data = JSON.parse(film.querySelector("script").textContent);
  const [slider, row] = film.querySelectorAll("[type=range], select");
  const status = film.querySelector("[role=status]");
  film.oninput = () => {
    const { first, frames, texts } = film.data; // on the playground it can become another
    const shots = frames[row ? row.value : 0];
    slider.max = shots.length - 1;
    const [changes, said] = shots[slider.value];
    const lines = [...first];
    for (const [from, to, ...added] of changes) lines.splice(from, to - from, ...added);
    status.nextElementSibling.innerHTML = lines.join("\\n");
    const term = film.querySelector(":checked[type=radio]")?.value;
    status.textContent = [said, term].filter(Boolean).join("\\n");
    film.querySelectorAll("[type=range]").forEach((range, place) => {
      range.ariaValueText = texts[place][range.value];
      range.nextElementSibling.textContent = range.ariaValueText;
    });
  };
  film.firstElementChild.hidden = false;
}
"""

PLAYER += """
for (const play of document.querySelectorAll(".recording button")) {
  const slider = play.parentElement.querySelector("[type=range]");
  let timer;
  const move = (to) => {
    slider.value = to;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const stop = () => {
    timer = clearInterval(timer);
    play.textContent = "play";
  };
  play.onclick = () => {
    if (timer) return stop();
    if (slider.value === slider.max) move(0);
    timer = setInterval(() => {
      move(+slider.value + 1);
      if (slider.value === slider.max) stop();
    }, 1500);
    play.textContent = "pause";
  };
}
"""

LOOK = """
.recording { margin: 1rem 0; }
.recording > div:first-child:not([hidden]) {
  display: flex; flex-wrap: wrap; align-items: center; gap: .25rem 1.25rem;
}
.recording label { display: inline-flex; align-items: center; gap: .5rem; min-height: 2rem; }
.recording [type="range"] { width: min(20rem, 45vw); }
.recording label span { min-width: 3rem; font-variant-numeric: tabular-nums; }
.recording fieldset { display: flex; flex-wrap: wrap; gap: 0 1rem; width: 100%; }
.recording legend { float: left; width: auto; margin: 0; font-size: 1rem; line-height: 2rem; }
.recording :focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.recording [role="status"] { white-space: pre-line; line-height: 1.4; min-height: 4.2em; }
@media (prefers-reduced-motion: reduce) { .recording button { display: none; } }
@media print { .recording > :is(:first-child, p) { display: none !important; } }
"""


# --- Running the chapters ---


FILMS = {  # chapters with a film, the slow ones first: {number: cells that it doesn't need}
    "13": (),
    "12": ("for-loop-in-descend-forgetful", "half-0-5-y-for", "rates-0-01-data-0"),
    "01": (),
    "04": (),
    "07": (),
}
WIDGET = re.compile(r"\b(interact|stepper)\(")
RECORD = "from micrograd.course.record import record\n\nrecord()"


def cells_of(path):
    """The code cells of a chapter up to its widget. Raises ExportError if it has none."""
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    for place, cell in enumerate(cells, start=1):
        tags = cell.metadata.get("tags", [])
        if "nbval-ignore-output" in tags and WIDGET.search(cell.source):
            return cells[:place]
    raise ExportError(f"notebooks/{path.name} has no widget: correct FILMS in chapter 85")


def recorded(path, cells):
    """What is recorded after these cells of a chapter. Raises ExportError if one fails."""
    logging.getLogger("traitlets").setLevel(logging.WARNING)  # Sphinx's theme turns all on
    book = new_notebook(cells=[*cells, new_code_cell(RECORD)])
    try:
        execute(book, path.parent)
    except Exception as error:  # a failed cell, a dead kernel
        reason = re.sub(r"\x1b\[[\d;]*m", "", f"{error}".strip()).split("\n")[-1]
        raise ExportError(f"notebooks/{path.name} gives no film: {reason}") from None
    return book.cells[-1].outputs[0].data["application/json"]


PARTS = ["*.py", "course/film.py", "course/pages.py", "course/record.py", "course/style.py"]


def film_of(root, path):
    """The film of a chapter as HTML, made anew only if what it is made of has changed."""
    number = path.name[:2]
    cells = [cell for cell in cells_of(path) if cell.id not in FILMS[number]]
    sources = [cell.source for cell in [*read_cells(root, number), *cells]]
    for file in sorted(file for part in PARTS for file in (root / "micrograd").glob(part)):
        sources.append(file.read_text(encoding="utf-8"))
    digest = sha256("\n".join([*sources, version("matplotlib")]).encode()).hexdigest()[:16]
    made = root / "build" / "films" / f"{number}-{digest}.html"
    if not made.exists():
        page = as_html(recorded(path, cells), f"film-{number}")
        made.parent.mkdir(parents=True, exist_ok=True)
        for old in made.parent.glob(f"{number}-*.html"):
            old.unlink()
        write_files({made: page})
    return made.read_text(encoding="utf-8")


def make_films(root):
    """All films, {name of a chapter: HTML}. Raises ExportError if one can't be made."""
    books = chapters(root)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        films = pool.map(film_of, [root] * len(FILMS), [books[number] for number in FILMS])
        return {books[number].stem: film for number, film in zip(FILMS, films, strict=True)}


BOX = '<div id="film-{}"></div>'


def film_place(path):
    """Where a chapter's film will be, {id of a cell: the box below it}; {} without a film."""
    if path.name[:2] not in FILMS:
        return {}
    return {cells_of(path)[-1].id: BOX.format(path.name[:2])}


def insert_films(films, folder):
    """Put films, {name of a chapter: HTML}, in place of their boxes in a folder of pages."""
    for name, film in films.items():
        page, box = folder / f"{name}.html", BOX.format(name[:2])
        text = page.read_text(encoding="utf-8")
        if box not in text:
            raise ExportError(f"{page.name} has no place for its film: {box} is missing")
        page.write_text(text.replace(box, film), encoding="utf-8")
