"""Keep the notebooks as the course stores them.

    python -m micrograd.course run [NOTEBOOK ...]    run in place (`make run`)
    python -m micrograd.course clean                 take out what editors add
    python -m micrograd.course check                 say what isn't clean (`make check`)
    python -m micrograd.course measure               sizes of cells and text, as a table

It is also the pytest plugin that skips notebooks whose optional packages are missing.

Written in notebooks/99_tangle.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

import argparse
import os
import re
import sys
import tomllib
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import nbformat
from nbval.plugin import coalesce_streams

from micrograd.fold import TangleError
from micrograd.tangle import code_cells, find_root


def cell_name(cell):
    """An id that says what a cell is: its function or class, or else its first words."""
    definition = re.search(r"^(?:class|def) (\w+)", cell.source, re.MULTILINE)
    if cell.cell_type == "code" and definition:
        name = definition[1].strip("_").replace("_", "-")
        return "def-" + re.sub(r"[^a-zA-Z0-9-]", "", name)[:40]
    text = re.sub(r"^#\|.*$", "", cell.source, flags=re.MULTILINE).lower()
    words = re.findall(r"[a-z0-9]+", text)[:5]
    return "-".join(words)[:40] or "empty"


def name_cells(book):
    """Replace the ids that an editor drew at random, and give no id twice."""
    taken, seen = {cell.get("id") for cell in book.cells}, set()
    for cell in book.cells:
        name = cell.get("id", "")
        if name in seen or re.fullmatch(r"([0-9a-f]{8}(-[0-9a-f-]+)?)?", name):
            name, number = cell_name(cell), 2
            while name in taken:
                name, number = f"{cell_name(cell)}-{number}", number + 1
        cell.id = name
        taken.add(name)
        seen.add(name)


KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
WIDGET = "application/vnd.jupyter.widget-view+json"


def clean(book):
    """Take out of a notebook what editors and kernels add, and name its cells."""
    book.nbformat_minor = max(5, book.nbformat_minor)  # since then cells have ids
    book.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    name_cells(book)
    for cell in book.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
        if "solution" in tags or "folded" in tags:
            cell.metadata["jupyter"] = {"source_hidden": True}
        outputs = cell.get("outputs", [])
        # without its kernel a widget shows as an error, so the stored notebook has none
        if outputs:
            kept = [out for out in outputs if WIDGET not in out.get("data", {})]
            cell.outputs = coalesce_streams(kept)


def read(path):
    """The notebook in a file. Raises TangleError if it is none."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise TangleError(f"{path} is no notebook: {error}") from None


def as_text(book):
    """A notebook as the text of its file."""
    return nbformat.writes(book, version=nbformat.NO_CONVERT) + "\n"


def save(book, path):
    """Write a notebook, whole or not at all."""
    draft = path.with_suffix(".new")
    try:
        draft.write_text(as_text(book), encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


TAGS = {"solution", "folded", "raises-exception", "nbval-ignore-output"}


def cell_faults(cell, after):
    """What is not as it should be in a code cell, given the one after it."""
    tags = set(cell.metadata.get("tags", []))
    if not cell.source.strip():
        yield "is empty: delete it"
    if tags - TAGS:
        yield f"has tags that mean nothing here: {', '.join(sorted(tags - TAGS))}"
    if "nbval-ignore-output" in tags and not (after and "assert" in after.source):
        yield "ignores its output: assert in the next cell what is sure"
    if "image/png" in {kind for out in cell.outputs for kind in out.get("data", {})}:
        yield "shows a PNG, which nbval doesn't compare: import micrograd.style"
    if len(cell.source.splitlines()) > 40:
        yield "has more than 40 lines, too many for a reader: split it"


def figures(cell):
    """How many drawings a code cell shows."""
    return sum("image/svg+xml" in out.get("data", {}) for out in cell.outputs)


def reading_minutes(book):
    """How long a notebook takes to read, up to its exercises, estimated in minutes.

    200 words a minute; 15 seconds for a figure and for a code cell of up to six lines, 45
    for a longer one. Cells that are folded don't count.
    """
    seconds = 0.0
    for cell in book.cells:
        if cell.source.startswith("## Exercises"):
            break
        if cell.cell_type == "markdown":
            seconds += len(cell.source.split()) * 60 / 200
        elif not {"solution", "folded"} & {*cell.metadata.get("tags", [])}:
            seconds += 15 if len(cell.source.splitlines()) <= 6 else 45
            seconds += 15 * figures(cell)
    return round(seconds / 60)


def faults(path):
    """What is not as it should be in a stored notebook: sentences that say what to do."""
    book, text = read(path), path.read_text(encoding="utf-8")
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    if [cell.execution_count for cell in cells] != list(range(1, len(cells) + 1)):
        yield "was not run from top to bottom: run `make run`"
    for cell, after in zip(cells, [*cells, None][1:], strict=True):
        for fault in cell_faults(cell, after):
            yield f"cell [{cell.execution_count}] {fault}"
    promise = re.search(r"(\d+) min to read", "".join(c.source for c in book.cells[:1]))
    if promise and abs(int(promise[1]) - reading_minutes(book)) > 2:
        yield f"says {promise[0]}, and counts {reading_minutes(book)}: correct its first cell"
    clean(book)
    if as_text(book) != text:
        yield "has stray metadata or unnamed cells: run `make format`"


CONDA_NAMES = {"python-graphviz": "graphviz"}  # conda's own graphviz is the program `dot`


def requirements(root):
    """What pyproject.toml and environment.yml ask for, as two sets."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    environment = (root / "environment.yml").read_text("utf-8").split("dependencies:")[1]
    for conda, pip in CONDA_NAMES.items():
        environment = environment.replace(f"- {conda}", f"- {pip}")
    asked = re.findall(r"^ +- (\w.*)$", environment, re.MULTILINE)
    wanted = [f"python{project['requires-python']}", *project["dependencies"]]
    return set(wanted), set(asked) - {"pip", "pip:"}


def package_faults(root):
    """Where pyproject.toml and environment.yml disagree, as sentences."""
    project, conda = requirements(root)
    for name in sorted(project - conda):
        yield f"environment.yml lacks {name}, which pyproject.toml names"
    for name in sorted(conda - project):
        yield f"pyproject.toml lacks {name}, which environment.yml names"


EXTRAS = {"torch": "torch", "jax": "frameworks", "keras": "frameworks"}  # package: extra


def missing_extra(path, inside=False):
    """How to install what a notebook imports and lacks, or None if it lacks nothing.

    inside: whether imports inside of functions count, too.
    """
    from importlib.util import find_spec

    source, indent = "\n".join(code_cells(path)), " *" if inside else ""
    for package, extra in EXTRAS.items():
        line = rf"^{indent}(import|from) {package}\b"
        if re.search(line, source, re.MULTILINE) and not find_spec(package):
            return f'make extras, or pip install -e ".[{extra}]"'


def run(path):
    """Run a notebook in place; return what to print about it and whether it went well."""
    from nbclient import NotebookClient

    start = perf_counter()
    if command := missing_extra(path, inside=True):
        return f"– {path.stem} stays as it was; packages are missing: {command}", True
    try:
        book = read(path)
        where = {"metadata": {"path": str(path.parent)}}
        NotebookClient(book, resources=where, timeout=900).execute()  # seconds for a cell
        clean(book)
        save(book, path)
    except Exception as error:  # a failed cell, a dead kernel, a file that is no notebook
        return f"✗ {path.stem} stays as it was.\n{error}", False
    return f"✓ {path.stem:24} {perf_counter() - start:5.1f} s", True


def run_all(paths):
    """Run notebooks, as many at a time as there are cores; return the exit code."""
    failed = 0
    with ProcessPoolExecutor(min(len(paths), os.cpu_count() or 1)) as pool:
        for done in as_completed([pool.submit(run, path) for path in paths]):
            line, good = done.result()
            print(line, flush=True)
            failed += not good
    return 1 if failed else 0


def measure(book):
    """Sizes of a notebook's cells and text."""
    kinds = "".join("c" if cell.cell_type == "code" else "m" for cell in book.cells)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    text = " ".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    text = re.sub(r"```.*?```|<[^>]*>|\]\([^)]*\)|\$[^$]*\$", " ", text, flags=re.DOTALL)
    sizes = [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code]
    sizes = sizes * 2 or [0, 0]  # quantiles need two, and twice the same changes nothing
    tags = [tag for cell in code for tag in cell.metadata.get("tags", [])]
    return {
        "minutes": reading_minutes(book),
        "words": len(re.findall(r"\w+", text)),
        "code cells": len(code),
        "lines (median)": int(median(sizes)),
        "lines (90 %)": round(quantiles(sizes, n=10)[-1]),
        "lines (most)": max(sizes),
        "led by text (%)": round(100 * kinds.count("mc") / max(1, len(code))),
        "in a row": max(map(len, kinds.split("m"))),
        "figures": sum(map(figures, code)),
        "ignored": tags.count("nbval-ignore-output"),
    }


def print_table(rows):
    """Print {name: measures} as a table, one row for each name."""
    names = list(next(iter(rows.values())))
    print(" " * 24 + " | ".join(names))
    for name, row in rows.items():
        print(f"{name:24}" + " | ".join(f"{row[n]:>{len(n)}}" for n in names))


def pytest_configure(config):
    """Find the sanitising file from whatever folder pytest is called in."""
    name = config.option.nbval_sanitize_with
    if name and not Path(name).exists():
        config.option.nbval_sanitize_with = str(config.rootpath / name)


def pytest_collection_modifyitems(items):
    """Skip the notebooks whose optional packages are missing."""
    import pytest

    reasons = {}
    for path in {item.path for item in items if item.path.suffix == ".ipynb"}:
        if command := missing_extra(path):
            reasons[path] = f"packages are missing; to run it: {command}"
    for item in items:
        if item.path in reasons:
            item.add_marker(pytest.mark.skip(reason=reasons[item.path]))


def run_checks(root, paths):
    """Print what is wrong with the notebooks and package lists; return the exit code."""
    found = [f"{path.name} {fault}" for path in paths for fault in faults(path)]
    found += package_faults(root)
    rows = [measure(read(path)) for path in paths]
    ignored, cells = (sum(row[n] for row in rows) for n in ("ignored", "code cells"))
    if ignored > 0.03 * cells:
        found.append(f"{ignored} of {cells} cells ignore their output: at most 3 % may")
    print("\n".join(found) or f"{len(paths)} notebooks are clean")
    return 1 if found else 0


def read_options(arguments=None):
    """The command line's options."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course")
    parser.add_argument("command", choices=["run", "clean", "check", "measure"])
    parser.add_argument("notebooks", nargs="*", type=Path, help="all, if none is named")
    return parser.parse_args(arguments)


def main(arguments=None):
    """Run the command line and return its exit code: 0, or 1 if something is wrong."""
    options, root = read_options(arguments), find_root()
    paths = options.notebooks or sorted((root / "notebooks").glob("*.ipynb"))
    if options.command == "run":
        return run_all(paths)
    if options.command == "check":
        return run_checks(root, paths)
    if options.command == "measure":
        return print_table({path.stem: measure(read(path)) for path in paths})
    for path in paths:
        book = read(path)
        clean(book)
        save(book, path)


if __name__ == "__main__" and "__file__" in globals():
    sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main())
    except TangleError as error:
        sys.exit(str(error))
