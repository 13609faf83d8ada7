"""The colours that values, slopes and gradients have in every picture of the course.

The first three differ in lightness as well as in hue, and can be told apart in grey, too.

Written in notebooks/96_workbook.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

DATA = "#0B5394"
SLOPE = "#E69F00"
GRAD = "#C64600"
MUTED = "#777777"
