"""A scalar engine: numbers that remember how they were computed.

Written in notebooks/02_value.ipynb, 04_backprop_by_hand.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""


class Value:
    """A number that remembers the operation and the numbers it was computed from.

    data: the number.
    grad: the derivative of a result with respect to this number; 0 until it is known.
    label: a name for drawings.
    """

    def __init__(self, data, _children=(), _op="", label=""):
        self.data = data
        self.grad = 0.0
        self._prev = tuple(_children)
        self._op = _op
        self.label = label

    def __repr__(self):
        return f"Value(data={self.data})"

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), "+")

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), "*")
