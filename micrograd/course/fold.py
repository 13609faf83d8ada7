"""Fold the marked cells of one module into what Python would hold after running them.

A name that is defined again replaces the earlier one, in its place; `class Value(Value):`
continues a class. Where folding would change what the code means, it raises an ExportError.

A *piece* is a statement with the comments in front of it. It *binds* names, and *reads* those
that Python looks up when it runs it (in a function, only the defaults and decorators). A later
piece with the same *key* replaces it.

Written in notebooks/97_export.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import ast
import re
import symtable
from itertools import pairwise

# --- Pieces ---


def name_of(node, first):
    """What a statement defines: "Value", "x.setter", "pass", "__doc__" (if it is the first)."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() if node.name != "_":
            marks = [ast.unparse(mark) for mark in node.decorator_list]
            return next((m for m in marks if m.startswith(f"{node.name}.")), node.name)
        case ast.Assign(targets=[ast.Name(id=name)]) if name != "__doc__":
            return name
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr()):
            return name
        case ast.Expr(value=ast.Constant(value=str())) if first:
            return "__doc__"
    return "pass" if ast.unparse(node) in ("pass", "...") else ""


def reads(node, hints=False):
    """The names that Python looks up when it runs a statement; with or without type hints."""
    match node:
        case ast.Name():
            return {node.id} if isinstance(node.ctx, ast.Load) else set()
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
            marks = getattr(node, "decorator_list", [])
            parts = [*node.args.defaults, *node.args.kw_defaults, *marks]
            if hints:
                arguments = [n for n in ast.walk(node.args) if isinstance(n, ast.arg)]
                parts += [getattr(node, "returns", None), *(a.annotation for a in arguments)]
        case ast.ClassDef():
            parts = [*node.decorator_list, *node.bases, *(k.value for k in node.keywords)]
        case _:
            parts = ast.iter_child_nodes(node)
    names = set().union(*(reads(part, hints) for part in parts if part))
    loops = getattr(node, "generators", [])
    targets = [n for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name)]
    return names - {n.id for n in targets} | (reads(loops[0].iter, hints) if loops else set())


class Piece:
    """A statement and its text, to the letter; for a class, that of its head, and its body."""

    def __init__(self, cell, node, first, text):
        self.cell, self.node, self.text, self.section = cell, node, text, cell.heading
        self.order = cell.notebook, cell.number, node.lineno  # the later piece has the greater
        self.body = {}
        name = name_of(node, first)
        self.key, self.reads = name or self.order, reads(node)
        self.binds = self.touches = {name}
        if not name:  # a loop, an `if`, `x += 1`, `x.append(1)`
            symbols = symtable.symtable(ast.unparse(node), "", "exec").get_symbols()
            self.binds = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
            self.touches = {s.get_name() for s in symbols}
            self.reads |= self.binds

    @property
    def changed(self):
        """When it changed last: for a class, in the latest of its parts."""
        return max([self.order, *(piece.changed for piece in self.body.values())])

    def error(self, message):
        """An ExportError that names the place of this piece."""
        return self.cell.error(self.node.lineno, message)


def first_line(node):
    """The line on which a statement starts, decorators included."""
    return min(n.lineno for n in [node, *getattr(node, "decorator_list", [])])


def last_of_piece(node, after, lines):
    """The last line of a statement, or of the comments below it that are indented."""
    inside = " " * (node.col_offset + 1)
    ends = range(first_line(after) - 1, node.end_lineno, -1)
    return next((n for n in ends if lines[n - 1].startswith(inside)), node.end_lineno)


def last_of_head(node, lines):
    """The last line of a class's head, in front of its body and the comments above that."""
    ends = range(first_line(node.body[0]) - 1, node.lineno, -1)
    return next((n for n in ends if lines[n - 1].strip()[:1] not in ("", "#")), node.lineno)


def cut(cell, nodes, start, end):
    """Cut the lines from `start` to `end` of a cell into a Piece for each statement."""
    lines = ["", *cell.source.split("\n")[1:]]
    for node, after in pairwise([*nodes, None]):
        body = node.body if isinstance(node, ast.ClassDef) else []
        if after and first_line(after) <= node.end_lineno:
            raise cell.error(after.lineno, "put each statement on a line of its own")
        if body and body[0].col_offset != node.col_offset + 4:
            raise cell.error(node.lineno, "indent the body of the class by four spaces")
        last = last_of_piece(node, after, lines) if after else end
        head = last_of_head(node, lines) if body else last
        piece = Piece(cell, node, node is nodes[0], "\n".join(lines[start - 1 : head]).rstrip())
        for part in cut(cell, body, head + 1, last):
            fold(piece.body, part)
        yield piece
        start = last + 1


WING = re.compile(r"(micrograd|from )\.+course\b|(micrograd|\.) import .*\bcourse\b")


def parse(cell):
    """Cut a whole cell into pieces. Raises ExportError if it isn't plain Python."""
    try:
        tree = compile(cell.source, cell.notebook, "exec", ast.PyCF_ONLY_AST)
        compile(tree, cell.notebook, "exec")  # finds what the tree alone allows
    except (SyntaxError, ValueError, RecursionError) as error:  # or a null byte, 1000s of terms
        line, reason = getattr(error, "lineno", 0) or 1, getattr(error, "msg", error)
        text = cell.source.split("\n")[line - 1].strip()
        if text.startswith(("%", "!", "?")) or text.endswith("?"):
            reason = "this is IPython, not Python; move it to a cell without a mark"
        raise cell.error(line, f"{reason}: `{text}`") from None
    for node in ast.walk(tree):
        is_import = isinstance(node, (ast.Import, ast.ImportFrom))
        if is_import and "/" not in cell.module and WING.search(ast.unparse(node)):
            raise cell.error(node.lineno, "the package needs nothing of course/: move it out")
    if not tree.body:
        raise cell.error(1, "there is nothing to export in this cell but comments")
    return list(cut(cell, tree.body, 1, cell.source.count("\n") + 1))


# --- Folding ---


def fold(pieces, new):
    """Put a piece among those of a module or class, {key: piece}, in its namesake's place."""
    old = pieces.get(new.key)
    if isinstance(new.node, ast.Delete):
        forget(pieces, new)
    elif isinstance(new.node, ast.ClassDef) and new.key in map(ast.unparse, new.node.bases):
        continue_class(old, new)
    else:
        new.section = old.section if old else new.section
        pieces[new.key] = new


def forget(pieces, new):
    """Take away what `del` names."""
    for name in map(ast.unparse, new.node.targets):
        if name not in pieces:
            raise new.error(f"there is no {name} to delete in this module")
        del pieces[name]
        if any(name in piece.reads for piece, *_ in statements([*pieces.values()])):
            raise new.error(f"{name} is needed when the module is imported: keep it")


def continue_class(old, new):
    """Fold the body of a continued class into the class."""
    if not old or not isinstance(old.node, ast.ClassDef):
        raise new.error(f"class {new.key} is continued, but no earlier cell starts it")
    if len(new.node.bases) > 1 or new.node.keywords or new.node.decorator_list:
        raise new.error(f"continue the class with `class {new.key}({new.key}):` alone")
    before, own = ({n for p in c.body.values() for n in p.binds} for c in (old, new))
    for piece in new.body.values():
        plain = hasattr(piece.node, "args") and not piece.node.name.startswith("__")
        if any(isinstance(n, ast.Name) and n.id == "super" for n in ast.walk(piece.node)):
            raise piece.error("super() would mean its earlier part: write the method out")
        if old.node.decorator_list and not plain:
            raise piece.error("the class's decorator hasn't seen this: write the class anew")
        for name in sorted(reads(piece.node, hints=True) & before - own):
            raise piece.error(f"{name} would mean that of the class's earlier part: rename one")
        fold(old.body, piece)


def statements(pieces, above=(), below=()):
    """Each piece, also those in classes, with the pieces above it and the others."""
    for place, piece in enumerate(pieces):
        over, under = [*above, *pieces[:place]], [*pieces[place:], *below]
        yield piece, over, under
        yield from statements([*piece.body.values()], over, under)


def check_order(pieces, borrowed=()):
    """Raise ExportError where a piece would read something else than when its cell was run."""
    for piece, above, below in statements(pieces, borrowed):
        bound = {name: old for old in above for name in old.binds}
        for name in sorted(piece.reads & bound.keys()):
            if bound[name].changed > piece.order:
                place = "notebooks/{}, cell [{}]".format(*bound[name].changed)
                raise piece.error(f"it saw an older {name} than that of {place}: write it anew")
        own = set() if isinstance(piece.key, str) else piece.binds
        missing = {name for new in below for name in new.binds} - bound.keys() - own
        missing |= {name for new in below if new.order < piece.order for name in new.touches}
        for name in sorted(reads(piece.node, hints=True) & missing):
            raise piece.error(f"it needs {name}, which stands further down in the module")


# --- A module ---


def check_import(new, origins, pieces):
    """Note where an import's names come from; ExportError if it can't move to the top."""
    taken = {n for p, *_ in statements([*pieces]) for n in p.binds | p.reads} - origins.keys()
    module = getattr(new.node, "module", None)
    for alias in new.node.names:
        name = alias.asname or alias.name.split(".")[0]
        origin = module, alias.name if module or alias.asname else name
        if name == "*":
            raise new.error("`import *` doesn't say which names it brings: name them")
        if name in taken:
            raise new.error(f"{name} stands above, and this import would move to the top")
        if origins.setdefault(name, origin) != origin:
            raise new.error(f"{name} was imported from elsewhere before: rename one of them")


def render(pieces, sections=False):
    """The texts of a module or class, a docstring first, and `pass` only if it is alone."""
    shown = [piece for piece in pieces.values() if piece.key != "pass"] or pieces.values()
    for old, new in pairwise([None, *sorted(shown, key=lambda piece: piece.key != "__doc__")]):
        if sections and new.section and new.section != (old and old.section):
            yield f"\n\n# --- {new.section} ---\n"
        yield from (new.text, *render(new.body))


class PackageModule:
    """One module, folded together from its cells: docstring, imports and body."""

    def __init__(self, name, cells):
        self.name, self.imports, self.origins, pieces = name, [], {}, {}
        for piece in [piece for cell in cells for piece in parse(cell)]:
            if isinstance(piece.node, (ast.Import, ast.ImportFrom)):
                check_import(piece, self.origins, pieces.values())
                self.imports.append(piece.text)
            else:
                fold(pieces, piece)
        tops = pieces.values()
        self.books = {p.cell.notebook for top in tops for p in [top, *top.body.values()]}
        docstring = pieces.pop("__doc__", None)
        self.docstring = docstring.node.value.value.strip() if docstring else ""
        self.pieces = [*pieces.values()]
        check_order(self.pieces)
        self.bound = {name: piece for piece in self.pieces for name in piece.binds}
        is_long = sum(cell.source.count("\n") for cell in cells) > 100
        self.body = "\n".join(render(pieces, is_long and len({p.section for p in tops}) > 1))
