"""What a participant reads first, start.ipynb and SETUP.md, and what changes in chapters.

Written in notebooks/87_workshop.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import re

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from micrograd.course.cells import chapters
from micrograd.course.notebooks import METADATA, read
from micrograd.course.plan import RUN, chapter_title, describe, parts, title_of
from micrograd.course.workbook import blank

SAID_ANEW = {
    "run the solution of Exercise 2": "run the cell under the check of Exercise 2",
    "run the solution": "run the cell under the check, which takes our answer",
    "a hint, a check and a solution. The last three": "a hint and a check. The last two",
    "delete it from `workbook/`, and the next `make lab` writes it again": (
        "take a new copy of it from the zip"
    ),
    "the answer; `make lab PREDICT=1` folds it until you click": (
        "the answer, and is folded until you click"
    ),
    "as `make lab` does": "as `SETUP.md` says",
    " If you have no `make` (on Windows, say), the section *Two commands* in the "
    "[README](../README.md) shows what to type instead. For Colab, Binder and VS Code, "
    "[80](80_elsewhere.ipynb) does.": "",
    'run `make lab` again, or `pip install -e ".[course]"` in the folder of the course': (
        "install again, as SETUP.md says"
    ),
    "`make extras`, or with ": "",
    "`make extras`, or ": "",
}


def say_anew(text, names):
    """A cell's text as the kit has it. names: of its notebooks, to which links may lead."""
    for old, new in SAID_ANEW.items():
        text = text.replace(old, new)

    def link(found):
        return found[0] if found[2] in names or found[2].startswith("../images/") else found[1]

    return re.sub(r"\[([^][]+)\]\((\d\d_\w+\.ipynb|\.\./[^)#]+)[^)]*\)", link, text)


WELCOME = """# {title}

Everything you need is in this folder. Click on `# set-up check` below, press \
Shift+Enter, and wait a moment. Every line should end in OK. If one doesn't, \
[SETUP.md](SETUP.md) says what to do.

Shift+Enter runs a cell. Before you run it, predict what it will show. Each chapter runs \
without the others, so if you lose the thread, open the one that the room is in. There, click \
on the cell that comes next, and choose *Run → Run All Above Selected Cell*."""

READING = """## What we do, and when

Click on a section or on an exercise, and its chapter opens there.

| from | minutes | what |
|---|--:|---|
{rows}

An exercise has a cell with dots (`...`) for your answer. Replace them, run the cell, and then \
run the folded check below it. The check says whether your answer is right, or what may have \
gone wrong. You can read at home what we leave out."""


def places(book):
    """Where a link finds the sections and exercises of a chapter, {title: id of the cell}."""
    found = {}
    for cell in book.cells:
        if title := re.match(r"### (Exercise \d+) ", cell.source):
            found[title[1]] = cell.id
        elif cell.cell_type == "markdown" and cell.source.startswith("## "):
            found[title_of(cell.source)] = cell.id
    return found


def reading_row(root, plan, table, step):
    """What a step does, with links, in the notebook's order."""
    if not step.chapter:
        return f"*{describe(root, step)}*"
    path = chapters(root)[step.chapter]
    book, file, links = places(read(path)), f"workbook/{path.name}", []
    for part in parts(root, plan, table, step):
        name = f"Exercise {part.exercise}" if part.exercise else part.title
        only_run = part.kind == "bridge" and RUN in plan.notes[part.chapter, part.title].bridge
        if name and (part.kind in ("section", "exercise") or only_run):
            said = re.sub("^(What goes wrong):.*", r"\1", name)  # and not what: it is to come
            link = f"[{said}]({file}#cell-id={book[name]})"
            links.append(f"{link} (only run)" if only_run else link)
    return f"**[{chapter_title(root, step.chapter)}]({file})**: {' · '.join(links)}"


def start_book(root, plan, table, start):
    """The kit's first notebook: set-up check and timetable. start: such as "09:00"."""
    rows = []
    for time, step in zip(table.clock(start), table.steps, strict=False):
        what = reading_row(root, plan, table, step)
        rows.append(f"| {time} | {step.minutes} | {what} |")
    rows.append(f"| {table.clock(start)[-1]} | | *the end* |")
    welcome = read(chapters(root)["00"]).cells
    check = next(cell.source for cell in welcome if cell.source.startswith("# set-up check"))
    folded = {"tags": ["folded"], "jupyter": {"source_hidden": True}}
    cells = [
        new_markdown_cell(WELCOME.format(title=table.title), id="welcome"),
        new_code_cell(say_anew(check, ()), id="set-up-check", metadata=folded),
        new_markdown_cell(READING.format(rows="\n".join(rows)), id="reading"),
    ]
    return blank(new_notebook(cells=cells, metadata=METADATA))


SETUP = """# Set up your computer

Do this a few days before the workshop. You need ten minutes, an internet connection, and
800 MB on the disk.

1. Unzip `micrograd-workshop.zip` where you keep your work. (On Windows, right-click on it and
   choose *Extract All*.) You get the folder `micrograd-workshop`. On Windows it contains a
   second folder of that name; then use the inner one, which contains `start.ipynb`.
2. You need Python 3.11 or newer. Open a terminal (on Windows: PowerShell), and type
   `py --version` on Windows, or `python3 --version` on macOS and Linux. If Python is missing
   or older, install it from <https://www.python.org/downloads/>, and open a new terminal. (With
   Anaconda there may be no `py`. If `python --version` says 3.11 or newer, type `python` in its
   place.)
3. In the terminal, change into the folder that contains this file: type `cd` and a space,
   drag the folder onto the window, and press Enter. Then type the three commands for your
   system, one after the other. The second one takes a few minutes.

Windows:

```
py -m venv .venv
.venv\\Scripts\\python -m pip install -e .
.venv\\Scripts\\python -m jupyterlab start.ipynb
```

macOS and Linux:

```
python3 -m venv .venv
.venv/bin/python -m pip install -e .
.venv/bin/python -m jupyterlab start.ipynb
```

JupyterLab opens in your browser. Click on `# set-up check` and press Shift+Enter. If every
line ends in OK, you are ready. Closing the terminal ends JupyterLab.

On the day of the workshop, change into the folder again, and type only the third command, not
the first two.
"""

TROUBLE = """
## If it doesn't work

- **`py` or `python3` isn't found, or is older than 3.11.** Install Python as in step 2. If you
  have several versions, name one in the first command: `py -3.12 -m venv .venv` on Windows,
  `python3.12 -m venv .venv` elsewhere.
- **The first command asks for python3-venv** (on Debian and Ubuntu). Type
  `sudo apt install python3-venv`, and then the first command again.
- **The second command says that there is no file pyproject.toml.** The terminal is in another
  folder. `dir` (on Windows) or `ls` lists its files, and `start.ipynb` has to be one of them.
- **The second command can't download.** If you are in a company's network, try another one,
  such as your phone's. Then type the command again.
- **The second command says that a path is too long** (on Windows). Move the folder to
  `C:\\micrograd-workshop`, delete `.venv` in it, and begin again with step 3.
- **No browser opens.** Copy the line that begins with `http://localhost` from the terminal into
  your browser's address bar, and open `start.ipynb` in the list on the left.
- **A line of the check doesn't end in OK.** Type the second command again. In JupyterLab choose
  *Kernel → Restart Kernel*, and run the cell once more.

If you are stuck, write to the person who invited you. Name your system, and copy the last ten
lines from the terminal. Bring the computer in any case. Two people can also share one.
"""
