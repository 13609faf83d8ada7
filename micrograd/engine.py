"""A scalar engine: numbers that remember how they were computed.

Written in notebooks/08_more_operations.ipynb, 13_engine.ipynb.
Change it there, then run `make export` (python -m micrograd.course.export).
"""

from micrograd.rules import RULES, as_number

# --- A box for a number ---


class Value:
    """A number that remembers the operation and the numbers it was computed from.

    data: the number, a float; TypeError for what isn't one real number.
    grad: the derivative of a result with respect to this number; 0 until it is known.
    label: a name for drawings.
    """

    __slots__ = ("data", "grad", "label", "_prev", "_op", "_slopes", "__dict__")

    def __init__(self, data, _children=(), _op="", label="", _slopes=()):
        self.data = data if type(data) is float else as_number(data)
        self.grad = 0.0
        self.label, self._op = label, _op
        self._prev = tuple(_children)
        self._slopes = _slopes  # the local derivatives, one for each child

    def __repr__(self):
        return f"Value(data={self.data})"

    def _backward(self):
        """Hand the gradient, times the local derivatives, to the inputs."""
        if self.grad:  # 0 has nothing to hand on
            for child, slope in zip(self._prev, self._slopes, strict=True):
                child.grad += slope * self.grad

    def backward(self):
        """Find the gradient of this result with respect to every value behind it.

        By the chain rule: in reverse topological order each hands its gradient, times the local
        derivatives, to its inputs. As in PyTorch, leaves add up over calls, results start anew.
        """
        order = topological_order(self)
        for node in order:
            if node._prev:
                node.grad = 0.0
        self.grad += 1.0
        for node in reversed(order):
            node._backward()

    def __add__(self, other):
        return binary("+", self, other)

    def __sub__(self, other):
        return binary("-", self, other)

    def __mul__(self, other):
        return binary("*", self, other)

    def __truediv__(self, other):
        return binary("/", self, other)

    def __pow__(self, other):
        """This value to a power; a Value as exponent needs a base of 0 or more."""
        return binary("**", self, other)

    def __radd__(self, other):
        return binary("+", other, self)

    def __rsub__(self, other):
        return binary("-", other, self)

    def __rmul__(self, other):
        return binary("*", other, self)

    def __rtruediv__(self, other):
        return binary("/", other, self)

    def __rpow__(self, other):
        return binary("**", other, self)

    def __neg__(self):
        return self * -1

    def exp(self):
        """e to this power; OverflowError above 709."""
        return unary("exp", self)

    def log(self):
        """The natural logarithm; ValueError unless this is above 0."""
        return unary("log", self)

    def tanh(self):
        """The hyperbolic tangent, from -1 to 1."""
        return unary("tanh", self)

    def relu(self):
        """The larger of this and 0; its slope at 0 is 0, as in PyTorch."""
        return unary("relu", self)

    def __floordiv__(self, other):
        raise TypeError("// and % jump, and no gradient can foresee it: use /, or take .data")

    __rfloordiv__ = __mod__ = __rmod__ = __floordiv__

    def __float__(self):
        raise TypeError(
            "a Value is more than a number: use its own methods (exp, log, tanh, relu), "
            "or take .data if no gradient is needed"
        )


# --- Deep graphs ---


def topological_order(root):
    """All values that `root` depends on, inputs before results, `root` last.

    A loop in place of recursion, so that there is no limit to the depth.
    """
    order, seen = [], {root}
    path, waiting = [root], [iter(root._prev)]
    while path:
        for child in waiting[-1]:
            if child not in seen:
                seen.add(child)
                path.append(child)
                waiting.append(iter(child._prev))
                break
        else:  # no input is waiting
            order.append(path.pop())
            waiting.pop()
    return order


# --- Numbers on the right ---


def as_value(other):
    """A number as a Value; a Value stays as it is."""
    return other if isinstance(other, Value) else Value(other)


# --- Second: operations without closures ---


def binary(op, a, b):
    """The result of an operation; a plain number is no child, but a part of _op ("2*")."""
    x = a.data if isinstance(a, Value) else as_number(a)
    y = b.data if isinstance(b, Value) else as_number(b)
    data, slopes = RULES[op](x, y)
    if not isinstance(b, Value):
        return Value(data, (a,), f"{op}{y:.4g}", "", slopes[:1])
    if slopes[1] is None:
        raise ValueError(f"({x}) ** {b}: a Value as exponent needs a base >= 0")
    if not isinstance(a, Value):
        return Value(data, (b,), f"{x:.4g}{op}", "", slopes[1:])
    return Value(data, (a, b), op, "", slopes)


def unary(op, a):
    """The result of an operation on one Value, by its rule."""
    data, slopes = RULES[op](a.data)
    return Value(data, (a,), op, "", slopes)
