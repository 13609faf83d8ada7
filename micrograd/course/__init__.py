"""The course's own machinery: nothing in here is micrograd, and micrograd imports none of it.

For the chapters:

    exercise   checks that print ✓ or a diagnosis
    style      the look of the figures

From the notebooks to everything else:

    fold       marked cells to the text of a module
    export     notebooks to the package, micrograd/
    notebooks  run, clean, check and measure the stored notebooks; the plugin for pytest
    workbook   the reader's copy of each chapter, without outputs
    script     a Python file with cells to a notebook that shows its outputs
    bench      the engines, NumPy and PyTorch, timed side by side

Written in notebooks/98_files.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""
