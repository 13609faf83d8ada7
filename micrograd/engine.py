"""A scalar engine: numbers that remember how they were computed.

Written in notebooks/02_value.ipynb, 08_more_operations.ipynb, 14_engine.ipynb, 91_checks.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

import operator

from micrograd import rules
from micrograd.rules import SLOPES

# --- Deep graphs ---


def topological_order(root):
    """All values that `root` depends on, inputs before results, `root` last; to any depth."""
    order, seen, path = [], {root}, [root, iter(root._prev)]
    while path:
        for child in path[-1]:
            if child not in seen:
                seen.add(child)
                path += child, iter(child._prev)
                break
        else:  # no input is waiting
            path.pop()
            order.append(path.pop())
    return order


# --- Numbers on the right ---


def as_value(other):
    """A number as a Value; a Value stays as it is."""
    return other if isinstance(other, Value) else Value(other)


# --- A weighted sum is one node ---


def weighted_sum(ws, xs, bias=None):
    """w₁ x₁ + w₂ x₂ + … + bias as one Value; ws, xs: as many Values, else ValueError."""
    data = 0.0 if bias is None else bias.data
    for w, x in zip(ws, xs, strict=True):
        data = data + w.data * x.data
    return Value(data, (*ws, *xs) if bias is None else (*ws, *xs, bias), "dot")


# --- What is a number? ---


def as_number(data):
    """A real number as a float; it may be Python's, or stand alone in an array or tensor."""
    try:
        return (data.item() if hasattr(data, "ndim") else data).__float__()  # a text has none
    except (AttributeError, TypeError, ValueError, RuntimeError):
        raise TypeError(f"a Value is one number, not {data!r:.40}: convert it") from None


def two_sided(op, compute):
    """The operator `op` with a Value on its left, and with one on its right."""

    def left(a, b):
        if not isinstance(b, Value):
            if getattr(b, "ndim", 0) and hasattr(b, "__array_ufunc__"):
                return NotImplemented  # Python asks NumPy's array next
            b = Value(b)
        return Value(compute(a.data, b.data), (a, b), op)

    return left, lambda b, a: compute(b, a) if op in "+*" else left(Value(a), b)


class Value:
    """A number that remembers the operation and the numbers it was computed from.

    data: the number, a float; TypeError for what isn't one real number.
    grad: the derivative of a result with respect to this number; 0 until it is known.
    label: a name for drawings.
    """

    __slots__ = ("data", "grad", "label", "_op", "_a", "_b", "__dict__", "__weakref__")

    def __init__(self, data, _children=(), _op="", label=""):
        self.data = data if type(data) is float else as_number(data)
        self.grad, self.label, self._op = 0.0, label, _op
        inputs = tuple(_children)  # two go to _a and _b, others to _a, as a tuple
        self._a, self._b = inputs if len(inputs) == 2 else (inputs, None)

    @property
    def _prev(self):
        return self._a if self._b is None else (self._a, self._b)

    def __repr__(self):
        return f"Value(data={self.data})"

    __add__, __radd__ = two_sided("+", operator.add)
    __sub__, __rsub__ = two_sided("-", operator.sub)
    __mul__, __rmul__ = two_sided("*", operator.mul)
    __truediv__, __rtruediv__ = two_sided("/", operator.truediv)

    def __neg__(self):
        return self * -1

    def __float__(self):
        raise TypeError("a Value isn't a plain number: use its own methods, or take .data")

    def __floordiv__(self, other):
        raise TypeError("// and % jump, and no gradient can foresee it: use /, or take .data")

    __rfloordiv__ = __mod__ = __rmod__ = __floordiv__
    _varying_pow, __rpow__ = two_sided("**", lambda x, n: rules.power(x, n, varies=True))

    def __pow__(self, other):
        """This value to a power; a Value as exponent needs a base of 0 or more."""
        if isinstance(other, Value) or getattr(other, "ndim", 0):
            return self._varying_pow(other)
        n = as_number(other)
        return Value(rules.power(self.data, n), (self,), f"**{n}".removesuffix(".0"))

    def exp(self):
        """e to this power; OverflowError above 709."""
        return Value(rules.exp(self.data), (self,), "exp")

    def log(self):
        """The natural logarithm; ValueError unless this is above 0."""
        return Value(rules.log(self.data), (self,), "log")

    def tanh(self):
        """The hyperbolic tangent, from -1 to 1."""
        return Value(rules.tanh(self.data), (self,), "tanh")

    def relu(self):
        """The larger of this and 0; its slope at 0 is 0, as in PyTorch."""
        return Value(0.0 if self.data <= 0 else self.data, (self,), "ReLU")

    def _backward(self):
        """Hand the gradient, times the local derivatives, to the inputs."""
        if self.grad and self._b is not None:
            a, b = self._a, self._b
            slope_a, slope_b = SLOPES[self._op](self, a, b)
            a.grad += slope_a * self.grad
            b.grad += slope_b * self.grad
        elif self.grad and self._a:  # a gradient of 0 has nothing to hand on
            for child, slope in zip(self._a, SLOPES[self._op](self, *self._a), strict=True):
                child.grad += slope * self.grad

    def backward(self):
        """Find the gradient of this result with respect to every value behind it.

        By the chain rule: in reverse topological order each hands its gradient, times the local
        derivatives, to its inputs. As in PyTorch, leaves add up over calls, results start anew.
        """
        for node in (order := topological_order(self)):
            node.grad = 0.0 if node._a else node.grad
        self.grad += 1.0
        for node in reversed(order):
            node._backward()


# --- A weighted sum for everybody ---


def dot(ws, xs):
    """w₁ x₁ + w₂ x₂ + … as one Value; ws, xs: as many Values or numbers, else ValueError."""
    return weighted_sum([as_value(w) for w in ws], [as_value(x) for x in xs])


AS_MADE = Value.__add__, Value.__mul__  # to see whether somebody has replaced them
