"""The engine of the course: every line of it is written in one of the notebooks.

Written in notebooks/99_tangle.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

__version__ = "0.2.0"
