"""What one participant's server on a hub does before it serves.

    python -m micrograd.course.seat KIT [arguments of jupyterhub-singleuser]

JupyterHub runs this under the participant's account.

Written in notebooks/88_hub.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import os
import sys
from multiprocessing import get_context
from pathlib import Path


def copy_kit(kit, home):
    """Give a home folder what the kit has. What its owner has changed or added stays.

    Its notebooks are copied, its other files and folders are links to the kit's. Yields a
    line about each notebook that was written or can't be.
    """
    from micrograd.course.notebooks import read
    from micrograd.course.workbook import Copies, update

    folders = [folder for folder in (kit, kit / "workbook") if folder.is_dir()]
    for folder in folders:
        copies = Copies(home / folder.relative_to(kit))
        for path in sorted(folder.glob("*.ipynb")):
            book = read(path)
            if line := update(copies, path.name, book, book):
                yield line
    for path in sorted(kit.glob("[!.]*")):
        link = home / path.name
        if path not in folders and path.suffix != ".ipynb" and not link.exists():
            link.unlink(missing_ok=True)  # a link that leads nowhere any more
            link.symlink_to(path)


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
