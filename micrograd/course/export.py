"""Write the package out of the notebooks.

    python -m micrograd.course.export            write micrograd/ (`make export`)
    python -m micrograd.course.export --check    write nothing, show what would change

In a notebook, `exec(before("07"))` starts where the chapters before 07 have ended.

Written in notebooks/98_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import ast
import builtins
import difflib
import linecache
import re
import subprocess
import symtable
import sys
import textwrap
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

from micrograd.course.cells import ExportError, find_root, read_cells
from micrograd.course.fold import PackageModule, check_order, render
from micrograd.files import write_files

# --- A module and its neighbours ---


def globals_used(code):
    """The names that code looks up among the globals of its module."""
    tables, names = [symtable.symtable(code, "", "exec")], set()
    for table in tables:
        tables += table.get_children()
        names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names


def borrowed(module, neighbours):
    """What a module uses of its neighbours, {neighbour's name: {name: piece}}."""
    latest, lenders = max((piece.changed for piece in module.pieces), default=()), {}
    for name in sorted(globals_used(module.body) - {*module.bound, *module.origins}):
        found = [m for m in neighbours if name in m.bound]
        if found and name in dir(builtins):
            raise ExportError(
                f"module {module.name} uses {name}, Python's own or that of {found[0].name}: "
                "import the one you mean, or rename it"
            )
        if len(found) > 1:
            found = [m for m in found if m.bound[name].order < latest] or found
        if len(found) > 1:
            places = " and ".join(m.name for m in found)
            raise ExportError(
                f"module {module.name} uses {name}, which {places} define: "
                "import the one you mean"
            )
        for m in found:
            lenders.setdefault(m.name, {})[name] = m.bound[name]
    return lenders


def tidy(code):
    """Code with its imports sorted, joined and, if unused, dropped, and with ruff's layout."""
    from ruff import find_ruff_bin

    own = "--config=lint.isort.known-first-party=['micrograd']"
    for command in (["check", "-q", "--fix-only", "--select=I,F401", own], ["format", "-q"]):
        line = [find_ruff_bin(), *command, "--isolated", "--line-length=96", "-"]
        ruff = subprocess.run(line, input=code, capture_output=True, encoding="utf-8")
        if ruff.returncode:
            raise ExportError(f"ruff can't lay out this code: {ruff.stderr.strip()}")
        code = ruff.stdout
    return code


def tidy_if_possible(code):
    """Code as `tidy` returns it; where there is no ruff, with blank lines before functions."""
    try:
        return tidy(code)
    except ImportError:
        code = re.sub(r"\n+(?=def |class )", "\n\n\n", code)
        code = re.sub(r"\n+(?=    def )", "\n\n", code)
        return re.sub(r":\n+(?=    def )", ":\n", code)  # the first one of a class


def code_of(module, neighbours=(), docstring=""):
    """The code of a module, with a docstring and all imports, not laid out yet."""
    imports, lent = [*module.imports], []
    for name, pieces in borrowed(module, neighbours).items():
        imports.append(f"from micrograd.{name.replace('/', '.')} import {', '.join(pieces)}")
        lent += pieces.values()
    check_order(module.pieces, lent)
    return "\n".join([docstring, *imports, "\n", module.body])


def file_of(module, neighbours=()):
    """The text of a module's file."""
    source = textwrap.fill(f"Written in notebooks/{', '.join(sorted(module.books))}.", 96)
    advice = "Change it there, then run `make export` (python -m micrograd.course.export)."
    about = f"{module.docstring}\n\n{source}\n{advice}".strip()
    if '"""' in about or "\\" in about:
        raise ExportError(f"the docstring of module {module.name} has quotes or a backslash")
    return tidy(code_of(module, neighbours, f'"""{about}\n"""\n'))


def package(root):
    """The files of the package as the notebooks in `root`/notebooks say, {name: text}."""
    cells = {}
    for cell in read_cells(root):
        cells.setdefault(cell.module, []).append(cell)
    if not cells:
        raise ExportError("no cell of notebooks/*.ipynb begins with `#| export MODULE`")
    modules = [PackageModule(name, cells[name]) for name in sorted(cells)]
    files, needs = {}, {}
    for module in modules:
        in_wing = "/" in module.name
        near = [m for m in modules if m is not module and (in_wing or "/" not in m.name)]
        needs[module.name] = borrowed(module, near)
        files[f"{module.name}.py"] = file_of(module, near)
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        cycle = " and ".join(sorted(set(error.args[1])))
        raise ExportError(f"modules {cycle} need each other: move something") from None
    return files


def read_package(folder):
    """The files of the package as they stand, {name: text}."""
    paths = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    return {
        name: path.read_text("utf-8", errors="replace")
        for name, path in paths.items()
        if path.is_file() and "/." not in f"/{name}"  # not an editor's checkpoint
    }


# --- In step ---


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
        print("run `make export` (python -m micrograd.course.export) to write micrograd/ anew.")
        return 1
    print(f"micrograd/ is in step with the notebooks ({len(wanted)} modules)")
    return 0


def update(folder, there, wanted):
    """Write the modules that have changed and print their names; return the exit code."""
    changed = {name: text for name, text in wanted.items() if text != there.get(name)}
    try:
        for name in changed:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_files({folder / name: text for name, text in changed.items()})
    except OSError as error:
        raise ExportError(f"micrograd/ can't be written: {error.strerror}") from None
    print("written:", ", ".join(f"micrograd/{name}" for name in changed) or "nothing new")
    return 0


def main(arguments=None):
    """Run the command line and return its exit code: 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.export")
    parser.add_argument("--check", action="store_true", help="write nothing, show a diff")
    parser.add_argument("folder", nargs="?", type=Path, help="the one with notebooks/")
    options = parser.parse_args(arguments)
    try:
        root = options.folder or find_root()
        wanted, there = package(root), read_package(root / "micrograd")
        for name in sorted(set(there) - set(wanted)):
            raise ExportError(
                f"micrograd/{name} comes from no notebook: delete it, or write it in "
                f"cells marked `#| export {name.removesuffix('.py')}`"
            )
        if options.check:
            return compare(there, wanted)
        return update(root / "micrograd", there, wanted)
    except ExportError as error:
        print(error, file=sys.stderr)
        return 1


# --- The class so far ---


class Listing(str):
    """Code that a notebook shows in colours, and `print` as it is."""

    __repr__ = str.__str__

    def _repr_markdown_(self):
        return f"```python\n{self}\n```"


def mark_new(pieces, old):
    """Write `# new` behind what {key: piece} has and the pieces of `old` haven't."""
    for key, piece in pieces.items():
        lines, known = piece.text.split("\n"), old[key].text.split("\n") if key in old else []
        code = [n for n, line in enumerate(lines) if line.strip()[:1] not in ("", "#", "@")]
        for n in [n for n in code if lines[n] not in known] if known else code[:1]:
            lines[n] += "  # new"
        piece.text = "\n".join(lines)
        mark_new(piece.body, old[key].body if key in old else {})


def without_docstrings(code):
    """Code without the texts that explain it."""
    lines = code.split("\n")
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            for n in range(node.lineno - 1, node.end_lineno):
                lines[n] = None
    return "\n".join(line for line in lines if line is not None)


def class_so_far(chapter, module="engine"):
    """The code of a module as this chapter leaves it, without docstrings, the new marked.

    chapter: the number of a notebook, such as "07".
    Raises ExportError if there is no such chapter, or no code of the module up to its end.
    """
    root = find_root()
    earlier = [c for c in read_cells(root, chapter) if c.module == module]
    cells = [c for c in read_cells(root) if c.module == module and c.notebook[:2] <= chapter]
    if not cells:
        raise ExportError(f"no chapter up to {chapter} writes the module {module}")
    now = PackageModule(module, cells)
    if earlier:
        old = {piece.key: piece for piece in PackageModule(module, earlier).pieces}
        mark_new({piece.key: piece for piece in now.pieces}, old)
    code = "\n".join([*now.imports, *render({piece.key: piece for piece in now.pieces})])
    return Listing(tidy_if_possible(without_docstrings(code)).strip())


# --- Starting where a chapter ended ---


def before(chapter, module="engine"):
    """The code of a module as the chapters before this one left it, to be run by `exec`.

    chapter: the number of a notebook, such as "07".
    Raises ExportError if there is no such chapter, or no code of the module before it.
    """
    cells = [c for c in read_cells(find_root(), chapter) if c.module == module]
    if not cells:
        raise ExportError(f"no chapter before {chapter} writes the module {module}")
    name = f"{module} before chapter {chapter}"
    code = tidy_if_possible(code_of(PackageModule(module, cells))).strip()
    code = f"{code}\n__name__ = '__main__'\n"
    if not code.startswith("from __future__"):  # it has to come first
        code = f"__name__ = {name!r}\n{code}"
    sys.modules[name] = ModuleType(name)
    sys.modules[name].__file__ = file = f"<{name}>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    return compile(code, file, "exec")


if __name__ == "__main__" and "__file__" in globals():
    sys.stdout.reconfigure(errors="replace")  # not every terminal knows all characters
    sys.exit(main())
