"""The course's own notebooks, and those of their cells that are marked for export.

Written in notebooks/97_export.ipynb, 98_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import json
import os
import re
import subprocess
import sys
from functools import wraps
from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple

# --- Reading the mark ---


class ExportError(Exception):
    """What is wrong with a notebook, and where: one line, meant to be read."""


class Cell(NamedTuple):
    """A marked code cell: its place, its module ("course/fold"), and the heading above it."""

    notebook: str
    number: int
    module: str
    source: str
    heading: str = ""

    def error(self, line, message):
        """An ExportError that names notebook, cell and line."""
        place = f"notebooks/{self.notebook}, cell [{self.number}], line {line}"
        return ExportError(f"{place}: {message}")


MARK = re.compile(r"\s*#\s*\|\s*export\b(.*)")


def marked(notebook, number, source, heading=""):
    """The Cell if its first line marks it for export, else None; ExportError for a bad mark."""
    for line, text in enumerate(source.split("\n"), start=1):
        if mark := MARK.fullmatch(text):
            cell = Cell(notebook, number, mark[1].strip(), source, heading)
            parts = cell.module.split("/")
            if line > 1:
                raise cell.error(line, "`#| export` has to be the cell's first line")
            if len(parts) > 2 or not all(p.isidentifier() and not iskeyword(p) for p in parts):
                raise cell.error(1, f"`{cell.module}` is no name of a module, such as `engine`")
            return cell


# --- The course's own notebooks ---


CHAPTER = re.compile(r"(\d\d)_[a-z0-9_]+\.ipynb")


def tracked(folder):
    """The names of the chapters in a folder that git tracks; none if there is no git."""
    try:
        git = ["git", "-C", folder, "ls-files", "-z"]
        # a hook of git's sets variables that would send it to another folder
        env = {name: value for name, value in os.environ.items() if name[:4] != "GIT_"}
        found = subprocess.run(git, env=env, capture_output=True, encoding="utf-8").stdout
    except OSError:
        return set()
    names = {name for name in found.split("\0") if CHAPTER.fullmatch(name)}
    # a workshop's kit has no plan: there git is its owner's, and not the course's
    ours = "00_welcome.ipynb" in names and (folder / "workshop.toml").exists()
    return names if ours else set()


def chapters(root):
    """The course's own notebooks in their order, {number: path}; a number is "07".

    Raises ExportError if two have the same number, or if a tracked one isn't there.
    """
    folder, found = root / "notebooks", {}
    own = tracked(folder)
    for name in sorted(own - {path.name for path in folder.glob("*.ipynb")}):
        raise ExportError(
            f"notebooks/{name} is gone: `git checkout notebooks/{name}` brings it back, "
            f"and `git rm notebooks/{name}` says that it should go"
        )
    for path in sorted(folder.glob("*.ipynb")):
        name = CHAPTER.fullmatch(path.name)
        if not name or (own and path.name not in own):
            continue
        if name[1] in found:
            raise ExportError(
                f"notebooks/{found[name[1]].name} and {path.name} are both chapter {name[1]}: "
                "move the one that isn't the course's to another folder"
            )
        found[name[1]] = path
    return found


def find_root():
    """The course's folder: this one or one above, else the one the package is in."""
    source = Path(globals().get("__file__", "micrograd/course/cells.py")).resolve()
    for folder in [Path.cwd(), *Path.cwd().parents, source.parents[2]]:
        if (folder / "notebooks" / "00_welcome.ipynb").exists():
            return folder
    raise ExportError(
        "no notebooks found: change into the course's folder, the one with notebooks/ in "
        "it, or install it from there with `pip install -e .`"
    )


def command(main):
    """Make a command line's `main` say in one line what it raises, and return 1 then."""

    @wraps(main)
    def run(arguments=None):
        try:
            return main(arguments) or 0
        except ExportError as error:
            problem = error
        except OSError as error:
            problem = (
                f"{error.filename}: {error.strerror}" if error.filename else error.strerror
            )
        except KeyboardInterrupt:
            problem = "stopped"
        print(problem, file=sys.stderr)
        return 1

    return run


# --- Reading them ---


def code_cells(path):
    """A notebook's code cells in order, as pairs (heading above it, source).

    Raises ExportError if the file can't be read as a notebook.
    """
    found, heading = [], ""
    try:
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            source = re.sub(r"\r\n?", "\n", "".join(cell["source"]))
            if cell["cell_type"] == "code":
                found.append((heading, source))
            elif title := re.match(r"## ([^\[\n]*)", source):  # without links
                heading = title[1].strip(" ·(")
        return found
    except OSError as error:
        reason = f"can't be read: {error.strerror}"
    except ValueError as error:
        reason = f"is no notebook, for it isn't JSON: {error}"
    except (KeyError, TypeError):
        reason = "has no list of cells: open it in JupyterLab and save it"
    raise ExportError(f"notebooks/{path.name} {reason}")


def read_cells(root, before=None):
    """The marked cells of the chapters, in their order.

    before: the number of a chapter ("07"); only the chapters in front of it are read.
    Raises ExportError for notebooks or marks that can't be used.
    """
    books = chapters(root)
    if before is not None and before not in books:
        raise ExportError(f"there is no chapter {before} in notebooks/")
    cells = [
        marked(path.name, count, source, heading)
        for number, path in books.items()
        if before is None or number < before
        for count, (heading, source) in enumerate(code_cells(path), start=1)
    ]
    return [cell for cell in cells if cell]
