"""Run a Python file with `# %%` cells, and show it with its outputs, as a notebook beside it.

    python -m micrograd.course.script note.py           and again after each change (`make nb`)
    python -m micrograd.course.script --once note.py    once, such as from a key of an editor

Written in notebooks/96_workbook.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import sys
import time
from pathlib import Path

import jupytext
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert.filters import strip_ansi

from micrograd.course.cells import ExportError
from micrograd.course.notebooks import as_text, clean, execute, read
from micrograd.course.workbook import mark_of
from micrograd.files import write_files


def run_file(path):
    """Run a file's cells and write them, with outputs, to a notebook beside it.

    Returns what to print about it, and whether all cells went well. Raises ExportError if
    the file can't be read, or if another notebook is in the way.
    """
    target = path.with_suffix(".ipynb")
    if path.suffix != ".py":
        raise ExportError(f"{path} is no Python file: name one, such as FILE=note.py")
    there = read(target) if target.exists() else None
    if there and there.metadata.get("made_by_script") != mark_of(there):
        raise ExportError(f"{target} was written or changed by hand: move or rename it")
    try:
        book = jupytext.read(path)
    except (OSError, ValueError) as error:
        raise ExportError(f"{path} can't be read: {error}") from None
    clean(book)
    line, good = f"✓ {target}", True
    try:
        execute(book, path.parent)
    except (CellExecutionError, DeadKernelError) as error:
        code = [cell for cell in book.cells if cell.cell_type == "code"]
        number = sum("execution" in cell.metadata for cell in code)  # so many were begun
        begins = code[number - 1].source.strip().split("\n")[0]
        reason = strip_ansi(str(error)).strip().split("\n")[-1]
        line, good = f"✗ {target}, cell [{number}], `{begins}`: {reason}", False
    book.metadata["made_by_script"] = mark_of(book)
    write_files({target: as_text(book)})
    return line, good


def watch(path):
    """Run a file now and after each change, until Ctrl-C."""
    seen = None
    while True:
        changed = path.stat().st_mtime_ns if path.exists() else seen
        if not seen or changed != seen:
            print(run_file(path)[0], flush=True)
            seen = changed
        time.sleep(0.3)


def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.script")
    parser.add_argument("file", type=Path, help="a Python file with cells")
    parser.add_argument("--once", action="store_true", help="don't wait for changes")
    options = parser.parse_args(arguments)
    try:
        if not options.once:
            watch(options.file)
        line, good = run_file(options.file)
        print(line)
        return 0 if good else 1
    except (ExportError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    except AssertionError as error:
        if isinstance(error.__context__, DeadKernelError):  # Ctrl-C while a cell was run
            return 0
        raise


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
