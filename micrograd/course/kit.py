"""All that is handed out at a workshop: the kit, solutions, the teacher's page, the sheet.

    python -m micrograd.course.kit                        build/workshop/ (`make workshop`)
    python -m micrograd.course.kit --plan day --start 13:30    for another timetable and hour
    python -m micrograd.course.kit --to FOLDER            elsewhere
    python -m micrograd.course.kit --try                  and run the kit's notebooks, too

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
import tomllib
from concurrent.futures import ProcessPoolExecutor
from copy import deepcopy
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from nbclient.exceptions import CellExecutionError
from nbconvert.filters import strip_ansi
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from micrograd.course.cells import MARK, ExportError, chapters, command, find_root
from micrograd.course.export import read_package
from micrograd.course.handouts import plan_page, solutions_page
from micrograd.course.notebooks import METADATA, as_text, execute, missing_extra, read
from micrograd.course.participant import in_exercises, needed
from micrograd.course.plan import find_timetable, read_plan
from micrograd.course.welcome import SETUP, TROUBLE, say_anew, start_book
from micrograd.course.workbook import blank
from micrograd.files import write_files

# --- The kit ---


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
    wanted, cells = needed(book), []
    book = deepcopy(book)
    for exercise, cell in in_exercises(book.cells):
        if cell.source.startswith("#### Solution") and exercise in wanted:
            cells += going_on(number, exercise)
        cell.source = say_anew(cell.source, names)
        cells.append(cell)
    book.cells = cells
    return blank(book, predict=True, solutions=False)


def code_book(book):
    """What code reads of a chapter: its marked cells, and the solutions needed to go on."""
    cells, wanted = [], needed(book)
    for exercise, cell in in_exercises(book.cells):
        line = cell.source.partition("\n")[0]
        if cell.cell_type == "markdown" and re.match("##?#? ", line):
            cells.append(new_markdown_cell(line, id=cell.id))
        elif cell.cell_type == "code":
            ours = "solution" in cell.metadata.get("tags", []) and exercise in wanted
            if ours or MARK.fullmatch(line):
                kept = {"id": cell.id, "metadata": cell.metadata}
                cells.append(new_code_cell(cell.source, **kept))
    return new_notebook(cells=cells, metadata=METADATA)


def kit_chapters(root):
    """The chapters that are in the kit, {number: path}: those to read, and the practice."""
    return {n: path for n, path in chapters(root).items() if n <= "18" or n == "86"}


# what a participant needs of the extra `course`, and the extras that the chapters name
IN_KIT = "jupyterlab", "ruff", "scikit-learn"
KIT_EXTRAS = "torch", "frameworks"


def project_file(root):
    """The kit's pyproject.toml: the course's, without what only its authors need."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    extras, needs = project["optional-dependencies"], project["dependencies"]
    needs += [need for need in extras["course"] if re.match(r"[\w-]+", need)[0] in IN_KIT]
    head = text.split("dependencies = [")[0].replace('"README.md"', '"SETUP.md"')
    lines = [f"{name} = {json.dumps(extras[name])}\n" for name in KIT_EXTRAS]
    lists = f"dependencies = {json.dumps(needs, indent=4)}\n\n[project.optional-dependencies]\n"
    return head + lists + "".join(lines)


def kit_files(root, plan="half", start="09:00"):
    """The files of the kit, {path in its folder: text}.

    root: the course's folder. plan: a timetable's name. start: when it begins.
    Raises ExportError for a wrong name or start, or for chapters that can't be read.
    """
    whole, paths = read_plan(root), kit_chapters(root)
    table = find_timetable(root, whole, plan, start)
    names = {path.name for path in paths.values()}
    files = {"SETUP.md": SETUP + TROUBLE, "pyproject.toml": project_file(root)}
    files["start.ipynb"] = as_text(start_book(root, whole, table, start))
    for number, path in paths.items():
        book = read(path)
        files[f"workbook/{path.name}"] = as_text(participants_book(book, number, names))
        files[f"notebooks/{path.name}"] = as_text(code_book(book))
    for name, text in read_package(root / "micrograd").items():
        files[f"micrograd/{name}"] = text
    for path in [*root.glob("images/*.svg"), root / "notebooks/names.txt", root / "LICENSE"]:
        files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return dict(sorted(files.items()))


def digest(content):
    """A short text that changes with what is in a file, a text or bytes."""
    data = content if isinstance(content, bytes) else content.encode()
    return hashlib.sha256(data).hexdigest()[:16]


def known_marks(notes):
    """What the notes of a folder say: {file's name: digests of all that we wrote there}."""
    try:
        known = json.loads(notes.read_text(encoding="utf-8"))
        return {name: [*marks] for name, marks in known.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}  # the first time, or the notes were damaged


def write_made(folder, files):
    """Write files, {path in the folder: text or bytes}: all or none.

    Files of the last time that aren't among them are deleted; all others stay.
    Raises ExportError if one of them was changed by hand, or was never written by us.
    """
    notes = folder / ".made.json"
    made, marks = known_marks(notes), {name: [digest(files[name])] for name in files}
    there = {name for name in {*made, *files} if (folder / name).exists()}
    for name in sorted(there):
        now = digest((folder / name).read_bytes())
        if now not in made.get(name, []) + marks.get(name, []):
            raise ExportError(
                f"{folder.resolve().name}/{name} was changed by hand, so nothing was written: "
                f"move {folder.resolve().name} away, or delete it, and run this again"
            )
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
    # if this is stopped halfway, old files and new ones are still known as ours
    both = made | {name: made.get(name, []) + marks[name] for name in files}
    write_files({notes: json.dumps(both, indent=1) + "\n"})
    new = {folder / name: files[name] for name in files}
    write_files(new | {notes: json.dumps(marks, indent=1) + "\n"})
    for name in there - {*files}:
        (folder / name).unlink()
    for draft in folder.rglob(".*.????????.new"):  # of a run that was killed
        draft.unlink()


def write_kit(folder, plan="half", start="09:00"):
    """Write the kit into a folder. Raises ExportError as kit_files and write_made do."""
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
        return f"✗ {path.stem}\n{strip_ansi(str(error)).strip()}", False
    checks = [cell for cell in book.cells if cell.source.startswith("# check")]
    said = [out.get("text", "") for cell in checks for out in cell.outputs]
    tasks = sum(cell.source.startswith("### Exercise") for cell in book.cells)
    late = sum("✗ Not yet" in text for text in said)
    if late != tasks or any("✓ Right" in text for text in said):
        return f"✗ {path.stem}: {tasks} exercises, but {late} checks say Not yet", False
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
    """All files of a workshop, {path: text or bytes}. kit: as kit_files makes it."""
    files = {f"kit/{name}": text for name, text in kit.items()}
    files["micrograd-workshop.zip"] = zipped(kit)
    for path in kit_chapters(root).values():
        files[f"solutions/{path.stem}.html"] = solutions_page(path)
    files["plan.html"] = plan_page(root, read_plan(root), plan, start)
    return files | {"derivatives.svg": kit["images/derivatives.svg"]}


def write_workshop(folder, plan="half", start="09:00"):
    """Write all that is handed out, and return it as handouts does.

    Raises ExportError as kit_files and write_made do; then nothing was written.
    """
    root = find_root()
    files = handouts(root, kit_files(root, plan, start), plan, start)
    write_made(folder, files)
    return files


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.kit")
    parser.add_argument("--plan", default="half", help="a timetable of workshop.toml")
    parser.add_argument("--start", default="09:00", help="when it begins, such as 13:30")
    parser.add_argument("--to", type=Path, help="the folder, build/workshop/ if not given")
    parser.add_argument("--try", action="store_true", dest="run", help="run its notebooks, too")
    options = parser.parse_args(arguments)
    folder = options.to or find_root() / "build" / "workshop"
    files = write_workshop(folder, options.plan, options.start)
    kit = {name[4:]: text for name, text in files.items() if name.startswith("kit/")}
    size = len(files["micrograd-workshop.zip"]) // 1000
    shown = options.to or "build/workshop"
    print(f"{shown}: kit/ and micrograd-workshop.zip ({len(kit)} files, {size} kB),")
    print("solutions/ to show after each exercise, plan.html and derivatives.svg to print")
    return try_kit(kit) if options.run else 0


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
