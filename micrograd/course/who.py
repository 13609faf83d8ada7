"""Who is where: what the saved notebooks of a room tell its teacher.

    python -m micrograd.course.workbook who FOLDER …             a line for each participant
    python -m micrograd.course.workbook who --behind FOLDER …    who is furthest behind first
    watch -n 20 python -m micrograd.course.workbook who FOLDER   again every 20 seconds

FOLDER is a participant's folder, or a room: a folder of such folders.

Written in notebooks/96_workbook.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import json
import math
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

# --- Who is where? ---


class Place(NamedTuple):
    """A section or an exercise of a chapter. Places sort in the order of the course."""

    chapter: str  # "04"
    number: int  # of its heading in the chapter, counted from 1
    heading: str

    def __str__(self):
        return f"{self.chapter} · {self.heading}"


class Run(NamedTuple):
    """A code cell that was run."""

    place: Place
    exercise: str  # "04.1", or "" outside of exercises
    right: bool | None  # what a check says; None if the cell isn't a check
    error: str  # such as "NameError: name 'x' is not defined", or ""


HEADING = re.compile(r"#{1,3} +(?:\d\d · )?(.*?)(?: · \[|  \(|\n|$)")  # without link, minutes
EXERCISE = re.compile(r"### Exercise (\d+)")


def outcome(cell):
    """What a check says, True, False or None, and the error that a cell raised, or ""."""
    tags, right, error = cell["metadata"].get("tags", []), None, ""
    for output in cell["outputs"]:
        text = "".join(output.get("text", ""))
        for sign in re.findall(r"^(✓ Right|✗ Not yet)", text, re.MULTILINE):
            right = sign == "✓ Right" if "solution" not in tags else None
        if output["output_type"] == "error" and "raises-exception" not in tags:
            error = f"{output['ename']}: {output['evalue'][:200]}"
    return right, error


def runs(cells, chapter):
    """The cells of a notebook that were run, as Runs, the last one at the end."""
    found, place, exercise = [], Place(chapter, 0, "above the title"), ""
    for position, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            source = "".join(cell["source"])
            if heading := HEADING.match(source):
                place = Place(chapter, place.number + 1, heading[1])
                number = EXERCISE.match(source)
                exercise = f"{chapter}.{number[1]}" if number else ""
        elif cell["cell_type"] == "code" and (cell["execution_count"] or cell["outputs"]):
            run = Run(place, exercise, *outcome(cell))
            found.append((cell["execution_count"] or math.inf, position, run))
    return [run for *_, run in sorted(found)]


LARGEST = 20_000_000  # bytes, thirty times as much as the largest chapter


def read_book(path):
    """When a notebook was saved, in seconds, its file's name, and its Runs.

    Raises ValueError with a sentence about the file if it can't be used.
    """
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            raise ValueError(f"{path.name} isn't a file")
        known = path.stat()
        if known.st_size > LARGEST:
            raise ValueError(f"{path.name} is too large: {known.st_size / 1e6:.0f} MB")
        text = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path.name} can't be read: {error.strerror}") from None
    try:
        return known.st_mtime, path.name, runs(json.loads(text)["cells"], path.name[:2])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{path.name} isn't a complete notebook") from None


def chapter_files(folder, *places):
    """The files in some places of a folder that are named as chapters are."""
    next(folder.iterdir(), None)  # for its error: glob keeps silent about a closed folder
    return [path for place in places for path in folder.glob(place + "[0-9][0-9]_*.ipynb")]


def by_number(name):
    """A key for sorting in which user10 comes after user9."""
    return re.sub(r"\d+", lambda number: number[0].zfill(9), name.lower())


def participants(folder):
    """The participants' folders: the folder itself, or, if it is a room, those in it."""
    if chapter_files(folder, "", "workbook/"):
        return [folder]
    inside = [home for home in folder.iterdir() if home.is_dir() and home.name[0] != "."]
    return sorted(inside, key=lambda home: by_number(home.name))


class Home:
    """What the saved notebooks in a participant's folder tell.

    history: the Runs in their order; those of the notebook saved last are at the end
    troubles: sentences about what can't be read. readable: how many notebooks can be read
    saved: when a notebook in which something was run was last saved, in seconds, or None
    """

    def __init__(self, folder):
        home = folder.resolve()
        self.name = home.parent.name if home.name == "workbook" else folder.name or home.name
        self.history, self.troubles, self.saved, books = [], [], None, []
        try:
            files = chapter_files(folder, "", "workbook/", "*/workbook/")
        except OSError as error:
            files = []
            self.troubles.append(f"can't be read: {error.strerror}")
        for path in files:
            try:
                books.append(read_book(path))
            except ValueError as error:
                self.troubles.append(str(error))
        self.readable = len(books)
        for saved, _, history in sorted(books, key=lambda book: book[:2]):
            self.history += history
            self.saved = saved if history else self.saved

    @property
    def place(self):
        """Where the last cell was run, or None."""
        return self.history[-1].place if self.history else None

    @property
    def verdicts(self):
        """What the check of each exercise said last: {"04.1": True}."""
        said = [run for run in self.history if run.exercise and run.right is not None]
        return {run.exercise: run.right for run in said}


# --- The table of a room ---


WIDTH = 100  # characters
LIMITS = {"who": 16, "last run": 32, "right": 8, "not yet": 15, "saved": 8, "last error": WIDTH}


def plain(text, width=WIDTH):
    """A text on one line, without control characters, cut to a width."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)  # colours
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= width else text[: width - 1] + "…"


def trouble(home):
    """What can't be read of a home, or else the last error in it, or ""."""
    if home.troubles:
        return "; ".join(home.troubles)
    for run in reversed(home.history):
        if run.error:
            last = run is home.history[-1]
            return run.error if last else f"{plain(str(run.place), 20)}: {run.error}"
    return "" if home.readable else "no chapter in it"


def row(home, now=None):
    """The line of a home, {column: text}. now: the time in seconds, if `saved` is wanted."""
    verdicts, place = home.verdicts, home.place or "nothing yet"
    wrong = sorted((name for name, right in verdicts.items() if not right), reverse=True)
    right = f"{len(verdicts) - len(wrong)} of {len(verdicts)}" if verdicts else ""
    cells = {"who": home.name, "last run": str(place), "right": right}
    cells["not yet"] = " ".join(wrong)
    if now is not None:
        cells["saved"] = f"{max(0, now - home.saved) / 60:.0f} min" if home.saved else ""
    return cells | {"last error": trouble(home)}


def table(rows):
    """Rows of texts as lines; each column is as wide as it has to be, up to its limit."""
    lines, left = [""] * (len(rows) + 1), WIDTH
    for name in rows[0]:
        column = [name, *(plain(row[name], min(left, LIMITS[name])) for row in rows)]
        width = max(map(len, column))
        lines = [f"{line}{text:{width}}  " for line, text in zip(lines, column, strict=True)]
        left -= width + 2
    return [line.rstrip() for line in lines]


def progress(home):
    """A key that sorts homes by place; those in which nothing was run come first."""
    place = home.place
    return (place.chapter < "86", place) if place else (False,)  # appendices aside


def summary(homes):
    """Lines about all homes together."""
    begun = [home for home in homes if home.place]
    if begun:
        [(most, count)] = Counter(str(home.place) for home in begun).most_common(1)
        furthest = str(max(begun, key=progress).place)
        yield f"{count} of {len(homes)} at {plain(most, 36)}; furthest {plain(furthest, 36)}"
    counts = {
        "stuck with an error": sum(bool(home.history[-1].error) for home in begun),
        "nothing run yet": len(homes) - len(begun),
        "files that can't be read": sum(len(home.troubles) for home in homes),
    }
    if any(counts.values()):
        yield "; ".join(f"{what}: {number}" for what, number in counts.items() if number)
    tried = Counter(name for home in homes for name in home.verdicts)
    right = Counter(name for home in homes for name, good in home.verdicts.items() if good)
    shares = [f"{name} {right[name]}/{tried[name]}" for name in sorted(tried)]
    for start in range(0, len(shares), 6):
        yield "right of tried:  " + "  ".join(shares[start : start + 6])


def read_homes(folders):
    """The Homes in some folders. What is wrong with a folder is printed."""
    homes = []
    for folder in folders:
        try:
            found = [Home(home) for home in participants(folder)]
        except FileNotFoundError:
            print(f"there is no folder {folder}", file=sys.stderr)
        except OSError as error:
            print(f"{folder} can't be read: {error.strerror}", file=sys.stderr)
        else:
            if any(home.readable or home.troubles for home in found):
                homes += found
            else:
                print(f"{folder}: no chapter (NN_name.ipynb) is in it", file=sys.stderr)
    return homes


def main(arguments=None):
    """Run the command line; return its exit code, 1 if nothing could be read."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.workbook who")
    what = "a participant's folder, or a folder of such folders"
    parser.add_argument("folders", metavar="FOLDER", nargs="+", type=Path, help=what)
    parser.add_argument("--behind", action="store_true", help="who is furthest behind first")
    parser.add_argument("--saved", action="store_true", help="say how long ago each was saved")
    options = parser.parse_args(arguments)
    homes = read_homes(options.folders)
    if homes:
        print(*summary(homes), "", sep="\n")
        homes = sorted(homes, key=progress) if options.behind else homes
        now = time.time() if options.saved else None
        print(*table([row(home, now) for home in homes]), sep="\n")
    return 0 if any(home.readable for home in homes) else 1


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
