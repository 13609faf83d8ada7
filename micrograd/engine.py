"""A scalar engine: numbers that remember how they were computed.

Written in notebooks/02_value.ipynb, 07_backward.ipynb, 08_more_operations.ipynb.
Change it there, then run `make export` (python -m micrograd.tangle).
"""

import math
from numbers import Real


class Value:
    """A number that remembers the operation and the numbers it was computed from.

    data: the number, a float; TypeError for what isn't one real number.
    grad: the derivative of a result with respect to this number; 0 until it is known.
    label: a name for drawings.
    """

    def __init__(self, data, _children=(), _op="", label=""):
        self.data = data if type(data) is float else as_number(data)
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = tuple(_children)
        self._op = _op
        self.label = label

    def __repr__(self):
        return f"Value(data={self.data})"

    def __add__(self, other):
        other = as_value(other)
        out = Value(self.data + other.data, (self, other), "+")

        def _backward():
            self.grad += out.grad
            other.grad += out.grad

        out._backward = _backward
        return out

    def __mul__(self, other):
        other = as_value(other)
        out = Value(self.data * other.data, (self, other), "*")

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def tanh(self):
        """The hyperbolic tangent t; its derivative is 1 - t²."""
        out = Value(math.tanh(self.data), (self,), "tanh")

        def _backward():
            self.grad += (1 - out.data**2) * out.grad

        out._backward = _backward
        return out

    def backward(self):
        """Find the gradient of this result with respect to every value behind it.

        By the chain rule: in reverse topological order each hands its gradient, times the local
        derivative, to its inputs. As in PyTorch, leaves add up over calls, results start anew.
        """
        order = topological_order(self)
        for node in order:
            if node._prev:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            node._backward()

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -as_value(other)

    def __rsub__(self, other):
        return as_value(other) - self

    def __pow__(self, other):
        """This value to a power. d(xⁿ)/dx = n xⁿ⁻¹, and d(xⁿ)/dn = xⁿ log x if n is a Value.

        Raises ValueError for a negative base, if the exponent is a Value or no whole number,
        ZeroDivisionError for 0 to a negative power, OverflowError for too large a result.
        """
        exponent = as_value(other)
        varies = exponent is other  # a Value has a gradient, a number is fixed
        if varies and self.data < 0:
            raise ValueError(f"{self} ** {other}: a Value as exponent needs a base >= 0")
        inputs, op = ((self, other), "**") if varies else ((self,), f"**{other}")
        out = Value(power(self.data, exponent.data), inputs, op)

        def _backward():
            self.grad += power_slope(self.data, exponent.data) * out.grad
            if varies and self.data:
                exponent.grad += out.data * math.log(self.data) * out.grad

        out._backward = _backward
        return out

    def __rpow__(self, other):
        return as_value(other) ** self

    def __truediv__(self, other):
        other = as_value(other)
        if other.data == 0:
            raise ZeroDivisionError(f"{self} / {other} is a division by zero")
        return self * other**-1

    def __rtruediv__(self, other):
        return as_value(other) / self

    def exp(self):
        """e to this power; its derivative is the result itself. OverflowError above 709."""
        try:
            data = math.exp(self.data)
        except OverflowError:
            message = f"exp({self.data}) is too large for a float: make its input smaller"
            raise OverflowError(message) from None
        out = Value(data, (self,), "exp")

        def _backward():
            self.grad += out.data * out.grad

        out._backward = _backward
        return out

    def log(self):
        """The natural logarithm; its derivative is 1 / x. ValueError unless x > 0."""
        if self.data <= 0:
            raise ValueError(f"log({self.data}): only numbers above 0 have a logarithm")
        out = Value(math.log(self.data), (self,), "log")

        def _backward():
            self.grad += out.grad / self.data

        out._backward = _backward
        return out

    def relu(self):
        """The larger of x and 0; its derivative is 1 for x > 0, else 0 (as in PyTorch)."""
        out = Value(0.0 if self.data < 0 else self.data, (self,), "relu")

        def _backward():
            if out.data > 0:
                self.grad += out.grad

        out._backward = _backward
        return out

    def __floordiv__(self, other):
        raise TypeError("// and % jump, and no gradient can foresee it: use /, or take .data")

    __rfloordiv__ = __mod__ = __rmod__ = __floordiv__

    def __float__(self):
        raise TypeError(
            "a Value is more than a number: use its own methods (exp, log, tanh, relu), "
            "or take .data if no gradient is needed"
        )


def topological_order(root):
    """All values that `root` depends on, inputs before results, `root` last.

    A loop in place of recursion, so that there is no limit to the depth.
    """
    order, seen = [], set()
    todo = [(root, False)]
    while todo:
        node, inputs_done = todo.pop()
        if inputs_done:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            todo.append((node, True))
            todo += [(child, False) for child in reversed(node._prev)]
    return order


def as_number(data):
    """A real number as a float; it may be Python's or NumPy's."""
    if isinstance(data, Real):
        return float(data)
    raise TypeError(
        f"a Value holds one number, not {data!r:.40} ({type(data).__name__}): "
        "convert it, or make a Value of each element"
    )


def as_value(other):
    """A number as a Value; a Value stays as it is."""
    return other if isinstance(other, Value) else Value(other)


def power(base, exponent):
    """base ** exponent for floats, as a real number; its errors name the operation."""
    if base == 0 and exponent < 0:
        raise ZeroDivisionError(f"{base} ** {exponent} is a division by zero")
    try:
        result = base**exponent
    except OverflowError:
        raise OverflowError(f"({base}) ** {exponent} is too large for a float") from None
    if isinstance(result, complex):
        raise ValueError(f"({base}) ** {exponent}: a negative base needs a whole exponent")
    return result


def power_slope(base, exponent):
    """The derivative of base ** exponent with respect to the base, which may be infinite."""
    if exponent == 0:
        return 0.0
    try:
        return exponent * power(base, exponent - 1)
    except (ZeroDivisionError, OverflowError):  # such as the square root at 0
        sign = -1.0 if base < 0 else 1.0
        return exponent * sign ** (exponent - 1) * math.inf
