"""The usual slips in each exercise, as its check knows them.

Written in notebooks/87_workshop.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import ast
import math
import re

from micrograd.course.notebooks import read


def wrong_number(code):
    """A wrong answer in a check's code, such as "-10: ", or "" if it isn't a number yet."""
    try:
        return f"{eval(ast.unparse(code), {'__builtins__': {}}, vars(math)):.4g}: "
    except (NameError, TypeError, ValueError):
        return ""


def pairs_in(node):
    """The pairs in a node of a check's code: a wrong answer, or None, and the reply to it."""
    if isinstance(node, ast.Dict):
        return zip(node.keys, node.values, strict=True)
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict.fromkeys":
        return [(key, node.args[1]) for key in getattr(node.args[0], "elts", [])]
    if isinstance(node, ast.Return) and node.value:
        return [(None, node.value)]
    return []


def mistakes_in(check):
    """The sentences about slips in a check's code, in their order."""
    nodes = [node for node in ast.walk(ast.parse(check)) if hasattr(node, "lineno")]
    named, said = {}, []
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(node, ast.Assign):  # slip = "…", or two at once
            names, values = node.targets[0], node.value
            names, values = (getattr(side, "elts", [side]) for side in (names, values))
            named |= dict(zip(map(ast.unparse, names), values, strict=False))
        for wrong, sentence in pairs_in(node):
            sentence = named.get(ast.unparse(sentence), sentence)
            text = sentence.value if isinstance(sentence, ast.Constant) else None
            if isinstance(text, str) and re.search(r"\w \w.*[.?]$", text):
                said.append((wrong_number(wrong) if wrong else "") + text)
    return [*dict.fromkeys(said)]


def usual_mistakes(path):
    """The usual slips in a chapter, {"Exercise 1 · The product": [sentences]}.

    If the check compares numbers, a sentence begins with the wrong one: "-1: That is …".
    """
    checks, title = {}, None
    for cell in read(path).cells:
        if cell.source.startswith(("## ", "### ")):
            title = re.match(r"### (Exercise \d+ · .*?)  \(", cell.source)
        elif title and cell.source.startswith("# check"):
            checks.setdefault(title[1], []).append(cell.source)
    return {title: mistakes_in("\n".join(cells)) for title, cells in checks.items()}
