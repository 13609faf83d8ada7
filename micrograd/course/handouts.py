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
from micrograd.course.participant import needed
from micrograd.course.plan import (
    Note,
    Step,
    chapter_title,
    describe,
    droppable,
    name_of,
    part_minutes,
    parts,
    sections,
    title_of,
)

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
    lines = []
    if note.vote:
        place = f"<b>Vote, before <code>{escape(note.before)}</code>:</b>"
        lines.append(f"<p>{place} {inline(note.vote)}</p>\n<ul>")
        for letter, answer in note.answers.items():
            mark = "right" if letter == note.right else inline(note.wrong.get(letter, ""))
            lines.append(f"<li><b>{letter}</b> {inline(answer)} <i>({mark})</i></li>")
        lines.append("</ul>")
    if note.live:
        star = " ★" if note.must else ""
        lines.append(f"<h4>Type.{star}</h4>\n<pre>{escape(note.live.strip())}</pre>")
    return "\n".join(lines)


def section_as_html(root, plan, part):
    """A section to teach; that without a title is the beginning of its chapter."""
    minutes = max(1, round(part_minutes(root, plan, part)))
    if not part.title:
        run = any(sections(chapters(root)[part.chapter])[""].cells)
        first = " and run its first cell" if run else ""
        return f"<p>All open the chapter{first}. <small>{minutes} min</small></p>"
    note = note_as_html(plan.notes.get((part.chapter, part.title), Note()))
    return f"<h3>{escape(part.title)} <small>{minutes} min</small></h3>{note}"


def bridge_as_html(root, plan, part):
    """What is said where a section or a chapter is left out."""
    title = part.title or chapter_title(root, part.chapter)
    end = "" if title.endswith("?") else "."
    bridge = inline(plan.notes[part.chapter, part.title].bridge)
    return f"<p><b>Left out: {escape(title)}{end}</b> {bridge}</p>"


def exercise_as_html(root, plan, part):
    """An exercise with its usual wrong answers."""
    path = chapters(root)[part.chapter]
    mistakes = usual_mistakes(path)
    title = next(t for t in mistakes if t.startswith(f"Exercise {part.exercise} "))
    link = f'<a href="solutions/{path.stem}.html#exercise-{part.exercise}">solution</a>'
    minutes = round(part_minutes(root, plan, part))
    lines = [f"<h3>{escape(title)} <small>{minutes} min · {link}</small></h3>"]
    if mistakes[title]:
        items = "".join(f"<li>{inline(text)}</li>" for text in mistakes[title])
        lines.append("<p>The check's replies to the usual slips:</p>")
        lines.append(f"<ul>{items}</ul>")
    if part.exercise in needed(read(path)):
        lines.append(
            "<p>When the time is up, all who have no ✓ run the cell under the check.</p>"
        )
    return "\n".join(lines)


def left_out(root, part):
    """What is said of an exercise that is left out."""
    if part.exercise in needed(read(chapters(root)[part.chapter])):
        return f"Not today: exercise {part.exercise}. All run the cell under its check."
    return f"Not today: exercise {part.exercise}."


def part_as_html(root, plan, part):
    """A part of a step as a piece of HTML."""
    if part.kind == "home":
        path, note = chapters(root)[part.chapter], plan.notes[part.chapter, part.title]
        last = part.exercise == max(sections(path)[part.title].exercises)
        return f"<p>{left_out(root, part)} {inline(note.bridge) if last else ''}</p>"
    kinds = {"section": section_as_html, "exercise": exercise_as_html, "bridge": bridge_as_html}
    return kinds[part.kind](root, plan, part)


def for_the_fast(root, table, chapter):
    """A line that names the first exercise of a chapter that isn't in the timetable."""
    here = {n for step in table.steps if step.chapter == chapter for n in step.exercises}
    for cell in read(chapters(root)[chapter]).cells:
        task = re.match(r"### Exercise (\d+) · (.*?\))", cell.source)
        if task and int(task[1]) not in here:
            return f"<p><b>Who is done early:</b> exercise {task[1]}, {inline(task[2])}.</p>"
    return ""


def step_as_html(root, plan, table, step, time):
    """What a teacher needs to know about a step; time: when it begins."""
    name = escape(describe(root, step))
    heading = f"<h2>{time} · {name} <small>{step.minutes} min</small></h2>"
    body = [part_as_html(root, plan, part) for part in parts(root, plan, table, step)]
    if step.chapter:
        body.append(for_the_fast(root, table, step.chapter))
    if step.pause:
        body.append(f"<p>{PAUSE}.</p>")
    return "\n".join(["<section>", heading, "<div>", *body, "</div>", "</section>"])


PLAN_STYLE = """
small { font-weight: normal; color: #555 } ul { margin: 0.3rem 0; padding-left: 1.1rem }
.wide { width: 100% } .blank { width: 6rem } section { margin-bottom: 1.5rem }
h3 { margin: 1rem 0 0.3rem } h4 { margin: 0.3rem 0; font-size: 1em } p { margin: 0.3rem 0 }
pre { white-space: pre-wrap; background: #f3f3f3 }
@media print {
  @page { margin: 12mm }
  body { font-size: 10.5pt; line-height: 1.3 } section { margin-bottom: 0.5rem }
  section div { columns: 2; column-gap: 6mm } td, th { padding: 0.05rem 0.6rem }
  h2, h3, h4 { break-after: avoid } li, pre, tr { break-inside: avoid }
  h2 { font-size: 13pt; margin: 0.8rem 0 0.2rem } h3 { font-size: 10.5pt; margin-top: 0.5rem }
  p, h3, h4, ul { margin-bottom: 0.15rem } p, h4, ul { margin-top: 0.15rem }
  pre { margin: 0.15rem 0; padding: 0.15rem 0.4rem; font-size: 8.5pt }
}
"""
COUNTED = (
    "They are counted: {words:g} words a minute, {open:g} seconds to open a chapter, "
    "{vote:g} for a vote and {discuss:g} for what may lie behind the wrong answers, {short:g} "
    "for a short cell and {long:g} for a long one, {live:g} for code with a ★; other code to "
    "type isn't counted. An exercise takes {exercises:g} times the minutes in its title."
)
BEFORE = (
    "From half an hour before, a helper at the door sees to it that each line of the set-up "
    "check in `start.ipynb` ends in OK. At each seat are a blue and an orange note, and cards "
    "from A to D. When you begin, say where the exits are, and when the breaks. Say that "
    "nothing is graded, that a wrong card is worth more than a right one, and that blue means "
    "*done*, and orange *please come*. Then all open `start.ipynb`, and click on the first "
    "chapter. You need the sheet of derivatives for everybody, to hand out after chapter 07, "
    "slips of paper for the minute cards, and the six questions of appendix 95."
)
STILL_LATE = (
    "Hold no second votes, and type only what has a ★. Let exercises end after the minutes in "
    "their titles, except for that of chapter 12. Hand out the last questions to take home."
)
PAUSE = "Kernel → Shut Down All Kernels, minute card"


def timetable_as_html(root, table, start):
    """A timetable as a table of HTML, with space to note when each step really began."""
    head = ["from", "min", "what", "began"]
    rows = ["<tr>" + "".join(f'<th scope="col">{text}</th>' for text in head) + "</tr>"]
    for time, step in zip(table.clock(start), table.steps, strict=False):
        what = describe(root, step) + f": {PAUSE}" * step.pause
        cells = "".join(f"<td>{text}</td>" for text in (time, step.minutes, escape(what)))
        rows.append(f'<tr>{cells}<td class="blank"></td></tr>')
    rows.append(f"<tr><td>{table.clock(start)[-1]}</td><td></td><td>the end</td><td></td></tr>")
    return '<table class="wide">\n' + "\n".join(rows) + "\n</table>"


def drops_as_html(root, plan, table, start):
    """What can be left out where it gets late, up to each pause, with what is said instead."""
    end, items = Step(0, text="end", pause=True), []
    for time, step in zip(table.clock(start), [*table.steps, end], strict=True):
        for part, saved in () if step.pause else droppable(root, plan, table, step):
            note = plan.notes.get((part.chapter, part.title), Note())
            instead = left_out(root, part) if part.exercise else note.bridge
            name = escape(name_of(part))
            items.append(f"<li><b>{name}</b>, {saved} min. {inline(instead)}</li>")
        if step.pause and items:
            yield f"<p><b>Late before the {step.text.lower()} at {time}?</b> Drop:</p>"
            yield f"<ul>{''.join(items)}</ul>"
            items = []


def plan_page(root, plan, name, start="09:00"):
    """The teacher's page of one timetable. plan: a Plan. name: such as "half"."""
    table = plan.timetables[name]
    body = [
        f"<p>The workshop takes {table.minutes} minutes, {table.net} without its breaks. "
        f"{COUNTED.format(**plan.pace)}</p>",
        f"<p><b>Before.</b> {inline(BEFORE)}</p>",
        timetable_as_html(root, table, start),
        *drops_as_html(root, plan, table, start),
        f"<p><b>Still late?</b> {STILL_LATE}</p>",
    ]
    for time, step in zip(table.clock(start), table.steps, strict=False):
        if step.chapter or step.told or step.pause:
            body.append(step_as_html(root, plan, table, step, time))
    return page(table.title, "\n".join(body), STYLE + PLAN_STYLE)
