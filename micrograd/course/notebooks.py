"""Keep the notebooks as the course stores them.

    python -m micrograd.course.notebooks run [NOTEBOOK ...]      run in place
    python -m micrograd.course.notebooks format [NOTEBOOK ...]   layout, ids, folds
    python -m micrograd.course.notebooks check                   what isn't clean
    python -m micrograd.course.notebooks measure                 sizes of cells and text

Written in notebooks/99_notebooks.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import nbformat
import zmq
from nbclient import NotebookClient
from nbval.plugin import coalesce_streams
from ruff import find_ruff_bin

from micrograd.course.cells import CHAPTER, ExportError, chapters, code_cells, find_root
from micrograd.files import write_files

# --- Clean ---


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


def fold_cells(book):
    """Keep of each cell's metadata its tags, and fold solutions and checks."""
    in_solution = False
    for cell in book.cells:
        tags = [tag for tag in cell.metadata.get("tags", []) if tag != "solution"]
        is_heading = cell.cell_type == "markdown" and cell.source.startswith("#")
        if is_heading:
            in_solution = cell.source.startswith("#### Solution")
        tags += ["solution"] if in_solution else []
        cell.metadata = {"tags": tags} if tags else {}
        if is_heading and in_solution:
            cell.metadata["jp-MarkdownHeadingCollapsed"] = True
        if "folded" in tags:
            cell.metadata["jupyter"] = {"source_hidden": True}


METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    # without the extension, nbconvert would write a script as .txt
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
WIDGET = "application/vnd.jupyter.widget-view+json"


def clean(book):
    """Take out of a notebook what editors and kernels add; name its cells and fold them."""
    book.nbformat_minor = max(5, book.nbformat_minor)  # since then cells have ids
    book.metadata = nbformat.from_dict(METADATA)
    name_cells(book)
    fold_cells(book)
    for cell in book.cells:
        if outputs := cell.get("outputs"):
            # without its kernel a widget shows as an error, so the stored notebook has none
            kept = [out for out in outputs if WIDGET not in out.get("data", {})]
            cell.outputs = coalesce_streams(kept)


def read(path):
    """The notebook in a file. Raises ExportError if it is none."""
    problems = {}
    try:
        book = nbformat.read(path, as_version=4, capture_validation_error=problems)
    except Exception as error:  # what can be wrong with a file has no end
        raise ExportError(f"{path} is no notebook: {error}") from None
    for error in problems.values():
        raise ExportError(f"{path} is no notebook: {error.message}")
    return book


def as_text(book):
    """A notebook as the text of its file."""
    return nbformat.writes(book, version=nbformat.NO_CONVERT) + "\n"


def clean_on_save(path, model, **_):
    """Clean a chapter when JupyterLab saves it (a pre_save_hook of Jupyter's server)."""
    folder, _, name = path.rpartition("/")
    if folder == "notebooks" and CHAPTER.fullmatch(name) and model["type"] == "notebook":
        book = nbformat.from_dict(model["content"])
        clean(book)
        model["content"] = book


# --- Check ---


TAGS = {"solution", "folded", "keep", "raises-exception", "nbval-ignore-output"}


def cell_faults(cell, next_cell):
    """What is not as it should be in a code cell, given the next one."""
    tags = set(cell.metadata.get("tags", []))
    lines = cell.source.splitlines() or [""]
    if not cell.source.strip():
        yield "is empty: delete it"
    if tags - TAGS:
        yield f"has tags that mean nothing here: {', '.join(sorted(tags - TAGS))}"
    if "folded" in tags and not lines[0].startswith("#"):
        yield "is folded, and its first line can be read: begin it with `# check`"
    if "nbval-ignore-output" in tags and not (next_cell and "assert" in next_cell.source):
        yield "ignores its output: assert in the next cell what is sure"
    if "image/png" in {kind for out in cell.outputs for kind in out.get("data", {})}:
        yield "shows a PNG, which nbval doesn't compare: import micrograd.course.style"
    said = "".join(out.get("text", "") for out in cell.outputs)
    if "solution" in tags and "✗ Not yet" in said:
        yield "is a solution, and its check doesn't say ✓"
    errors = "".join(line for out in cell.outputs for line in out.get("traceback", []))
    if re.search(r"File (\x1b\S*?m)?(/|~|\w:)", errors):
        yield "shows a path of this machine in its traceback: catch the error and print it"
    if len(lines) > 40:
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
    for cell, next_cell in zip(cells, [*cells, None][1:], strict=True):
        for fault in cell_faults(cell, next_cell):
            yield f"cell [{cell.execution_count}] {fault}"
    promise = re.search(r"(\d+) min to read", "".join(c.source for c in book.cells[:1]))
    if promise and abs(int(promise[1]) - reading_minutes(book)) > 2:
        yield f"says {promise[0]}, and counts {reading_minutes(book)}: correct its first cell"
    texts = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    minutes = [
        int(n) for n in re.findall(r"(?m)^### Exercise .* (\d+) min\)", "\n".join(texts))
    ]
    promise = re.search(r"(\d+) min for the exercises", texts[0] if texts else "")
    if promise and int(promise[1]) != sum(minutes):
        yield f"says {promise[0]}, and its titles add up to {sum(minutes)}: correct one of them"
    exercises = sum(text.startswith("### Exercise") for text in texts)
    solutions = texts.count("#### Solution")
    if exercises != solutions:
        yield (
            f"counts {exercises} exercises and {solutions} solutions: give each exercise one, "
            "under a cell with `#### Solution` alone"
        )
    clean(book)
    if as_text(book) != text:
        yield "has stray metadata, unnamed cells or open solutions: run `make format`"


def ruff(*arguments):
    """Run ruff; return whether it found nothing to say."""
    return subprocess.run([find_ruff_bin(), *map(str, arguments)]).returncode == 0


def strangers(root):
    """The notebooks beside the course's own, sentences that say what becomes of them."""
    own = set(chapters(root).values())
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        if path not in own:
            yield (
                f"note: notebooks/{path.name} isn't part of the course and is passed over; "
                "if it should be, name it NN_name.ipynb and `git add` it"
            )


HEAVY = "micrograd/heavy"  # where pytest keeps it


def heavy_lines(root):
    """What the last `make test` has found to be heavy, as lines."""
    try:
        found = json.loads((root / ".pytest_cache" / "v" / HEAVY).read_text("utf-8"))
    except (OSError, ValueError):
        return ["what is heavy isn't known before the first `make test`"]
    return [f"heavy: {name} {line}" for name in sorted(found) for line in found[name]]


def check_all(root, paths):
    """Print what is wrong with the notebooks, or worth a look; return the exit code."""
    found = [f"{path.name} {fault}" for path in paths for fault in faults(path)]
    rows = [measure(read(path)) for path in paths]
    ignored, cells = (sum(row[n] for row in rows) for n in ("ignored", "code cells"))
    if ignored > 0.03 * cells:
        found.append(f"{ignored} of {cells} cells ignore their output: at most 3 % may")
    where = [*paths, root / "micrograd"]
    if not ruff("check", "--quiet", *where) or not ruff("format", "--quiet", "--check", *where):
        found.append("ruff would change something: run `make format`")
    print("\n".join([*heavy_lines(root), *strangers(root), *found]))
    print("notebooks/ isn't clean" if found else f"{len(paths)} notebooks are clean")
    return 1 if found else 0


def format_all(paths):
    """Lay out, lint and clean notebooks in place; return the exit code."""
    ruff("check", "--quiet", "--fix", *paths)
    ruff("format", "--quiet", *paths)
    texts = {}
    for path in paths:
        book = read(path)
        clean(book)
        texts[path] = as_text(book)
    write_files(texts)
    return 0


# --- Run ---


EXTRAS = {"torch": "torch", "jax": "frameworks", "keras": "frameworks"}  # package: extra


def missing_extra(path, inside=False):
    """How to install what a notebook imports and lacks, or None if it lacks nothing.

    inside: whether imports inside of functions count, too.
    """
    from importlib.util import find_spec

    source = "\n".join(source for _, source in code_cells(path))
    for package, extra in EXTRAS.items():
        line = rf"^{' *' if inside else ''}(import|from) {package}\b"
        if re.search(line, source, re.MULTILINE) and not find_spec(package):
            return f'make extras, or pip install -e ".[{extra}]"'


class Client(NotebookClient):
    """Runs a notebook, and doesn't overlook a reply of its kernel.

    nbclient answers widgets without its socket's knowledge. A reply that comes meanwhile is
    seen only if one asks for it (github.com/jupyter/nbclient/issues/312).
    """

    def process_message(self, msg, cell, cell_index):
        output = super().process_message(msg, cell, cell_index)
        self.kc.shell_channel.socket.get(zmq.EVENTS)
        return output


def execute(book, folder, timeout=None):
    """Run the cells of a notebook in a kernel of its own. timeout: seconds for a cell."""
    where, quiet = {"metadata": {"path": str(folder)}}, ["--IPKernelApp.log_level=ERROR"]
    Client(book, timeout=timeout, resources=where, extra_arguments=quiet).execute()


def run(path):
    """Run a notebook in place; return what to print about it and whether it went well."""
    start = perf_counter()
    try:
        if command := missing_extra(path, inside=True):
            return f"– {path.stem} stays as it was; packages are missing: {command}", True
        stored, book = path.read_bytes(), read(path)
        execute(book, path.parent, timeout=900)
        clean(book)
        if path.read_bytes() != stored:
            return f"✗ {path.stem} was saved while it ran, and stays as it is.", False
        write_files({path: as_text(book)})
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


# --- Measure ---


def measure(book):
    """Sizes of a notebook's cells and text."""
    kinds = "".join("c" if cell.cell_type == "code" else "m" for cell in book.cells)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    text = " ".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
    text = re.sub(r"```.*?```|<[^>]*>|\]\([^)]*\)|\$[^$]*\$", " ", text, flags=re.DOTALL)
    sizes = [sum(bool(line.strip()) for line in cell.source.splitlines()) for cell in code]
    sizes = sizes if len(sizes) > 1 else sizes * 2 or [0, 0]  # quantiles need two
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


def main(arguments=None):
    """Run the command line and return its exit code: 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.notebooks")
    parser.add_argument("command", choices=["run", "format", "check", "measure"])
    parser.add_argument("notebooks", nargs="*", type=Path, help="all, if none is named")
    options, root = parser.parse_args(arguments), find_root()
    paths = options.notebooks or [*chapters(root).values()]
    if options.command == "run":
        return run_all(paths)
    if options.command == "format":
        return format_all(paths)
    if options.command == "check":
        return check_all(root, paths)
    return print_table({path.stem: measure(read(path)) for path in paths})


if __name__ == "__main__" and "__file__" in globals():
    sys.stdout.reconfigure(errors="replace")
    try:
        sys.exit(main())
    except ExportError as error:
        sys.exit(str(error))
