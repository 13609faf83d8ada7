"""Packages of npm, the store of programs for browsers, each downloaded once.

Written in notebooks/89_projector.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import json
import shutil
import subprocess

from micrograd.course.cells import ExportError


def is_there(modules, package):
    """Whether a folder node_modules has a package in its version, such as "reveal.js@5"."""
    name, _, version = package.rpartition("@")
    try:
        about = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return f"{about.get('version')}.".startswith(f"{version}.")


def npm_packages(folder, *packages):
    """Put packages, such as "reveal.js@5", into node_modules in a folder, if they aren't there.

    Raises ExportError if they can't be downloaded.
    """
    modules, names = folder / "node_modules", " and ".join(packages)
    if all(is_there(modules, package) for package in packages):
        return
    npm = shutil.which("npm")
    if not npm:
        raise ExportError(
            f"there is no npm to fetch {names}: install Node.js (https://nodejs.org), or "
            f"unpack them into build/{folder.name}/node_modules"
        )
    folder.mkdir(parents=True, exist_ok=True)
    options = ["--no-save", "--no-audit", "--no-fund", "--fetch-retries=1"]
    # all of them each time, because npm deletes what it isn't asked for
    command = [npm, "install", *options, "--prefix", str(folder), *packages]
    done = subprocess.run(command, capture_output=True, encoding="utf-8")
    if done.returncode or not all(is_there(modules, package) for package in packages):
        reason = (done.stderr.strip() or "it didn't say why").splitlines()[0]
        raise ExportError(f"npm can't fetch {names}; is there a network? {reason}")
