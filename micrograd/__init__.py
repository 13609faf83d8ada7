"""The engine of the course: every line of it is written in one of the notebooks.

Written in notebooks/99_tangle.ipynb. To change it, change it there and run `python -m
micrograd.tangle`.
"""
