"""Our answers to exercises, for participants who have to go on without their own.

Written in notebooks/87_workshop.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import ast
import json
import linecache
import re

from micrograd.course.cells import ExportError, chapters, find_root


def in_exercises(cells):
    """The cells of a chapter, each with the number of the exercise it belongs to, or 0."""
    exercise = 0
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and re.match("##?#? ", source):
            title = re.match(r"### Exercise (\d+)", source)
            exercise = int(title[1]) if title else 0
        yield exercise, cell


def solution_cells(cells, exercise):
    """The code of a chapter's solution to one of its exercises, cell by cell."""
    for here, cell in in_exercises(cells):
        if here == exercise and cell["cell_type"] == "code":
            if "solution" in cell["metadata"].get("tags", []):
                yield "".join(cell["source"])


def solution(chapter, exercise):
    """The code of our answer to an exercise, to be run by `exec`; it shows nothing.

    chapter: its number, such as "07". exercise: 1, 2, …
    Raises ExportError if there is none. A kit has only those that its chapters need.
    """
    books = chapters(find_root())
    try:
        cells = json.loads(books[chapter].read_text("utf-8"))["cells"]
    except KeyError:
        cells = ()
    except (OSError, ValueError):
        raise ExportError(f"take notebooks/{books[chapter].name} anew from the kit") from None
    code = "\n\n".join(solution_cells(cells, exercise))
    if not code:
        raise ExportError(f"there is no answer here to exercise {exercise} of {chapter}")
    tree = ast.parse(code)
    tree.body = [node for node in tree.body if not isinstance(node, ast.Expr)]
    file = f"<our answer to exercise {exercise} of chapter {chapter}>"
    linecache.cache[file] = len(code), None, code.splitlines(keepends=True), file
    return compile(tree, file, "exec")


def needed(book):
    """The numbers of the exercises whose answers their chapter needs further down."""
    numbers = set()
    for exercise, cell in in_exercises(book.cells):
        if exercise and "chapter needs " in cell.source:
            numbers.add(exercise)
        if others := re.search(r"The same holds for exercises? ([\d and,]+)", cell.source):
            numbers |= {int(number) for number in re.findall(r"\d+", others[1])}
    return numbers
