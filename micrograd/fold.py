"""Fold the marked cells of one module into the code of a file.

A module is what Python would hold after running its cells in order:

- `class Value(Value):` continues a class: its body is folded into the one class.
- A name that is defined again replaces the earlier definition, in its place.
- Imports are gathered at the top. A name that another module of the package defines
  is imported from there.

Where folding would change what the code means, it raises a TangleError instead.

Written in notebooks/99_tangle.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

import ast
import builtins
import keyword
import re
import symtable
import sys
import textwrap
from dataclasses import dataclass, field
from itertools import pairwise


class TangleError(Exception):
    """What is wrong with a notebook, and where: one line, meant to be read."""


@dataclass(frozen=True)
class Cell:
    """A marked code cell: where it stands, where its code goes, and the code."""

    notebook: str
    number: int
    module: str
    source: str

    def error(self, line, message):
        """A TangleError that names notebook, cell and line."""
        place = f"notebooks/{self.notebook}, cell [{self.number}], line {line}"
        return TangleError(f"{place}: {message}")


MARK = re.compile(r"\s*#\s*\|\s*export\b(.*)")


def marked(notebook, number, source):
    """The Cell, if its first line marks it for export, else None.

    Raises TangleError for a mark on another line or one that names no module.
    """
    cell = Cell(notebook, number, "", source)
    for line, text in enumerate(source.split("\n"), start=1):
        if mark := MARK.fullmatch(text):
            module = mark[1].strip()
            if line > 1:
                raise cell.error(line, "`#| export` has to be the cell's first line")
            if not module.isidentifier() or keyword.iskeyword(module):
                raise cell.error(1, f"`{module}` is no module name: write one like `engine`")
            return Cell(notebook, number, module, source)


@dataclass
class Piece:
    """One statement of a module or of a class body.

    key: the name that it defines, "" if it defines none.
    text: its lines and the comments in front, to the letter; for a class, its head.
    gap: whether a blank line stood in front. body: for a class, the pieces in it.
    """

    cell: Cell
    node: ast.stmt
    key: str
    text: str
    gap: bool
    body: list = field(default_factory=list)

    @property
    def order(self):
        """When it was run: the later of two pieces has the greater order."""
        return self.cell.notebook, self.cell.number, self.node.lineno

    @property
    def changed(self):
        """When it changed last: for a class, in the latest of its parts."""
        return max([self.order, *(piece.changed for piece in self.body)])

    @property
    def binds(self):
        """The names it gives a value: its key, or all that a loop, an `if` or `+=` sets."""
        if self.key:
            return {self.key}
        symbols = symtable.symtable(ast.unparse(self.node), "", "exec").get_symbols()
        return {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}

    def error(self, message):
        """A TangleError that names the place of this piece."""
        return self.cell.error(self.node.lineno, message)


def key_of(node, first):
    """The name that a statement defines: "Value", "x.setter", "__doc__", or "" for none.

    first: whether it opens its body, where a bare string is a docstring.
    """
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            return next((m for m in marks if m.startswith(f"{node.name}.")), node.name)
        case ast.Assign(targets=[ast.Name(id=name)]) if name != "__doc__":
            return name
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return name
        case ast.Expr(value=ast.Constant(value=str())) if first:
            return "__doc__"
    return ""


def first_line(node):
    """The line on which a statement starts, decorators included."""
    return min(n.lineno for n in [node, *getattr(node, "decorator_list", [])])


def last_line(node, lines, stop):
    """The last line of a statement in front of line `stop`, indented comments included."""
    inside = [
        n
        for n in range(node.end_lineno + 1, stop)
        if lines[n - 1].strip() and lines[n - 1][: node.col_offset + 1].isspace()
    ]
    return max([node.end_lineno, *inside])


def cut(cell, nodes, line, end):
    """Cut the lines from `line` to `end` of a cell into a Piece for each node."""
    lines = cell.source.split("\n")
    stops = [first_line(node) for node in nodes[1:]] + [end + 1]
    pieces = []
    for node, stop in zip(nodes, stops, strict=True):
        if first_line(node) < line:
            raise cell.error(node.lineno, "put each statement on a line of its own")
        last = end if stop > end else last_line(node, lines, stop)
        piece = Piece(cell, node, key_of(node, node is nodes[0]), "", not lines[line - 1])
        head = last
        if isinstance(node, ast.ClassDef):
            if node.body[0].col_offset != node.col_offset + 4:
                raise piece.error("indent the body of the class by four spaces")
            head = first_line(node.body[0]) - 1
            while head > node.lineno and lines[head - 1].strip()[:1] in ("", "#"):
                head -= 1
            piece.body = cut(cell, node.body, head + 1, last)
        piece.text = "\n".join(lines[line - 1 : head]).strip("\n")
        pieces.append(piece)
        line = last + 1
    return pieces


def complaint(error, cell):
    """What to say of a SyntaxError in a cell."""
    line = cell.source.split("\n")[(error.lineno or 1) - 1].strip()
    if line.startswith(("%", "!", "?")) or line.endswith("?"):
        return f"`{line}` is IPython, not Python: move it to a cell without a mark"
    return f"{error.msg}: `{line}`"


def parse(cell):
    """Cut a whole cell into pieces. Raises TangleError if it isn't plain Python."""
    try:
        tree = compile(cell.source, cell.notebook, "exec", ast.PyCF_ONLY_AST)
        compile(tree, cell.notebook, "exec")  # finds what the tree alone allows
    except SyntaxError as error:
        raise cell.error(error.lineno or 1, complaint(error, cell)) from None
    except (ValueError, RecursionError) as error:  # a null byte, a sum of thousands of terms
        raise cell.error(1, f"Python can't compile this: {error}") from None
    if not tree.body:
        raise cell.error(1, "there is nothing to export in this cell but comments")
    return cut(cell, tree.body, 2, len(cell.source.split("\n")))


def fold(pieces, new):
    """Add a piece to those of a module or class: in place of its namesake, or at the end."""
    place = next((n for n, old in enumerate(pieces) if new.key and old.key == new.key), None)
    if isinstance(new.node, ast.ClassDef) and new.key in map(ast.unparse, new.node.bases):
        if place is None or not isinstance(pieces[place].node, ast.ClassDef):
            raise new.error(f"class {new.key} is continued, but no earlier cell starts it")
        continue_class(pieces[place], new)
    elif isinstance(new.node, ast.Delete):
        forget(pieces, new)
    elif place is not None:
        pieces[place] = new
    else:
        pieces.insert(0 if new.key == "__doc__" else len(pieces), new)


def continue_class(old, new):
    """Fold the body of a continued class into the class."""
    if len(new.node.bases) > 1 or new.node.keywords or new.node.decorator_list:
        raise new.error(f"continue the class with `class {new.key}({new.key}):` alone")
    for piece in new.body:
        names = {n.id for n in ast.walk(piece.node) if isinstance(n, ast.Name)}
        if "super" in names:
            raise piece.error(
                f"super() would mean the earlier part of class {new.key}, which the "
                "package doesn't have: write the method out"
            )
        if old.node.decorator_list and isinstance(piece.node, ast.AnnAssign):
            raise piece.error(
                f"the decorator of {new.key} hasn't seen this: write the class anew"
            )
        fold(old.body, piece)


def looked_up(node):
    """The names that Python looks up when it runs a statement, not when it calls it."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            parts = [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]
        case ast.Lambda():
            parts = [*node.args.defaults, *node.args.kw_defaults]
        case ast.ClassDef():
            parts = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        case ast.Name():
            return {node.id} if isinstance(node.ctx, ast.Load) else set()
        case _:
            parts = ast.iter_child_nodes(node)
    names = set().union(*(looked_up(part) for part in parts if part))
    loops = [loop.target for loop in getattr(node, "generators", [])]
    return names - {n.id for loop in loops for n in ast.walk(loop) if isinstance(n, ast.Name)}


def check_order(pieces, above=(), below=()):
    """Raise TangleError where the folded code would not mean what the cells meant.

    above, below: for the body of a class, the pieces of the module on either side.
    """
    for place, piece in enumerate(pieces):
        before = {name: old for old in [*above, *pieces[:place]] for name in old.binds}
        after = {name for old in [*pieces[place:], *below] for name in old.binds}
        own = set() if piece.key else piece.binds
        for name in sorted(looked_up(piece.node) | own):
            if name in before and before[name].changed > piece.order:
                notebook, number, _ = before[name].changed
                raise piece.error(
                    f"this was run with an older {name} than the one of notebooks/"
                    f"{notebook}, cell [{number}]: write it again there"
                )
        for name in sorted((looked_up(piece.node) | hints(piece.node)) & after - own):
            if name not in before:
                raise piece.error(
                    f"this needs {name}, which stands further down in the package: a new "
                    "definition takes the place of the first one"
                )
        check_order(piece.body, [*above, *pieces[:place]], [piece, *pieces[place + 1 :]])


def hints(node):
    """The names in the type hints of a function."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return set()
    arguments = [n.annotation for n in ast.walk(node.args) if isinstance(n, ast.arg)]
    return set().union(*(looked_up(hint) for hint in [*arguments, node.returns] if hint))


def forget(pieces, new):
    """Take away what `del` names."""
    for name in map(ast.unparse, new.node.targets):
        found = [piece for piece in pieces if piece.key == name]
        if not found:
            raise new.error(f"there is no {name} to delete in this module")
        pieces.remove(found[0])
        if any(name in looked_up(piece.node) for piece in pieces):
            raise new.error(f"{name} is needed when the module is imported: keep it")


WIDTH = 96


def section(module):
    """A module's place among imports: __future__, standard library, others, the package."""
    top = module.split(".")[0]
    if top in ("__future__", "micrograd", ""):
        return 0 if top == "__future__" else 3
    return 1 if top in sys.stdlib_module_names else 2


def from_import(source, names):
    """`from source import names`, constants first and classes second, as ruff sorts."""
    constant = {name: name.isupper() and len(name) > 1 for name in names}
    names = sorted(names, key=lambda n: (not constant[n], not n[:1].isupper(), n))
    line = f"from {source} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return f"from {source} import (\n" + "".join(f"    {n},\n" for n in names) + ")"


def import_statements(pieces, used):
    """{import statement: its place among the others}, for the names in `used`."""
    statements, members = {}, {}
    for node, alias, text in ((p.node, a, p.text) for p in pieces for a in p.node.names):
        source = alias.name
        if isinstance(node, ast.ImportFrom):
            source = "." * node.level + (node.module or "")
        if (alias.asname or alias.name.split(".")[0]) not in used and source != "__future__":
            continue
        place = section(source), isinstance(node, ast.ImportFrom), source.lower()
        if "#" in text:
            statements[text] = place
        elif isinstance(node, ast.ImportFrom) and not alias.asname:
            members.setdefault((place, source), set()).add(alias.name)
        else:
            one = type(node)(**{**vars(node), "names": [alias]})
            statements[ast.unparse(one)] = place
    for (place, source), names in members.items():
        statements[from_import(source, names)] = place
    return statements


def origins_of(piece):
    """What an import statement binds, {name: where it comes from}."""
    module = getattr(piece.node, "module", "")
    names = {}
    for alias in piece.node.names:
        top = alias.name.split(".")[0]
        names[alias.asname or top] = module, alias.name if alias.asname or module else top
    return names


def check_import(new, imports, pieces):
    """Raise TangleError for an import that can't move to the top of its module."""
    origins = {name: origin for old in imports for name, origin in origins_of(old).items()}
    for name, origin in origins_of(new).items():
        if name == "*":
            raise new.error("`import *` doesn't say which names it brings: name them")
        if any(name in old.binds for old in pieces):
            raise new.error(f"{name} is defined above, and this import would move to the top")
        if origins.get(name, origin) != origin:
            raise new.error(f"{name} was imported from elsewhere before: rename one of them")


def globals_used(code):
    """The names that code looks up among the globals of its module."""
    tables, names = [symtable.symtable(code, "", "exec")], set()
    for table in tables:
        tables += table.get_children()
        names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names


BLOCKS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def blank_lines(old, new, depth):
    """How many blank lines stand between two pieces."""
    ends = [old.node, *getattr(old.node, "body", [])[-1:], new.node]
    if any(isinstance(node, BLOCKS) for node in ends):
        return 1 if depth else 2
    return int(new.gap or old.key == "__doc__" or (old.cell is not new.cell and not depth))


def render(pieces, depth=0):
    """The code of a module or class body."""
    kept = [piece for piece in pieces if ast.unparse(piece.node) not in ("pass", "...")]
    text = ""
    for old, new in pairwise([None, *(kept or pieces[:1])]):
        text += "\n" * blank_lines(old, new, depth) if old else ""
        text += new.text + "\n" + render(new.body, depth + 1)
    return text


class PackageModule:
    """The code of one module, folded together from its cells."""

    def __init__(self, name, cells):
        self.name = name
        self.imports, self.pieces = [], []
        for piece in [piece for cell in cells for piece in parse(cell)]:
            if isinstance(piece.node, (ast.Import, ast.ImportFrom)):
                check_import(piece, self.imports, self.pieces)
                self.imports.append(piece)
            else:
                fold(self.pieces, piece)
        check_order(self.pieces)
        self.docs = [self.pieces.pop(0) for piece in self.pieces[:1] if piece.key == "__doc__"]
        self.keys = set().union(*(piece.binds for piece in self.pieces))
        self.body = render(self.pieces)

    def borrowed(self, neighbours):
        """What it uses of its neighbours, {module: names}."""
        own = self.keys.union(dir(builtins), *map(origins_of, self.imports))
        wanted = globals_used(self.body) - own
        lenders = {m.name: wanted & m.keys for m in neighbours if wanted & m.keys}
        for name in sorted(wanted):
            if sum(name in names for names in lenders.values()) > 1:
                raise TangleError(
                    f"module {self.name} uses {name}, which {' and '.join(lenders)} define: "
                    "import the one you mean"
                )
        pieces = [p for m in neighbours if m.name in lenders for p in m.pieces]
        check_order(self.pieces, [p for p in pieces if p.binds & wanted])
        return lenders

    def code(self, neighbours=()):
        """Imports and body, as text."""
        statements = import_statements(self.imports, globals_used(self.body) - self.keys)
        for name, names in self.borrowed(neighbours).items():
            source = f"micrograd.{name}"
            statements[from_import(source, names)] = 3, True, source
        groups = {}
        for statement, place in sorted(statements.items(), key=lambda item: item[1]):
            groups.setdefault(place[0], []).append(statement)
        head = ["\n".join(group) + "\n" for group in groups.values()]
        gap = "\n" if self.pieces and isinstance(self.pieces[0].node, BLOCKS) else ""
        return "\n".join([*head, *([gap + self.body] if self.body else [])])

    def notebooks(self):
        """The notebooks that what is left of the code was written in."""
        tops = [*self.docs, *self.pieces]
        return sorted({piece.cell.notebook for top in tops for piece in [top, *top.body]})

    def text(self, neighbours=()):
        """The whole file: docstring, imports, body."""
        docs = [piece.node.value.value.strip() for piece in self.docs]
        source = textwrap.fill(f"Written in notebooks/{', '.join(self.notebooks())}.", WIDTH)
        advice = "Change it there, then run `make export` (python -m micrograd.tangle)."
        about = "\n\n".join([*docs, f"{source}\n{advice}"])
        if '"""' in about or "\\" in about:
            raise TangleError(f"the docstring of module {self.name} has quotes or a backslash")
        code = self.code(neighbours)
        return f'"""{about}\n"""\n' + (f"\n{code}" if code else "")
