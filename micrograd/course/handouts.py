"""Pages to hand out or print: the solutions of a chapter, and a timetable for its teacher.

Written in notebooks/87_workshop.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re
from copy import deepcopy
from functools import cache
from html import escape

from markdown_it import MarkdownIt
from nbconvert import HTMLExporter
from nbformat.v4 import new_notebook
from pygments.formatters import HtmlFormatter

from micrograd.course.cells import chapters
from micrograd.course.mistakes import usual_mistakes
from micrograd.course.notebooks import read
from micrograd.course.plan import Note, describe, exercises, sections, taught, title_of

# --- Solutions, after each exercise ---


STYLE = """
:root { color-scheme: light }
body { font: 16px/1.5 Helvetica, Arial, sans-serif; color: #111; background: white }
main { max-width: 54rem; margin: auto; padding: 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem } h3 { font-size: 1rem }
a { color: #0B5394 } svg, img { max-width: 100%; height: auto }
pre, code { font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace; font-size: 0.9em }
pre { margin: 0.5rem 0; padding: 0.5rem 0.75rem; overflow-x: auto }
.highlight pre { background: #f3f3f3 } .output pre { border-left: 3px solid #bbb }
table { border-collapse: collapse } caption { text-align: left }
td, th { padding: 0.15rem 0.6rem; border: 1px solid #bbb; text-align: left }
@page { margin: 15mm }
@media print {
  body { font-size: 11pt } main { max-width: none; padding: 0 } nav { display: none }
  pre { white-space: pre-wrap } h2, h3 { break-after: avoid }
  .cell, tr, li { break-inside: avoid }
}
"""


def page(title, body, style=STYLE):
    """A page of HTML that needs nothing else."""
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}
</main>
</body>
</html>
"""


def solved(book):
    """The solutions of a chapter, {title of the exercise: its cells}."""
    found = {}
    for cell in book.cells:
        if title := re.match(r"### (Exercise .*?)  \(", cell.source):
            here = found[title[1]] = []
        elif "solution" in cell.metadata.get("tags", []) and cell.source != "#### Solution":
            here.append(cell)
    return found


@cache
def exporter():
    """nbconvert's exporter for cells; making it takes longer than using it."""
    return HTMLExporter(
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True
    )


def cells_as_html(cells):
    """Cells with their outputs as a piece of HTML, without links to notebooks."""
    cells = deepcopy(cells)
    for output in (out for cell in cells for out in cell.get("outputs", ())):
        if svg := output.get("data", {}).get("image/svg+xml"):
            output.data = {"text/html": svg}  # inline, with the title that describes it
    for cell in cells:
        cell.source = re.sub(r"\[([^][]+)\]\(\d\d_[^)]*\)", r"\1", cell.source)
        cell.source = re.sub(r"^#\| export.*\n", "", cell.source)
    return exporter().from_notebook_node(new_notebook(cells=cells))[0]


def solutions_page(path):
    """The page with a chapter's solutions, an anchor for each: #exercise-1, …"""
    book = read(path)
    title = f"Solutions to {title_of(book.cells[0].source)}"
    links, parts = [], []
    for task, cells in solved(book).items():
        anchor = task.partition(" · ")[0].lower().replace(" ", "-")
        links.append(f'<a href="#{anchor}">{escape(task)}</a>')
        parts.append(f'<section id="{anchor}">\n<h2>{escape(task)}</h2>')
        parts.append(f"{cells_as_html(cells)}</section>")
    nav = f"<nav>{' · '.join(links)}</nav>"
    colours = HtmlFormatter(style="default").get_style_defs(".highlight")
    return page(title, "\n".join([nav, *parts]), STYLE + colours)


# --- The teacher's page ---


def inline(text):
    """A text with Markdown's code and emphasis as HTML."""
    return MarkdownIt().renderInline(text)


def note_as_html(note):
    """What a note says about a section that is taught, as a piece of HTML."""
    parts = []
    if note.vote:
        parts.append(f"<p><b>Vote.</b> {inline(note.vote)}</p>\n<ul>")
        for letter, answer in note.answers.items():
            mark = "right" if letter == note.right else inline(note.wrong.get(letter, ""))
            parts.append(f"<li><b>{letter}</b> {inline(answer)} <i>({mark})</i></li>")
        parts.append("</ul>")
    if note.live:
        parts.append(f"<p><b>Type.</b></p>\n<pre>{escape(note.live.strip())}</pre>")
    return "\n".join(parts)


def sections_as_html(root, step, plan, known):
    """The sections of a step, and what is said in place of one that is left out.

    known: the places that the timetable teaches anywhere, as (chapter, title).
    """
    found = sections(chapters(root)[step.chapter])
    for title, section in found.items():
        note = plan.notes.get((step.chapter, title), Note())
        if title in taught(root, step):
            minutes = max(1, round(section.minutes(plan.pace)))
            yield f"<h3>{escape(title)} <small>{minutes} min</small></h3>{note_as_html(note)}"
        elif note.bridge and (step.chapter, title) not in known:
            yield f"<p><b>Left out: {escape(title)}.</b> {inline(note.bridge)}</p>"


def chapters_left_out(root, plan, earlier, chapter):
    """What is said about the chapters between two, such as "04" and "06", as paragraphs."""
    for (number, title), note in sorted(plan.notes.items()):
        if earlier < number < chapter and not title and note.bridge:
            name = title_of(read(chapters(root)[number]).cells[0].source)
            yield f"<p><b>Left out: {escape(name)}.</b> {inline(note.bridge)}</p>"


def exercises_as_html(root, step, pace):
    """The exercises of a step with their usual slips, as pieces of HTML."""
    path = chapters(root)[step.chapter]
    for title, said in usual_mistakes(path).items():
        number = int(re.search(r"\d+", title)[0])
        if number in step.exercises:
            minutes = round(exercises(path)[number] * pace["exercises"])
            link = f'<a href="solutions/{path.stem}.html#exercise-{number}">solution</a>'
            yield f"<h3>{escape(title)} <small>{minutes} min · {link}</small></h3>"
            items = "".join(f"<li>{inline(text)}</li>" for text in said)
            yield "<p>The check's replies to the usual slips:</p>"
            yield f'<ul class="said">{items}</ul>'


PLAN_STYLE = """
small { font-weight: normal; color: #555 } ul { margin: 0.3rem 0; padding-left: 1.2rem }
.said { columns: 2; font-size: 0.9em } .wide { width: 100% } .blank { width: 6rem }
h3 { margin: 1rem 0 0.3rem } p { margin: 0.3rem 0 } section { margin-bottom: 1.5rem }
"""
COUNTED = (
    "They are counted: {words:g} words a minute, {vote:g} seconds for a vote, {short:g} for a "
    "short cell and {long:g} for a long one. An exercise takes {exercises:g} times the minutes "
    "in its title."
)


def timetable_as_html(root, table, start):
    """A timetable as a table of HTML, with space to note when each step really began."""
    head = ["from", "min", "what", "began"]
    rows = ["<tr>" + "".join(f'<th scope="col">{text}</th>' for text in head) + "</tr>"]
    for time, step in zip(table.clock(start), table.steps, strict=False):
        cells = [time, step.minutes, escape(describe(root, step))]
        cells = "".join(f"<td>{text}</td>" for text in cells)
        rows.append(f'<tr>{cells}<td class="blank"></td></tr>')
    rows.append(f"<tr><td>{table.clock(start)[-1]}</td><td></td><td>the end</td><td></td></tr>")
    return '<table class="wide">\n' + "\n".join(rows) + "\n</table>"


def plan_page(root, plan, name, start="09:00"):
    """The teacher's page of one timetable. plan: a Plan. name: such as "half"."""
    table = plan.timetables[name]
    parts_taught = [step for step in table.steps if step.chapter]
    known = {(step.chapter, title) for step in parts_taught for title in taught(root, step)}
    work = f"The workshop takes {table.minutes} minutes, {table.net} without its breaks."
    parts = [f"<p>{work} {COUNTED.format(**plan.pace)}</p>"]
    parts.append(timetable_as_html(root, table, start))
    if table.drop:
        parts.append(f"<p><b>If it gets late, drop first:</b> {'; '.join(table.drop)}.</p>")
    earlier = "99"
    for time, step in zip(table.clock(start), table.steps, strict=False):
        if step in parts_taught:
            heading = f"{time} · {describe(root, step)} <small>{step.minutes} min</small>"
            parts.append(f"<section>\n<h2>{heading}</h2>")
            parts += chapters_left_out(root, plan, earlier, step.chapter)
            parts += sections_as_html(root, step, plan, known)
            parts += exercises_as_html(root, step, plan.pace)
            parts.append("</section>")
            earlier = step.chapter
    return page(table.title, "\n".join(parts), STYLE + PLAN_STYLE)
