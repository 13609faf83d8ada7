"""JupyterLab for a projector: large, bare, and with clean chapters (`make teach`).

    python -m micrograd.course.projector            clean chapters; what was typed is kept
    python -m micrograd.course.projector --keep     go on with the copies of the last time

The chapters are in workbook/teach/, the settings in build/teach/.

Written in notebooks/89_projector.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import argparse
import json
import sys
from datetime import date

from nbformat.sign import NotebookNotary

from micrograd.course.cells import chapters, command, find_root
from micrograd.course.notebooks import read
from micrograd.course.workbook import Copies, blank, book_there, mark_of
from micrograd.files import write_files

SIZES = {"code-font-size": "24px", "content-font-size1": "24px", "ui-font-size1": "16px"}
SETTINGS = {  # for each of JupyterLab's plugins
    "apputils-extension/themes": {"overrides": SIZES},
    "apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
    # at the top, the icons of sidebars are hidden while the sidebars are closed
    "application-extension/shell": {"startMode": "single", "activityBarPosition": "top"},
    "notebook-extension/tracker": {"codeCellConfig": {"lineWrap": True}},
    "statusbar-extension/plugin": {"visible": False},
}

STYLE = """\
body {
    --jp-cell-prompt-width: 64px;
    --jp-content-line-height: 1.4;
    --jp-notebook-padding: 4px;
    --jp-widgets-font-size: 20px;
    --jp-widgets-inline-width: 460px;
}
body .jp-Editor .cm-content { line-height: 1.25; }
body .jp-InputPrompt, body .jp-OutputPrompt { font-size: 16px; padding-top: 10px; }
body .jp-OutputArea-output pre { word-break: normal; overflow-wrap: anywhere; }
body .jp-OutputArea-output svg, body .jp-RenderedSVG img { zoom: 1.5; }
body .jp-RenderedMarkdown img { zoom: 1.4; }
body #jp-top-panel { min-height: 0; max-height: 0; }
body .jp-cell-toolbar { display: none; }
"""


def write_settings(folder):
    """Write the settings and the style sheet; a setting that is there already stays."""
    texts = {folder / "custom" / "custom.css": STYLE}
    for plugin, setting in SETTINGS.items():
        path = folder / f"lab/user-settings/@jupyterlab/{plugin}.jupyterlab-settings"
        if not path.exists():
            texts[path] = json.dumps(setting, indent=4) + "\n"
    for path in texts:
        path.parent.mkdir(parents=True, exist_ok=True)
    write_files(texts)


def copy_of(book, predict=False):
    """A chapter as the room sees it first; it is stored one folder deeper than the course's."""
    book = blank(book, predict)
    for cell in book.cells:
        cell.source = cell.source.replace("](../images/", "](../../images/")
    return book


def was_typed_into(path, made):
    """Whether a notebook has other cells than the copies with the marks in `made`."""
    book = book_there(path)
    return not book or mark_of(blank(book)) not in made


def put_away(path):
    """Rename a notebook after the day on which it was saved; return its new path."""
    name = f"{path.stem}_{date.fromtimestamp(path.stat().st_mtime)}"
    number, new = 2, path.with_name(f"{name}.ipynb")
    while new.exists():
        number, new = number + 1, path.with_name(f"{name}_{number}.ipynb")
    return path.rename(new)


def set_out(books, folder, keep=False, predict=False):
    """Write clean copies of the chapters, {number: path}, into a folder.

    keep: whether copies that are there stay as they are. predict: whether answers in the
    text are folded. Yields a line for each copy that was typed into and has a new name now.
    """
    copies, notary = Copies(folder), NotebookNotary()
    for path in books.values():
        there = folder / path.name
        if not (keep and there.exists()):
            if there.exists() and was_typed_into(there, copies.made.get(path.name, [])):
                yield f"your {there.name} is now {put_away(there).name}"
            source = read(path)
            copies.write(path.name, source, copy_of(source, predict))
        if book := book_there(there):
            notary.sign(book)


@command
def main(arguments=None):
    """Run the command line; return its exit code, 0, or 1 if something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m micrograd.course.projector")
    parser.add_argument("--keep", action="store_true", help="leave the last copies as they are")
    parser.add_argument("--predict", action="store_true", help="fold the answers in the text")
    options = parser.parse_args(arguments)
    root = find_root()
    write_settings(root / "build" / "teach")
    folder = root / "workbook" / "teach"
    for line in set_out(chapters(root), folder, options.keep, options.predict):
        print(line, flush=True)


if __name__ == "__main__" and "__file__" in globals():
    sys.exit(main())
