"""Arrays of Values, with what Tensors have beyond NumPy's arrays.

Written in notebooks/18_gpt.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import numpy as np

from micrograd.engine import Value, weighted_sum


class Values(np.ndarray):
    """An array of Values, made by Values(numbers).

    NumPy hands + and * on to them, one by one. A product of matrices, or of stacks of them,
    is made of weighted sums, one node each.
    """

    leaf, dot = Value, staticmethod(weighted_sum)

    def __new__(cls, numbers):
        return np.vectorize(cls.leaf, otypes=[object])(numbers).view(cls)

    @property
    def data(self):
        """The numbers alone, an array of floats."""
        return np.vectorize(lambda value: value.data, otypes=[float])(self)

    def __matmul__(self, other):
        def times(row, column):
            return self.dot(row.tolist(), column.tolist())

        times = np.vectorize(times, otypes=[object], signature="(n),(n)->()")
        return times(self[..., :, None, :], other.mT[..., None, :, :]).view(type(self))

    def exp(self):
        return np.exp(self)  # NumPy asks each Value for its own exp

    def relu(self):
        return np.frompyfunc(lambda value: value.relu(), 1, 1)(self)
