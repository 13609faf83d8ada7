"""The course's own machinery: nothing in here is micrograd, and micrograd imports none of it.

For the chapters:

    exercise   answers a reader's attempt with ✓ or a diagnosis
    style      sets the look of the figures
    names      where the file of names is, and how it was made

From the notebooks to everything else:

    cells      the course's own notebooks, and their marked cells
    fold       folds the marked cells of a module into its text
    export     writes the package, micrograd/, out of all notebooks; before("07")
    notebooks  runs, formats, checks and measures the stored notebooks
    testing    the plugin for pytest
    workbook   writes the reader's copies, and never over what a reader has changed
    script     runs a Python file with cells, and shows it as a notebook
    bench      times the engines, NumPy and PyTorch side by side

Written in notebooks/98_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""
