"""All that is handed out at a workshop: the kit, solutions, the teacher's page, the sheet.

    python -m micrograd.course.kit                        build/workshop/ (`make workshop`)
    python -m micrograd.course.kit --plan day --start 13:30    for another timetable
    python -m micrograd.course.kit --to FOLDER            elsewhere
    python -m micrograd.course.kit --try                  and run the kit's notebooks

Written in notebooks/87_workshop.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import hashlib
import io
import json
import os
import re
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from micrograd.course.cells import MARK, ExportError, chapters, find_root
from micrograd.course.export import read_package
from micrograd.course.handouts import plan_page, solutions_page
from micrograd.course.notebooks import METADATA, as_text, execute, missing_extra, read
from micrograd.course.plan import read_plan, taught, title_of
from micrograd.course.workbook import blank
from micrograd.files import write_files

# --- The kit ---


def needed(book):
    """The numbers of the exercises whose answers their chapter needs further down."""
    numbers = set()
    for cell in book.cells:
        if title := re.match(r"### Exercise (\d+)", cell.source):
            others = re.search(r"The same holds for exercises? ([\d and,]+)", cell.source)
            found = title[1] if "chapter needs " in cell.source else ""
            found += f" {others[1]}" if others else ""
            numbers |= {int(number) for number in re.findall(r"\d+", found)}
    return numbers


SAID_ANEW = {
    "run the solution of Exercise 2": "run the cell under the check of Exercise 2",
    "run the solution": "run the cell under the check, which goes on with ours",
    "a hint, a check and a solution. The last three": "a hint and a check. The last two",
    "delete it from `workbook/`, and the next `make lab` writes it again": (
        "take a new copy of it from the zip"
    ),
    "the answer; `make lab PREDICT=1` folds it until you click": (
        "the answer, and is folded until you click"
    ),
    "as `make lab` does": "as `SETUP.md` says",
    " If you have no `make` (on Windows, say), the section *Two commands* in the "
    "[README](../README.md) shows what to type instead.": "",
    "run `make lab` again, or `pip install -e .` in the course's folder": (
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


def going_on(number, exercise):
    """The cells that stand in place of a solution, if the chapter needs it to go on."""
    text = "**To go on.** If the check doesn't say ✓, run the next cell. It takes our answer."
    code = "from micrograd.course.participant import solution\n\n"
    code += f'exec(solution("{number}", {exercise}))'
    return [
        new_markdown_cell(text, id=f"to-go-on-{exercise}", metadata={"tags": ["keep"]}),
        new_code_cell(code, id=f"our-answer-{exercise}"),
    ]


def participants_book(book, number, names):
    """A participant's copy of a chapter. number: "07". names: of the kit's notebooks."""
    book, wanted, exercise = deepcopy(book), needed(book), 0
    cells = []
    for cell in book.cells:
        if title := re.match(r"### Exercise (\d+)", cell.source):
            exercise = int(title[1])
        if cell.source.startswith("#### Solution") and exercise in wanted:
            cells += going_on(number, exercise)
        cell.source = say_anew(cell.source, names)
        cells.append(cell)
    book.cells = cells
    return blank(book, predict=True, solutions=False)


def code_book(book):
    """What code reads of a chapter: its marked cells, and the solutions needed to go on."""
    cells, wanted, exercise = [], needed(book), 0
    for cell in book.cells:
        line = cell.source.partition("\n")[0]
        if cell.cell_type == "markdown" and re.match("##?#? ", line):
            title = re.match(r"### Exercise (\d+)", line)
            exercise = int(title[1]) if title else 0
            cells.append(new_markdown_cell(line, id=cell.id))
        elif cell.cell_type == "code":
            ours = "solution" in cell.metadata.get("tags", []) and exercise in wanted
            if ours or MARK.fullmatch(line):
                kept = {"id": cell.id, "metadata": cell.metadata}
                cells.append(new_code_cell(cell.source, **kept))
    return new_notebook(cells=cells, metadata=METADATA)


WELCOME = """# {title}

You need this folder and nothing else. The next cell is folded: click on the bar beside it, \
press Shift+Enter, and wait a moment. Every line should end in OK. If one doesn't, \
[SETUP.md](SETUP.md) says what to do.

A cell runs with Shift+Enter. Predict what it will show before you run it. *Kernel → Restart \
Kernel and Run All Cells* starts a chapter afresh, and each chapter runs without the others: \
if you lose the thread, open the chapter that the room is in."""

READING = """## What we do, and when

Click on a section or on an exercise, and its chapter opens there.

| from | minutes | what | exercises |
|---|--:|---|---|
{rows}

An exercise has a cell with dots (`...`) for your answer. The folded check below it says what \
is right, or what it thinks went wrong. Nobody sees your answers. What we leave out is there \
to be read at home."""


def places(book):
    """Where a link finds the sections and exercises of a chapter, {title or number: id}."""
    found = {}
    for cell in book.cells:
        if title := re.match(r"### Exercise (\d+) ", cell.source):
            found[int(title[1])] = cell.id
        elif cell.cell_type == "markdown" and cell.source.startswith("## "):
            found[title_of(cell.source)] = cell.id
    return found


def reading_row(root, step):
    """What a step does and its exercises: two columns of the reading order."""
    if not step.chapter:
        return f"*{step.text}*", ""
    path = chapters(root)[step.chapter]
    book, file = places(read(path)), f"workbook/{path.name}"
    name = title_of(read(path).cells[0].source).replace(" · ", " ", 1)
    parts, tasks = (
        [f"[{title}]({file}#cell-id={book[title]})" for title in titles]
        for titles in (taught(root, step), step.exercises)
    )
    return f"**[{name}]({file})**: {' · '.join(parts)}", ", ".join(tasks)


def start_book(root, table, start):
    """The kit's first notebook: set-up check and reading order. start: such as "09:00"."""
    rows = []
    for time, step in zip(table.clock(start), table.steps, strict=False):
        what, tasks = reading_row(root, step)
        rows.append(f"| {time} | {step.minutes} | {what} | {tasks} |")
    rows.append(f"| {table.clock(start)[-1]} | | *the end* | |")
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

Do this a few days before the workshop. It takes ten minutes, a network, and 700 MB on the disk.

1. Unzip `micrograd-workshop.zip` where you keep your work. On Windows: right-click on it,
   *Extract All*. The folder `micrograd-workshop` appears, in which this file is.
2. You need Python 3.11 or newer. Open a terminal (on Windows: PowerShell) and ask for it:
   `py --version` on Windows, `python3 --version` on macOS and Linux. If it isn't there or is
   older, install it from <https://www.python.org/downloads/>, and open a new terminal.
3. In the terminal, change into the folder: type `cd`, a space, drag the folder onto the
   window, and press Enter. Then type the three commands of your system. The second one
   takes a few minutes.

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

JupyterLab opens in your browser. Click on the bar of the first code cell and press
Shift+Enter. If every line ends in OK, you are ready. On the day, change into the folder and
type the third command only.
"""

TROUBLE = """
## If it doesn't work

- **`py` or `python3` isn't found, or is older than 3.11.** Install Python as in step 2. If you
  have several, name one in the first command: `py -3.12 -m venv .venv` on Windows,
  `python3.12 -m venv .venv` elsewhere.
- **The first command asks for python3-venv** (Debian, Ubuntu): `sudo apt install python3-venv`.
- **The second command says that there is no file pyproject.toml.** The terminal is in another
  folder. `dir` (Windows) or `ls` shows where you are: `start.ipynb` has to be in the list.
- **It can't download.** In a company's network try another one, such as your phone's. A command
  that was interrupted can be typed again.
- **It says that a path is too long** (Windows). Move the folder to `C:\\micrograd-workshop`,
  delete `.venv` in it, and begin with the first command.
- **No browser opens.** Copy the line that begins with `http://localhost` from the terminal into
  your browser's address bar.
- **A line of the check doesn't end in OK.** Type the second command again. In JupyterLab choose
  *Kernel → Restart Kernel*, and run the cell once more.

If you are stuck, write to whoever invited you: your system, and the last ten lines in the
terminal. Bring the computer in any case. Two can work at one.
"""


def timetable_of(root, plan, start):
    """A timetable of workshop.toml, by its name. ExportError for a wrong name or start."""
    tables = read_plan(root).timetables
    if plan not in tables:
        raise ExportError(f"there is no timetable {plan}: {', '.join(tables)}")
    try:
        tables[plan].clock(start)
    except ValueError:
        raise ExportError(f"a workshop starts at an hour such as 09:00, not {start}") from None
    return tables[plan]


def kit_chapters(root):
    """The chapters that are in the kit, {number: path}: those to read, and the practice."""
    return {n: path for n, path in chapters(root).items() if n <= "18" or n == "86"}


def project_file(root):
    """The kit's pyproject.toml: the course's, without what only its authors need."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return text.split("[tool.")[0].replace('readme = "README.md"', 'readme = "SETUP.md"')


def kit_files(root, plan="half", start="09:00"):
    """The files of the kit, {path in its folder: text}.

    root: the course's folder. plan: a timetable's name. start: when it begins.
    Raises ExportError for another name or start, or for chapters that can't be read.
    """
    table, paths = timetable_of(root, plan, start), kit_chapters(root)
    names = {path.name for path in paths.values()}
    files = {"SETUP.md": SETUP + TROUBLE, "pyproject.toml": project_file(root)}
    files["start.ipynb"] = as_text(start_book(root, table, start))
    for number, path in paths.items():
        book = read(path)
        files[f"workbook/{path.name}"] = as_text(participants_book(book, number, names))
        files[f"notebooks/{path.name}"] = as_text(code_book(book))
    for name, text in read_package(root / "micrograd").items():
        files[f"micrograd/{name}"] = text
    for path in [*root.glob("images/*.svg"), root / "notebooks/names.txt", root / "LICENSE"]:
        files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return dict(sorted(files.items()))


def digest(text):
    """A short text that changes with a file's text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write_made(folder, files):
    """Write files, {path in the folder: text}: all or none.

    What was written last time and isn't among them goes; other files stay as they are.
    Raises ExportError if one that is there was changed, or was never written by us.
    """
    notes = folder / ".made.json"
    made = json.loads(notes.read_text("utf-8")) if notes.exists() else {}
    there = {name for name in {*made, *files} if (folder / name).exists()}
    for name in sorted(there):
        text = (folder / name).read_bytes().decode("utf-8", errors="replace")
        if digest(text) != made.get(name) and text != files.get(name):
            raise ExportError(
                f"{folder.name}/{name} was changed by hand and stays: move {folder.name} away, "
                "or delete it, and run this again"
            )
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    known = json.dumps({name: digest(text) for name, text in files.items()}, indent=1)
    write_files({notes: known + "\n"} | {folder / name: files[name] for name in files})
    for name in there - {*files}:
        (folder / name).unlink()


def write_kit(folder, plan="half", start="09:00"):
    """Write the kit into a folder. Raises the errors of kit_files and write_made."""
    write_made(Path(folder), kit_files(find_root(), plan, start))


# --- Does it run? ---


def try_book(path):
    """Run a participant's notebook; return a line about it and whether it went well."""
    book = read(path)
    if command := missing_extra(path):
        return f"– {path.stem} wasn't run; packages are missing: {command}", True
    try:
        execute(book, path.parent, timeout=900)
    except CellExecutionError as error:
        return f"✗ {path.stem}\n{error}", False
    checks = [cell for cell in book.cells if cell.source.startswith("# check")]
    said = [out.get("text", "") for cell in checks for out in cell.outputs]
    tasks = sum(cell.source.startswith("### Exercise") for cell in book.cells)
    late = sum("✗ Not yet" in text for text in said)
    if late != tasks or any("✓ Right" in text for text in said):
        return f"✗ {path.stem}: {tasks} exercises, and {late} checks say Not yet", False
    return f"✓ {path.stem:24} {tasks} checks say Not yet", True


def try_kit(files):
    """Run the notebooks of a kit in a folder of its own; return the exit code."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        write_made(folder, files)
        os.environ["PYTHONPATH"] = str(folder)  # the kit's package, and not the course's
        paths = [folder / name for name in files if name.endswith(".ipynb")]
        paths = [path for path in paths if path.parent.name != "notebooks"]
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            failed = 0
            for line, good in pool.map(try_book, paths):
                print(line, flush=True)
                failed += not good
    return 1 if failed else 0


# --- All of it ---


def zipped(files, folder="micrograd-workshop"):
    """The bytes of a zip with these files, {path: text}, in one folder."""
    whole = io.BytesIO()
    with ZipFile(whole, "w") as archive:
        for name in sorted(files):
            info = ZipInfo(f"{folder}/{name}", (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16  # as on Unix, everywhere
            archive.writestr(info, files[name], ZIP_DEFLATED, compresslevel=9)
    return whole.getvalue()


def handouts(root, kit, plan, start):
    """All files of a workshop but the zip, {path: text}. kit: as kit_files makes it."""
    files = {f"kit/{name}": text for name, text in kit.items()}
    for path in kit_chapters(root).values():
        files[f"solutions/{path.stem}.html"] = solutions_page(path)
    files["plan.html"] = plan_page(root, read_plan(root), plan, start)
    return files | {"derivatives.svg": kit["images/derivatives.svg"]}


def write_workshop(folder, plan="half", start="09:00"):
    """Write all that is handed out; return the kit's files and the size of its zip in bytes.

    Raises ExportError as kit_files and write_made; then everything is as it was.
    """
    root = find_root()
    kit = kit_files(root, plan, start)
    archive = zipped(kit)
    write_made(folder, handouts(root, kit, plan, start))
    draft = folder / ".micrograd-workshop.zip.new"
    draft.write_bytes(archive)
    draft.replace(folder / "micrograd-workshop.zip")
    return kit, len(archive)


def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.kit")
    parser.add_argument("--plan", default="half", help="a timetable of workshop.toml")
    parser.add_argument("--start", default="09:00", help="when it begins, such as 13:30")
    parser.add_argument("--to", type=Path, help="the folder, build/workshop/ if not given")
    parser.add_argument("--try", action="store_true", dest="run", help="run its notebooks, too")
    options = parser.parse_args(arguments)
    try:
        folder = options.to or find_root() / "build" / "workshop"
        kit, size = write_workshop(folder, options.plan, options.start)
    except OSError as error:
        print(f"{error.filename or folder} can't be written: {error.strerror}", file=sys.stderr)
        return 1
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1
    shown = options.to or "build/workshop"
    print(f"{shown}: kit/ and micrograd-workshop.zip ({len(kit)} files, {size // 1000} kB),")
    print("solutions/ for after each exercise, plan.html to print, derivatives.svg")
    return try_kit(kit) if options.run else 0


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
