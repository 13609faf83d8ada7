"""The reader's workbook: a copy of each chapter without outputs, ready to type into.

    python -m micrograd.course.workbook                the workbook (`make lab`)
    python -m micrograd.course.workbook --predict      with answers folded (PREDICT=1)
    python -m micrograd.course.workbook --beside 02    02 as it is now, beside your own
    python -m micrograd.course.workbook --without-solutions --to kit    for a workshop
    python -m micrograd.course.workbook who FOLDER …    who is where in a room: see who.py

A chapter that is missing is written, and one that its reader hasn't touched follows the
course. One that was touched stays as it is.

Written in notebooks/96_workbook.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import hashlib
import json
import re
import sys
from copy import deepcopy
from pathlib import Path

from markdown_it import MarkdownIt

from micrograd.course.cells import ExportError, chapters, command, find_root
from micrograd.files import write_files

# Jupyter's own packages take a second to import. The functions that need them import them,
# so that `who` answers at once.


SENTENCE = re.compile(r"\S.*?([.!?][*_)]*(?=\s)|$)", re.DOTALL)


def first_question(kind, text):
    """Where the first question begins in a block of Markdown, or None if there is none."""
    if kind in ("heading_open", "html_block"):
        return 0
    if kind == "paragraph_open":
        for sentence in SENTENCE.finditer(text.rstrip()):
            if re.search(r"\?[*_)]*$|:$", sentence[0]):
                return sentence.start()


def last_sentence(text):
    """Where the last sentence of a paragraph begins; it never begins inside a bracket."""
    for sentence in reversed([*SENTENCE.finditer(text.rstrip())]):
        rest = text[sentence.start() :]
        if rest.count("(") == rest.count(")") and rest.count("**") % 2 == 0:
            return sentence.start()


def split_answer(text, leads=False):
    """Cut a text in front of its first question, as (answer, question).

    leads: whether a cell to run follows; then the last sentence counts as a question
    """
    lines = text.splitlines(keepends=True)
    blocks = [block for block in MarkdownIt().parse(text) if block.level == 0 and block.map]
    for block in blocks:
        start, end = block.map
        place, part = len("".join(lines[:start])), "".join(lines[start:end])
        cut = first_question(block.type, part)
        if cut is None and leads and block is blocks[-1] and block.type == "paragraph_open":
            cut = last_sentence(part) or (0 if place else None)  # one alone is an answer
        if cut is not None:
            return text[: place + cut].strip(), text[place + cut :]
    return text, ""


def is_folded(cell):
    """Whether a cell is a check or a test, which its reader passes over."""
    return "folded" in cell.metadata.get("tags", [])


def fold_answers(book):
    """Put text that follows a cell with an output under a fold, up to the next question.

    A text that is tagged `keep` stays open, and so does a task.
    """
    answering = task = False
    for cell, after in zip(book.cells, [*book.cells[1:], None], strict=True):
        tags = {*cell.metadata.get("tags", [])}
        if cell.cell_type == "code":
            answering = bool(cell.outputs)
            continue
        if re.match("#{1,3} ", cell.source):
            task = cell.source.startswith("### Exercise")
        if answering and not task and not {"keep", "solution"} & tags:
            leads = after and after.cell_type == "code" and not is_folded(after)
            answer, question = split_answer(cell.source, leads)
            if answer:
                fold = f"<details><summary>After running</summary>\n\n{answer}\n\n</details>"
                cell.source = "\n\n".join(filter(None, [fold, question]))
            answering = not question


def blank(book, predict=False, solutions=True):
    """A copy of a chapter as its reader gets it.

    predict: whether answers in the text are folded. solutions: whether they are in it.
    """
    from ipykernel.ipkernel import IPythonKernel
    from nbconvert.preprocessors import ClearOutputPreprocessor, TagRemovePreprocessor

    book = deepcopy(book)
    book.metadata.language_info = dict(IPythonKernel.language_info)
    if predict:
        fold_answers(book)
    steps = [ClearOutputPreprocessor(enabled=True)]
    if not solutions:
        steps += [TagRemovePreprocessor(enabled=True, remove_cell_tags={"solution"})]
    for step in steps:
        book, _ = step.preprocess(book, {})
    return book


def mark_of(book):
    """A short text that changes with the cells of a notebook, or with what was run."""
    cells = []
    for cell in book.cells:
        tags, slide = cell.metadata.get("tags"), cell.metadata.get("slideshow")
        shown = cell.source, cell.get("attachments"), bool(cell.get("outputs"))
        cells.append([cell.cell_type, *shown, tags, slide])
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()[:16]


def book_there(path):
    """The notebook in a file, or None if there is something else or nothing."""
    from micrograd.course.notebooks import read

    try:
        return read(path)
    except ExportError:
        return None


class Copies:
    """What is known of the copies in a folder; it is stored there, as `.copies.json`.

    made: {file name: marks of all copies ever made of it}
    source: {file name: the mark of the chapter when it was last copied}
    """

    def __init__(self, folder):
        self.folder, self.path = folder, folder / ".copies.json"
        try:
            known = json.loads(self.path.read_text(encoding="utf-8"))
            made = {name: [*marks] for name, marks in known["made"].items()}
            self.made, self.source = made, dict(known["source"])
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            self.made, self.source = {}, {}  # lost: all that is there counts as touched

    def write(self, name, source, book):
        """Write a copy of a chapter; its mark is stored first.

        If the program is stopped in between, the copy still counts as untouched.
        """
        from micrograd.course.notebooks import as_text

        marks = self.made.setdefault(name, [])
        if mark_of(book) not in marks:
            marks.append(mark_of(book))
        self.source[name] = mark_of(source)
        self.folder.mkdir(parents=True, exist_ok=True)
        known = {"made": self.made, "source": self.source}
        write_files({self.path: json.dumps(known, indent=1) + "\n"})
        write_files({self.folder / name: as_text(book)})


def update(copies, name, source, book, beside=False):
    """Write one copy, unless its reader has touched it; return a line for the reader, or "".

    beside: whether to write the chapter under another name, if the copy was touched.
    """
    path = copies.folder / name
    if not path.exists():
        copies.write(name, source, book)
        return f"{name} written"
    there = book_there(path)
    if not there:
        return f"{name} can't be read as a notebook: move it away, and make lab writes it anew"
    if mark_of(there) in [mark_of(book), *copies.made.get(name, [])]:
        if mark_of(there) != mark_of(book):
            copies.write(name, source, book)
            return f"{name} brought up to date"
    elif beside:
        number = 2
        while (copies.folder / f"{Path(name).stem}_{number}.ipynb").exists():
            number += 1
        copies.source[name] = mark_of(source)
        copies.write(f"{Path(name).stem}_{number}.ipynb", source, book)
        return f"{Path(name).stem}_{number}.ipynb written, beside your {name}"
    elif copies.source.setdefault(name, mark_of(source)) != mark_of(source):
        return (
            f"{name} is yours and stays; the chapter has changed since. "
            f"To get it beside yours: make lab BESIDE={name[:2]}"
        )
    return ""


def update_all(folder, beside, predict, solutions):
    """Write the copies that should be written, with a line for each, and sign them.

    beside: the number of a chapter to write beside its reader's own, or None
    Raises ExportError if there is no such chapter.
    """
    from nbformat.sign import NotebookNotary

    from micrograd.course.notebooks import read

    root = find_root()
    books = chapters(root)
    if beside and beside not in books:
        raise ExportError(f"there is no chapter {beside}: {', '.join(books)}")
    copies, notary = Copies(folder or root / "workbook"), NotebookNotary()
    for number, path in books.items():
        source = read(path)
        book = blank(source, predict, solutions)
        if line := update(copies, path.name, source, book, number == beside):
            print(line, flush=True)
        if there := book_there(copies.folder / path.name):
            notary.sign(there)


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["who"]:
        from micrograd.course import who

        return who.main(arguments[1:])
    tool = "python -m micrograd.course.workbook"
    parser = argparse.ArgumentParser(prog=tool, epilog=f"{tool} who -h: see who is where")
    parser.add_argument("--to", type=Path, help="the folder, workbook/ if not given")
    parser.add_argument("--beside", metavar="NN", help="a chapter to write beside your own")
    parser.add_argument("--predict", action="store_true", help="fold the answers in the text")
    parser.add_argument("--without-solutions", action="store_true")
    options = parser.parse_args(arguments)
    without = options.without_solutions
    update_all(options.to, options.beside, options.predict, solutions=not without)


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
