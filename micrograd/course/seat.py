"""What one participant's server on a hub does before it serves.

    python -m micrograd.course.seat KIT [arguments of jupyterhub-singleuser]

JupyterHub runs this under the participant's account.

Written in notebooks/88_hub.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import json
import os
import sys
from multiprocessing import get_context
from pathlib import Path


def copy_kit(kit, home):
    """Copy the kit into a home. What its owner has changed or added stays.

    Yields a line about each notebook that was written or can't be.
    """
    # imported here: the process that copies ends, and gives back their memory
    from micrograd.course.notebooks import read
    from micrograd.course.workbook import Copies, update

    names = json.loads((kit / ".made.json").read_text(encoding="utf-8"))
    books = [name for name in names if name == "start.ipynb" or name.startswith("workbook/")]
    for name in books:
        book, copies = read(kit / name), Copies((home / name).parent)
        if line := update(copies, Path(name).name, book, book):
            yield line
    copy_rest(kit, home, {*names} - {*books})


def copy_rest(kit, home, names):
    """Copy some of the kit's files, unless they were changed since they were last copied."""
    from micrograd.course.kit import digest
    from micrograd.files import write_files

    notes, texts = home / ".kit.json", {}
    try:
        copied = dict(json.loads(notes.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        copied = {}  # what is there counts as changed
    for name in sorted(names):
        text, there = (kit / name).read_text(encoding="utf-8"), home / name
        now = there.read_text("utf-8", "replace") if there.exists() else None
        if now != text and (now is None or digest(now) == copied.get(name)):
            there.parent.mkdir(parents=True, exist_ok=True)
            texts[there], copied[name] = text, digest(text)
    if texts:
        write_files({notes: json.dumps(copied, indent=1) + "\n"} | texts)


def limit_memory():
    """Let this process, and each one that it starts, write to MEM_LIMIT bytes at most."""
    if limit := os.environ.get("MEM_LIMIT"):  # JupyterHub sets it
        import resource  # Windows has none

        resource.setrlimit(resource.RLIMIT_DATA, (int(limit), int(limit)))


def print_copies(kit):
    """Copy the kit into the home folder, and print what was done."""
    for line in copy_kit(kit, Path.home()):
        print(line, flush=True)


def main(arguments=None):
    """Copy the kit into the home folder, then become the participant's server."""
    kit, *rest = sys.argv[1:] if arguments is None else arguments
    os.umask(0o077)
    os.chdir(Path.home())
    limit_memory()
    sys.modules["rfc3987_syntax"] = None  # jsonschema does without: half a second, 15 MB
    from jupyterhub.singleuser import main as serve

    copying = get_context("fork").Process(target=print_copies, args=[Path(kit)])
    copying.start()
    copying.join()  # if it fails, such as on a full disk, the work can still be read
    serve(rest)


if __name__ == "__main__" and "__file__" in globals():
    main()
