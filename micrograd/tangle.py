"""Write the package out of the notebooks.

    python -m micrograd.tangle            write micrograd/ (`make export`)
    python -m micrograd.tangle --check    write nothing, show what would change

In a notebook, `exec(before("07"))` starts where the chapters before 07 have ended.

Written in notebooks/99_tangle.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

import argparse
import difflib
import errno
import json
import linecache
import re
import stat
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from micrograd.fold import PackageModule, TangleError, marked


def code_cells(path):
    """The sources of a notebook's code cells, in order.

    Raises TangleError if the file can't be read as a notebook.
    """
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
        return [re.sub(r"\r\n?", "\n", source) for source in sources]
    except OSError as error:
        reason = f"can't be read: {error.strerror}"
    except ValueError as error:
        reason = f"is no notebook, for it isn't JSON: {error}"
    except (KeyError, TypeError):
        reason = "has no list of cells: open it in JupyterLab and save it"
    raise TangleError(f"notebooks/{path.name} {reason}")


def read_cells(root, before=None):
    """The marked cells of the notebooks in `root`/notebooks, in the order of file names.

    before: the number of a chapter ("07"); only the chapters in front of it are read.
    Raises TangleError for notebooks or marks that can't be used.
    """
    paths = sorted((root / "notebooks").glob("*.ipynb"))
    if before is not None:
        if not any(path.name.startswith(f"{before}_") for path in paths):
            raise TangleError(f"there is no chapter {before} in notebooks/")
        paths = [path for path in paths if path.name < f"{before}_"]
    cells = []
    for path in paths:
        for number, source in enumerate(code_cells(path), start=1):
            cells.append(marked(path.name, number, source))
    return [cell for cell in cells if cell]


def package(root):
    """The files of the package as the notebooks in `root`/notebooks say, {name: text}."""
    cells = {}
    for cell in read_cells(root):
        cells.setdefault(cell.module, []).append(cell)
    if not cells:
        raise TangleError("no cell of notebooks/*.ipynb begins with `#| export MODULE`")
    modules = [PackageModule(name, cells[name]) for name in sorted(cells)]
    neighbours = {module: [m for m in modules if m is not module] for module in modules}
    refuse_cycles({m.name: m.borrowed(others) for m, others in neighbours.items()})
    return {f"{module.name}.py": module.text(others) for module, others in neighbours.items()}


def refuse_cycles(borrowed):
    """Raise TangleError if modules need each other. borrowed: {module: those it needs}"""
    try:
        TopologicalSorter(borrowed).prepare()
    except CycleError as error:
        cycle = " and ".join(sorted(set(error.args[1])))
        raise TangleError(f"modules {cycle} need each other: move something") from None


def find_root():
    """The course's folder: this one or one above, else the one the package is in."""
    source = Path(globals().get("__file__", "micrograd/tangle.py")).resolve()
    for folder in [Path.cwd(), *Path.cwd().parents, source.parents[1]]:
        if (folder / "notebooks" / "99_tangle.ipynb").exists():
            return folder
    raise TangleError(
        "no notebooks found: change into the course's folder, the one with notebooks/ in "
        "it, or install it from there with `pip install -e .`"
    )


def write(folder, files):
    """Put files {name: text} into a folder: all or, if one can't be written, none."""
    drafts = {folder / f".{name}.new": folder / name for name in files}
    there = read_package(folder)
    try:
        folder.mkdir(exist_ok=True)
        check_writable(folder, drafts.values())
        for draft, path in drafts.items():
            draft.write_text(files[path.name], encoding="utf-8", newline="\n")
        for draft, path in drafts.items():
            draft.replace(path)
    except OSError as error:
        restore(folder, there)
        raise TangleError(f"micrograd/ can't be written: {error.strerror}") from None
    finally:
        for draft in filter(Path.exists, drafts):
            draft.unlink()


def check_writable(folder, paths):
    """Raise OSError if one of the paths or their folder can't be replaced."""
    for path in [*filter(Path.exists, paths), folder]:
        if not path.stat().st_mode & stat.S_IWUSR:
            raise PermissionError(errno.EACCES, f"{path.name} is read-only")
        if path.is_dir() and path != folder:
            raise IsADirectoryError(errno.EISDIR, f"{path.name} is a folder")


def restore(folder, files):
    """Take a folder's modules back to what they were."""
    for name, text in read_package(folder).items():
        if name not in files:
            (folder / name).unlink()
        elif text != files[name]:
            (folder / name).write_text(files[name], encoding="utf-8", newline="\n")


def read_package(folder):
    """The files of the package as they stand, {name: text}."""
    paths = sorted(path for path in folder.glob("*.py") if path.is_file())
    return {path.name: path.read_text("utf-8", errors="replace") for path in paths}


def difference(there, wanted):
    """A diff from the package as it stands to the one wanted, "" if they agree."""
    lines = []
    for name in sorted({*there, *wanted}):
        old, new = there.get(name, "").splitlines(), wanted.get(name, "").splitlines()
        names = f"micrograd/{name}", f"micrograd/{name} from the notebooks"
        lines += difflib.unified_diff(old, new, *names, n=1, lineterm="")
    return "\n".join(lines)


def compare(there, wanted):
    """Print whether the package is in step with the notebooks; return the exit code."""
    if diff := difference(there, wanted):
        print(diff, "\n\nmicrograd/ and the notebooks differ. The notebooks are the source:")
        print("run `make export` (python -m micrograd.tangle) to write micrograd/ anew.")
        return 1
    print(f"micrograd/ is in step with the notebooks ({len(wanted)} modules)")
    return 0


def update(folder, there, wanted):
    """Write the modules that have changed and print their names; return the exit code."""
    changed = {name: text for name, text in wanted.items() if text != there.get(name)}
    write(folder, changed)
    print("written:", ", ".join(f"micrograd/{name}" for name in changed) or "nothing new")
    return 0


def main(arguments=None):
    """Run the command line and return its exit code: 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.tangle")
    parser.add_argument("--check", action="store_true", help="write nothing, show a diff")
    parser.add_argument("folder", nargs="?", type=Path, help="the one with notebooks/")
    options = parser.parse_args(arguments)
    try:
        root = options.folder or find_root()
        wanted, there = package(root), read_package(root / "micrograd")
        for name in sorted(set(there) - set(wanted)):
            raise TangleError(
                f"micrograd/{name} comes from no notebook: delete it, or write it in "
                f"cells marked `#| export {name.removesuffix('.py')}`"
            )
        if options.check:
            return compare(there, wanted)
        return update(root / "micrograd", there, wanted)
    except TangleError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__" and "__file__" in globals():
    sys.stdout.reconfigure(errors="replace")  # not every terminal knows all characters
    sys.exit(main())


def before(chapter, module="engine"):
    """The code of a module as the chapters before this one left it, to be run by `exec`.

    chapter: the number of a notebook, such as "07".
    Raises TangleError if there is no such chapter, or no code of the module before it.
    """
    cells = [c for c in read_cells(find_root(), chapter) if c.module == module]
    if not cells:
        raise TangleError(f"no chapter before {chapter} writes the module {module}")
    name = f"{module} before chapter {chapter}"
    code = f"{PackageModule(module, cells).code()}__name__ = '__main__'\n"
    if not code.startswith("from __future__"):  # it has to come first
        code = f"__name__ = {name!r}\n{code}"
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__file__ = file = f"<{name}>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    return compile(code, file, "exec")
