"""The lecture's training data: the inputs xs (4 × 3 numbers) and the targets ys, 1 or -1.

Written in notebooks/11_loss.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

xs = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
ys = [1.0, -1.0, -1.0, 1.0]
